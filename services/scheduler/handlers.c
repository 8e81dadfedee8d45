/*
 * handlers.c - what a scheduler answers. The table is at the end.
 */
#include "services/daemon/seal.h"
#include "services/scheduler/failures.h"
#include "services/scheduler/history.h"
#include "services/scheduler/quarantine.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/store.h"

#include <stdio.h>

enum { MINUTES_PER_HOUR = 60, DEFAULT_SLICE_HOURS = 24 };

/* Which field of job.submit an error of jobs.submit() is about. */
static const struct {
    enum err err;
    const char *field;
} submit_fields[] = {
    {ERR_UNKNOWN_DEALER, "dealer_ids"}, {ERR_INACTIVE_DEALER, "dealer_ids"},
    {ERR_NO_CREDENTIAL, "dealer_ids"},  {ERR_NO_DEALERS, "dealer_ids"},
    {ERR_EMPTY_WINDOW, "to"},           {ERR_BEYOND_HISTORY, "from"},
    {ERR_FUTURE_WINDOW, "from"},        {ERR_UNKNOWN_FEED, "feeds"},
    {ERR_TOO_MANY_TASKS, "to"},
};

static void fail_submit(struct scheduler *s, struct request *r, enum err err)
{
    for (size_t i = 0; i < sizeof submit_fields / sizeof *submit_fields; i++)
        if (submit_fields[i].err == err) {
            request_fail(r, err, submit_fields[i].field, "%s", db_error(s->process->db)->message);
            return;
        }
    request_fail_err(r, err);
}

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

/* Who is meant: the named dealers, or all of them. */
static bool choose_dealers(struct scheduler *s, struct request *r, const struct job_submit *m,
                           struct list *dealers)
{
    bool all = HAS(m, job_submit, all_dealers) && m->all_dealers;
    bool named = HAS(m, job_submit, dealer_ids) && m->dealer_ids.n > 0;
    if (all == named) {
        request_fail(r, ERR_NO_DEALERS, "dealer_ids",
                     all ? "Give either dealer_ids or all_dealers, not both."
                         : "Name at least one dealer, or set all_dealers.");
        return false;
    }
    *dealers = m->dealer_ids;
    if (named)
        return true;
    enum err err = store_fetchable_dealers(s->process->db, request_arena(r), dealers);
    if (err)
        request_fail_err(r, err);
    else if (dealers->n == 0)
        request_fail(r, ERR_NO_DEALERS, "all_dealers", "No active dealer has a credential.");
    return !err && dealers->n > 0;
}

static enum err submit(struct scheduler *s, struct request *r, const struct job_submit *m,
                       const struct list *dealers, const struct store_window *window,
                       const char *id)
{
    struct view prospects = view_of("prsp");
    const struct list usual = {.items = &prospects, .n = 1};
    const struct list *feeds = HAS(m, job_submit, feeds) ? &m->feeds : &usual;
    const struct context *ctx = request_context(r);
    int64_t hours = HAS(m, job_submit, slice_hours) ? m->slice_hours : DEFAULT_SLICE_HOURS;
    struct view who = HAS(ctx, context, principal) ? ctx->principal : view_of("unknown");
    return store_submit(s->process->db, id, dealers, feeds, window, hours * MINUTES_PER_HOUR,
                        m->priority, who);
}

static void on_job_submit(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_submit *m = body;
    struct window_end from;
    struct window_end to;
    struct store_window window;
    struct list dealers;
    struct job job;
    char id[37];
    if (!read_window(r, m, &from, &to) || !choose_dealers(s, r, m, &dealers))
        return;
    uuid_v7(id);
    enum err err = store_window(s->process->db, &dealers, &from, &to, &window);
    if (!err)
        err = submit(s, r, m, &dealers, &window, id);
    if (err) {
        fail_submit(s, r, err);
        return;
    }
    counter_add(s->jobs_accepted, 1);
    err = store_job(s->process->db, view_of(id), request_arena(r), &job);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    log_line(LOG_INFO, request_id(r), "job accepted",
             LOG_FIELDS(K("job", id), KN("tasks", job.tasks_total)));
    request_answer(r, &job);
}

/* ---- fetchers ---- */

static void on_task_lease(void *service, struct request *r, const void *body)
{
    waiting_add(service, r, body);
}

static void on_task_beat(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct beat_answer answer = {0};
    enum err err =
        store_beat(s->process->db, body, s->conf.lease_ms, request_arena(r), &answer.tasks);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    for (uint32_t i = 0; i < answer.tasks.n; i++)
        if (view_is(LIST_AT(struct held_task, &answer.tasks, i)->verdict, "lost"))
            counter_add(s->leases_lost, 1);
    request_answer(r, &answer);
}

static void on_task_release(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct task_release *m = body;
    struct empty done = {0};
    int64_t released = 0;
    enum err err = store_release(s->process->db, m, &released);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    counter_add(s->tasks_released, released);
    request_answer(r, &done);
}

const struct handler scheduler_handlers[] = {
    {.msg = &JOB_SUBMIT, .fn = on_job_submit},
    {.msg = &JOB_GET, .fn = on_job_get},
    {.msg = &JOB_LIST, .fn = on_job_list},
    {.msg = &TASK_LIST, .fn = on_task_list},
    {.msg = &TASK_FIND, .fn = on_task_find},
    {.msg = &ATTEMPT_LIST, .fn = on_attempt_list},
    {.msg = &QUARANTINE_LIST, .fn = on_quarantine_list},
    {.msg = &QUARANTINE_GET, .fn = on_quarantine_get},
    {.msg = &QUARANTINE_SUMMARY, .fn = on_quarantine_summary},
    {.msg = &QUARANTINE_REPLAY, .fn = on_quarantine_replay},
    {.msg = &QUARANTINE_DISMISS, .fn = on_quarantine_dismiss},
    {.msg = &DRIFT_LIST, .fn = on_drift_list},
    {.msg = &DRIFT_ACKNOWLEDGE, .fn = on_drift_acknowledge},
    {.msg = &TASK_LEASE, .fn = on_task_lease},
    {.msg = &TASK_BEAT, .fn = on_task_beat},
    {.msg = &TASK_FAIL, .fn = on_task_fail},
    {.msg = &TASK_RELEASE, .fn = on_task_release},
    {.msg = &ERROR_LIST, .fn = on_error_list},
    {0},
};
