/*
 * retry.h - what becomes of a task whose call failed. Pure: the caller brings the randomness.
 *
 * By the error's class (proto/errors.def): never = failed for good; split = two calls with half of
 * the window each, as long as it can be halved; later = another try after a back-off that doubles
 * up to a cap and is drawn from its upper half ("equal jitter"), so that tasks that failed together
 * part again. What the upstream asked to wait wins when it is longer, up to a day. No try begins
 * after the task's deadline.
 */
#ifndef SCHEDULER_RETRY_H
#define SCHEDULER_RETRY_H

#include "proto/errors.h"

#include <stdint.h>

enum { RETRY_LONGEST_WISH_MS = 24 * 60 * 60 * 1000 };
#define RETRY_NO_DEADLINE INT64_MAX

struct retry_policy {
    int max_attempts; /* tries of a task in all */
    int64_t base_ms;  /* back-off after the first failure */
    int64_t cap_ms;   /* longest back-off */
};

struct retry_case {
    enum err error;
    int attempt;            /* which try failed, from 1 */
    int64_t retry_after_ms; /* what the upstream asked for; 0 = nothing */
    int64_t left_ms;        /* until the deadline, may be negative; RETRY_NO_DEADLINE */
    bool can_split;         /* the window, or the dealers, can be halved */
    uint32_t random;        /* any 32 bits */
};

enum retry_what { RETRY_FAIL, RETRY_WAIT, RETRY_SPLIT };

struct retry_verdict {
    enum retry_what what;
    int64_t delay_ms; /* WAIT: until the next try; 0 otherwise */
    bool late;        /* FAIL: there would be another try, but for the deadline */
};

struct retry_verdict retry_decide(const struct retry_policy *p, const struct retry_case *c);

#endif
