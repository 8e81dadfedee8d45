/*
 * submit.c - job.submit and job.plan: read, checked, planned, written.
 *
 * Whatever is wrong with a request is told at once: each dealer, feed and end of the window that
 * is, in the order of the fields. The digest of the work (dealers, feeds, windows, slices, rule)
 * finds the job that does the same already; the digest of the request goes with an Idempotency-Key.
 */
#include "services/scheduler/submit.h"

#include "services/scheduler/plan_told.h"
#include "services/scheduler/planning.h"
#include "services/scheduler/store.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    HOUR_S = 3600,
    DIGEST_BYTES = 32,
    HEX_BYTES = 2 * DIGEST_BYTES + 1,
    MAX_REQUEST = 65536,
    FORGET_MS = 60000,
    FORGET_SOON_MS = 1000,
    TRIES = 5, /* of a plan whose dealers change while it is made */
};

static enum plan_only only_of(struct view word)
{
    if (view_is(word, "missing"))
        return PLAN_MISSING;
    return view_is(word, "missing_failed") ? PLAN_MISSING_FAILED : PLAN_ALL;
}

/* ---- what is wrong ---- */

static void add_fault(struct remote_error *e, enum err code, const char *field, struct view text)
{
    if (e->n_fields == MAX_REMOTE_FIELDS)
        return;
    if (e->n_fields == 0) {
        e->code = view_of(err_code(code));
        e->text = text;
    }
    e->fields[e->n_fields++] = (struct remote_field){
        .field = view_of(field), .code = view_of(err_code(code)), .text = text};
}

static void judge_dealers(const struct planning *p, struct remote_error *e)
{
    for (int i = 0; i < p->n_dealers; i++) {
        const struct planned_dealer *d = &p->dealers[i];
        int n = (int)d->code.n;
        const char *code = d->code.p;
        if (!d->known)
            add_fault(e, ERR_UNKNOWN_DEALER, "dealer_ids",
                      arena_printf(p->arena, "There is no dealer \"%.*s\".", n, code));
        else if (!d->active)
            add_fault(e, ERR_INACTIVE_DEALER, "dealer_ids",
                      arena_printf(p->arena, "Dealer %.*s is not active.", n, code));
        else if (!d->fetchable)
            add_fault(e, ERR_NO_CREDENTIAL, "dealer_ids",
                      arena_printf(p->arena, "Dealer %.*s has no credential.", n, code));
    }
}

static void judge_feeds(const struct planning *p, struct remote_error *e)
{
    for (uint32_t i = 0; i < p->unknown_feeds.n; i++) {
        const struct view *feed = LIST_AT(struct view, &p->unknown_feeds, i);
        add_fault(e, ERR_UNKNOWN_FEED, "feeds",
                  arena_printf(p->arena, "There is no feed \"%.*s\".", (int)feed->n, feed->p));
    }
}

/* A window on the clock of one upstream. */
static void judge_window(const struct planning *p, const struct planned_dealer *d,
                         struct remote_error *e)
{
    const struct plan_source *s = &p->sources[d->source];
    const struct planned_source *about = &p->about[d->source];
    int name_n = (int)about->upstream.n;
    const char *name = about->upstream.p;
    int64_t oldest = s->now_s / PLAN_DAY_S - s->history_days;
    char day[11];
    wall_text(oldest * PLAN_DAY_S, 10, day);
    if (d->to_s < d->from_s && d->from_s <= s->now_s)
        add_fault(e, ERR_EMPTY_WINDOW, "to", view_of("The window ends before it begins."));
    else if (d->from_s < oldest * PLAN_DAY_S)
        add_fault(e, ERR_BEYOND_HISTORY, "from",
                  arena_printf(p->arena, "%.*s keeps %d days: nothing before %s can be asked for.",
                               name_n, name, (int)s->history_days, day));
    if (d->from_s > s->now_s)
        add_fault(e, ERR_FUTURE_WINDOW, "from",
                  arena_printf(p->arena, "The window begins in the future: it is %.*s at %.*s.",
                               (int)about->clock.n, about->clock.p, name_n, name));
    else if (d->to_s >= (s->now_s / PLAN_DAY_S + 1) * PLAN_DAY_S)
        add_fault(e, ERR_FUTURE_WINDOW, "to",
                  arena_printf(p->arena, "The window ends after today: it is %.*s at %.*s.",
                               (int)about->clock.n, about->clock.p, name_n, name));
}

