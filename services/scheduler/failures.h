/*
 * failures.h - calls that failed: what becomes of their tasks, and what the errors mean.
 */
#ifndef SCHEDULER_FAILURES_H
#define SCHEDULER_FAILURES_H

#include "services/daemon/process.h"

void on_task_fail(void *service, struct request *r, const void *body);  /* task.fail */
void on_error_list(void *service, struct request *r, const void *body); /* error.list */

#endif
