/*
 * model_retry.c - tasks that meet an upstream with outages, for a day: no try beyond what is
 * allowed, every pause within its bounds, and once the upstream is well everything ends soon.
 */
#include "services/scheduler/retry.h"
#include "tests/simulation/simulation.h"

#include <inttypes.h>

enum { HOUR_MS = 3600000, TASKS = 6, MAX_STRETCHES = 12, MOST_TRIES = 4000, MOST_PARTS = 64 };

/* What calls end with from an instant on; ERR_OK = they succeed. */
struct stretch {
    int64_t from_ms;
    enum err error;
    int64_t wish_ms; /* Retry-After */
};

struct world {
    struct retry_policy policy;
    struct stretch stretches[MAX_STRETCHES];
    int n;
    int64_t well_ms;     /* from then on every call succeeds */
    int64_t deadline_ms; /* after the first lease */
};

static enum err any_error(struct run *r)
{
    static const enum err errors[] = {ERR_UPSTREAM_CONNECT,    ERR_UPSTREAM_FIRST_BYTE_TIMEOUT,
                                      ERR_UPSTREAM_NETWORK,    ERR_UPSTREAM_SERVER,
                                      ERR_UPSTREAM_BUSY,       ERR_UPSTREAM_QUOTA,
                                      ERR_UPSTREAM_CLOCK,      ERR_UPSTREAM_NOT_JSON,
                                      ERR_UPSTREAM_RANGE,      ERR_UPSTREAM_TOO_LARGE,
                                      ERR_UPSTREAM_CREDENTIAL, ERR_UPSTREAM_REFUSED};
    return errors[between(r, 0, (int64_t)(sizeof errors / sizeof *errors) - 1)];
}

static void draw_world(struct run *r, struct world *w)
{
    w->policy = (struct retry_policy){.max_attempts = (int)between(r, 1, 12),
                                      .base_ms = between(r, 1, 60000),
                                      .cap_ms = between(r, 1, HOUR_MS)};
    if (w->policy.cap_ms < w->policy.base_ms)
        w->policy.cap_ms = w->policy.base_ms;
    w->deadline_ms = chance(r, 30) ? between(r, 1, 24) * HOUR_MS : RETRY_NO_DEADLINE;
    w->n = (int)between(r, 1, MAX_STRETCHES);
    int64_t at = 0;
    for (int i = 0; i < w->n; i++) {
        bool well = i + 1 == w->n || chance(r, 40);
        w->stretches[i] = (struct stretch){.from_ms = at, .error = well ? ERR_OK : any_error(r)};
        if (!well && chance(r, 30))
            w->stretches[i].wish_ms = between(r, 1, 3 * (int64_t)RETRY_LONGEST_WISH_MS);
        w->well_ms = at;
        at += between(r, 1, 3 * HOUR_MS);
    }
}

static struct stretch at_time(const struct world *w, int64_t now)
{
    int i = w->n - 1;
    while (w->stretches[i].from_ms > now)
        i--;
    return w->stretches[i];
}

/* The longest pause after a try, without what the upstream wishes. */
static int64_t full_pause(const struct retry_policy *p, int attempt)
{
    int64_t full = p->base_ms;
    for (int i = 1; i < attempt && full < p->cap_ms; i++)
        full *= 2;
    return full < p->cap_ms ? full : p->cap_ms;
}

static void check_pause(struct run *r, const struct world *w, const struct retry_case *c,
                        int64_t delay)
{
    int64_t full = full_pause(&w->policy, c->attempt);
    int64_t wish =
        c->retry_after_ms < RETRY_LONGEST_WISH_MS ? c->retry_after_ms : RETRY_LONGEST_WISH_MS;
    claim(r, delay >= full / 2 && delay >= wish, "a pause of %" PRId64 " ms is too short", delay);
    claim(r, delay <= full || delay == wish, "a pause of %" PRId64 " ms is too long", delay);
    claim(r, delay < c->left_ms, "a try after the deadline");
}

static void check_end(struct run *r, const struct world *w, const struct retry_case *c,
                      const struct retry_verdict *v)
{
    enum err_class class = err_class(c->error);
    bool used_up = class == CLASS_LATER && c->attempt >= w->policy.max_attempts;
    bool whole = class == CLASS_SPLIT && !c->can_split;
    claim(r, class == CLASS_NEVER || used_up || whole || v->late, "%s is given up at try %d of %d",
          err_code(c->error), c->attempt, w->policy.max_attempts);
    claim(r, !v->late || w->deadline_ms != RETRY_NO_DEADLINE, "late without a deadline");
}

/* A task from `now` to its end; the end. Halves follow one after the other. */
static int64_t run_task(struct run *r, const struct world *w, int64_t begun, int64_t hours)
{
    int64_t now = begun;
    int attempt = 1;
    for (int tries = 0; tries < MOST_TRIES && fine(r); tries++) {
        struct stretch s = at_time(w, now);
        r->steps++;
        if (s.error == ERR_OK)
            return now;
        int64_t left =
            w->deadline_ms == RETRY_NO_DEADLINE ? RETRY_NO_DEADLINE : begun + w->deadline_ms - now;
        struct retry_case c = {.error = s.error,
                               .attempt = attempt,
                               .retry_after_ms = s.wish_ms,
                               .left_ms = left,
                               .can_split = hours >= 2,
                               .random = (uint32_t)draw(r)};
        struct retry_verdict v = retry_decide(&w->policy, &c);
        switch (v.what) {
        case RETRY_FAIL:
            check_end(r, w, &c, &v);
            return now;
        case RETRY_SPLIT:
            claim(r, err_class(s.error) == CLASS_SPLIT && hours >= 2, "%s is split at %d hours",
                  err_code(s.error), (int)hours);
            hours /= 2; /* a try that is split does not count */
            break;
        case RETRY_WAIT:
            claim(r, err_class(s.error) == CLASS_LATER && attempt < w->policy.max_attempts,
                  "%s is tried again after try %d", err_code(s.error), attempt);
            check_pause(r, w, &c, v.delay_ms);
            now += v.delay_ms;
            attempt++;
            break;
        }
    }
    claim(r, false, "a task that is tried for ever");
    return now;
}

void simulate_retry(struct run *r)
{
    struct world w;
    draw_world(r, &w);
    for (int i = 0; i < TASKS && fine(r); i++) {
        int64_t begun = between(r, 0, 24 * HOUR_MS);
        int64_t end = run_task(r, &w, begun, between(r, 1, MOST_PARTS));
        int64_t last = begun > w.well_ms ? begun : w.well_ms;
        int64_t bound =
            w.policy.cap_ms > RETRY_LONGEST_WISH_MS ? w.policy.cap_ms : RETRY_LONGEST_WISH_MS;
        claim(r, end <= last + bound, "it ends %" PRId64 " ms after the upstream is well",
              end - last);
    }
}
