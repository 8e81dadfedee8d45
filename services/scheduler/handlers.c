/*
 * handlers.c - what a scheduler answers. The table is at the end.
 */
#include "services/daemon/seal.h"
#include "services/scheduler/bulk.h"
#include "services/scheduler/control.h"
#include "services/scheduler/coverage.h"
#include "services/scheduler/failures.h"
#include "services/scheduler/feed_policy.h"
#include "services/scheduler/freshness.h"
#include "services/scheduler/history.h"
#include "services/scheduler/quarantine.h"
#include "services/scheduler/rerun.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/schedules.h"
#include "services/scheduler/store.h"
#include "services/scheduler/submit.h"

#include <stdio.h>

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
    {.msg = &JOB_PLAN, .fn = on_job_plan},
    {.msg = &COVERAGE_LIST, .fn = on_coverage_list},
    {.msg = &JOB_GET, .fn = on_job_get},
    {.msg = &JOB_LIST, .fn = on_job_list},
    {.msg = &TASK_LIST, .fn = on_task_list},
    {.msg = &TASK_FIND, .fn = on_task_find},
    {.msg = &ATTEMPT_LIST, .fn = on_attempt_list},
    {.msg = &FEED_LIST, .fn = on_feed_list},
    {.msg = &FEED_GET, .fn = on_feed_get},
    {.msg = &FEED_UPDATE, .fn = on_feed_update},
    {.msg = &QUARANTINE_LIST, .fn = on_quarantine_list},
    {.msg = &QUARANTINE_GET, .fn = on_quarantine_get},
    {.msg = &QUARANTINE_SUMMARY, .fn = on_quarantine_summary},
    {.msg = &QUARANTINE_REPLAY, .fn = on_quarantine_replay},
    {.msg = &QUARANTINE_DISMISS, .fn = on_quarantine_dismiss},
    {.msg = &DRIFT_LIST, .fn = on_drift_list},
    {.msg = &DRIFT_ACKNOWLEDGE, .fn = on_drift_acknowledge},
    {.msg = &JOB_CANCEL, .fn = on_job_cancel},
    {.msg = &PAUSE_LIST, .fn = on_pause_list},
    {.msg = &PAUSE_SET, .fn = on_pause_set},
    {.msg = &PAUSE_CLEAR, .fn = on_pause_clear},
    {.msg = &UPSTREAM_STATE, .fn = on_upstream_state},
    {.msg = &UPSTREAM_RESET, .fn = on_upstream_reset},
    {.msg = &STORAGE_CHECK, .fn = on_storage_check},
    {.msg = &CREDENTIAL_UNFLAG, .fn = on_credential_unflag},
    {.msg = &TASK_LEASE, .fn = on_task_lease},
    {.msg = &TASK_BEAT, .fn = on_task_beat},
    {.msg = &TASK_FAIL, .fn = on_task_fail},
    {.msg = &TASK_RELEASE, .fn = on_task_release},
    {.msg = &ERROR_LIST, .fn = on_error_list},
    {.msg = &SCHEDULE_LIST, .fn = on_schedule_list},
    {.msg = &SCHEDULE_GET, .fn = on_schedule_get},
    {.msg = &SCHEDULE_CREATE, .fn = on_schedule_create},
    {.msg = &SCHEDULE_UPDATE, .fn = on_schedule_update},
    {.msg = &SCHEDULE_DELETE, .fn = on_schedule_delete},
    {.msg = &SCHEDULE_RUN, .fn = on_schedule_run},
    {.msg = &SCHEDULE_PAUSE, .fn = on_schedule_pause},
    {.msg = &SCHEDULE_RESUME, .fn = on_schedule_resume},
    {.msg = &SCHEDULE_PREVIEW, .fn = on_schedule_preview},
    {.msg = &TICK_LIST, .fn = on_tick_list},
    {.msg = &FRESHNESS_LIST, .fn = on_freshness_list},
    {.msg = &FRESHNESS_SET, .fn = on_freshness_set},
    {.msg = &FRESHNESS_CLEAR, .fn = on_freshness_clear},
    {.msg = &JOB_RERUN, .fn = on_job_rerun},
    {.msg = &JOB_BULK, .fn = on_job_bulk},
    {.msg = &JOB_BULK_GET, .fn = on_job_bulk_get},
    {0},
};
