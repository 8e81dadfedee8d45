/*
 * retry.c - exponential back-off with jitter. Pure.
 */
#include "services/scheduler/retry.h"

int64_t retry_delay(const struct retry_policy *p, enum err error, int attempt,
                    int64_t retry_after_ms, uint32_t random)
{
    if (!err_retryable(error) || attempt >= p->max_attempts)
        return -1;
    int64_t full = p->base_ms;
    for (int i = 1; i < attempt && full < p->cap_ms; i++)
        full *= 2;
    if (full > p->cap_ms)
        full = p->cap_ms;
    int64_t half = full / 2;
    int64_t delay = half + (int64_t)(random % (uint32_t)(full - half + 1));
    return delay > retry_after_ms ? delay : retry_after_ms;
}
