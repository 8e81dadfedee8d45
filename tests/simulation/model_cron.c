/*
 * model_cron.c - a week of a cron expression in a zone whose clock jumps, beside the same computed
 * minute by minute: no run is skipped, none comes twice, none is out of order.
 */
#include "services/scheduler/cron.h"
#include "tests/simulation/calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SPAN_DAYS = 3, MAX_RUNS = SPAN_DAYS * 1500 };

/* The runs after `from` up to `to`, by looking at every minute of the wall clock. */
static unsigned look_at_all(const struct cron *c, const struct zone *z, int64_t from, int64_t to,
                            int64_t *runs)
{
    unsigned n = 0;
    int64_t wall = from + zone_offset(z, from) - 2 * (int64_t)DAY_MS;
    wall -= ((wall % MINUTE_MS) + MINUTE_MS) % MINUTE_MS;
    int64_t end = to + zone_offset(z, to) + 2 * (int64_t)DAY_MS;
    for (; wall <= end; wall += MINUTE_MS) {
        if (!names_minute(c, wall))
            continue;
        int64_t at = first_instant(z, wall);
        if (at > from && at <= to && (n == 0 || runs[n - 1] != at) && n < MAX_RUNS)
            runs[n++] = at;
    }
    return n;
}

void simulate_cron(struct run *r)
{
    static int64_t runs[MAX_RUNS];
    struct zone z;
    struct cron c;
    int64_t from = NEW_YEAR_MS + between(r, 0, 700) * DAY_MS + between(r, 0, DAY_MS - 1);
    int64_t to = from + SPAN_DAYS * (int64_t)DAY_MS;
    draw_zone(r, &z, from, to);
    if (!draw_cron(r, &c))
        return;
    unsigned n = look_at_all(&c, &z, from, to, runs);
    int64_t at = from;
    for (unsigned i = 0; i < n && fine(r); i++) {
        int64_t next = cron_next(&c, &z, at);
        r->steps++;
        claim(r, next > at, "a run at %" PRId64 " after %" PRId64, next, at);
        claim(r, next == runs[i], "after %" PRId64 " comes %" PRId64 ", not %" PRId64, at, next,
              runs[i]);
        at = next;
    }
    int64_t beyond = cron_next(&c, &z, at);
    claim(r, beyond == CRON_NEVER || beyond > to, "a run at %" PRId64 " that no minute names",
          beyond);
}
