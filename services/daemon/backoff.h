/*
 * backoff.h - how long to wait before a connection that could not be made is tried again.
 */
#ifndef DAEMON_BACKOFF_H
#define DAEMON_BACKOFF_H

#include <stdlib.h>

enum { BACKOFF_LEAST_MS = 100, BACKOFF_MOST_MS = 5000 };

/* Doubles *backoff_ms (0 = the last try worked) and returns the wait: half of it is by chance, so
 * that a fleet doesn't come back in one wave. */
static inline int backoff_next(int *backoff_ms)
{
    int next = *backoff_ms ? 2 * *backoff_ms : BACKOFF_LEAST_MS;
    *backoff_ms = next < BACKOFF_MOST_MS ? next : BACKOFF_MOST_MS;
    return *backoff_ms / 2 + (int)arc4random_uniform((unsigned)*backoff_ms / 2);
}

#endif
