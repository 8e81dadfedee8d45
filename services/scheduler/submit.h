/*
 * submit.h - how a job comes to be: planned, written in one transaction, told.
 *
 * submit_incremental() is for work that the scheduler gives itself: for each dealer and feed the
 * window from its mark (end of the stored prefix) less the overlap until now, cut to the upstream's
 * history and sliced by the planner. Dealers that cannot be fetched (inactive, no credential) are
 * left out; by a tick also those that are paused or refused while calls of its last run wait for
 * them. The same incremental work is not submitted twice while it is unfinished: the existing job
 * is told instead, unless its window ended more than an hour ago.
 *
 * THREADS: the scheduler's one. TRANSACTIONS: the caller may hold one (db_begin), so that the job
 * and what caused it commit together; ERR_DATABASE_CONFLICT then means: roll back, try again later.
 */
#ifndef SCHEDULER_SUBMIT_H
#define SCHEDULER_SUBMIT_H

#include "services/scheduler/scheduler.h"

struct incremental {
    const struct list *dealers; /* views: codes */
    const struct list *feeds;   /* views; NULL = prsp */
    const char *kind;           /* "schedule" or "freshness" */
    int64_t schedule_id;        /* 0 = none */
    int64_t overlap_hours;      /* < 0: as the upstream says */
    int64_t first_days;         /* without a mark: begin that many days ago; 0 = whole history */
    int64_t priority;           /* usually 2 */
    struct view requested_by;
};

struct submitted {
    char job[37];  /* "" when there was nothing to fetch */
    bool existing; /* the same work was unfinished: its job */
    int64_t tasks; /* calls of the new job; 0 of an existing one */
};

/* The arena holds what is read for the plan; nothing of it is needed afterwards. */
enum err submit_incremental(struct scheduler *s, const struct incremental *what, struct arena *a,
                            struct submitted *out) MUST_CHECK;

void on_job_submit(void *service, struct request *r, const void *body);
void on_job_plan(void *service, struct request *r, const void *body);

/* Forgets old keys, some at a time. */
void submit_tick(struct scheduler *s);

#endif
