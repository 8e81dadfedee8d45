/*
 * rerun.c - calls that failed for good, run once more: jobs.rerun() finds and queues them, the
 * answer tells what became of each window.
 */
#include "services/scheduler/rerun.h"

#include "services/daemon/seal.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/store.h"

/* An empty selection is not everything. */
static bool refuse_nothing_chosen(struct request *r, const struct job_rerun *m)
{
    const char *field = HAS(m, job_rerun, task_ids) && m->task_ids.n == 0       ? "task_ids"
                        : HAS(m, job_rerun, dealer_ids) && m->dealer_ids.n == 0 ? "dealer_ids"
                                                                                : NULL;
    if (field)
        request_fail(r, ERR_MISSING, field, "Nothing is chosen.");
    return field != NULL;
}

static bool has_filter(const struct job_rerun *m)
{
    return HAS(m, job_rerun, task_ids) || HAS(m, job_rerun, job_id) ||
           HAS(m, job_rerun, dealer_ids) || HAS(m, job_rerun, feed) ||
           HAS(m, job_rerun, error_code) || HAS(m, job_rerun, from) || HAS(m, job_rerun, to);
}

/* Why nothing is left of what failed; reasons that hold for no window are not named. */
static void refuse_empty(struct request *r, const struct rerun *found)
{
    const struct {
        int64_t n;
        const char *what;
    } reasons[] = {
        {found->stored, "are stored by now"},
        {found->pending, "are about to be fetched"},
        {found->skipped, "have left the upstream's history"},
        {found->gone, "are of dealers that cannot be fetched"},
    };
    struct view text = view_of("");
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].n > 0)
            text = arena_printf(request_arena(r), "%.*s%s%lld %s", (int)text.n, text.p,
                                text.n ? ", " : "Of what failed, ", (long long)reasons[i].n,
                                reasons[i].what);
    if (text.n == 0)
        text = view_of("No failed call fits");
    request_fail(r, ERR_NOTHING_TO_RERUN, "", "%.*s.", (int)text.n, text.p);
}

void on_job_rerun(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_rerun *m = body;
    struct view who = request_principal(r);
    bool dry = HAS(m, job_rerun, dry_run) && m->dry_run;
    struct rerun found = {.tasks = 0};
    char id[37];
    if (refuse_nothing_chosen(r, m))
        return;
    if (!has_filter(m)) {
        request_fail(r, ERR_MISSING, "task_ids",
                     "Say which calls: by task, job, dealer, feed, "
                     "error code or time.");
        return;
    }
    uuid_v7(id);
    enum err err = store_rerun(s->process->db, id, who, m, request_arena(r), &found);
    if (err == ERR_FORMAT || err == ERR_RANGE) {
        request_fail(r, ERR_FORMAT, "task_ids", "A task's id is a whole number.");
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
