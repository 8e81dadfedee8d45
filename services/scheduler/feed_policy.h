/*
 * feed_policy.h - the feeds, and how often the calls of each are tried: told and changed.
 */
#ifndef SCHEDULER_FEED_POLICY_H
#define SCHEDULER_FEED_POLICY_H

#include "services/scheduler/scheduler.h"

void on_feed_list(void *service, struct request *r, const void *body);
void on_feed_get(void *service, struct request *r, const void *body);
void on_feed_update(void *service, struct request *r, const void *body);

#endif
