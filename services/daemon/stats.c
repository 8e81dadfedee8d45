/*
 * stats.c - counters and histograms: see stats.h.
 *
 * DESIGN: a group is an open hash of rows by name. A row's histogram has exact buckets below 16 us
 * and 16 per octave above, up to 2^40 us; a percentile is the middle of its bucket, so it is off by
 * at most 1/32. Names are copied: callers need not keep them.
 *
 * THREADS: one mutex guards rows and the list of counters; a counter's value is atomic, so that
 * counting never waits.
 */
#include "services/daemon/stats.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_ROWS = 256,   /* per group, "other" included */
    HASH_SLOTS = 512, /* power of two, twice the rows */
    MAX_CELLS = 256,  /* counters and gauges */
    STEP_BITS = 4,    /* 16 buckets an octave */
    TOP_BIT = 40,     /* longer times fall into the last bucket */
    BUCKETS = (TOP_BIT - STEP_BITS + 1) << STEP_BITS,
    NAME_BYTES = 65,
};

struct row {
    char name[NAME_BYTES];
    int64_t calls;
    int64_t errors;
    int64_t total_us;
    int64_t max_us;
    uint32_t buckets[BUCKETS];
};

struct group {
    struct row *rows[MAX_ROWS]; /* in the order of their making; owned */
    unsigned n;
    uint16_t slots[HASH_SLOTS]; /* index + 1 into rows; 0 = free */
};

struct counter_cell {
    const char *name;
    const char *doc;
    bool gauge;
    _Atomic int64_t value;
};

struct stats {
    pthread_mutex_t lock;
    struct group groups[STATS_GROUPS];
    struct counter_cell cells[MAX_CELLS]; /* never move, so that pointers stay good */
    unsigned n_cells;
};

struct stats *stats_new(void)
{
    struct stats *s = calloc(1, sizeof *s);
    if (s)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

void stats_free(struct stats **s)
{
    if (!*s)
        return;
    for (int g = 0; g < STATS_GROUPS; g++)
        for (unsigned i = 0; i < (*s)->groups[g].n; i++)
            free((*s)->groups[g].rows[i]);
    pthread_mutex_destroy(&(*s)->lock);
    free(*s);
    *s = NULL;
}

static unsigned bucket_of(int64_t us)
{
    uint64_t v = us < 0 ? 0 : (uint64_t)us;
    if (v >> TOP_BIT)
        v = (UINT64_C(1) << TOP_BIT) - 1;
    if (v < 1u << STEP_BITS)
        return (unsigned)v;
    unsigned octave = 63u - (unsigned)__builtin_clzll(v) - STEP_BITS;
    return ((octave + 1) << STEP_BITS) + (unsigned)((v >> octave) & ((1u << STEP_BITS) - 1));
}

static int64_t bucket_middle(unsigned bucket)
{
    if (bucket < 1u << STEP_BITS)
        return bucket;
    unsigned octave = (bucket >> STEP_BITS) - 1;
    int64_t low = (int64_t)((bucket & ((1u << STEP_BITS) - 1)) | (1u << STEP_BITS)) << octave;
    return low + ((INT64_C(1) << octave) - 1) / 2;
}

static int64_t percentile(const struct row *r, int percent)
{
    int64_t rank = (r->calls * percent + 99) / 100, seen = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += r->buckets[i];
        if (seen >= rank && seen > 0) {
            int64_t us = bucket_middle(i);
            return us < r->max_us ? us : r->max_us;
        }
    }
    return r->max_us;
}

static unsigned hash_name(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h;
}

/* The row of a name, made if needed; NULL: no memory. */
static struct row *find_row(struct group *g, const char *name)
{
    unsigned slot = hash_name(name) & (HASH_SLOTS - 1);
    while (g->slots[slot]) {
        struct row *r = g->rows[g->slots[slot] - 1];
        if (strncmp(r->name, name, NAME_BYTES - 1) == 0)
            return r;
        slot = (slot + 1) & (HASH_SLOTS - 1);
    }
    if (g->n >= MAX_ROWS - 1 && strcmp(name, "other") != 0)
        return find_row(g, "other");
    if (g->n == MAX_ROWS)
        return NULL;
    struct row *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    memcpy(r->name, name, strnlen(name, NAME_BYTES - 1));
    g->rows[g->n] = r;
    g->slots[slot] = (uint16_t)++g->n;
    return r;
}

