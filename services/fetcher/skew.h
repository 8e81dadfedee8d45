/*
 * skew.h - a clock that differs from the upstream's: measured from its Date, corrected once. Pure.
 *
 * DESIGN: upstreams refuse a call whose X-Request-Time is some seconds beside their own clock. Each
 * answer tells that clock, so a refused call is made a second time by it, within the same attempt.
 * What was found is remembered by the database and comes with the next leases, which begin
 * corrected, until an answer says that the clocks agree again.
 */
#ifndef FETCHER_SKEW_H
#define FETCHER_SKEW_H

#include <stdbool.h>
#include <stdint.h>

enum { SKEW_LEAST_MS = 2000 }; /* less is nothing to correct */

/* The clocks of one attempt. */
struct skew {
    int64_t used_ms;     /* added to our clock for the time that is sent */
    bool used_at_all;    /* the attempt began corrected, or was */
    bool corrected;      /* the second call of the attempt */
    bool measured;       /* the last answer had a Date */
    int64_t measured_ms; /* the upstream's clock minus ours */
};

/* leased_ms: what the lease says of the upstream; 0 = nothing. */
struct skew skew_begin(int64_t leased_ms);

/* The upstream refused the time. True: call once more, by used_ms as it is now. */
bool skew_correct(struct skew *s);

/* What the history and the next leases are told: the skew as this attempt found it, a small one if
 * a correction was no longer needed; 0 = nothing to tell. */
int64_t skew_report(const struct skew *s);

#endif
