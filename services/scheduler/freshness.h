/*
 * freshness.h - targets for the age of a dealer's data: see sql/migrations/0017_schedule.up.sql.
 */
#ifndef SCHEDULER_FRESHNESS_H
#define SCHEDULER_FRESHNESS_H

#include "services/scheduler/scheduler.h"

/* Looks at some targets: tells those that became stale, and makes a job for those that need one,
 * one for each credential and feed. Bounded in rows and time; called every second. */
void freshness_tick(struct scheduler *s);

void on_freshness_list(void *service, struct request *r, const void *body);
void on_freshness_set(void *service, struct request *r, const void *body);
void on_freshness_clear(void *service, struct request *r, const void *body);

#endif
