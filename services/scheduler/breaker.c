/*
 * breaker.c - see breaker.h. Pure.
 */
#include "services/scheduler/breaker.h"

enum { MOST_FAILURES = 1000000 }; /* more are not counted */

enum breaker_state breaker_state(const struct breaker *b, int64_t now)
{
    if (b->open_until == 0)
        return BREAKER_CLOSED;
    return now < b->open_until ? BREAKER_OPEN : BREAKER_HALF_OPEN;
}

bool breaker_allows(const struct breaker *b, int64_t now, int in_flight)
{
    enum breaker_state state = breaker_state(b, now);
    return state == BREAKER_CLOSED || (state == BREAKER_HALF_OPEN && in_flight == 0);
}

static int64_t open_time(const struct breaker *b, const struct breaker_policy *p, uint32_t random)
{
    int64_t cap = p->cap_ms > p->open_ms ? p->cap_ms : p->open_ms;
    int64_t ms = p->open_ms;
    for (int i = 0; i < b->opened && ms < cap; i++)
        ms *= 2;
    if (ms > cap)
        ms = cap;
    return ms + (int64_t)(random % (uint64_t)(ms / 4 + 1));
}

bool breaker_failed(struct breaker *b, const struct breaker_policy *p, int64_t now, uint32_t random)
{
    enum breaker_state state = breaker_state(b, now);
    if (state == BREAKER_OPEN)
        return false;
    if (b->failures < MOST_FAILURES)
        b->failures++;
    if (state == BREAKER_CLOSED && b->failures < p->failures)
        return false;
    b->open_until = now + open_time(b, p, random);
    if (b->opened < MOST_FAILURES)
        b->opened++;
    return true;
}

void breaker_succeeded(struct breaker *b)
{
    *b = (struct breaker){0};
}