static bool same_upstream(const struct planning *p, int source, int other)
{
    struct view a = p->about[source].upstream;
    struct view b = p->about[other].upstream;
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Once for each upstream that stands apart from the one before. */
static void judge_windows(const struct planning *p, struct remote_error *e)
{
    int last = -1;
    for (int i = 0; i < p->n_dealers; i++) {
        const struct planned_dealer *d = &p->dealers[i];
        if (!d->fetchable || (last >= 0 && same_upstream(p, d->source, last)))
            continue;
        last = d->source;
        judge_window(p, d, e);
    }
}

static bool judge(struct request *r, const struct planning *p)
{
    struct remote_error e = {0};
    judge_dealers(p, &e);
    judge_feeds(p, &e);
    judge_windows(p, &e);
    if (e.n_fields == 0)
        return true;
    request_fail_fields(r, &e);
    return false;
}

/* ---- planning a request ---- */

static bool read_window(struct request *r, const struct job_submit *m, struct window_end *from,
                        struct window_end *to)
{
    static const char form[] =
        "Give a date (YYYY-MM-DD), YYYY-MM-DD HH:MM:SS on the upstream's clock, or RFC 3339.";
    if (window_read(m->from, false, from) != ERR_OK)
        request_fail(r, ERR_FORMAT, "from", "%s", form);
    else if (window_read(m->to, true, to) != ERR_OK)
        request_fail(r, ERR_FORMAT, "to", "%s", form);
    else
        return true;
    return false;
}

/* Who is meant: the named dealers, or all of them (NULL). */
static bool choose_dealers(struct request *r, const struct job_submit *m,
                           const struct list **dealers)
{
    bool all = HAS(m, job_submit, all_dealers) && m->all_dealers;
    bool named = HAS(m, job_submit, dealer_ids) && m->dealer_ids.n > 0;
    *dealers = all ? NULL : &m->dealer_ids;
    if (all != named)
        return true;
    request_fail(r, ERR_NO_DEALERS, "dealer_ids",
                 all ? "Give either dealer_ids or all_dealers, not both."
                     : "Name at least one dealer, or set all_dealers.");
    return false;
}

static int64_t priority_of(const struct job_submit *m)
{
    if (HAS(m, job_submit, priority))
        return m->priority;
    return only_of(m->only) == PLAN_ALL ? 0 : 3;
}

static enum err read_dealers(const struct job_submit *m, const struct list *dealers,
                             const struct window_end *from, const struct window_end *to,
                             struct planning *p)
{
    struct view prospects = view_of("prsp");
    const struct list usual = {.items = &prospects, .n = 1};
    bool holes = p->ask.only != PLAN_ALL;
    enum err err = planning_dealers(p, dealers, from, to, holes, priority_of(m), 0);
    if (!err)
        err = planning_feeds(p, HAS(m, job_submit, feeds) && m->feeds.n ? &m->feeds : &usual);
    return err;
}

static enum err read_days_and_plan(struct planning *p)
{
    enum err err = planning_subjects(p);
    if (!err && p->ask.only != PLAN_ALL)
        err = planning_days(p);
    return err ? err : planning_make(p);
}

/* False: the request is answered with what is wrong. */
static bool plan_request(struct scheduler *s, struct request *r, const struct job_submit *m,
                         struct planning *p)
{
    const struct list *dealers;
    struct window_end from;
    struct window_end to;
    p->db = s->process->db;
    p->arena = request_arena(r);
    p->ask.only = only_of(m->only);
    p->ask.slice_s = HAS(m, job_submit, slice_hours) ? m->slice_hours * HOUR_S : 0;
    p->ask.warn_days = s->conf.warn_days;
    if (!read_window(r, m, &from, &to) || !choose_dealers(r, m, &dealers))
        return false;
    enum err err = read_dealers(m, dealers, &from, &to, p);
    if (!err && p->n_dealers == 0) {
        request_fail(r, ERR_NO_DEALERS, "all_dealers", "No active dealer has a credential.");
        return false;
    }
    if (!err && !judge(r, p))
        return false;
    if (!err)
        err = read_days_and_plan(p);
    if (err == ERR_TOO_MANY_TASKS)
        request_fail(r, err, "to", "The job splits into %d tasks, %d are allowed.", p->plan.n_calls,
                     MOST_CALLS);
    else if (err)
        request_fail_err(r, err);
    return !err;
}

/* ---- digests ---- */

static void digest_text(crypto_generichash_state *h, struct view v)
{
    uint32_t n = v.n;
    crypto_generichash_update(h, (const unsigned char *)&n, sizeof n);
    crypto_generichash_update(h, (const unsigned char *)v.p, v.n);
}

static void digest_number(crypto_generichash_state *h, int64_t n)
{
    crypto_generichash_update(h, (const unsigned char *)&n, sizeof n);
}

static void digest_end(crypto_generichash_state *h, char out[HEX_BYTES])
{
    unsigned char digest[DIGEST_BYTES];
    crypto_generichash_final(h, digest, sizeof digest);
    sodium_bin2hex(out, HEX_BYTES, digest, sizeof digest);
}

/* Incremental work is the same whatever its window: what is unfinished brings it up to date, as
 * long as it reaches far enough (jobs.begin_job). */
static void digest_work(const struct planning *p, bool incremental, char out[HEX_BYTES])
{
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, DIGEST_BYTES);
    digest_number(&h, incremental);
    digest_number(&h, (int64_t)p->ask.only);
    digest_number(&h, p->ask.slice_s);
    for (uint32_t i = 0; i < p->feeds.n; i++)
        digest_text(&h, *LIST_AT(struct view, &p->feeds, i));
    for (int i = 0; i < p->n_dealers; i++) {
        const struct planned_dealer *d = &p->dealers[i];
        if (!d->fetchable || !d->active)
            continue;
        digest_text(&h, d->code);
        digest_number(&h, incremental ? 0 : d->from_s);
        digest_number(&h, incremental ? 0 : d->to_s);
    }
    digest_end(&h, out);
}

