/*
 * schedules.h - what is fetched by the clock.
 *
 * schedules.c answers the messages, ticking.c lets due schedules tick. Both read a schedule's clock
 * here: its expression and zone.
 */
#ifndef SCHEDULER_SCHEDULES_H
#define SCHEDULER_SCHEDULES_H

#include "services/scheduler/schedule_store.h"
#include "services/scheduler/scheduler.h"

struct schedule_clock {
    struct cron cron;
    const struct zone *zone; /* of the cache of zones */
};

/* The fault names the field, and for the expression the place in it. */
enum err schedule_clock_read(struct scheduler *s, struct view cron, struct view zone,
                             struct schedule_clock *out, struct fault *f) MUST_CHECK;

/* The first tick after an instant; of an expression that never comes again, far away. */
int64_t schedule_clock_next(const struct schedule_clock *clock, int64_t after_ms);

/* Claims what is due and starts what waits. Bounded in rows and time; called every second. */
void schedules_tick(struct scheduler *s);

void on_schedule_list(void *service, struct request *r, const void *body);
void on_schedule_get(void *service, struct request *r, const void *body);
void on_schedule_create(void *service, struct request *r, const void *body);
void on_schedule_update(void *service, struct request *r, const void *body);
void on_schedule_delete(void *service, struct request *r, const void *body);
void on_schedule_run(void *service, struct request *r, const void *body);
void on_schedule_pause(void *service, struct request *r, const void *body);
void on_schedule_resume(void *service, struct request *r, const void *body);
void on_schedule_preview(void *service, struct request *r, const void *body);
void on_tick_list(void *service, struct request *r, const void *body);

#endif
