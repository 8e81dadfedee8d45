/*
 * store.h - every SQL call of the scheduler, one function per statement.
 *
 * All return ERR_OK or the database's error; db_error() tells what PostgreSQL said.
 */
#ifndef SCHEDULER_STORE_H
#define SCHEDULER_STORE_H

#include "services/daemon/database.h"

/* The job that a key of a principal stands for, "" = none; request: digest of what came with it. */
enum err store_replay_key(struct db *db, struct view principal, struct view key,
                          const char *request, char job[37]) MUST_CHECK;
/* Removes some keys of more than a day ago. */
enum err store_forget_keys(struct db *db, int64_t *forgotten) MUST_CHECK;

enum err store_job(struct db *db, struct view id, struct arena *a, struct job *out) MUST_CHECK;
/* Without what is told of one job alone: why it waits, when it ends. */
enum err store_progress(struct db *db, const char *id, struct arena *a, struct job *out) MUST_CHECK;
/* Id and version of the unfinished jobs, as job_changed; 256 at most. */
enum err store_open_jobs(struct db *db, struct arena *a, struct list *out) MUST_CHECK;
/* The lists below hold one row more than the page when there is another one: list_cut(). */
enum err store_jobs(struct db *db, const struct job_list *ask, struct arena *a,
                    struct list *out) MUST_CHECK;
enum err store_tasks(struct db *db, const struct task_list *ask, struct arena *a,
                     struct list *out) MUST_CHECK;
enum err store_find_tasks(struct db *db, const struct task_find *ask, struct arena *a,
                          struct list *out) MUST_CHECK;
/* ERR_NOT_FOUND when there is none. */
enum err store_has_task(struct db *db, int64_t task) MUST_CHECK;
enum err store_attempts(struct db *db, int64_t task, struct arena *a, struct list *out) MUST_CHECK;

enum err store_lease(struct db *db, const char *instance, int want, int64_t lease_ms,
                     struct arena *a, struct list *out) MUST_CHECK;
enum err store_beat(struct db *db, const struct task_beat *beat, int64_t lease_ms, struct arena *a,
                    struct list *out) MUST_CHECK;

/* What is known about a task whose call failed; -1 where the scheduler's setting applies. */
struct failed_task {
    int64_t attempt;      /* which try it was */
    int64_t max_attempts; /* of its feed */
    int64_t base_ms;
    int64_t cap_ms;
    int64_t left_ms;     /* until its deadline */
    int64_t midnight_ms; /* until the upstream's next day */
    bool can_split;
};

/* ERR_FENCED when the lease is no longer held. */
enum err store_failed_task(struct db *db, const struct task_fail *f, int64_t deadline_minutes,
                           struct failed_task *out) MUST_CHECK;

struct fail_order {
    const struct task_fail *failure;
    struct view text;       /* what the history says */
    int64_t retry_ms;       /* < 0: no further try */
    int64_t retry_after_ms; /* how long the credential rests, if the code says so; 0 = nothing */
    const char *effect;
    bool split;
    int64_t deadline_minutes;
};

/* ERR_FENCED when the lease is no longer held. */
enum err store_fail(struct db *db, const struct fail_order *o) MUST_CHECK;
/* Runs failed calls again, or counts them; out->job stays empty. ERR_FORMAT: a task's id is no
 * number. */
enum err store_rerun(struct db *db, const char *job, struct view who, const struct job_rerun *m,
                     struct arena *a, struct rerun *out) MUST_CHECK;

/* ---- one thing done to many jobs ---- */

enum bulk_outcome { BULK_PLANNED, BULK_MADE, BULK_REPLAYED };
/* Finds the jobs; unless it is a dry run they are kept under out->id. */
enum err store_bulk_begin(struct db *db, const char *id, struct view who, const struct job_bulk *m,
                          struct arena *a, struct bulk *out, enum bulk_outcome *how) MUST_CHECK;
struct bulk_step {
    const char *job; /* id of the job that runs calls again */
    int64_t jobs;    /* that have their turn at most */
    int64_t calls;
};
/* Which has its step now; empty = none is due. It is put off: its step makes it due again. */
enum err store_bulk_next(struct db *db, char id[37]) MUST_CHECK;
/* False: there was nothing to do, or another scheduler does it. */
enum err store_bulk_step(struct db *db, struct view id, const struct bulk_step *size,
                         bool *went_on) MUST_CHECK;
/* ERR_NOT_FOUND also where it is somebody else's. */
enum err store_bulk(struct db *db, struct view id, struct view who, struct arena *a,
                    struct bulk *out) MUST_CHECK;

enum err store_release(struct db *db, const struct task_release *m, int64_t *released) MUST_CHECK;

/* Leases that ran out go back to the queue; retries that are due become ready. */
enum err store_reap(struct db *db, int64_t *reaped) MUST_CHECK;
enum err store_promote(struct db *db, int64_t *promoted) MUST_CHECK;
/* Large jobs that nobody ended. */
enum err store_settle(struct db *db, int64_t *ended) MUST_CHECK;

struct store_levels {
    int64_t queued;  /* tasks that could be leased */
    int64_t leased;  /* tasks in flight */
    int64_t waiting; /* retries before their time */
    int64_t open;    /* jobs that are not finished */
};
enum err store_levels(struct db *db, struct store_levels *out) MUST_CHECK;

#endif
