/*
 * ticking.c - schedules tick: see schedules.h and sql/migrations/0017_schedule.up.sql.
 *
 * DESIGN: two steps, each of them atomic in the database. A schedule that is due is read, its ticks
 * are computed, and claimed by one statement, which changes nothing if another scheduler was
 * faster. Then each tick that waits is locked, its job is submitted and told in one transaction.
 * Whoever is killed in between leaves a tick that waits for the next second, or for another
 * scheduler.
 */
#include "services/scheduler/schedules.h"
#include "services/scheduler/submit.h"

#include <string.h>

enum {
    MAX_CLAIMS = 50,
    MAX_STARTS = 50,
    BUSY_MS = 300, /* longest time of one step; the rest comes with the next second */
    PRIORITY = 2,
    MAX_MEMORY = 32 * 1024 * 1024
};

static enum catchup_policy policy_of(struct view word)
{
    return view_is(word, "skip") ? CATCHUP_SKIP : view_is(word, "all") ? CATCHUP_ALL : CATCHUP_ONCE;
}

/* A schedule whose clock can no longer be read stays due and is told each time. */
static void claim(struct scheduler *s, const struct stored_schedule *x)
{
    static struct catchup plan; /* 24 KB; filled anew each time */
    struct schedule_clock clock;
    struct fault fault = {0};
    bool done = false;
    enum err err = schedule_clock_read(s, x->told.cron, x->told.zone, &clock, &fault);
    if (!err) {
        const struct catchup_ask ask = {.cron = &clock.cron,
                                        .zone = clock.zone,
                                        .schedule = x->told.id,
                                        .first_ms = x->next_ms,
                                        .now_ms = x->now_ms,
                                        .jitter_seconds = x->told.jitter_seconds,
                                        .policy = policy_of(x->told.catch_up)};
        catchup_plan(&ask, &plan);
        if (plan.next_ms == CRON_NEVER)
            plan.next_ms = plan.next_due_ms = schedule_clock_next(&clock, x->now_ms);
        err = store_ticks_claim(s->process->db, x, &plan, &done);
    }
    if (err)
        log_warn("a schedule cannot tick", KN("schedule", x->told.id), K("error", err_code(err)),
                 K("detail", fault.code ? fault.text : db_error(s->process->db)->message));
    else if (done)
        counter_add(s->ticks_claimed, plan.n);
    if (done && plan.left)
        log_warn("ticks too long ago are not made up for", KN("schedule", x->told.id),
                 KN("ticks", plan.left));
}

static void claim_due(struct scheduler *s)
{
    struct arena a;
    struct list due = {0};
    int64_t until = loop_now_ms() + BUSY_MS;
    arena_init(&a, MAX_MEMORY);
    if (store_schedules_due(s->process->db, MAX_CLAIMS, &a, &due) == ERR_OK)
        for (uint32_t i = 0; i < due.n && loop_now_ms() < until; i++)
            claim(s, LIST_AT(struct stored_schedule, &due, i));
    arena_free(&a);
}

static enum err submit(struct scheduler *s, const struct waiting_tick *t, struct arena *a,
                       struct submitted *out)
{
    const struct schedule *told = &t->told;
    bool own_overlap = HAS(told, schedule, overlap_hours);
    const struct incremental what = {.dealers = told->all_dealers ? NULL : &told->dealer_ids,
                                     .feeds = &told->feeds,
                                     .kind = "schedule",
                                     .schedule_id = told->id,
                                     .overlap_hours = own_overlap ? told->overlap_hours : -1,
                                     .priority = PRIORITY,
                                     .requested_by = told->created_by};
    return submit_incremental(s, &what, a, out);
}

/* In a transaction. *t is filled as soon as a tick is found. */
static enum err start_in(struct scheduler *s, int64_t after, struct arena *a,
                         struct waiting_tick *t)
{
    struct db *db = s->process->db;
    struct submitted made = {0};
    enum err err = store_tick_lock(db, after, a, t);
    if (!err)
        err = submit(s, t, a, &made);
    if (!err && *made.job)
        err = store_tick_end(db, t, made.job, NULL);
    else if (!err)
        err = store_tick_end(db, t, NULL, "nothing");
    return err;
}

/* Starts the first tick of a schedule after this one. False when there is none, or none can be
 * started now. */
static bool start_next(struct scheduler *s, int64_t *after, struct arena *a)
{
    struct db *db = s->process->db;
    struct waiting_tick t = {0};
    enum err err = db_begin(db);
    if (err)
        return false;
    err = start_in(s, *after, a, &t);
    if (!err)
        err = db_commit(db);
    else
        db_rollback(db);
    if (err == ERR_NOT_FOUND && t.told.id == 0)
        return false;
    *after = t.told.id;
    if (!err) {
        counter_add(s->ticks_started, 1);
        return true;
    }
    log_warn("a tick makes no job", KN("schedule", t.told.id), K("error", err_code(err)),
             K("detail", db_error(db)->message));
    if (t.told.id == 0 || err_retryable(err))
        return t.told.id != 0;
    return store_tick_end(db, &t, NULL, err_code(err)) == ERR_OK;
}

static void start_waiting(struct scheduler *s)
{
    struct arena a;
    int64_t until = loop_now_ms() + BUSY_MS;
    int64_t after = 0;
    bool more = true;
    arena_init(&a, MAX_MEMORY);
    for (int i = 0; more && i < MAX_STARTS && loop_now_ms() < until; i++) {
        arena_reset(&a);
        more = start_next(s, &after, &a);
    }
    arena_free(&a);
}

void schedules_tick(struct scheduler *s)
{
    claim_due(s);
    start_waiting(s);
}
