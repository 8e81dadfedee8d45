/*
 * records.c - see records.h. A window holds what was created in it, and what was created up to
 * LIFE_DAYS before it and changed in it; so that many days are made anew for each call. No dealer
 * was open before 2020.
 */
#include "services/dgi_sim/records.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct kept {
    uint64_t hash;                    /* of the id */
    const struct dealer_info *dealer; /* whose */
    const char *id;                   /* of the prospect below */
    struct prospect prospect;
};

struct records {
    struct kept **kept; /* owned, in order of first keeping */
    int count;
    void *by_id; /* tsearch(3)'s tree of the same */
};

struct records *records_new(void)
{
    return calloc(1, sizeof(struct records));
}

static void keep_node(void *kept)
{
    (void)kept;
}

void records_forget(struct records *r)
{
    tdestroy(r->by_id, keep_node);
    r->by_id = NULL;
    for (int i = 0; i < r->count; i++)
        free(r->kept[i]);
    free(r->kept);
    r->kept = NULL;
    r->count = 0;
}

void records_free(struct records **r)
{
    if (*r == NULL)
        return;
    records_forget(*r);
    free(*r);
    *r = NULL;
}

int records_count(const struct records *r)
{
    return r->count;
}

/* Any order will do: the hash decides nearly always. */
static int compare(const void *one, const void *other)
{
    const struct kept *a = one, *b = other;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->dealer != b->dealer)
        return a->dealer < b->dealer ? -1 : 1;
    return strcmp(a->id, b->id);
}

static struct kept *kept_find(const struct records *r, const struct dealer_info *dealer,
                              const char *id)
{
    struct kept sought = {.dealer = dealer, .id = id};
    void *node;

    if (r->count == 0)
        return NULL;
    sought.hash = text_hash(0, id);
    node = tfind(&sought, &r->by_id, compare);
    return node != NULL ? *(struct kept **)node : NULL;
}

static void each_generated(const struct records *r, const struct record_query *q,
                           record_visit visit, void *context)
{
    struct prospect p;
    int64_t first = q->from / DAY_S - LIFE_DAYS, opened = wall_day(2020, 1, 1);
    int64_t last = (q->to < q->now ? q->to : q->now) / DAY_S;

    for (int64_t day = first > opened ? first : opened; day <= last; day++) {
        int count = prospects_of_day(q->seed, q->dealer, day);

        for (int n = 0; n < count; n++)
            if (prospect_make(q->seed, q->dealer, day, n, q->now, &p) &&
                prospect_qualifies(&p, q->from, q->to) &&
                kept_find(r, q->dealer, p.text[PROSPECT_ID_PROSPECT]) == NULL)
                visit(context, &p);
    }
}

void records_each(const struct records *r, const struct record_query *q, record_visit visit,
                  void *context)
{
    struct prospect p;

    if (q->from > q->to)
        return;
    for (int n = 0; n < q->bulk_rows; n++) {
        prospect_make_bulk(q->seed, q->dealer, q->from, q->to, n, q->bulk_rows, &p);
        visit(context, &p);
    }
    if (q->bulk_rows > 0)
        return;
    each_generated(r, q, visit, context);
    for (int i = 0; i < r->count; i++)
        if (r->kept[i]->dealer == q->dealer &&
            prospect_qualifies(&r->kept[i]->prospect, q->from, q->to)) {
            p = r->kept[i]->prospect;
            visit(context, &p);
        }
}

static struct kept *keep_new(struct records *r, const struct dealer_info *dealer,
                             const struct prospect *p)
{
    struct kept **more, *k;

    if (r->count == RECORDS_MAX)
        return NULL;
    more = realloc(r->kept, sizeof *more * (size_t)(r->count + 1));
    if (more == NULL)
        return NULL;
    r->kept = more;
    k = calloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->prospect = *p;
    k->id = k->prospect.text[PROSPECT_ID_PROSPECT];
    k->hash = text_hash(0, k->id);
    k->dealer = dealer;
    if (tsearch(k, &r->by_id, compare) == NULL) {
        free(k);
        return NULL;
    }
    return r->kept[r->count++] = k;
}

bool records_keep(struct records *r, const struct dealer_info *dealer, const struct prospect *p)
{
    struct kept *k = kept_find(r, dealer, p->text[PROSPECT_ID_PROSPECT]);

    if (k == NULL)
        return keep_new(r, dealer, p) != NULL;
    k->prospect = *p;
    return true;
}

struct search {
    const char *id;
    struct prospect *out;
    bool found;
};

static void search_visit(void *context, struct prospect *p)
{
    struct search *s = context;

    if (!s->found && strcmp(p->text[PROSPECT_ID_PROSPECT], s->id) == 0) {
        *s->out = *p;
        s->found = true;
    }
}

bool records_find(const struct records *r, const struct record_query *q, const char *id,
                  struct prospect *p)
{
    const struct kept *k = kept_find(r, q->dealer, id);
    struct record_query all = *q;
    struct search s = {.id = id, .out = p};

    if (k != NULL) {
        *p = k->prospect;
        return true;
    }
    all.from = q->now - (int64_t)500 * DAY_S;
    all.to = q->now;
    all.bulk_rows = 0;
    each_generated(r, &all, search_visit, &s);
    return s.found;
}
