/*
 * history.h - what became of jobs: the lists of jobs, tasks and tries.
 *
 * Handlers of the scheduler's table; each reads and changes nothing.
 */
#ifndef SCHEDULER_HISTORY_H
#define SCHEDULER_HISTORY_H

#include "services/scheduler/scheduler.h"

/* True if each state is one that the record (JOB, TASK) knows; else the request has failed. */
bool history_states(struct request *r, const struct desc *record, const struct list *states);

void on_job_get(void *service, struct request *r, const void *body);
void on_job_list(void *service, struct request *r, const void *body);
void on_task_list(void *service, struct request *r, const void *body);
void on_task_find(void *service, struct request *r, const void *body);
void on_attempt_list(void *service, struct request *r, const void *body);

#endif
