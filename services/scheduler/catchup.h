/*
 * catchup.h - which ticks of a schedule are due, which of them run, and when the next one is. Pure.
 *
 * DESIGN: usually one tick is due, and runs. After a time in which no scheduler ran there may be
 * many: all but the last one were missed, and so was the last one if it is more than five minutes
 * late. What becomes of missed ticks is the schedule's policy: none runs; the last one runs for all
 * of them; each runs. At most the latest 1,000 ticks of the last 31 days are told, older ones are
 * beyond any upstream's history and left out.
 *
 * The jitter of a tick follows from the schedule and the tick alone, so that every scheduler
 * computes the same.
 */
#ifndef SCHEDULER_CATCHUP_H
#define SCHEDULER_CATCHUP_H

#include "services/scheduler/cron.h"

enum { CATCHUP_MAX_TICKS = 1000, CATCHUP_MAX_DAYS = 31, CATCHUP_GRACE_MS = 300000 };

enum catchup_policy { CATCHUP_SKIP, CATCHUP_ONCE, CATCHUP_ALL };

enum tick_verdict {
    TICK_RUNS,
    TICK_MISSED, /* the policy runs no missed tick */
    TICK_MERGED  /* a later one runs for it */
};

struct catchup_ask {
    const struct cron *cron;
    const struct zone *zone;
    int64_t schedule; /* its id */
    int64_t first_ms; /* the earliest tick that nobody claimed */
    int64_t now_ms;
    int64_t jitter_seconds;
    enum catchup_policy policy;
};

struct due_tick {
    int64_t at_ms;  /* as the expression names it */
    int64_t due_ms; /* with jitter; not after now */
    enum tick_verdict verdict;
};

struct catchup {
    unsigned n;      /* ticks that are due, the earliest first */
    int64_t left;    /* ticks before them that are not told */
    int64_t next_ms; /* the next tick after them; CRON_NEVER = none */
    int64_t next_due_ms;
    struct due_tick ticks[CATCHUP_MAX_TICKS];
};

/* 0 to jitter_seconds * 1000. */
int64_t tick_jitter_ms(int64_t schedule, int64_t at_ms, int64_t jitter_seconds);

/* True if the delays of ticks can never change their order: the jitter is less than the time
 * between any two of the next runs. */
bool jitter_fits(const struct cron *c, const struct zone *z, int64_t now_ms,
                 int64_t jitter_seconds);

void catchup_plan(const struct catchup_ask *ask, struct catchup *out);

#endif
