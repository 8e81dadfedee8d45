/*
 * model_planner.c - any wants of any dealers under any limits: every day that is asked for is
 * fetched exactly once, no window is longer than allowed or beyond the history, and no want is
 * dropped. Then the plan is carried out under its quota: days pass, and the calls of each day stay
 * within it.
 */
#include "services/scheduler/planner.h"
#include "tests/simulation/simulation.h"

#include <inttypes.h>
#include <string.h>

enum {
    MOST_SOURCES = 2,
    MOST_SUBJECTS = 6,
    STATES = 45,
    DAYS_LONG = 70,
    MOST_CALLS = 3000,
    TODAY = 20500,
    GRID_S = 3600, /* coverage is counted in hours */
    GRID = (DAYS_LONG + 2) * 24
};

struct world {
    struct plan_source sources[MOST_SOURCES];
    struct plan_subject subjects[MOST_SUBJECTS];
    unsigned char states[MOST_SUBJECTS][STATES];
    struct plan_ask ask;
};

static void draw_source(struct run *r, struct plan_source *s)
{
    *s = (struct plan_source){.now_s = TODAY * (int64_t)PLAN_DAY_S + between(r, 0, PLAN_DAY_S - 1),
                              .max_days = chance(r, 70) ? 7 : between(r, 1, 31),
                              .history_days = chance(r, 70) ? 30 : between(r, 1, 60),
                              .quota = chance(r, 30) ? -1 : between(r, 0, 400),
                              .reserve = between(r, 0, 100),
                              .group = chance(r, 40)};
    if (s->quota > 0) {
        s->used = between(r, 0, s->quota);
        s->queued = between(r, 0, 50);
        s->ahead = between(r, 0, s->queued);
    }
}

/* Windows lie on whole hours, so that hours tell exactly what is covered. */
static void draw_subject(struct run *r, struct world *w, int i)
{
    struct plan_subject *s = &w->subjects[i];
    int64_t first = TODAY - between(r, 0, DAYS_LONG - 10);
    int64_t last = first + between(r, 0, TODAY - first);
    *s = (struct plan_subject){.source = (int)between(r, 0, w->ask.n_sources - 1),
                               .feed = (int)between(r, 0, 1),
                               .dealer = i,
                               .from_s = first * PLAN_DAY_S,
                               .to_s = (last + 1) * PLAN_DAY_S - 1,
                               .first_day = TODAY - STATES + 1,
                               .days = w->states[i],
                               .n_days = STATES};
    if (chance(r, 30))
        s->from_s += between(r, 0, 23) * GRID_S;
    if (chance(r, 30) && s->to_s - 12 * GRID_S > s->from_s)
        s->to_s -= between(r, 0, 11) * GRID_S;
    for (int day = 0; day < STATES; day++)
        w->states[i][day] = (unsigned char)between(r, DAY_NEVER, DAY_STORED);
}

static void draw_world(struct run *r, struct world *w)
{
    memset(w, 0, sizeof *w);
    w->ask = (struct plan_ask){.sources = w->sources,
                               .n_sources = (int)between(r, 1, MOST_SOURCES),
                               .subjects = w->subjects,
                               .n_subjects = (int)between(r, 1, MOST_SUBJECTS),
                               .only = (enum plan_only)between(r, 0, 2),
                               .slice_s = chance(r, 30) ? between(r, 1, 168) * GRID_S : 0,
                               .priority = between(r, 0, 3),
                               .warn_days = between(r, 0, 7),
                               .max_calls = chance(r, 5) ? 20 : MOST_CALLS};
    for (int i = 0; i < w->ask.n_sources; i++)
        draw_source(r, &w->sources[i]);
    for (int i = 0; i < w->ask.n_subjects; i++)
        draw_subject(r, w, i);
}

static int64_t oldest_s(const struct plan_source *s)
{
    return (s->now_s / PLAN_DAY_S - s->history_days) * PLAN_DAY_S;
}

