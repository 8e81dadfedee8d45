/*
 * model_breaker.c - an upstream with outages behind one breaker that several fetchers share: it
 * opens after so many failures in a row and not before, half open it lets exactly one call through,
 * each time it stays open longer up to a bound, and once the upstream is well it closes.
 */
#include "services/scheduler/breaker.h"
#include "tests/simulation/simulation.h"

#include <inttypes.h>

enum { MOST_IN_FLIGHT = 8, EVENTS = 300, LONGEST_CALL_MS = 20000 };

/* A call under way. */
struct flight {
    int64_t ends;
    bool fails;
    bool probe; /* it began while half open */
};

struct world {
    struct breaker_policy policy;
    struct breaker breaker;
    struct flight flights[MOST_IN_FLIGHT];
    int n;
    int in_a_row;
    int64_t now;
    int64_t well; /* every call that begins from then on succeeds */
    int64_t longest_ms;
};

static void begin_call(struct run *r, struct world *w)
{
    enum breaker_state state = breaker_state(&w->breaker, w->now);
    bool allowed = breaker_allows(&w->breaker, w->now, w->n);
    r->steps++;
    claim(r, state != BREAKER_OPEN || !allowed, "a call while it is open");
    claim(r, state != BREAKER_HALF_OPEN || allowed == (w->n == 0),
          "half open with %d in flight: %d", w->n, allowed);
    claim(r, state != BREAKER_CLOSED || allowed, "no call while it is closed");
    if (!allowed || w->n == MOST_IN_FLIGHT)
        return;
    w->flights[w->n++] = (struct flight){.ends = w->now + between(r, 1, LONGEST_CALL_MS),
                                         .fails = w->now < w->well && chance(r, 85),
                                         .probe = state == BREAKER_HALF_OPEN};
}

static void check_opened(struct run *r, const struct world *w, const struct breaker *before)
{
    int64_t open_ms = w->breaker.open_until - w->now;
    claim(r, before->open_until != 0 || w->in_a_row >= w->policy.failures,
          "it opens after %d failures of %d", w->in_a_row, w->policy.failures);
    claim(r, open_ms >= w->policy.open_ms || open_ms >= w->policy.cap_ms, "open for %" PRId64 " ms",
          open_ms);
    claim(r, open_ms <= w->longest_ms, "open for %" PRId64 " ms, at most %" PRId64, open_ms,
          w->longest_ms);
    claim(r, w->breaker.opened == before->opened + 1, "it does not count how often it opened");
}

static void end_call(struct run *r, struct world *w, int i)
{
    struct flight f = w->flights[i];
    struct breaker before = w->breaker;
    enum breaker_state state;
    w->now = f.ends > w->now ? f.ends : w->now;
    state = breaker_state(&w->breaker, w->now);
    w->flights[i] = w->flights[--w->n];
    r->steps++;
    if (!f.fails) {
        breaker_succeeded(&w->breaker);
        w->in_a_row = 0;
        claim(r, breaker_state(&w->breaker, w->now) == BREAKER_CLOSED, "not closed by a success");
        claim(r, w->breaker.failures == 0 && w->breaker.opened == 0, "a success leaves something");
        return;
    }
    w->in_a_row++;
    bool opened = breaker_failed(&w->breaker, &w->policy, w->now, (uint32_t)draw(r));
    if (opened)
        check_opened(r, w, &before);
    claim(r, state != BREAKER_OPEN || w->breaker.open_until == before.open_until,
          "what began before says something new");
    claim(r, state != BREAKER_HALF_OPEN || opened, "a failed probe does not open it");
    claim(r, state != BREAKER_CLOSED || opened == (w->in_a_row >= w->policy.failures),
          "%d failures of %d: opened %d", w->in_a_row, w->policy.failures, opened);
}

static int first_to_end(const struct world *w)
{
    int first = -1;
    for (int i = 0; i < w->n; i++)
        if (first < 0 || w->flights[i].ends < w->flights[first].ends)
            first = i;
    return first;
}

/* Once the upstream is well, somebody who asks again and again gets it closed. */
static void recover(struct run *r, struct world *w)
{
    while (w->n > 0 && fine(r))
        end_call(r, w, first_to_end(w));
    w->now = w->now > w->well ? w->now : w->well;
    int64_t bound = w->now + w->longest_ms + 2 * (int64_t)LONGEST_CALL_MS;
    while (fine(r) && w->now < bound && w->n == 0) {
        begin_call(r, w);
        w->now += 500;
    }
    claim(r, w->n == 1, "nobody is let through for %" PRId64 " ms", w->longest_ms);
    if (w->n == 1)
        end_call(r, w, 0);
    claim(r, breaker_state(&w->breaker, w->now) == BREAKER_CLOSED, "it stays open");
}

void simulate_breaker(struct run *r)
{
    struct world w = {.now = 1000000};
    w.policy.failures = (int)between(r, 1, 12);
    w.policy.open_ms = between(r, 1000, 120000);
    w.policy.cap_ms = w.policy.open_ms * between(r, 1, 40);
    w.longest_ms = w.policy.cap_ms + w.policy.cap_ms / 4 + 1;
    w.well = w.now + between(r, 0, 20 * 60000);
    for (int i = 0; i < EVENTS && fine(r); i++) {
        int ended = first_to_end(&w);
        int64_t pause = between(r, 0, 3000);
        if (ended >= 0 && w.flights[ended].ends <= w.now + pause) {
            end_call(r, &w, ended);
        } else {
            w.now += pause;
            begin_call(r, &w);
        }
    }
    recover(r, &w);
}
