/*
 * store.c - the scheduler's statements.
 */
#include "services/scheduler/store.h"

#include "services/scheduler/paging.h"

#include <stdio.h>

enum err store_replay_key(struct db *db, struct view principal, struct view key,
                          const char *request, char job[37])
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_REPLAY_KEY,
                          PARAMS(P_TEXT(principal), P_TEXT(key), P_TEXT(view_of(request))), &rows);
    if (!err)
        snprintf(job, 37, "%.*s", (int)rows_text(rows, 0, 0).n, rows_text(rows, 0, 0).p);
    rows_free(&rows);
    return err;
}

enum err store_job(struct db *db, struct view id, struct arena *a, struct job *out)
{
    return db_get(db, SQL_SCHEDULER_JOB_GET, PARAMS(P_TEXT(id)), &JOB, a, out);
}

enum err store_progress(struct db *db, const char *id, struct arena *a, struct job *out)
{
    return db_get(db, SQL_SCHEDULER_JOB_PROGRESS, PARAMS(P_TEXT(view_of(id))), &JOB, a, out);
}

static struct param words_or_null(bool present, struct list words)
{
    return present && words.n ? P_WORDS(words) : P_NULL;
}

enum err store_open_jobs(struct db *db, struct arena *a, struct list *out)
{
    return db_list(db, SQL_SCHEDULER_OPEN_JOBS, NULL, 0, &JOB_CHANGED, a, out);
}

enum err store_jobs(struct db *db, const struct job_list *ask, struct arena *a, struct list *out)
{
    return db_list(
        db, SQL_SCHEDULER_JOB_LIST,
        PARAMS(P_OPT_TEXT(ask, job_list, dealer_id),
               words_or_null(HAS(ask, job_list, state), ask->state),
               P_OPT_TEXT(ask, job_list, feed), P_OPT_TEXT(ask, job_list, kind),
               P_OPT_TEXT(ask, job_list, requested_by), P_OPT_INT(ask, job_list, schedule_id),
               P_OPT_INT(ask, job_list, created_from), P_OPT_INT(ask, job_list, created_to),
               P_OPT_TEXT(ask, job_list, text), cursor_param(ask->cursor), P_INT(ask->limit + 1)),
        &JOB, a, out);
}

enum err store_tasks(struct db *db, const struct task_list *ask, struct arena *a, struct list *out)
{
    return db_list(db, SQL_SCHEDULER_TASK_LIST,
                   PARAMS(P_TEXT(ask->job_id),
                          words_or_null(HAS(ask, task_list, state), ask->state),
                          cursor_param(ask->cursor), P_INT(ask->limit + 1),
                          P_OPT_TEXT(ask, task_list, dealer_id), P_OPT_TEXT(ask, task_list, feed),
                          P_OPT_TEXT(ask, task_list, error_code)),
                   &TASK, a, out);
}

enum err store_find_tasks(struct db *db, const struct task_find *ask, struct arena *a,
                          struct list *out)
{
    return db_list(db, SQL_SCHEDULER_TASK_FIND,
                   PARAMS(P_OPT_TEXT(ask, task_find, dealer_id),
                          words_or_null(HAS(ask, task_find, state), ask->state),
                          P_OPT_TEXT(ask, task_find, feed), P_OPT_TEXT(ask, task_find, error_code),
                          P_OPT_TEXT(ask, task_find, kind), P_OPT_INT(ask, task_find, created_from),
                          P_OPT_INT(ask, task_find, created_to), cursor_param(ask->cursor),
                          P_INT(ask->limit + 1)),
                   &TASK, a, out);
}

enum err store_attempts(struct db *db, int64_t task, struct arena *a, struct list *out)
{
    return db_list(db, SQL_SCHEDULER_ATTEMPT_LIST, PARAMS(P_INT(task)), &ATTEMPT, a, out);
}

