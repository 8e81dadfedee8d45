/*
 * bulk.h - one thing done to all jobs that a filter finds.
 *
 * DESIGN: which jobs it is, is kept in one row by the first statement; they have their turn in
 * bounded steps with room for others between them. The first step is made before the answer, so
 * that what is small is answered when it is done; the rest goes on by a timer, and by the tick of
 * any scheduler. They take turns; one whose step fails has its next one half a minute later, and is
 * given up when none came to its end for an hour.
 *
 * Handlers of the scheduler's table, and what they leave to do. THREADS: one.
 */
#ifndef SCHEDULER_BULK_H
#define SCHEDULER_BULK_H

#include "services/scheduler/scheduler.h"

void on_job_bulk(void *service, struct request *r, const void *body);
void on_job_bulk_get(void *service, struct request *r, const void *body);

/* Goes on with what is unfinished, whoever began it. */
void bulk_tick(struct scheduler *s);
void bulk_stop(struct scheduler *s);

#endif
