/*
 * schedules.c - what a scheduler answers about schedules: see schedules.h.
 *
 * DESIGN: a schedule is read, changed in memory, checked as a whole, and written on top of the
 * version that was read; when a tick or somebody else came in between, all of it is done again.
 */
#include "services/scheduler/schedules.h"
#include "services/scheduler/paging.h"
#include "services/scheduler/store.h"
#include "services/scheduler/submit.h"

#include "proto/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    USUAL_PAGE = 50,
    USUAL_TICKS = 100,
    NEXT_RUNS = 5,
    TRIES = 5,
    DAILY_HOUR = 2, /* yesterday is complete from 01:00 on */
    FAR_AWAY_DAYS = 3660
};
#define DAY_MS INT64_C(86400000)

/* ---- faults ---- */

/* Which field an error of the SQL functions is about. */
static const struct {
    enum err err;
    const char *field;
} fields[] = {
    {ERR_UNKNOWN_DEALER, "dealer_ids"},
    {ERR_NO_DEALERS, "dealer_ids"},
    {ERR_UNKNOWN_FEED, "feeds"},
    {ERR_FORBIDDEN, "all_dealers"},
};

static void refuse(struct scheduler *s, struct request *r, enum err err, const struct fault *f)
{
    if (f->code) {
        request_fail_fault(r, f);
        return;
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].err == err) {
            request_fail_said(r, err, fields[i].field, db_error(s->process->db)->message);
            return;
        }
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "id", "There is no such schedule.");
    else
        request_fail_err(r, err);
}

/* ---- clocks ---- */

enum err schedule_clock_read(struct scheduler *s, struct view cron, struct view zone,
                             struct schedule_clock *out, struct fault *f)
{
    struct cron_fault wrong;
    if (cron_parse(cron, &out->cron, &wrong) != ERR_OK)
        return fault_set(f, ERR_FORMAT, "cron", "%s%scharacter %u: %s.", wrong.field,
                         *wrong.field ? ", " : "", wrong.position, wrong.text);
    enum err err = zones_get(&s->zones, s->process->db, zone, &out->zone);
    if (err == ERR_NOT_FOUND)
        return fault_set(f, ERR_CHOICE, "zone", "Must be an IANA zone such as Asia/Jakarta.");
    return err;
}

int64_t schedule_clock_next(const struct schedule_clock *clock, int64_t after_ms)
{
    int64_t next = cron_next(&clock->cron, clock->zone, after_ms);
    return next == CRON_NEVER ? after_ms + FAR_AWAY_DAYS * DAY_MS : next;
}

/* As schedule_clock_read(), for an expression that somebody just gave. */
static enum err check_clock(struct scheduler *s, struct view cron, struct view zone, int64_t now_ms,
                            struct schedule_clock *out, struct fault *f)
{
    enum err err = schedule_clock_read(s, cron, zone, out, f);
    if (!err && cron_next(&out->cron, out->zone, now_ms) == CRON_NEVER)
        err = fault_set(f, ERR_RANGE, "cron", "It never comes within the next five years.");
    return err;
}

/* Five ticks, the first one not before first_ms. */
static enum err tell_runs(const struct schedule_clock *clock, int64_t first_ms, struct arena *a,
                          struct list *out)
{
    struct run_time *runs = arena_take(a, NEXT_RUNS * sizeof *runs);
    int64_t at = cron_next(&clock->cron, clock->zone, first_ms - 1);
    uint32_t n = 0;
    if (!runs)
        return ERR_NO_MEMORY;
    for (; n < NEXT_RUNS && at != CRON_NEVER; n++) {
        char text[32];
        time_to_text(at + zone_offset(clock->zone, at), text, sizeof text);
        text[10] = ' ';
        runs[n] = (struct run_time){.at = at, .local = arena_printf(a, "%.16s", text)};
        at = cron_next(&clock->cron, clock->zone, at);
    }
    *out = (struct list){runs, n};
    return ERR_OK;
}

/* The runs of a stored schedule; of one whose clock cannot be read any more: none. */
static enum err complete(struct scheduler *s, struct stored_schedule *x, struct arena *a)
{
    struct schedule_clock clock;
    struct fault ignored = {0};
    if (!x->told.active)
        return ERR_OK;
    enum err err = schedule_clock_read(s, x->told.cron, x->told.zone, &clock, &ignored);
    if (ignored.code)
        return ERR_OK;
    return err ? err : tell_runs(&clock, x->next_ms, a, &x->told.next_runs);
}

static void answer(struct scheduler *s, struct request *r, int64_t id)
{
    static const struct fault no_fault;
    struct stored_schedule x;
    enum err err = store_schedule(s->process->db, id, request_arena(r), &x);
    if (!err)
        err = complete(s, &x, request_arena(r));
    if (err)
        refuse(s, r, err, &no_fault);
    else
        request_answer(r, &x.told);
}