void stats_call(struct stats *s, enum stats_group g, const char *name, bool failed, int64_t us)
{
    pthread_mutex_lock(&s->lock);
    struct row *r = find_row(&s->groups[g], name);
    if (r) {
        r->calls++;
        r->errors += failed;
        r->total_us += us;
        if (us > r->max_us)
            r->max_us = us;
        r->buckets[bucket_of(us)]++;
    }
    pthread_mutex_unlock(&s->lock);
}

static struct counter_cell *find_cell(struct stats *s, const char *name, const char *doc,
                                      bool gauge)
{
    struct counter_cell *c = NULL;
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < s->n_cells && !c; i++)
        if (strcmp(s->cells[i].name, name) == 0)
            c = &s->cells[i];
    if (!c && s->n_cells < MAX_CELLS) {
        c = &s->cells[s->n_cells++];
        bool last = s->n_cells == MAX_CELLS;
        c->name = last ? "other" : name;
        c->doc = last ? "Counts for which there was no room." : doc;
        c->gauge = !last && gauge;
    }
    if (!c)
        c = &s->cells[MAX_CELLS - 1];
    pthread_mutex_unlock(&s->lock);
    return c;
}

struct counter_cell *stats_counter(struct stats *s, const char *name, const char *doc)
{
    return find_cell(s, name, doc, false);
}

struct counter_cell *stats_gauge(struct stats *s, const char *name, const char *doc)
{
    return find_cell(s, name, doc, true);
}

void counter_add(struct counter_cell *c, int64_t n)
{
    atomic_fetch_add_explicit(&c->value, n, memory_order_relaxed);
}

void gauge_set(struct counter_cell *c, int64_t value)
{
    atomic_store_explicit(&c->value, value, memory_order_relaxed);
}

int64_t counter_value(const struct counter_cell *c)
{
    return atomic_load_explicit(&c->value, memory_order_relaxed);
}

static enum err fill_group(const struct group *g, struct arena *a, struct list *out)
{
    struct call_stat *items = arena_take(a, g->n * sizeof *items);
    if (!items)
        return ERR_TOO_LARGE;
    for (unsigned i = 0; i < g->n; i++) {
        const struct row *r = g->rows[i];
        struct view name = arena_copy(a, view_of(r->name));
        if (!name.p)
            return ERR_TOO_LARGE;
        items[i] = (struct call_stat){
            .name = name,
            .calls = r->calls,
            .errors = r->errors,
            .total_us = r->total_us,
            .p50_us = percentile(r, 50),
            .p95_us = percentile(r, 95),
            .p99_us = percentile(r, 99),
            .max_us = r->max_us,
        };
    }
    *out = (struct list){items, g->n};
    return ERR_OK;
}

static enum err fill_cells(const struct stats *s, struct arena *a, struct list *out)
{
    struct counter *items = arena_take(a, s->n_cells * sizeof *items);
    if (!items)
        return ERR_TOO_LARGE;
    for (unsigned i = 0; i < s->n_cells; i++) {
        const struct counter_cell *c = &s->cells[i];
        items[i].name = view_of(c->name);
        items[i].kind = view_of(c->gauge ? "gauge" : "counter");
        items[i].value = counter_value(c);
        PUT(&items[i], counter, doc, view_of(c->doc));
    }
    *out = (struct list){items, s->n_cells};
    return ERR_OK;
}

enum err stats_fill(struct stats *s, struct arena *a, struct process_stats *out)
{
    pthread_mutex_lock(&s->lock);
    enum err err = fill_group(&s->groups[STATS_MESSAGES], a, &out->messages);
    if (!err)
        err = fill_group(&s->groups[STATS_CALLS], a, &out->calls);
    if (!err)
        err = fill_group(&s->groups[STATS_STATEMENTS], a, &out->statements);
    if (!err)
        err = fill_cells(s, a, &out->counters);
    pthread_mutex_unlock(&s->lock);
    return err;
}