enum err store_has_task(struct db *db, int64_t task)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_TASK_THERE, PARAMS(P_INT(task)), &rows);
    if (!err && rows_count(rows) == 0)
        err = ERR_NOT_FOUND;
    rows_free(&rows);
    return err;
}

/* ---- leases ---- */

struct held_ids {
    int64_t tasks[MAX_HELD_TASKS];
    int64_t epochs[MAX_HELD_TASKS];
    struct view phases[MAX_HELD_TASKS]; /* empty = not told */
    int64_t bytes[MAX_HELD_TASKS];
    int64_t rows[MAX_HELD_TASKS];
    size_t n;
};

static void split_held(const struct list *held, struct held_ids *out)
{
    out->n = held->n < MAX_HELD_TASKS ? held->n : MAX_HELD_TASKS;
    for (uint32_t i = 0; i < out->n; i++) {
        const struct held_task *t = LIST_AT(struct held_task, held, i);
        out->tasks[i] = t->task_id;
        out->epochs[i] = t->epoch;
        out->phases[i] = HAS(t, held_task, phase) ? t->phase : view_of("");
        out->bytes[i] = t->bytes;
        out->rows[i] = t->rows;
    }
}

enum err store_lease(struct db *db, const char *instance, int want, int64_t lease_ms,
                     struct arena *a, struct list *out)
{
    return db_list(db, SQL_SCHEDULER_LEASE,
                   PARAMS(P_TEXT(view_of(instance)), P_INT(want), P_INT(lease_ms)), &LEASED_TASK, a,
                   out);
}

enum err store_beat(struct db *db, const struct task_beat *beat, int64_t lease_ms, struct arena *a,
                    struct list *out)
{
    struct held_ids ids;
    split_held(&beat->held, &ids);
    const struct list phases = {.items = ids.phases, .n = (uint32_t)ids.n};
    return db_list(db, SQL_SCHEDULER_BEAT,
                   PARAMS(P_TEXT(beat->instance), P_INTS(ids.tasks, ids.n),
                          P_INTS(ids.epochs, ids.n), P_INT(lease_ms), P_WORDS(phases),
                          P_INTS(ids.bytes, ids.n), P_INTS(ids.rows, ids.n)),
                   &HELD_TASK, a, out);
}

/* Runs a statement that returns one number. */
static enum err run_number(struct db *db, enum statement s, const struct param *params, int n,
                           int64_t *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, s, params, n, &rows);
    if (!err)
        *out = rows_count(rows) ? rows_int(rows, 0, 0) : 0;
    rows_free(&rows);
    return err;
}

static int64_t number_or_none(const struct rows *rows, int column)
{
    return rows_null(rows, 0, column) ? -1 : rows_int(rows, 0, column);
}

enum err store_failed_task(struct db *db, const struct task_fail *f, int64_t deadline_minutes,
                           struct failed_task *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(
        db, SQL_SCHEDULER_FAILED_TASK,
        PARAMS(P_INT(f->task_id), P_INT(f->epoch), P_TEXT(f->error_code), P_INT(deadline_minutes)),
        &rows);
    if (!err && rows_count(rows) == 0)
        err = ERR_FENCED;
    if (!err)
        *out = (struct failed_task){.attempt = rows_int(rows, 0, 0),
                                    .max_attempts = number_or_none(rows, 1),
                                    .base_ms = number_or_none(rows, 2),
                                    .cap_ms = number_or_none(rows, 3),
                                    .left_ms = rows_int(rows, 0, 4),
                                    .midnight_ms = rows_int(rows, 0, 5),
                                    .can_split = rows_bool(rows, 0, 6)};
    rows_free(&rows);
    return err;
}

