/*
 * model_catchup.c - a schedule over days in which schedulers come, go and stand side by side: each
 * tick is told once, none is skipped, late ones go by the policy, and both schedulers say the same.
 */
#include "services/scheduler/catchup.h"
#include "tests/simulation/calendar.h"

#include <inttypes.h>
#include <string.h>

enum { LOOKS = 12 };

/* Is it the answer that an attentive reader of the ask expects? Looks at one tick after the other.
 */
static void check_ticks(struct run *r, const struct catchup_ask *ask, const struct catchup *c)
{
    int64_t at = ask->first_ms;
    int64_t most = ask->jitter_seconds * 1000;
    if (c->left > 0)
        at = c->n ? c->ticks[0].at_ms : c->next_ms;
    for (unsigned i = 0; i < c->n && fine(r); i++) {
        const struct due_tick *t = &c->ticks[i];
        claim(r, t->at_ms == at, "tick %" PRId64 " is skipped: %" PRId64 " comes", at, t->at_ms);
        claim(r, t->due_ms >= t->at_ms && t->due_ms <= t->at_ms + most, "jitter out of bounds");
        claim(r, t->due_ms <= ask->now_ms, "a tick before its time");
        bool last = i + 1 == c->n;
        bool late = !last || ask->now_ms - t->due_ms > CATCHUP_GRACE_MS;
        bool runs = t->verdict == TICK_RUNS;
        claim(r, late || runs, "a tick in time does not run");
        claim(r, !late || ask->policy != CATCHUP_SKIP || !runs, "a missed tick runs");
        claim(r, ask->policy != CATCHUP_ALL || runs, "a tick is left out though all shall run");
        claim(r, ask->policy != CATCHUP_ONCE || runs == last, "the last one runs for all");
        at = cron_next(ask->cron, ask->zone, at);
    }
    claim(r, c->next_ms == at, "the next tick is %" PRId64 ", not %" PRId64, at, c->next_ms);
    claim(r, c->next_ms == CRON_NEVER || c->next_due_ms > ask->now_ms, "a due tick is not told");
    claim(r, c->n <= CATCHUP_MAX_TICKS, "more ticks than fit");
}

/* Ticks before the first one told: only those that are too old, or too many. */
static void check_left(struct run *r, const struct catchup_ask *ask, const struct catchup *c)
{
    int64_t oldest = ask->now_ms - (int64_t)CATCHUP_MAX_DAYS * DAY_MS;
    if (c->left > 0)
        claim(r, ask->first_ms < oldest || c->n == CATCHUP_MAX_TICKS, "ticks are left out");
}

void simulate_catchup(struct run *r)
{
    static struct catchup one;
    static struct catchup other;
    struct zone z;
    struct cron c;
    int64_t now = NEW_YEAR_MS + between(r, 0, 700) * DAY_MS + between(r, 0, DAY_MS - 1);
    draw_zone(r, &z, now, now + 20 * (int64_t)DAY_MS);
    if (!draw_cron(r, &c))
        return;
    struct catchup_ask ask = {.cron = &c,
                              .zone = &z,
                              .schedule = between(r, 1, 1000),
                              .jitter_seconds = 0,
                              .policy = (enum catchup_policy)between(r, 0, 2)};
    int64_t jitter = between(r, 0, 600);
    if (jitter_fits(&c, &z, now, jitter))
        ask.jitter_seconds = jitter;
    ask.first_ms = cron_next(&c, &z, now);
    for (int i = 0; i < LOOKS && fine(r) && ask.first_ms != CRON_NEVER; i++) {
        bool away = chance(r, 10);
        now += away ? between(r, 1, 40 * 24) * HOUR_MS : between(r, 1, 90) * MINUTE_MS;
        ask.now_ms = now;
        catchup_plan(&ask, &one);
        r->steps += one.n + 1;
        check_ticks(r, &ask, &one);
        check_left(r, &ask, &one);
        if (chance(r, 20)) {
            catchup_plan(&ask, &other);
            claim(r,
                  one.n == other.n && one.next_ms == other.next_ms &&
                      memcmp(one.ticks, other.ticks, one.n * sizeof *one.ticks) == 0,
                  "two schedulers disagree");
        }
        ask.first_ms = one.next_ms; /* all of them are claimed */
    }
}
