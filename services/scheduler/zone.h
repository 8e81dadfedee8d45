/*
 * zone.h - the clock of a time zone: instants to wall-clock times and back. Pure.
 *
 * DESIGN: a zone is a short table of its offsets, which the caller brings. Scheduler processes get
 * it from PostgreSQL (zones.c), which also turns the windows of jobs, so that there is one truth
 * about zones, and no parser of zone files, and no process-wide TZ, is needed here. Simulations
 * bring tables of their own. Times are ms: instants since 1970 UTC, wall-clock times as if they
 * were UTC.
 */
#ifndef SCHEDULER_ZONE_H
#define SCHEDULER_ZONE_H

#include <stdint.h>

enum { ZONE_MAX_CHANGES = 64 };

struct zone_change {
    int64_t at_ms;     /* the first instant of this offset; of the first change: any before */
    int64_t offset_ms; /* wall clock minus UTC */
};

struct zone {
    unsigned n; /* at least 1 */
    struct zone_change changes[ZONE_MAX_CHANGES];
};

/* Wall clock minus UTC at an instant. */
int64_t zone_offset(const struct zone *z, int64_t at_ms);

/* The instant of a wall-clock time. One that comes twice: the first time; one that is skipped: the
 * next instant that exists, which is that of the change. Never falls while `wall_ms` rises. */
int64_t zone_instant(const struct zone *z, int64_t wall_ms);

#endif