enum err store_fail(struct db *db, const struct fail_order *o)
{
    const struct task_fail *f = o->failure;
    struct rows *rows = NULL;
    enum err err =
        db_run(db, SQL_SCHEDULER_FAIL,
               PARAMS(P_INT(f->task_id), P_INT(f->epoch), P_TEXT(f->error_code), P_TEXT(o->text),
                      o->retry_ms < 0 ? P_NULL : P_INT(o->retry_ms),
                      P_OPT_INT(f, task_fail, http_status), P_OPT_INT(f, task_fail, bytes),
                      P_OPT_INT(f, task_fail, dns_ms), P_OPT_INT(f, task_fail, connect_ms),
                      P_OPT_INT(f, task_fail, first_byte_ms), P_OPT_INT(f, task_fail, total_ms),
                      P_OPT_TEXT(f, task_fail, body_head), P_OPT_INT(f, task_fail, skew_ms),
                      o->retry_after_ms > 0 ? P_INT(o->retry_after_ms) : P_NULL,
                      P_TEXT(view_of(o->effect)), P_BOOL(o->split), P_INT(o->deadline_minutes)),
               &rows);
    if (!err && !(rows_count(rows) == 1 && rows_bool(rows, 0, 0)))
        err = ERR_FENCED;
    rows_free(&rows);
    return err;
}

enum err store_rerun(struct db *db, const char *job, struct view who, const struct job_rerun *m,
                     struct arena *a, struct rerun *out)
{
    struct rows *rows = NULL;
    enum err err =
        db_run(db, SQL_SCHEDULER_RERUN,
               PARAMS(P_TEXT(view_of(job)), P_TEXT(who),
                      words_or_null(HAS(m, job_rerun, task_ids), m->task_ids),
                      P_OPT_TEXT(m, job_rerun, job_id),
                      words_or_null(HAS(m, job_rerun, dealer_ids), m->dealer_ids),
                      P_OPT_TEXT(m, job_rerun, feed), P_OPT_TEXT(m, job_rerun, error_code),
                      P_OPT_INT(m, job_rerun, from), P_OPT_INT(m, job_rerun, to),
                      P_BOOL(HAS(m, job_rerun, cancelled) && m->cancelled),
                      P_BOOL(HAS(m, job_rerun, force) && m->force),
                      P_BOOL(HAS(m, job_rerun, dry_run) && m->dry_run)),
               &rows);
    if (!err && rows_count(rows) == 1) {
        if (!rows_null(rows, 0, 0))
            PUT(out, rerun, id, arena_copy(a, rows_text(rows, 0, 0)));
        if (rows_bool(rows, 0, 1))
            PUT(out, rerun, existing, true);
        out->tasks = rows_null(rows, 0, 2) ? 0 : rows_int(rows, 0, 2);
        out->skipped = rows_null(rows, 0, 3) ? 0 : rows_int(rows, 0, 3);
        out->stored = rows_null(rows, 0, 4) ? 0 : rows_int(rows, 0, 4);
        out->gone = rows_null(rows, 0, 5) ? 0 : rows_int(rows, 0, 5);
        if (!rows_null(rows, 0, 6))
            PUT(out, rerun, pending, rows_int(rows, 0, 6));
    }
    rows_free(&rows);
    return err;
}

static int64_t number_in(const struct rows *rows, const char *name)
{
    int column = rows_column(rows, name);
    return rows_null(rows, 0, column) ? 0 : rows_int(rows, 0, column);
}