/* ---- reading ---- */

void on_schedule_get(void *service, struct request *r, const void *body)
{
    const struct schedule_get *m = body;
    answer(service, r, m->id);
}

void on_schedule_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct arena *a = request_arena(r);
    struct schedule_list m = *(const struct schedule_list *)body;
    struct schedule_page page = {0};
    struct list found = {0};
    m.limit = HAS(&m, schedule_list, limit) ? m.limit : USUAL_PAGE;
    if (!cursor_is_number(r, m.cursor))
        return;
    enum err err = store_schedules(s->process->db, &m, a, &found);
    bool more = !err && list_cut(&found, m.limit);
    struct schedule *items = arena_take(a, found.n * sizeof *items);
    if (!items)
        err = ERR_NO_MEMORY;
    for (uint32_t i = 0; !err && i < found.n; i++) {
        struct stored_schedule *x = LIST_AT(struct stored_schedule, &found, i);
        err = complete(s, x, a);
        items[i] = x->told;
    }
    if (err) {
        request_fail_err(r, err);
        return;
    }
    page.items = (struct list){items, found.n};
    if (more)
        PUT(&page, schedule_page, next, cursor_of_number(r, items[found.n - 1].id));
    request_answer(r, &page);
}

void on_schedule_preview(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct schedule_preview *m = body;
    struct schedule_preview_answer told = {.cron = m->cron, .zone = view_of("Asia/Jakarta")};
    struct schedule_clock clock;
    struct fault f = {0};
    int64_t now = loop_wall_ms();
    if (HAS(m, schedule_preview, zone))
        told.zone = m->zone;
    enum err err = check_clock(s, told.cron, told.zone, now, &clock, &f);
    if (!err)
        err = tell_runs(&clock, now + 1, request_arena(r), &told.next_runs);
    if (err)
        refuse(s, r, err, &f);
    else
        request_answer(r, &told);
}

void on_tick_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct tick_list m = *(const struct tick_list *)body;
    struct tick_page page = {0};
    struct stored_schedule x;
    static const struct fault no_fault;
    int64_t before = 0;
    m.limit = HAS(&m, tick_list, limit) ? m.limit : USUAL_TICKS;
    if (!cursor_is_number(r, m.cursor))
        return;
    for (uint32_t i = 0; i < m.cursor.n; i++)
        before = before * 10 + (m.cursor.p[i] - '0');
    enum err err = store_schedule(s->process->db, m.schedule_id, request_arena(r), &x);
    if (!err)
        err = store_ticks(s->process->db, &m, before, request_arena(r), &page.items);
    if (err) {
        refuse(s, r, err, &no_fault);
        return;
    }
    if (list_cut(&page.items, m.limit))
        PUT(&page, tick_page, next,
            cursor_of_number(r, LIST_AT(struct tick, &page.items, page.items.n - 1)->at));
    request_answer(r, &page);
}

/* ---- making and changing ---- */

/* The minute of an hourly or daily schedule: spread by the first dealer's code (FNV-1a). */
static unsigned minute_of(const struct schedule *told)
{
    struct view code =
        told->dealer_ids.n ? *LIST_AT(struct view, &told->dealer_ids, 0) : view_of("");
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < code.n; i++)
        hash = (hash ^ (unsigned char)code.p[i]) * 16777619u;
    return hash % 60;
}

/* Either a kind with a clock of its own, or an expression. Empty views = not given. */
static enum err set_kind(struct schedule *told, struct view kind, struct view cron, struct arena *a,
                         struct fault *f)
{
    bool was_custom = view_is(told->kind, "custom");
    if (kind.n)
        told->kind = kind;
    else if (cron.n || !told->kind.n)
        told->kind = view_of("custom");
    if (view_is(told->kind, "custom")) {
        if (!cron.n && !was_custom)
            return fault_set(f, ERR_MISSING, "cron",
                             "Give an expression, or hourly or daily as the kind.");
        told->cron = cron.n ? cron : told->cron;
        return ERR_OK;
    }
    if (cron.n)
        return fault_set(f, ERR_CHOICE, "cron", "Only a custom schedule has its own expression.");
    if (kind.n && view_is(kind, "hourly"))
        told->cron = arena_printf(a, "%u * * * *", minute_of(told));
    else if (kind.n)
        told->cron = arena_printf(a, "%u %d * * *", minute_of(told), DAILY_HOUR);
    return ERR_OK;
}

