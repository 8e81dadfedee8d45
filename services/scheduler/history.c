/*
 * history.c - jobs, tasks and tries, page by page.
 *
 * One job that is over is told from its snapshot, since nothing of it changes any more. One that is
 * not is read from the database: its caller may know of a change (it cancelled, say) before the
 * snapshot does. While the database is away the snapshot is told, marked stale.
 *
 * A cursor is the id of a page's last row. Ids of jobs are UUIDs of version 7 and those of tasks
 * are counted, so both stand in the order of their making. Tasks of all jobs need both.
 */
#include "services/scheduler/history.h"

#include "proto/access.h"
#include "services/scheduler/paging.h"
#include "services/scheduler/snapshots.h"
#include "services/scheduler/store.h"

enum {
    USUAL_JOBS = 50,
    USUAL_TASKS = 100,
    QUICK_MS = 1500 /* longest wait for the database when a snapshot can be told instead */
};

static void refuse_job(struct request *r, struct view id, const char *field)
{
    request_fail(r, ERR_NOT_FOUND, field, "There is no job %.*s.", (int)id.n, id.p);
}

/* A snapshot is everybody's: who asks has to be allowed each of the job's dealers. */
static bool in_sight(struct request *r, const struct job *job)
{
    for (uint32_t i = 0; i < job->dealer_ids.n; i++)
        if (!access_dealer(request_context(r), *LIST_AT(struct view, &job->dealer_ids, i)))
            return false;
    return true;
}

void on_job_get(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_get *m = body;
    struct job kept, job;
    bool found = snapshot_find(s, m->id, request_arena(r), &kept) && in_sight(r, &kept);
    if (found && job_is_over(&kept)) {
        counter_add(s->snapshots.found, 1);
        request_answer(r, &kept);
        return;
    }
    db_limit(s->process->db, found ? QUICK_MS : 0);
    enum err err = store_job(s->process->db, m->id, request_arena(r), &job);
    db_limit(s->process->db, 0);
    if (found && (err == ERR_DATABASE_AWAY || err == ERR_DATABASE_TIMEOUT)) {
        counter_add(s->snapshots.stale, 1);
        PUT(&kept, job, stale, true);
        request_answer(r, &kept);
    } else if (err == ERR_NOT_FOUND) {
        refuse_job(r, m->id, "id");
    } else if (err) {
        request_fail_err(r, err);
    } else {
        if (job_is_over(&job))
            snapshot_keep(s, &job);
        request_answer(r, &job);
    }
}

bool history_states(struct request *r, const struct desc *record, const struct list *states)
{
    const struct field_desc *field = desc_field(record, view_of("state"));
    struct fault f = {0};
    for (uint32_t i = 0; i < states->n; i++) {
        enum err err = field_check(field, LIST_AT(struct view, states, i), &f);
        if (err) {
            request_fail(r, err, "state", "%s", f.text);
            return false;
        }
    }
    return true;
}

void on_job_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct job_list m = *(const struct job_list *)body;
    struct job_page page = {0};
    if (!history_states(r, &JOB, &m.state) || !cursor_is_uuid(r, m.cursor))
        return;
    m.limit = HAS(&m, job_list, limit) ? m.limit : USUAL_JOBS;
    enum err err = store_jobs(s->process->db, &m, request_arena(r), &page.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (list_cut(&page.items, m.limit))
        PUT(&page, job_page, next, LIST_AT(struct job, &page.items, page.items.n - 1)->id);
    request_answer(r, &page);
}

/* The last task of a page that has a successor; NULL: the page is the last one. */
static const struct task *last_task(struct task_page *page, int64_t limit)
{
    return list_cut(&page->items, limit) ? LIST_AT(struct task, &page->items, page->items.n - 1)
                                         : NULL;
}

void on_task_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct task_list m = *(const struct task_list *)body;
    struct task_page page = {0};
    struct job job;
    if (!history_states(r, &TASK, &m.state) || !cursor_is_number(r, m.cursor))
        return;
    m.limit = HAS(&m, task_list, limit) ? m.limit : USUAL_TASKS;
    enum err err = store_tasks(s->process->db, &m, request_arena(r), &page.items);
    if (!err && page.items.n == 0)
        err = store_job(s->process->db, m.job_id, request_arena(r), &job);
    if (err == ERR_NOT_FOUND) {
        refuse_job(r, m.job_id, "job_id");
        return;
    }
    if (err) {
        request_fail_err(r, err);
        return;
    }
    const struct task *last = last_task(&page, m.limit);
    if (last)
        PUT(&page, task_page, next, cursor_of_number(r, last->id));
    request_answer(r, &page);
}

void on_task_find(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct task_find m = *(const struct task_find *)body;
    struct task_page page = {0};
    if (!history_states(r, &TASK, &m.state) || !cursor_is_uuid_and_number(r, m.cursor))
        return;
    m.limit = HAS(&m, task_find, limit) ? m.limit : USUAL_TASKS;
    enum err err = store_find_tasks(s->process->db, &m, request_arena(r), &page.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    const struct task *last = last_task(&page, m.limit);
    if (last)
        PUT(&page, task_page, next,
            arena_printf(request_arena(r), "%.*s:%lld", (int)last->job_id.n, last->job_id.p,
                         (long long)last->id));
    request_answer(r, &page);
}

/* The beginning of an answer may be a record with all its personal data. */
static void hide_answers(struct list *attempts)
{
    for (uint32_t i = 0; i < attempts->n; i++)
        LIST_AT(struct attempt, attempts, i)->has &= ~(UINT64_C(1) << attempt_body_head_index);
}

void on_attempt_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct attempt_list *m = body;
    struct attempt_page page = {0};
    enum err err = store_attempts(s->process->db, m->task_id, request_arena(r), &page.items);
    if (!err && page.items.n == 0)
        err = store_has_task(s->process->db, m->task_id);
    if (!access_role(request_context(r), WHO_OPERATOR))
        hide_answers(&page.items);
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "task_id", "There is no task %lld.", (long long)m->task_id);
    else if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &page);
}
