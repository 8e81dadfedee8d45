/*
 * plan_told.h - a plan in the words of the bus: what job.plan answers.
 */
#ifndef SCHEDULER_PLAN_TOLD_H
#define SCHEDULER_PLAN_TOLD_H

#include "services/daemon/process.h"
#include "services/scheduler/planning.h"

/* Seconds of a wall clock as YYYY-MM-DD HH:MM:SS, the first `n` characters (10 or 19). */
void wall_text(int64_t s, int n, char *out);

/* Answers the request. */
void plan_answer(struct request *r, const struct planning *p);

#endif