static enum err set_dealers(struct schedule *told, bool all, const struct list *named,
                            struct fault *f)
{
    if (all && named->n)
        return fault_set(f, ERR_NO_DEALERS, "dealer_ids",
                         "Give either dealer_ids or all_dealers, not both.");
    if (!all && !named->n)
        return fault_set(f, ERR_NO_DEALERS, "dealer_ids",
                         "Name at least one dealer, or set all_dealers.");
    told->all_dealers = all;
    told->dealer_ids = *named;
    return ERR_OK;
}

/* What both messages may give, beside the dealers and the kind. */
#define TAKE(m, owner, field, x)                                                                   \
    do {                                                                                           \
        if (HAS(m, owner, field))                                                                  \
            (x)->told.field = (m)->field;                                                          \
    } while (0)
#define TAKE_ALL(m, owner, x)                                                                      \
    do {                                                                                           \
        TAKE(m, owner, name, x);                                                                   \
        TAKE(m, owner, zone, x);                                                                   \
        TAKE(m, owner, jitter_seconds, x);                                                         \
        TAKE(m, owner, catch_up, x);                                                               \
        TAKE(m, owner, feeds, x);                                                                  \
        TAKE(m, owner, overlap_policy, x);                                                         \
        TAKE(m, owner, active, x);                                                                 \
        if (HAS(m, owner, overlap_hours))                                                          \
            PUT(&(x)->told, schedule, overlap_hours, (m)->overlap_hours);                          \
    } while (0)

/* Checks the whole. `wind`: its clock begins anew, from now. */
static enum err settle(struct scheduler *s, struct stored_schedule *x, bool wind, struct fault *f)
{
    struct schedule_clock clock;
    if (!x->told.name.n)
        return fault_set(f, ERR_MISSING, "name", "The name is empty.");
    enum err err = check_clock(s, x->told.cron, x->told.zone, x->now_ms, &clock, f);
    if (err)
        return err;
    if (!jitter_fits(&clock.cron, clock.zone, x->now_ms, x->told.jitter_seconds))
        return fault_set(f, ERR_RANGE, "jitter_seconds",
                         "Must be less than the time between two ticks.");
    if (wind)
        x->next_ms = schedule_clock_next(&clock, x->now_ms);
    if (wind)
        x->due_ms = x->next_ms + tick_jitter_ms(x->told.id, x->next_ms, x->told.jitter_seconds);
    return ERR_OK;
}

/* "Hourly fetch of 12284", "Fetch of 3 dealers (15 9 * * *)" */
static struct view usual_name(const struct schedule *told, struct arena *a)
{
    char who[32];
    if (told->all_dealers)
        snprintf(who, sizeof who, "all dealers");
    else if (told->dealer_ids.n == 1)
        snprintf(who, sizeof who, "%.*s", (int)LIST_AT(struct view, &told->dealer_ids, 0)->n,
                 LIST_AT(struct view, &told->dealer_ids, 0)->p);
    else
        snprintf(who, sizeof who, "%u dealers", told->dealer_ids.n);
    if (view_is(told->kind, "custom"))
        return arena_printf(a, "Fetch of %s (%.*s)", who,
                            (int)(told->cron.n < 60 ? told->cron.n : 60), told->cron.p);
    return arena_printf(a, "%s fetch of %s", view_is(told->kind, "daily") ? "Daily" : "Hourly",
                        who);
}

static enum err draft(struct scheduler *s, const struct schedule_create *m, struct arena *a,
                      struct stored_schedule *x, struct fault *f)
{
    static struct view prospects = {"prsp", 4};
    struct schedule *told = &x->told;
    *x = (struct stored_schedule){.told = {.catch_up = view_of("once"),
                                           .feeds = {&prospects, 1},
                                           .overlap_policy = view_of("skip"),
                                           .active = true}};
    bool all = HAS(m, schedule_create, all_dealers) && m->all_dealers;
    enum err err = set_dealers(told, all, &m->dealer_ids, f);
    if (!err)
        err = store_schedule_begin(s->process->db, &told->dealer_ids, a, x);
    if (err)
        return err;
    TAKE_ALL(m, schedule_create, x);
    err = set_kind(told, m->kind, m->cron, a, f);
    if (!err && !HAS(m, schedule_create, name))
        told->name = usual_name(told, a);
    return err ? err : settle(s, x, true, f);
}

void on_schedule_create(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct stored_schedule x;
    struct fault f = {0};
    enum err err = draft(s, body, request_arena(r), &x, &f);
    x.told.created_by = request_principal(r);
    if (!err)
        err = store_schedule_add(s->process->db, &x);
    if (err) {
        refuse(s, r, err, &f);
        return;
    }
    log_line(LOG_INFO, request_id(r), "schedule made",
             LOG_FIELDS(KN("schedule", x.told.id), KV("cron", x.told.cron)));
    answer(s, r, x.told.id);
}

