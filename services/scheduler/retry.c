/*
 * retry.c - what becomes of a task whose call failed. Pure.
 */
#include "services/scheduler/retry.h"

static int64_t back_off(const struct retry_policy *p, int attempt, uint32_t random)
{
    int64_t full = p->base_ms;
    for (int i = 1; i < attempt && full < p->cap_ms; i++)
        full *= 2;
    if (full > p->cap_ms)
        full = p->cap_ms;
    int64_t half = full / 2;
    return half + (int64_t)(random % (uint32_t)(full - half + 1));
}

static int64_t delay_of(const struct retry_policy *p, const struct retry_case *c)
{
    int64_t delay = back_off(p, c->attempt, c->random);
    int64_t wish = c->retry_after_ms;
    if (wish > RETRY_LONGEST_WISH_MS)
        wish = RETRY_LONGEST_WISH_MS;
    return delay > wish ? delay : wish;
}

struct retry_verdict retry_decide(const struct retry_policy *p, const struct retry_case *c)
{
    const struct retry_verdict fail = {.what = RETRY_FAIL};
    const struct retry_verdict late = {.what = RETRY_FAIL, .late = true};
    switch (err_class(c->error)) {
    case CLASS_SPLIT:
        if (!c->can_split)
            return fail;
        return c->left_ms > 0 ? (struct retry_verdict){.what = RETRY_SPLIT} : late;
    case CLASS_LATER:
        if (c->attempt >= p->max_attempts)
            return fail;
        struct retry_verdict wait = {.what = RETRY_WAIT, .delay_ms = delay_of(p, c)};
        return wait.delay_ms < c->left_ms ? wait : late;
    case CLASS_NEVER:
        break;
    }
    return fail;
}
