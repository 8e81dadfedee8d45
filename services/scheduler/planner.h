/*
 * planner.h - from what is wanted to the calls that fetch it. Pure: no clock, no I/O; it links with
 * nothing but the C library.
 *
 * DESIGN: calls are scarce, and the upstream holds its changes for some days only.
 * - What is wanted of a dealer's feed is its window, or the days of it that the rule names. Nothing
 *   before the upstream's history is asked for.
 * - A credential whose quota is ample gets windows of one day, for they run side by side. Where one
 *   day each would take more than half of the calls that are left today, the shortest window is
 *   chosen that stays within that half, at the most the upstream's longest. Days between two holes
 *   are fetched again when that saves a call, never when windows are one day long. Windows end at
 *   midnight, so that each day is complete by one call.
 * - A slice that is given wins over all that; such windows follow each other from the start.
 * - With group calls, the dealers of a credential share a call wherever two of them want the
 * window.
 * - What the upstream drops soon goes first, the oldest first; the rest by dealer, feed and time.
 * Leases keep that: urgent calls go before all others of their priority, whosever they are. Among
 * equals dealers take turns, each of them in this order.
 * - The part of a quota that is reserved is spent by priority 0 alone.
 * Nothing is dropped for want of quota: the plan says how many days it takes, and leases enforce
 * it.
 *
 * TIME: seconds since 1970 of the upstream's wall clock, counted as if it were UTC; windows include
 * both ends. OWNERSHIP: plan_make() fills memory that plan_free() returns.
 */
#ifndef SCHEDULER_PLANNER_H
#define SCHEDULER_PLANNER_H

#include "proto/errors.h"

#include <stdbool.h>
#include <stdint.h>

enum { PLAN_DAY_S = 86400, PLAN_GROUP_MAX = 200 };

/* Which days of a window. MISSING: never asked for, or in part; MISSING_FAILED: also those whose
 * last call failed. Stored, pending and lost days are left out by both. */
enum plan_only { PLAN_ALL, PLAN_MISSING, PLAN_MISSING_FAILED };

enum day_state { DAY_NEVER, DAY_PARTIAL, DAY_FAILED, DAY_PENDING, DAY_STORED, DAY_LOST };

/* A credential and the upstream that it is for. */
struct plan_source {
    int64_t now_s;
    int64_t max_days;     /* longest window */
    int64_t history_days; /* nothing before midnight so many days ago */
    int64_t quota;        /* calls a day; < 0 = not known, no limit */
    int64_t used;         /* of it, today */
    int64_t queued;       /* calls that wait and go before these */
    int64_t ahead;        /* of them, those that go before urgent ones, too */
    int64_t reserve;      /* percent of the quota for priority 0 */
    bool group;           /* one call may cover all its dealers */
};

/* A feed of a dealer. */
struct plan_subject {
    int source;
    int feed;
    int dealer;
    int64_t from_s;
    int64_t to_s;
    int64_t first_day;         /* days since 1970, of days[0] */
    const unsigned char *days; /* enum day_state each; days outside count as never asked for */
    int n_days;
};

struct plan_ask {
    const struct plan_source *sources;
    int n_sources;
    const struct plan_subject *subjects;
    int n_subjects;
    enum plan_only only;
    int64_t slice_s; /* 0 = the planner's choice */
    int64_t priority;
    int64_t warn_days; /* holes that the upstream drops within so many days go first */
    int max_calls;
};

struct plan_call {
    int64_t from_s;
    int64_t to_s;
    int source;
    int feed;
    int first_member; /* of plan.members: the subjects that it fetches */
    int n_members;    /* 1 = a call for that dealer alone */
    bool urgent;      /* brings a day that the upstream drops soon */
};

/* What a plan spends of a source. */
struct plan_spend {
    int64_t calls;
    int64_t urgent;      /* of them */
    int64_t left;        /* calls left today for this priority; < 0 = no limit */
    int64_t days;        /* until the last call; < 0 = the quota never allows it */
    int64_t window_days; /* longest window, days */
    int64_t lost_before; /* calls whose oldest day is dropped before their turn */
};

/* Days of a subject's window that are not asked for. */
struct plan_skip {
    int stored;
    int failed;
    int pending;
    int lost;
};

struct plan {
    struct plan_call *calls; /* in order: the urgent ones first */
    int n_urgent;
    int n_calls; /* when there are too many: how many there would be, at least */
    int *members;
    struct plan_spend *spend; /* by source */
    struct plan_skip *skips;  /* by subject */
};

/* ERR_TOO_MANY_TASKS (n_calls tells how many) or ERR_NO_MEMORY; plan_free() in any case. */
enum err plan_make(const struct plan_ask *ask, struct plan *out) MUST_CHECK;
void plan_free(struct plan *p);

/* Calls that are left of a quota today for a priority; < 0 = no limit. */
int64_t plan_left(const struct plan_source *s, int64_t priority);

#endif
