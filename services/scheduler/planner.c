/*
 * planner.c - from what is wanted to the calls that fetch it. Pure.
 *
 * Steps: the wanted runs of each subject; chunks of subjects that share calls; per source the
 * length of a window, found by counting; the calls; their order; what they spend.
 */
#include "services/scheduler/planner.h"

#include <stdlib.h>
#include <string.h>

/* Moments in a row that are wanted. */
struct run {
    int64_t from;
    int64_t to;
};

/* Subjects whose calls are shared: one, or some of a credential and feed. */
struct chunk {
    int source;
    int feed;
    int first; /* of work.order */
    int n;
    int first_run; /* of work.merged */
    int n_runs;
};

struct work {
    const struct plan_ask *ask;
    struct plan *plan;
    int *order;         /* subjects by source, feed, dealer */
    struct run *runs;   /* of the subjects, one after the other */
    int *first_run;     /* by subject, and the end behind the last */
    struct run *merged; /* of the chunks */
    struct chunk *chunks;
    int n_chunks;
    int n_merged;
    int n_members;
};

static int64_t floor_day(int64_t s)
{
    return s / PLAN_DAY_S - (s % PLAN_DAY_S < 0);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t largest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* First day that the upstream still holds. */
static int64_t history_day(const struct plan_source *s)
{
    return floor_day(s->now_s) - s->history_days;
}

static enum day_state state_of(const struct plan_subject *s, int64_t day)
{
    if (!s->days || day < s->first_day || day >= s->first_day + s->n_days)
        return DAY_NEVER;
    return (enum day_state)s->days[day - s->first_day];
}

static bool is_hole(enum day_state state)
{
    return state == DAY_NEVER || state == DAY_PARTIAL || state == DAY_FAILED;
}

/* ---- what is wanted ---- */

/* Is the day asked for? Counts it among those left out if not. */
static bool wanted(enum plan_only only, enum day_state state, struct plan_skip *skip)
{
    switch (state) {
    case DAY_NEVER:
    case DAY_PARTIAL:
        return true;
    case DAY_FAILED:
        skip->failed += only != PLAN_MISSING_FAILED;
        return only == PLAN_MISSING_FAILED;
    case DAY_PENDING:
        skip->pending++;
        return false;
    case DAY_STORED:
        skip->stored++;
        return false;
    case DAY_LOST:
        skip->lost++;
        return false;
    }
    return false;
}

/* Appends the runs of a subject; returns how many. With runs NULL it only counts, at most. */
static int find_runs(const struct plan_ask *ask, const struct plan_subject *s, struct run *runs,
                     struct plan_skip *skip)
{
    int64_t oldest = history_day(&ask->sources[s->source]) * PLAN_DAY_S;
    int64_t from = largest(s->from_s, oldest);
    int n = 0;
    memset(skip, 0, sizeof *skip);
    if (s->from_s < oldest)
        skip->lost = (int)(floor_day(least(oldest - 1, s->to_s)) - floor_day(s->from_s) + 1);
    if (from > s->to_s)
        return 0;
    if (ask->only == PLAN_ALL) {
        if (runs)
            runs[0] = (struct run){from, s->to_s};
        return 1;
    }
    bool open = false;
    for (int64_t day = floor_day(from); day <= floor_day(s->to_s); day++) {
        bool take = wanted(ask->only, state_of(s, day), skip);
        int64_t end = least(day * PLAN_DAY_S + PLAN_DAY_S - 1, s->to_s);
        if (take && !open) {
            if (runs)
                runs[n] = (struct run){largest(day * PLAN_DAY_S, from), end};
            n++;
        } else if (take && runs) {
            runs[n - 1].to = end;
        }
        open = take;
    }
    return n;
}

static enum err find_all_runs(struct work *w)
{
    const struct plan_ask *ask = w->ask;
    int total = 0;
    for (int i = 0; i < ask->n_subjects; i++) {
        w->first_run[i] = total;
        total += find_runs(ask, &ask->subjects[i], NULL, &w->plan->skips[i]);
    }
    w->first_run[ask->n_subjects] = total;
    w->runs = calloc((size_t)total + 1, sizeof *w->runs);
    w->merged = calloc((size_t)total + 1, sizeof *w->merged);
    if (!w->runs || !w->merged)
        return ERR_NO_MEMORY;
    for (int i = 0; i < ask->n_subjects; i++)
        find_runs(ask, &ask->subjects[i], w->runs + w->first_run[i], &w->plan->skips[i]);
    return ERR_OK;
}

/* ---- who shares calls ---- */

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_subjects(const void *a, const void *b, void *arg)
{
    const struct work *w = arg;
    const struct plan_subject *x = &w->ask->subjects[*(const int *)a];
    const struct plan_subject *y = &w->ask->subjects[*(const int *)b];
    int c = compare_numbers(x->source, y->source);
    c = c ? c : compare_numbers(x->feed, y->feed);
    return c ? c : compare_numbers(x->dealer, y->dealer);
}

static int compare_runs(const void *a, const void *b)
{
    return compare_numbers(((const struct run *)a)->from, ((const struct run *)b)->from);
}

/* The union of the wants of a chunk, in order. */
static void merge_runs(struct work *w, struct chunk *c)
{
    struct run *out = w->merged + w->n_merged;
    int n = 0;
    for (int i = 0; i < c->n; i++) {
        int subject = w->order[c->first + i];
        int count = w->first_run[subject + 1] - w->first_run[subject];
        if (count)
            memcpy(out + n, w->runs + w->first_run[subject], (size_t)count * sizeof *out);
        n += count;
    }
    if (n > 1)
        qsort(out, (size_t)n, sizeof *out, compare_runs);
    c->first_run = w->n_merged;
    c->n_runs = n ? 1 : 0;
    for (int i = 1; i < n; i++) {
        struct run *last = &out[c->n_runs - 1];
        if (out[i].from <= last->to + 1)
            last->to = largest(last->to, out[i].to);
        else
            out[c->n_runs++] = out[i];
    }
    w->n_merged += c->n_runs;
}

static void make_chunks(struct work *w)
{
    const struct plan_ask *ask = w->ask;
    for (int i = 0; i < ask->n_subjects; i++)
        w->order[i] = i;
    if (ask->n_subjects > 1)
        qsort_r(w->order, (size_t)ask->n_subjects, sizeof *w->order, compare_subjects, w);
    struct chunk *last = NULL;
    for (int i = 0; i < ask->n_subjects; i++) {
        const struct plan_subject *s = &ask->subjects[w->order[i]];
        bool shares = last && ask->sources[s->source].group && last->source == s->source &&
                      last->feed == s->feed && last->n < PLAN_GROUP_MAX;
        if (!shares) {
            last = &w->chunks[w->n_chunks++];
            *last = (struct chunk){.source = s->source, .feed = s->feed, .first = i};
        }
        last->n++;
    }
    for (int i = 0; i < w->n_chunks; i++)
        merge_runs(w, &w->chunks[i]);
}

/* ---- windows ---- */

/* The next window of a chunk: from the first wanted moment at or after *at. False: no more. */
static bool next_window(const struct work *w, const struct chunk *c, int64_t days, int *run,
                        int64_t *at, struct run *out)
{
    const struct run *runs = w->merged + c->first_run;
    while (*run < c->n_runs && runs[*run].to < *at)
        ++*run;
    if (*run == c->n_runs)
        return false;
    out->from = largest(*at, runs[*run].from);
    int64_t limit = w->ask->slice_s > 0 ? out->from + least(w->ask->slice_s, days * PLAN_DAY_S) - 1
                                        : (floor_day(out->from) + days) * PLAN_DAY_S - 1;
    int last = *run;
    while (last + 1 < c->n_runs && runs[last + 1].from <= limit)
        last++;
    out->to = least(limit, runs[last].to);
    *at = out->to + 1;
    return true;
}

/* Calls of a chunk with windows of so many days; stops counting beyond `most`. */
static int64_t count_windows(const struct work *w, const struct chunk *c, int64_t days,
                             int64_t most)
{
    struct run window;
    int64_t at = INT64_MIN;
    int64_t n = 0;
    int run = 0;
    while (n <= most && next_window(w, c, days, &run, &at, &window))
        n++;
    return n;
}

static int64_t count_source(const struct work *w, int source, int64_t days, int64_t most)
{
    int64_t n = 0;
    for (int i = 0; i < w->n_chunks && n <= most; i++)
        if (w->chunks[i].source == source)
            n += count_windows(w, &w->chunks[i], days, most - n);
    return n;
}

int64_t plan_left(const struct plan_source *s, int64_t priority)
{
    if (s->quota < 0)
        return -1;
    int64_t kept = priority > 0 ? (s->quota * s->reserve + 99) / 100 : 0;
    return largest(0, s->quota - kept - s->used - s->queued);
}

/* The shortest windows whose calls take at most half of what is left today. */
static int64_t choose_days(const struct work *w, int source, int64_t left)
{
    int64_t low = 1;
    int64_t high = largest(1, w->ask->sources[source].max_days);
    if (w->ask->slice_s > 0)
        return high;
    if (left < 0)
        return 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (count_source(w, source, middle, left / 2) <= left / 2)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ---- calls ---- */

static bool overlaps(const struct work *w, int subject, const struct run *window)
{
    for (int i = w->first_run[subject]; i < w->first_run[subject + 1]; i++)
        if (w->runs[i].from <= window->to && w->runs[i].to >= window->from)
            return true;
    return false;
}

/* The oldest hole of a window, as days until the upstream drops it; -1 = none within warn_days. */
static int64_t hole_left(const struct work *w, const struct plan_call *c)
{
    const struct plan_source *s = &w->ask->sources[c->source];
    int64_t oldest = history_day(s);
    int64_t last = least(floor_day(c->to_s), oldest + w->ask->warn_days);
    for (int64_t day = largest(floor_day(c->from_s), oldest); day <= last; day++)
        for (int i = 0; i < c->n_members; i++) {
            int subject = w->plan->members[c->first_member + i];
            if (is_hole(state_of(&w->ask->subjects[subject], day)))
                return day - oldest;
        }
    return -1;
}

static void add_call(struct work *w, const struct chunk *c, const struct run *window)
{
    struct plan_call *call = &w->plan->calls[w->plan->n_calls++];
    *call = (struct plan_call){.from_s = window->from,
                               .to_s = window->to,
                               .source = c->source,
                               .feed = c->feed,
                               .first_member = w->n_members};
    for (int i = 0; i < c->n; i++)
        if (overlaps(w, w->order[c->first + i], window))
            w->plan->members[w->n_members++] = w->order[c->first + i];
    call->n_members = w->n_members - call->first_member;
    call->urgent = hole_left(w, call) >= 0;
}

static void add_calls(struct work *w)
{
    for (int i = 0; i < w->n_chunks; i++) {
        const struct chunk *c = &w->chunks[i];
        struct run window;
        int64_t at = INT64_MIN;
        int run = 0;
        while (next_window(w, c, w->plan->spend[c->source].window_days, &run, &at, &window))
            add_call(w, c, &window);
    }
}

static int first_dealer(const struct work *w, const struct plan_call *c)
{
    return w->ask->subjects[w->plan->members[c->first_member]].dealer;
}

static int compare_calls(const void *a, const void *b, void *arg)
{
    const struct work *w = arg;
    const struct plan_call *x = a;
    const struct plan_call *y = b;
    int c = compare_numbers(y->urgent, x->urgent);
    if (!c && x->urgent)
        c = compare_numbers(x->from_s, y->from_s);
    c = c ? c : compare_numbers(first_dealer(w, x), first_dealer(w, y));
    c = c ? c : compare_numbers(x->feed, y->feed);
    return c ? c : compare_numbers(x->from_s, y->from_s);
}

/* ---- what it spends ---- */

/* The day, 0 = today, on which the call with this number (from 0) is made; -1 = never. */
static int64_t day_of_call(const struct plan_source *s, int64_t priority, int64_t left,
                           int64_t number)
{
    struct plan_source fresh = *s;
    if (left < 0 || number < left)
        return 0;
    fresh.used = 0;
    fresh.queued = 0;
    int64_t daily = plan_left(&fresh, priority);
    return daily ? 1 + (number - left) / daily : -1;
}

/* Calls of a source that are made today; < 0 = no limit. Urgent ones go before what waits and is
 * not. */
static int64_t made_today(const struct work *w, int source)
{
    const struct plan_spend *of = &w->plan->spend[source];
    struct plan_source s = w->ask->sources[source];
    s.queued = s.ahead;
    return of->left < 0 ? of->left
                        : largest(of->left, least(of->urgent, plan_left(&s, w->ask->priority)));
}

static void spend(struct work *w)
{
    for (int i = 0; i < w->plan->n_calls; i++) {
        const struct plan_call *c = &w->plan->calls[i];
        w->plan->spend[c->source].urgent += c->urgent;
        w->plan->n_urgent += c->urgent;
    }
    for (int i = 0; i < w->plan->n_calls; i++) {
        const struct plan_call *c = &w->plan->calls[i];
        struct plan_spend *of = &w->plan->spend[c->source];
        const struct plan_source *s = &w->ask->sources[c->source];
        int64_t today = made_today(w, c->source);
        int64_t day = day_of_call(s, w->ask->priority, today, of->calls);
        int64_t hole = hole_left(w, c);
        of->lost_before += hole >= 0 && (day < 0 || day > hole);
        of->calls++;
        of->days = day < 0 ? -1 : day + 1;
    }
}

static enum err count_all(struct work *w, int64_t *members)
{
    int64_t total = 0;
    *members = 0;
    for (int i = 0; i < w->ask->n_sources; i++) {
        struct plan_spend *s = &w->plan->spend[i];
        s->left = plan_left(&w->ask->sources[i], w->ask->priority);
        s->window_days = choose_days(w, i, s->left);
    }
    for (int i = 0; i < w->n_chunks; i++) {
        const struct chunk *c = &w->chunks[i];
        int64_t n = count_windows(w, c, w->plan->spend[c->source].window_days, w->ask->max_calls);
        total += n;
        *members += n * c->n;
    }
    w->plan->n_calls = (int)least(total, INT32_MAX);
    return total > w->ask->max_calls ? ERR_TOO_MANY_TASKS : ERR_OK;
}

static enum err make(struct work *w)
{
    struct plan *p = w->plan;
    int64_t members = 0;
    enum err err = find_all_runs(w);
    if (err)
        return err;
    make_chunks(w);
    err = count_all(w, &members);
    if (err)
        return err;
    p->calls = calloc((size_t)p->n_calls + 1, sizeof *p->calls);
    p->members = calloc((size_t)members + 1, sizeof *p->members);
    if (!p->calls || !p->members)
        return ERR_NO_MEMORY;
    p->n_calls = 0;
    add_calls(w);
    if (p->n_calls > 1)
        qsort_r(p->calls, (size_t)p->n_calls, sizeof *p->calls, compare_calls, w);
    spend(w);
    for (int i = 0; i < w->ask->n_sources; i++)
        if (w->ask->slice_s > 0)
            p->spend[i].window_days =
                least(p->spend[i].window_days, (w->ask->slice_s + PLAN_DAY_S - 1) / PLAN_DAY_S);
    return ERR_OK;
}

enum err plan_make(const struct plan_ask *ask, struct plan *out)
{
    size_t subjects = (size_t)ask->n_subjects;
    struct work w = {.ask = ask, .plan = out};
    memset(out, 0, sizeof *out);
    out->spend = calloc((size_t)ask->n_sources + 1, sizeof *out->spend);
    out->skips = calloc(subjects + 1, sizeof *out->skips);
    w.order = calloc(subjects + 1, sizeof *w.order);
    w.first_run = calloc(subjects + 1, sizeof *w.first_run);
    w.chunks = calloc(subjects + 1, sizeof *w.chunks);
    enum err err =
        out->spend && out->skips && w.order && w.first_run && w.chunks ? make(&w) : ERR_NO_MEMORY;
    free(w.order);
    free(w.first_run);
    free(w.chunks);
    free(w.runs);
    free(w.merged);
    return err;
}

void plan_free(struct plan *p)
{
    free(p->calls);
    free(p->members);
    free(p->spend);
    free(p->skips);
    memset(p, 0, sizeof *p);
}
