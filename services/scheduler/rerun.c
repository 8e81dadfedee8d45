/*
 * rerun.c - calls that failed for good, run once more: jobs.rerun() finds and queues them, the
 * answer tells what became of each window.
 */
#include "services/scheduler/rerun.h"

#include "services/daemon/seal.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/store.h"

static bool has_filter(const struct job_rerun *m)
{
    return HAS(m, job_rerun, task_ids) || HAS(m, job_rerun, job_id) ||
           HAS(m, job_rerun, dealer_ids) || HAS(m, job_rerun, feed) ||
           HAS(m, job_rerun, error_code) || HAS(m, job_rerun, from) || HAS(m, job_rerun, to);
}

static void refuse_empty(struct request *r, const struct rerun *found)
{
    request_fail(r, ERR_NOTHING_TO_RERUN, "",
                 "No failed call is left to be run again: %lld windows have left the upstream's "
                 "history, %lld are stored by now, %lld are about to be fetched, %lld belong to "
                 "dealers that cannot be fetched.",
                 (long long)found->skipped, (long long)found->stored, (long long)found->pending,
                 (long long)found->gone);
}

void on_job_rerun(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_rerun *m = body;
    const struct context *ctx = request_context(r);
    struct view who = HAS(ctx, context, principal) ? ctx->principal : view_of("unknown");
    bool dry = HAS(m, job_rerun, dry_run) && m->dry_run;
    struct rerun found = {.tasks = 0};
    char id[37];
    if (!has_filter(m)) {
        request_fail(r, ERR_MISSING, "task_ids",
                     "Say which calls: by task, job, dealer, feed, "
                     "error code or time.");
        return;
    }
    uuid_v7(id);
    enum err err = store_rerun(s->process->db, id, who, m, request_arena(r), &found);
    if (err == ERR_FORMAT) {
        request_fail(r, err, "task_ids", "A task's id is a whole number.");
        return;
    }
    if (!err && found.tasks == 0 && !dry && !HAS(&found, rerun, id)) {
        refuse_empty(r, &found);
        return;
    }
    if (!err && HAS(&found, rerun, id)) {
        err = store_job(s->process->db, found.id, request_arena(r), &found.job);
        SET(&found, rerun, job);
        found.tasks =
            HAS(&found, rerun, existing) && found.existing ? found.job.tasks_total : found.tasks;
    }
    if (err) {
        request_fail_err(r, err);
        return;
    }
    log_line(LOG_INFO, request_id(r), "calls are run again",
             LOG_FIELDS(KV("job", found.id), KN("tasks", found.tasks), KN("lost", found.skipped),
                        KN("stored", found.stored)));
    request_answer(r, &found);
}
