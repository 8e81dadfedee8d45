/*
 * bulk.c - see bulk.h.
 */
#include "services/scheduler/bulk.h"

#include "services/daemon/seal.h"
#include "services/scheduler/control.h"
#include "services/scheduler/history.h"
#include "services/scheduler/store.h"

enum {
    STEP_JOBS = 100,  /* that have their turn in one statement */
    STEP_CALLS = 500, /* of theirs that are run again: well within the time of a statement */
    STEP_MS = 10,     /* between two steps: others have their turn */
};

/* ---- steps ---- */

/* True: there was something to do. */
static bool step(struct scheduler *s, struct view id)
{
    char job[37];
    bool went_on = false;
    uuid_v7(job);
    const struct bulk_step size = {.job = job, .jobs = STEP_JOBS, .calls = STEP_CALLS};
    enum err err = store_bulk_step(s->process->db, id, &size, &went_on);
    if (err)
        log_warn("many jobs: a step failed", K("error", err_code(err)),
                 K("detail", db_error(s->process->db)->message));
    return !err && went_on;
}

static void on_step(void *arg);

static void go_on_later(struct scheduler *s)
{
    if (!s->bulk_timer)
        s->bulk_timer = loop_after(s->process->loop, STEP_MS, on_step, s);
}

/* One whose step fails is put off already; the others go on. */
static void go_on(struct scheduler *s)
{
    char id[37];
    enum err err = store_bulk_next(s->process->db, id);
    if (err)
        log_warn("many jobs: what is unfinished is not known", K("error", err_code(err)),
                 K("detail", db_error(s->process->db)->message));
    if (err || !id[0])
        return; /* the tick looks again */
    step(s, view_of(id));
    go_on_later(s);
}

static void on_step(void *arg)
{
    struct scheduler *s = arg;
    s->bulk_timer = 0;
    go_on(s);
}

void bulk_tick(struct scheduler *s)
{
    if (!s->bulk_timer)
        go_on(s);
}

void bulk_stop(struct scheduler *s)
{
    loop_cancel(s->process->loop, s->bulk_timer);
}

/* ---- answers ---- */

static void refuse(struct scheduler *s, struct request *r, enum err err)
{
    if (err == ERR_COUNT_CHANGED)
        request_fail_said(r, err, "expected", db_error(s->process->db)->message);
    else if (err == ERR_KEY_REUSED)
        request_fail(r, err, "idempotency_key", "%s", err_text(err));
    else
        request_fail_err(r, err);
}

static void answer_begun(struct scheduler *s, struct request *r, struct bulk *told, bool replayed)
{
    if (!replayed && step(s, told->id))
        control_tick(s); /* what is cancelled begins to end at once */
    enum err err =
        store_bulk(s->process->db, told->id, request_principal(r), request_arena(r), told);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (replayed)
        PUT(told, bulk, replayed, true);
    if (view_is(told->state, "running"))
        go_on_later(s);
    log_line(LOG_INFO, request_id(r), "many jobs",
             LOG_FIELDS(KV("action", told->action), KN("jobs", told->jobs),
                        KN("accepted", told->accepted), KV("principal", request_principal(r))));
    request_answer(r, told);
}

void on_job_bulk(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_bulk *m = body;
    struct bulk told = {.action = m->action, .state = view_of("planned")};
    enum bulk_outcome how = BULK_PLANNED;
    char id[37];
    bool dry = HAS(m, job_bulk, dry_run) && m->dry_run;
    if (!history_states(r, &JOB, &m->state))
        return;
    if (!dry && !HAS(m, job_bulk, expected)) {
        request_fail(r, ERR_MISSING, "expected",
                     "Say how many jobs are expected; a dry run counts them.");
        return;
    }
    uuid_v7(id);
    enum err err = store_bulk_begin(s->process->db, id, request_principal(r), m, request_arena(r),
                                    &told, &how);
    if (err)
        refuse(s, r, err);
    else if (how == BULK_PLANNED)
        request_answer(r, &told);
    else
        answer_begun(s, r, &told, how == BULK_REPLAYED);
}

void on_job_bulk_get(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_bulk_get *m = body;
    struct bulk told;
    enum err err = store_bulk(s->process->db, m->id, request_principal(r), request_arena(r), &told);
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "id", "There is nothing of this id, or it is more than a day old.");
    else if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &told);
}
