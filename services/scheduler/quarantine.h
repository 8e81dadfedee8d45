/*
 * quarantine.h - records set aside, their replay, and drifting fields: what the scheduler answers.
 */
#ifndef SCHEDULER_QUARANTINE_H
#define SCHEDULER_QUARANTINE_H

#include "services/scheduler/scheduler.h"

void on_quarantine_list(void *service, struct request *r, const void *body);
void on_quarantine_get(void *service, struct request *r, const void *body);
void on_quarantine_summary(void *service, struct request *r, const void *body);
void on_quarantine_replay(void *service, struct request *r, const void *body);
void on_quarantine_dismiss(void *service, struct request *r, const void *body);
void on_drift_list(void *service, struct request *r, const void *body);
void on_drift_acknowledge(void *service, struct request *r, const void *body);

/* Publishes the findings that no scheduler has told yet. */
void quarantine_tick(struct scheduler *s);

#endif