/* Lays what is given over what is stored. */
static enum err amend(struct scheduler *s, const struct schedule_update *m, struct arena *a,
                      struct stored_schedule *x, struct fault *f)
{
    bool was_active = x->told.active;
    int64_t jitter = x->told.jitter_seconds;
    struct view zone = x->told.zone;
    bool clock = m->kind.n || m->cron.n;
    enum err err = ERR_OK;
    TAKE_ALL(m, schedule_update, x);
    if (x->told.overlap_hours < 0) /* as the upstream says, from now on */
        x->told.has &= ~(UINT64_C(1) << schedule_overlap_hours_index);
    if (HAS(m, schedule_update, all_dealers) || HAS(m, schedule_update, dealer_ids)) {
        bool all = HAS(m, schedule_update, all_dealers) && m->all_dealers;
        err = set_dealers(&x->told, all, &m->dealer_ids, f);
    }
    if (!err)
        err = set_kind(&x->told, m->kind, m->cron, a, f);
    bool same_zone = zone.n == x->told.zone.n && memcmp(zone.p, x->told.zone.p, zone.n) == 0;
    bool wind =
        clock || !same_zone || jitter != x->told.jitter_seconds || (x->told.active && !was_active);
    return err ? err : settle(s, x, wind, f);
}

static void update(struct scheduler *s, struct request *r, const struct schedule_update *m)
{
    struct fault f = {0};
    struct arena *a = request_arena(r);
    enum err err = ERR_DATABASE_CONFLICT;
    for (int i = 0; i < TRIES && err == ERR_DATABASE_CONFLICT; i++) {
        struct stored_schedule x;
        err = store_schedule(s->process->db, m->id, a, &x);
        if (!err)
            err = amend(s, m, a, &x, &f);
        if (!err)
            err = store_schedule_change(s->process->db, &x, request_principal(r));
    }
    if (err) {
        refuse(s, r, err, &f);
        return;
    }
    log_line(LOG_INFO, request_id(r), "schedule changed", LOG_FIELDS(KN("schedule", m->id)));
    answer(s, r, m->id);
}

void on_schedule_update(void *service, struct request *r, const void *body)
{
    update(service, r, body);
}

void on_schedule_pause(void *service, struct request *r, const void *body)
{
    const struct schedule_pause *m = body;
    struct schedule_update change = {.id = m->id};
    PUT(&change, schedule_update, active, false);
    update(service, r, &change);
}

void on_schedule_resume(void *service, struct request *r, const void *body)
{
    const struct schedule_resume *m = body;
    struct schedule_update change = {.id = m->id};
    PUT(&change, schedule_update, active, true);
    update(service, r, &change);
}

void on_schedule_delete(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct schedule_delete *m = body;
    static const struct fault no_fault;
    struct empty done = {0};
    enum err err = store_schedule_remove(s->process->db, m->id);
    if (err) {
        refuse(s, r, err, &no_fault);
        return;
    }
    log_line(LOG_INFO, request_id(r), "schedule removed", LOG_FIELDS(KN("schedule", m->id)));
    request_answer(r, &done);
}

/* ---- run now ---- */

static enum err run_now(struct scheduler *s, int64_t id, struct view who, struct arena *a,
                        struct submitted *out)
{
    struct stored_schedule x;
    enum err err = store_schedule(s->process->db, id, a, &x);
    if (err)
        return err;
    const struct schedule *told = &x.told;
    bool own_overlap = HAS(told, schedule, overlap_hours);
    const struct incremental what = {.dealers = told->all_dealers ? NULL : &told->dealer_ids,
                                     .feeds = &told->feeds,
                                     .kind = "manual",
                                     .schedule_id = id,
                                     .overlap_hours = own_overlap ? told->overlap_hours : -1,
                                     .priority = 0,
                                     .requested_by = who};
    return submit_incremental(s, &what, a, out);
}

void on_schedule_run(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct schedule_run *m = body;
    static const struct fault no_fault;
    struct submitted made = {0};
    struct job job;
    enum err err = ERR_DATABASE_CONFLICT;
    /* A dealer that changed while its calls were planned: nothing happened yet. */
    for (int i = 0; i < TRIES && err == ERR_DATABASE_CONFLICT; i++)
        err = run_now(s, m->id, request_principal(r), request_arena(r), &made);
    if (!err && !*made.job) {
        request_fail(r, ERR_NO_DEALERS, "id", "None of its dealers can be fetched now.");
        return;
    }
    if (!err)
        err = store_job(s->process->db, view_of(made.job), request_arena(r), &job);
    if (err)
        refuse(s, r, err, &no_fault);
    else
        request_answer(r, &job);
}