/* Of everything but the key, so that blanks and the order of fields do not matter. */
static enum err digest_request(const struct job_submit *m, char out[HEX_BYTES])
{
    crypto_generichash_state h;
    struct job_submit plain = *m;
    struct buf b;
    plain.has &= ~(UINT64_C(1) << job_submit_idempotency_key_index);
    buf_init(&b, MAX_REQUEST);
    enum err err = codec_encode(&JOB_SUBMIT, &plain, &b);
    crypto_generichash_init(&h, NULL, 0, DIGEST_BYTES);
    if (!err)
        crypto_generichash_update(&h, (const unsigned char *)b.p, b.n);
    digest_end(&h, out);
    buf_free(&b);
    return err;
}

/* ---- job.submit ---- */

static void fail_submit(struct request *r, enum err err)
{
    if (err == ERR_KEY_IN_USE || err == ERR_KEY_REUSED)
        request_fail(r, err, "idempotency_key", "%s", err_text(err));
    else
        request_fail_err(r, err);
}

static void answer_job(struct scheduler *s, struct request *r, const char *id, enum outcome how)
{
    static const char *const words[] = {"made", "existing", "replayed"};
    struct job job;
    /* Why a job waits is costly to tell, and nobody was offered the new one yet. */
    enum err err = how == OUTCOME_MADE
                       ? store_progress(s->process->db, id, request_arena(r), &job)
                       : store_job(s->process->db, view_of(id), request_arena(r), &job);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (how == OUTCOME_MADE)
        counter_add(s->jobs_accepted, 1);
    else if (how == OUTCOME_EXISTING)
        PUT(&job, job, existing, true);
    else
        PUT(&job, job, replayed, true);
    log_line(LOG_INFO, request_id(r), "job accepted",
             LOG_FIELDS(K("job", id), KN("tasks", job.tasks_total), K("how", words[how])));
    request_answer(r, &job);
}

/* True: the key came before, or cannot be used; the request is answered. */
static bool replayed(struct scheduler *s, struct request *r, const struct planning_job *j)
{
    char id[37];
    enum err err = store_replay_key(s->process->db, j->requested_by, j->key, j->request, id);
    if (err)
        fail_submit(r, err);
    else if (*id)
        answer_job(s, r, id, OUTCOME_REPLAYED);
    return err || *id;
}