/* Is this hour of the subject asked for, by the rule? */
static bool hour_wanted(const struct world *w, const struct plan_subject *s, int64_t at)
{
    if (at < s->from_s || at > s->to_s || at < oldest_s(&w->sources[s->source]))
        return false;
    int64_t day = at / PLAN_DAY_S - s->first_day;
    enum day_state state = day >= 0 && day < s->n_days ? (enum day_state)s->days[day] : DAY_NEVER;
    if (w->ask.only == PLAN_ALL || state == DAY_NEVER || state == DAY_PARTIAL)
        return true;
    return w->ask.only == PLAN_MISSING_FAILED && state == DAY_FAILED;
}

static bool has_member(const struct plan *p, const struct plan_call *c, int subject)
{
    for (int i = 0; i < c->n_members; i++)
        if (p->members[c->first_member + i] == subject)
            return true;
    return false;
}

/* Each hour of each subject: wanted = in one call, unwanted = in one at most. */
static void check_coverage(struct run *r, const struct world *w, const struct plan *p)
{
    int64_t base = (TODAY - DAYS_LONG) * (int64_t)PLAN_DAY_S;
    for (int i = 0; i < w->ask.n_subjects && fine(r); i++) {
        unsigned char times[GRID] = {0};
        for (int k = 0; k < p->n_calls; k++) {
            const struct plan_call *c = &p->calls[k];
            if (!has_member(p, c, i))
                continue;
            for (int64_t at = c->from_s; at <= c->to_s; at += GRID_S)
                if (at >= base && (at - base) / GRID_S < GRID)
                    times[(at - base) / GRID_S]++;
        }
        for (int h = 0; h < GRID && fine(r); h++) {
            int64_t at = base + h * (int64_t)GRID_S;
            claim(r, times[h] <= 1, "an hour of subject %d is fetched %d times", i, times[h]);
            claim(r, times[h] == 1 || !hour_wanted(w, &w->subjects[i], at),
                  "hour %d of subject %d is wanted and not fetched", h, i);
        }
    }
}

static void check_call(struct run *r, const struct world *w, const struct plan *p,
                       const struct plan_call *c)
{
    const struct plan_source *s = &w->sources[c->source];
    int64_t most = s->max_days * PLAN_DAY_S;
    int64_t length = c->to_s - c->from_s + 1;
    if (w->ask.slice_s && w->ask.slice_s < most)
        most = w->ask.slice_s;
    claim(r, length > 0 && length <= most, "a window of %" PRId64 " s, %" PRId64 " are allowed",
          length, most);
    claim(r, c->from_s >= oldest_s(s), "a window begins beyond the history");
    claim(r, c->n_members == 1 || s->group, "dealers share a call, and the upstream does not");
    claim(r, c->n_members >= 1, "a call for nobody");
    for (int i = 0; i < c->n_members && fine(r); i++) {
        const struct plan_subject *m = &w->subjects[p->members[c->first_member + i]];
        claim(r, m->source == c->source && m->feed == c->feed, "a stranger in a call");
        bool some = false;
        for (int64_t at = c->from_s; at <= c->to_s && !some; at += GRID_S)
            some = hour_wanted(w, m, at);
        claim(r, some, "a member wants nothing of its call");
        claim(r, c->n_members > 1 || (c->from_s >= m->from_s && c->to_s <= m->to_s),
              "more than the window that was asked for");
    }
}

static void check_order(struct run *r, const struct plan *p)
{
    for (int i = 0; i < p->n_calls && fine(r); i++)
        claim(r, p->calls[i].urgent == (i < p->n_urgent), "urgent calls are counted wrongly");
    for (int i = 1; i < p->n_calls && fine(r); i++) {
        const struct plan_call *a = &p->calls[i - 1];
        const struct plan_call *b = &p->calls[i];
        claim(r, a->urgent || !b->urgent, "what will be lost does not go first");
        claim(r, !a->urgent || !b->urgent || a->from_s <= b->from_s,
              "the oldest does not go first");
    }
}

