/*
 * control.h - what people decide about running work (cancel, pause, resume), and what is known of
 * the upstreams.
 *
 * A cancelled job may have many tasks: they are cancelled in bounded steps, by the scheduler that
 * was asked and, should it die, by the tick of any other.
 */
#ifndef SCHEDULER_CONTROL_H
#define SCHEDULER_CONTROL_H

#include "services/scheduler/scheduler.h"

void on_job_cancel(void *service, struct request *r, const void *body);
void on_pause_list(void *service, struct request *r, const void *body);
void on_storage_check(void *service, struct request *r, const void *body);
void on_pause_set(void *service, struct request *r, const void *body);
void on_pause_clear(void *service, struct request *r, const void *body);
void on_upstream_state(void *service, struct request *r, const void *body);
void on_upstream_reset(void *service, struct request *r, const void *body);
void on_credential_unflag(void *service, struct request *r, const void *body);

/* Once a second: goes on with cancelling. */
void control_tick(struct scheduler *s);
void control_stop(struct scheduler *s);

/* A call for this task failed in a way that counts against its upstream. */
void control_note_failure(struct scheduler *s, int64_t task);

#endif
