/*
 * catchup.c - see catchup.h. Pure.
 */
#include "services/scheduler/catchup.h"

#include <string.h>

enum { SECOND_MS = 1000, DAY_MS = 86400000, RUNS_COMPARED = 100 };

/* A number that looks random and is always the same (splitmix64). */
static uint64_t scramble(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

int64_t tick_jitter_ms(int64_t schedule, int64_t at_ms, int64_t jitter_seconds)
{
    uint64_t number = scramble(scramble((uint64_t)schedule) ^ (uint64_t)at_ms);
    return (int64_t)(number % ((uint64_t)jitter_seconds + 1)) * SECOND_MS;
}

bool jitter_fits(const struct cron *c, const struct zone *z, int64_t now_ms, int64_t jitter_seconds)
{
    int64_t at = cron_next(c, z, now_ms);
    for (int i = 0; i < RUNS_COMPARED && at != CRON_NEVER; i++) {
        int64_t next = cron_next(c, z, at);
        if (next != CRON_NEVER && next - at <= jitter_seconds * SECOND_MS)
            return false;
        at = next;
    }
    return true;
}

static int64_t due_of(const struct catchup_ask *ask, int64_t at_ms)
{
    return at_ms + tick_jitter_ms(ask->schedule, at_ms, ask->jitter_seconds);
}

/* Adds a tick; at the maximum the earliest one gives way. */
static void push(struct catchup *out, unsigned *oldest, int64_t at_ms, int64_t due_ms)
{
    unsigned place = out->n < CATCHUP_MAX_TICKS ? out->n : *oldest;
    out->ticks[place] = (struct due_tick){.at_ms = at_ms, .due_ms = due_ms};
    if (out->n < CATCHUP_MAX_TICKS) {
        out->n++;
        return;
    }
    *oldest = (*oldest + 1) % CATCHUP_MAX_TICKS;
    out->left++;
}

static void reverse(struct due_tick *ticks, unsigned n)
{
    for (unsigned i = 0; i < n / 2; i++) {
        struct due_tick held = ticks[i];
        ticks[i] = ticks[n - 1 - i];
        ticks[n - 1 - i] = held;
    }
}

/* Turns the ring so that the earliest tick is the first. */
static void straighten(struct catchup *out, unsigned oldest)
{
    reverse(out->ticks, oldest);
    reverse(out->ticks + oldest, out->n - oldest);
    reverse(out->ticks, out->n);
}

static void judge(const struct catchup_ask *ask, struct catchup *out)
{
    for (unsigned i = 0; i < out->n; i++) {
        struct due_tick *t = &out->ticks[i];
        bool last = i + 1 == out->n;
        bool missed = !last || ask->now_ms - t->due_ms > CATCHUP_GRACE_MS;
        if (missed && ask->policy == CATCHUP_SKIP)
            t->verdict = TICK_MISSED;
        else if (!last && ask->policy == CATCHUP_ONCE)
            t->verdict = TICK_MERGED;
        else
            t->verdict = TICK_RUNS;
    }
}

void catchup_plan(const struct catchup_ask *ask, struct catchup *out)
{
    int64_t oldest_ms = ask->now_ms - (int64_t)CATCHUP_MAX_DAYS * DAY_MS;
    int64_t at = ask->first_ms;
    unsigned oldest = 0;
    out->n = 0;
    out->left = 0;
    if (at < oldest_ms) {
        out->left = 1; /* at least this one; the others are not worth counting */
        at = cron_next(ask->cron, ask->zone, oldest_ms);
    }
    while (at != CRON_NEVER && due_of(ask, at) <= ask->now_ms) {
        push(out, &oldest, at, due_of(ask, at));
        at = cron_next(ask->cron, ask->zone, at);
    }
    straighten(out, oldest);
    judge(ask, out);
    out->next_ms = at;
    out->next_due_ms = at == CRON_NEVER ? CRON_NEVER : due_of(ask, at);
}
