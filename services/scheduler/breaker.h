/*
 * breaker.h - the circuit breaker of an upstream: after so many failed calls in a row it is left
 * alone for a while, then one call probes. Pure: the caller brings time and randomness.
 *
 * One state for all fetchers lies in jobs.upstream_state. jobs.lease_tasks() asks what
 * breaker_allows() answers, and jobs.note_success() does what breaker_succeeded() does, both in
 * SQL, within their own transactions; what a failure does is decided here alone.
 */
#ifndef SCHEDULER_BREAKER_H
#define SCHEDULER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct breaker_policy {
    int failures;    /* in a row that open it */
    int64_t open_ms; /* how long it stays open the first time */
    int64_t cap_ms;  /* longest time, without the jitter */
};

struct breaker {
    int failures;       /* in a row */
    int opened;         /* times, without a success in between */
    int64_t open_until; /* half open after; 0 = closed */
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

enum breaker_state breaker_state(const struct breaker *b, int64_t now);

/* May another call begin while so many run? Half open: one, alone. */
bool breaker_allows(const struct breaker *b, int64_t now, int in_flight);

/* A call failed. Open: it began before, and says nothing new. Half open: open again, twice as long
 * as before. The time is lengthened by up to a quarter, so that probes of upstreams that failed
 * together part. random: any 32 bits. True when it opened just now. */
bool breaker_failed(struct breaker *b, const struct breaker_policy *p, int64_t now,
                    uint32_t random);

/* A call succeeded, whenever it began: closed, and nothing is remembered. */
void breaker_succeeded(struct breaker *b);

#endif