/* Calls of a source that are made today out of so many, and what goes before them. */
static int64_t make_today(struct run *r, const struct world *w, const struct plan_source *s,
                          int64_t before, int64_t left)
{
    struct plan_source now = *s;
    now.queued = before;
    int64_t today = plan_left(&now, w->ask.priority);
    int64_t made = today < 0 || today > left ? left : today;
    int64_t kept = w->ask.priority > 0 ? (s->quota * s->reserve + 99) / 100 : 0;
    r->steps++;
    claim(r, s->quota < 0 || made == 0 || s->used + before + made <= s->quota - kept,
          "more calls than the quota");
    return made;
}

/* Day by day, so many calls as the quota leaves, the urgent ones before what waits and is not: none
 * is left in the end, unless the quota never allows it, and it takes the days that the plan said.
 */
static void carry_out(struct run *r, const struct world *w, const struct plan *p, int source)
{
    const struct plan_spend *spend = &p->spend[source];
    struct plan_source s = w->sources[source];
    int64_t urgent = 0;
    for (int i = 0; i < p->n_calls; i++)
        urgent += p->calls[i].source == source && p->calls[i].urgent;
    int64_t rest = spend->calls - urgent;
    int64_t day = 0;
    for (; urgent + rest > 0 && day <= spend->calls + 1; day++) {
        int64_t made = make_today(r, w, &s, s.ahead, urgent);
        urgent -= made;
        if (urgent == 0)
            rest -= make_today(r, w, &s, s.queued + made, rest);
        s.used = s.queued = s.ahead = 0; /* midnight; what was queued before has been called */
    }
    if (spend->days >= 0)
        claim(r, urgent + rest == 0 && day == spend->days,
              "%" PRId64 " days, the plan said %" PRId64, day, spend->days);
    else
        claim(r, urgent + rest > 0, "the plan said never");
}

/* More calls than this no plan can need. */
static int64_t most_calls(const struct world *w)
{
    int64_t n = 0;
    for (int i = 0; i < w->ask.n_subjects; i++) {
        int64_t length = w->subjects[i].to_s - w->subjects[i].from_s + 1;
        int64_t days = length / PLAN_DAY_S + 2;
        n += days + (w->ask.slice_s ? length / w->ask.slice_s : 0);
    }
    return n;
}

/* Windows are as short as the quota affords: half of what is left today. */
static void check_spend(struct run *r, const struct world *w, const struct plan_spend *s,
                        int source)
{
    claim(r, w->ask.slice_s || s->left >= 0 || s->window_days == 1,
          "long windows though the quota is not known");
    claim(r,
          w->ask.slice_s || s->left < 0 || s->calls <= s->left / 2 ||
              s->window_days == w->sources[source].max_days,
          "short windows though the quota is scarce");
}

void simulate_planner(struct run *r)
{
    static struct world w;
    struct plan p;
    draw_world(r, &w);
    enum err err = plan_make(&w.ask, &p);
    r->steps++;
    if (err == ERR_OK) {
        int64_t calls[MOST_SOURCES] = {0};
        claim(r, p.n_calls <= w.ask.max_calls, "more calls than allowed");
        for (int i = 0; i < p.n_calls && fine(r); i++) {
            check_call(r, &w, &p, &p.calls[i]);
            calls[p.calls[i].source]++;
        }
        check_coverage(r, &w, &p);
        check_order(r, &p);
        for (int i = 0; i < w.ask.n_sources && fine(r); i++) {
            claim(r, calls[i] == p.spend[i].calls, "the plan counts its calls wrongly");
            check_spend(r, &w, &p.spend[i], i);
            carry_out(r, &w, &p, i);
        }
    } else {
        claim(r,
              err == ERR_TOO_MANY_TASKS && p.n_calls > w.ask.max_calls &&
                  most_calls(&w) > w.ask.max_calls,
              "no plan: %s", err_code(err));
    }
    plan_free(&p);
}
