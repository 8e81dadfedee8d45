/*
 * calendar.h - made-up zones and cron expressions, and what a run means, computed the slow way.
 *
 * DESIGN: written apart from cron.c and zone.c, which are what it judges.
 */
#ifndef SIMULATION_CALENDAR_H
#define SIMULATION_CALENDAR_H

#include "services/scheduler/cron.h"
#include "tests/simulation/simulation.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };
#define NEW_YEAR_MS INT64_C(1767225600000) /* 2026-01-01 00:00 UTC, a Thursday */

/* An offset, and now and then a clock that jumps within the span. */
void draw_zone(struct run *r, struct zone *z, int64_t from_ms, int64_t to_ms);

/* Draws an expression and parses it; claims that it is taken. False: it was not. */
bool draw_cron(struct run *r, struct cron *c);

/* Does the expression name this minute of the wall clock? */
bool names_minute(const struct cron *c, int64_t wall_ms);

/* The first instant at which the clock shows this time, or has passed it. */
int64_t first_instant(const struct zone *z, int64_t wall_ms);

#endif
