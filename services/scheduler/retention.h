/*
 * retention.h - what is old goes, in small steps.
 */
#ifndef SCHEDULER_RETENTION_H
#define SCHEDULER_RETENTION_H

#include "services/scheduler/scheduler.h"

/* Counters; once, before the first tick. */
void retention_start(struct scheduler *s);

/* At most one step of each kind of row, and nothing until the next one is due. */
void retention_tick(struct scheduler *s);

#endif
