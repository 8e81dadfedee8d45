/*
 * drift.c - which fields an upstream's answers hold, and of which JSON types.
 */
#include "services/fetcher/drift.h"

#include "services/daemon/personal.h"
#include "services/fetcher/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One field of a source. */
struct counts {
    uint8_t known;           /* types since this process began */
    int64_t missed;          /* records in a row that lacked it */
    uint32_t n[DRIFT_TYPES]; /* answers that showed them, not told yet */
};

struct drift_source {
    uint64_t key;
    const struct feed *feed;
    int64_t task;
    int64_t told_ms; /* monotonic; 0 = never */
    bool fresh;      /* something for the first time */
    struct counts fields[FEED_MAX_PARTS][FEED_MAX_FIELDS];
    struct counts lists[FEED_MAX_PARTS];
    struct {
        char text[DRIFT_MAX_NAME + 1];
        unsigned part;
        struct counts counts;
    } names[DRIFT_MAX_NAMES];
    unsigned n_names;
};

/* ---- one answer ---- */

void drift_begin(struct drift_answer *a)
{
    memset(a->fields, 0, sizeof(a->fields));
    memset(a->lists, 0, sizeof(a->lists));
    memset(a->records, 0, sizeof(a->records));
    a->n_unknown = 0;
}

uint8_t *drift_unknown(struct drift_answer *a, unsigned part, struct view name)
{
    char text[DRIFT_MAX_NAME + 1];

    (void)text_printable(name, text, sizeof(text));
    /* An upstream that puts values where names belong. */
    personal_redact(text);
    for (unsigned i = 0; i < a->n_unknown; i++)
        if (a->unknown[i].part == part && strcmp(a->unknown[i].text, text) == 0)
            return &a->unknown[i].types;
    if (a->n_unknown == DRIFT_MAX_UNKNOWN)
        return NULL;
    struct drift_name *n = &a->unknown[a->n_unknown++];
    memcpy(n->text, text, sizeof(n->text));
    n->part = part;
    n->types = 0;
    return &n->types;
}

/* ---- sources ---- */

void drift_free(struct drift_memory *d)
{
    for (unsigned i = 0; i < d->n; i++)
        free(d->sources[i]);
    d->n = 0;
}

static uint64_t key_of(struct view upstream, const struct feed *feed)
{
    uint64_t h = 14695981039346656037u;

    for (uint32_t i = 0; i < upstream.n; i++)
        h = (h ^ (unsigned char)upstream.p[i]) * 1099511628211u;
    for (const char *p = feed->name; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    return h;
}

static struct drift_source *source_of(struct drift_memory *d, uint64_t key)
{
    for (unsigned i = 0; i < d->n; i++)
        if (d->sources[i]->key == key)
            return d->sources[i];
    if (d->n == DRIFT_MAX_SOURCES)
        return NULL;
    struct drift_source *s = calloc(1, sizeof(*s));
    if (s) {
        s->key = key;
        d->sources[d->n++] = s;
    }
    return s;
}

static void count(struct drift_source *s, struct counts *c, unsigned types)
{
    for (unsigned i = 0; i < DRIFT_TYPES; i++)
        c->n[i] += types >> i & 1u;
    if (types & ~(unsigned)c->known)
        s->fresh = true;
    c->known = (uint8_t)(c->known | types);
}

/* A field that enough records in a row lack is absent; small answers add up to as many. */
static void count_expected(struct drift_source *s, struct counts *c, unsigned types,
                           int64_t records)
{
    c->missed = types ? 0 : c->missed + records;
    if (c->missed >= DRIFT_ENOUGH) {
        types = DRIFT_ABSENT;
        c->missed = 0;
    }
    if (types)
        count(s, c, types);
}

static void count_unknown(struct drift_source *s, const struct drift_name *u)
{
    unsigned i = 0;

    while (i < s->n_names &&
           (s->names[i].part != u->part || strcmp(s->names[i].text, u->text) != 0))
        i++;
    if (i == DRIFT_MAX_NAMES || u->types == 0)
        return;
    if (i == s->n_names) {
        s->n_names++;
        memcpy(s->names[i].text, u->text, sizeof(u->text));
        s->names[i].part = u->part;
        s->names[i].counts = (struct counts){.known = 0};
    }
    count(s, &s->names[i].counts, u->types);
}

struct drift_source *drift_add(struct drift_memory *d, struct view upstream,
                               const struct feed *feed, int64_t task, const struct drift_answer *a)
{
    struct drift_source *s = source_of(d, key_of(upstream, feed));

    if (!s)
        return NULL;
    s->feed = feed;
    s->task = task;
    for (unsigned p = 0; p < feed->n_parts; p++) {
        for (unsigned i = 0; i < feed->parts[p].n_fields; i++)
            count_expected(s, &s->fields[p][i], a->fields[p][i], a->records[p]);
        if (p > 0)
            count_expected(s, &s->lists[p], a->lists[p], a->records[0]);
    }
    for (unsigned i = 0; i < a->n_unknown; i++)
        count_unknown(s, &a->unknown[i]);
    return s;
}

bool drift_due(const struct drift_source *s, int64_t now_ms)
{
    return s->fresh || now_ms - s->told_ms >= DRIFT_TELL_MS;
}

/* ---- telling ---- */

static unsigned add_rows(const struct counts *c, const struct drift_row *like,
                         struct drift_row *rows)
{
    static const char *const types[DRIFT_TYPES] = {"string", "number", "boolean", "object",
                                                   "array",  "null",   ""};
    unsigned n = 0;

    for (unsigned i = 0; i < DRIFT_TYPES; i++)
        if (c->n[i] > 0) {
            rows[n] = *like;
            rows[n].type = types[i];
            rows[n++].answers = c->n[i];
        }
    return n;
}

unsigned drift_rows(const struct drift_source *s, struct drift_row *rows)
{
    unsigned n = 0;

    for (unsigned p = 0; p < s->feed->n_parts; p++) {
        const struct feed_part *part = &s->feed->parts[p];
        struct drift_row like = {.part = part->list, .expected = true};
        for (unsigned i = 0; i < part->n_fields; i++) {
            like.field = part->fields[i].json;
            n += add_rows(&s->fields[p][i], &like, rows + n);
        }
        like = (struct drift_row){.part = "", .field = part->list, .expected = true};
        if (p > 0)
            n += add_rows(&s->lists[p], &like, rows + n);
    }
    for (unsigned i = 0; i < s->n_names; i++) {
        const struct drift_row like = {.part = s->feed->parts[s->names[i].part].list,
                                       .field = s->names[i].text};
        n += add_rows(&s->names[i].counts, &like, rows + n);
    }
    return n;
}

const struct feed *drift_feed(const struct drift_source *s)
{
    return s->feed;
}

int64_t drift_task(const struct drift_source *s)
{
    return s->task;
}

void drift_told(struct drift_source *s, int64_t now_ms, bool done)
{
    s->told_ms = now_ms;
    s->fresh = false;
    if (!done)
        return;
    for (unsigned p = 0; p < FEED_MAX_PARTS; p++) {
        for (unsigned i = 0; i < FEED_MAX_FIELDS; i++)
            memset(s->fields[p][i].n, 0, sizeof(s->fields[p][i].n));
        memset(s->lists[p].n, 0, sizeof(s->lists[p].n));
    }
    for (unsigned i = 0; i < s->n_names; i++)
        memset(s->names[i].counts.n, 0, sizeof(s->names[i].counts.n));
}
