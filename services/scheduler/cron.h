/*
 * cron.h - cron expressions: five fields, or a word such as @daily. Pure.
 *
 *   minute (0-59)  hour (0-23)  day of month (1-31)  month (1-12, jan-dec)  day of week (0-7,
 * sun-sat)
 *
 * A field is a list of `*`, a value, or a range, the latter two of which may have a step: 0,30 or
 * 9-17 or 8-18/2. 0 and 7 are Sunday. Names are taken in any case.
 *
 * DESIGN: as cron has always done it, a day matches when its day of month or its day of week does,
 * if both are restricted; else when both do. A field that begins with `*` is not restricted,
 * whatever its step. An expression means wall-clock times of a zone: each of them runs once. One
 * that the zone's clock skips runs at the next instant that exists, one that comes twice runs the
 * first time.
 */
#ifndef SCHEDULER_CRON_H
#define SCHEDULER_CRON_H

#include "proto/errors.h"
#include "proto/schema.h"
#include "services/scheduler/zone.h"

struct cron {
    uint64_t minutes;  /* one bit each */
    uint32_t hours;    /* one bit each */
    uint32_t days;     /* bits 1 to 31 */
    uint32_t months;   /* bits 1 to 12 */
    uint32_t weekdays; /* bits 0 to 6, 0 = Sunday */
    bool either_day;   /* both days are restricted: one of them is enough */
};

/* What is wrong with an expression. */
struct cron_fault {
    const char *field; /* "minute", ...; "" = none of them */
    unsigned position; /* of the first wrong character, from 1 */
    char text[80];     /* a part of a sentence */
};

enum { CRON_MAX_BYTES = 100, CRON_HORIZON_DAYS = 5 * 366 };

#define CRON_NEVER INT64_MIN

/* ERR_FORMAT, with the fault filled. */
enum err cron_parse(struct view text, struct cron *out, struct cron_fault *fault) MUST_CHECK;

/* The first run after an instant (ms since 1970 UTC), or CRON_NEVER if there is none within five
 * years. */
int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after_ms);

#endif
