/*
 * rerun.h - calls that failed for good, run once more.
 */
#ifndef SCHEDULER_RERUN_H
#define SCHEDULER_RERUN_H

#include "services/daemon/process.h"

void on_job_rerun(void *service, struct request *r, const void *body); /* job.rerun */

#endif
