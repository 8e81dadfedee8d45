/*
 * coverage.h - which changes are stored, and warnings before the upstream drops what is not.
 */
#ifndef SCHEDULER_COVERAGE_H
#define SCHEDULER_COVERAGE_H

#include "services/scheduler/scheduler.h"

void on_coverage_list(void *service, struct request *r, const void *body);

/* Once a minute: an event and a line of log for each hole that is about to be lost. Whichever
 * scheduler finds it tells it, once a day. */
void coverage_tick(struct scheduler *s);

#endif
