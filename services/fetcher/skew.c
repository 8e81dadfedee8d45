/*
 * skew.c - a clock that differs from the upstream's. Pure.
 */
#include "services/fetcher/skew.h"

static bool beyond(int64_t ms)
{
    return ms > SKEW_LEAST_MS || ms < -SKEW_LEAST_MS;
}

struct skew skew_begin(int64_t leased_ms)
{
    return (struct skew){.used_ms = beyond(leased_ms) ? leased_ms : 0,
                         .used_at_all = beyond(leased_ms)};
}

bool skew_correct(struct skew *s)
{
    if (s->corrected || !s->measured || !beyond(s->measured_ms - s->used_ms))
        return false;
    s->used_ms = beyond(s->measured_ms) ? s->measured_ms : 0;
    s->used_at_all = true;
    s->corrected = true;
    return true;
}

int64_t skew_report(const struct skew *s)
{
    if (!s->used_at_all)
        return 0;
    if (!s->measured)
        return s->used_ms;
    return s->measured_ms != 0 ? s->measured_ms : 1;
}