enum err store_bulk_begin(struct db *db, const char *id, struct view who, const struct job_bulk *m,
                          struct arena *a, struct bulk *out, enum bulk_outcome *how)
{
    struct rows *rows = NULL;
    enum err err = db_run(
        db, SQL_SCHEDULER_BULK_BEGIN,
        PARAMS(P_TEXT(view_of(id)), P_TEXT(m->action), P_TEXT(who),
               P_OPT_TEXT(m, job_bulk, idempotency_key), P_OPT_INT(m, job_bulk, expected),
               P_BOOL(HAS(m, job_bulk, dry_run) && m->dry_run), P_OPT_TEXT(m, job_bulk, dealer_id),
               words_or_null(HAS(m, job_bulk, state), m->state), P_OPT_TEXT(m, job_bulk, feed),
               P_OPT_TEXT(m, job_bulk, kind), P_OPT_TEXT(m, job_bulk, requested_by),
               P_OPT_INT(m, job_bulk, schedule_id), P_OPT_INT(m, job_bulk, created_from),
               P_OPT_INT(m, job_bulk, created_to), P_OPT_TEXT(m, job_bulk, text)),
        &rows);
    if (!err && rows_count(rows) == 1) {
        struct view outcome = rows_text(rows, 0, 1);
        *how = view_is(outcome, "planned") ? BULK_PLANNED
               : view_is(outcome, "made")  ? BULK_MADE
                                           : BULK_REPLAYED;
        if (!rows_null(rows, 0, 0))
            PUT(out, bulk, id, arena_copy(a, rows_text(rows, 0, 0)));
        out->jobs = number_in(rows, "jobs");
        if (!rows_null(rows, 0, 3) && rows_bool(rows, 0, 3))
            PUT(out, bulk, more, true);
        out->calls = number_in(rows, "calls");
        out->stored = number_in(rows, "stored");
        out->pending = number_in(rows, "pending");
        out->lost = number_in(rows, "lost");
        out->gone = number_in(rows, "gone");
    }
    rows_free(&rows);
    return err;
}

enum err store_bulk_next(struct db *db, char id[37])
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_BULK_NEXT, NULL, 0, &rows);
    id[0] = '\0';
    if (!err && !rows_null(rows, 0, 0))
        snprintf(id, 37, "%.*s", (int)rows_text(rows, 0, 0).n, rows_text(rows, 0, 0).p);
    rows_free(&rows);
    return err;
}

enum err store_bulk_step(struct db *db, struct view id, const struct bulk_step *size, bool *went_on)
{
    struct rows *rows = NULL;
    enum err err = db_run(
        db, SQL_SCHEDULER_BULK_STEP,
        PARAMS(P_TEXT(id), P_TEXT(view_of(size->job)), P_INT(size->jobs), P_INT(size->calls)),
        &rows);
    *went_on = !err && rows_bool(rows, 0, 0);
    rows_free(&rows);
    return err;
}

enum err store_bulk(struct db *db, struct view id, struct view who, struct arena *a,
                    struct bulk *out)
{
    return db_get(db, SQL_SCHEDULER_BULK_GET, PARAMS(P_TEXT(id), P_TEXT(who)), &BULK, a, out);
}

enum err store_release(struct db *db, const struct task_release *m, int64_t *released)
{
    struct held_ids ids;
    split_held(&m->held, &ids);
    const struct list phases = {.items = ids.phases, .n = (uint32_t)ids.n};
    return run_number(db, SQL_SCHEDULER_RELEASE,
                      PARAMS(P_TEXT(m->instance), P_INTS(ids.tasks, ids.n),
                             P_INTS(ids.epochs, ids.n), P_WORDS(phases)),
                      released);
}

enum err store_forget_keys(struct db *db, int64_t *forgotten)
{
    return run_number(db, SQL_SCHEDULER_FORGET_KEYS, NULL, 0, forgotten);
}

enum err store_reap(struct db *db, int64_t *reaped)
{
    return run_number(db, SQL_SCHEDULER_REAP, NULL, 0, reaped);
}

enum err store_promote(struct db *db, int64_t *promoted)
{
    return run_number(db, SQL_SCHEDULER_PROMOTE, NULL, 0, promoted);
}

enum err store_settle(struct db *db, int64_t *ended)
{
    return run_number(db, SQL_SCHEDULER_SETTLE, NULL, 0, ended);
}

enum err store_levels(struct db *db, struct store_levels *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_LEVELS, NULL, 0, &rows);
    if (!err)
        *out = (struct store_levels){.queued = rows_int(rows, 0, 0),
                                     .leased = rows_int(rows, 0, 1),
                                     .waiting = rows_int(rows, 0, 2),
                                     .open = rows_int(rows, 0, 3)};
    rows_free(&rows);
    return err;
}