/* ERR_PLAN_OUTDATED: a dealer changed meanwhile, nothing happened. */
static enum err submit_once(struct scheduler *s, struct request *r, const struct job_submit *m,
                            struct planning_job *j)
{
    struct planning p = {0};
    char work[HEX_BYTES];
    char id[37];
    enum outcome how = OUTCOME_MADE;
    enum err err = ERR_OK;
    if (!plan_request(s, r, m, &p))
        goto out;
    if (p.plan.n_calls == 0) {
        request_fail(r, ERR_NOTHING_MISSING, HAS(m, job_submit, only) ? "only" : NULL, "%s",
                     err_text(ERR_NOTHING_MISSING));
        goto out;
    }
    digest_work(&p, false, work);
    j->work = work;
    err = planning_submit(&p, j, id, &how);
    if (!err)
        answer_job(s, r, id, how);
    else if (err != ERR_PLAN_OUTDATED)
        fail_submit(r, err);
out:
    planning_free(&p);
    return err;
}

void on_job_submit(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_submit *m = body;
    char request[HEX_BYTES];
    struct planning_job j = {.kind = only_of(m->only) == PLAN_ALL ? "manual" : "backfill",
                             .priority = priority_of(m),
                             .requested_by = request_principal(r),
                             .request = request};
    enum err err = digest_request(m, request);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (HAS(m, job_submit, idempotency_key))
        j.key = m->idempotency_key;
    if (j.key.n && replayed(s, r, &j))
        return;
    err = ERR_PLAN_OUTDATED;
    for (int i = 0; i < TRIES && err == ERR_PLAN_OUTDATED; i++)
        err = submit_once(s, r, m, &j);
    if (err == ERR_PLAN_OUTDATED)
        request_fail_err(r, err);
}

/* ---- job.plan ---- */

void on_job_plan(void *service, struct request *r, const void *body)
{
    const struct job_plan *m = body;
    struct planning p = {0};
    struct job_submit same = {.dealer_ids = m->dealer_ids,
                              .all_dealers = m->all_dealers,
                              .feeds = m->feeds,
                              .from = m->from,
                              .to = m->to,
                              .slice_hours = m->slice_hours,
                              .priority = m->priority,
                              .only = m->only,
                              .has = m->has};
    _Static_assert((int)job_plan_only_index == (int)job_submit_only_index &&
                       (int)job_plan_n_fields <= (int)job_submit_n_fields,
                   "job.plan begins as job.submit");
    if (plan_request(service, r, &same, &p))
        plan_answer(r, &p);
    planning_free(&p);
}

/* ---- incremental work ---- */

enum err submit_incremental(struct scheduler *s, const struct incremental *what, struct arena *a,
                            struct submitted *out)
{
    const struct window_end now = {.kind = WINDOW_ABSENT};
    struct view prospects = view_of("prsp");
    const struct list usual = {.items = &prospects, .n = 1};
    struct planning p = {.db = s->process->db, .arena = a, .ask = {.warn_days = s->conf.warn_days}};
    char work[HEX_BYTES];
    enum outcome how = OUTCOME_MADE;
    *out = (struct submitted){.job = ""};
    bool ticks = strcmp(what->kind, "schedule") == 0;
    enum err err = planning_dealers(&p, what->dealers, &now, &now, false, what->priority,
                                    ticks ? what->schedule_id : 0);
    if (!err)
        err = planning_feeds(&p, what->feeds ? what->feeds : &usual);
    if (!err)
        err = planning_subjects(&p);
    if (!err)
        err = planning_marks(&p, what->overlap_hours < 0 ? -1 : what->overlap_hours * HOUR_S,
                             what->first_days);
    if (!err)
        err = planning_make(&p);
    if (!err && p.plan.n_calls > 0) {
        digest_work(&p, true, work);
        const struct planning_job j = {.kind = what->kind,
                                       .schedule_id = what->schedule_id,
                                       .priority = what->priority,
                                       .requested_by = what->requested_by,
                                       .work = work,
                                       .request = ""};
        err = planning_submit(&p, &j, out->job, &how);
        out->existing = how == OUTCOME_EXISTING;
        out->tasks = !err && how == OUTCOME_MADE ? p.plan.n_calls : 0;
    }
    planning_free(&p);
    if (!err && how == OUTCOME_MADE && *out->job)
        counter_add(s->jobs_accepted, 1);
    return err == ERR_PLAN_OUTDATED ? ERR_DATABASE_CONFLICT : err;
}

void submit_tick(struct scheduler *s)
{
    int64_t forgotten = 0;
    if (loop_now_ms() < s->next_forget_ms)
        return;
    enum err err = store_forget_keys(s->process->db, &forgotten);
    /* A full step may have left some. */
    s->next_forget_ms = loop_now_ms() + (!err && forgotten ? FORGET_SOON_MS : FORGET_MS);
}
