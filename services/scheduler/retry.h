/*
 * retry.h - whether a failed call is tried again, and when. Pure: the caller brings the randomness.
 */
#ifndef SCHEDULER_RETRY_H
#define SCHEDULER_RETRY_H

#include "proto/errors.h"

#include <stdint.h>

struct retry_policy {
    int max_attempts; /* tries of a task in all */
    int64_t base_ms;  /* back-off after the first failure */
    int64_t cap_ms;   /* longest back-off */
};

/* attempt: which try failed, from 1. retry_after_ms: what the upstream asked for, 0 = nothing.
 * random: any 32 bits. Returns the delay in ms until the next try, or -1 to give up: the error is
 * not retryable or the attempts are used up. The delay doubles with each attempt up to the cap and
 * is drawn from its upper half ("equal jitter"), so that tasks that failed together part again; a
 * longer retry_after_ms wins. */
int64_t retry_delay(const struct retry_policy *p, enum err error, int attempt,
                    int64_t retry_after_ms, uint32_t random);

#endif
