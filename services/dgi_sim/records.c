/*
 * records.c - see records.h. A window holds what was created in it, and what was created up to
 * LIFE_DAYS before it and changed in it; so that many days are made anew for each call. No dealer
 * was open before 2020.
 */
#include "services/dgi_sim/records.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct kept {
    uint64_t hash;                    /* of the id */
    const struct dealer_info *dealer; /* whose */
    struct prospect prospect;
};

struct records {
    struct kept **kept; /* owned, in order of first keeping */
    int count;
};

struct records *records_new(void)
{
    return calloc(1, sizeof(struct records));
}

void records_forget(struct records *r)
{
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

static struct kept *kept_find(const struct records *r, const struct dealer_info *dealer,
                              const char *id)
{
    uint64_t hash = r->count > 0 ? text_hash(0, id) : 0;

    for (int i = 0; i < r->count; i++) {
        struct kept *k = r->kept[i];

        if (k->hash == hash && k->dealer == dealer &&
            strcmp(k->prospect.text[PROSPECT_ID_PROSPECT], id) == 0)
            return k;
    }
    return NULL;
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

bool records_keep(struct records *r, const struct dealer_info *dealer, const struct prospect *p)
{
    struct kept *k = kept_find(r, dealer, p->text[PROSPECT_ID_PROSPECT]);
    struct kept **more;

    if (k == NULL) {
        if (r->count == RECORDS_MAX)
            return false;
        more = realloc(r->kept, sizeof *more * (size_t)(r->count + 1));
        if (more == NULL)
            return false;
        r->kept = more;
        k = calloc(1, sizeof *k);
        if (k == NULL)
            return false;
        r->kept[r->count++] = k;
        k->hash = text_hash(0, p->text[PROSPECT_ID_PROSPECT]);
        k->dealer = dealer;
    }
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
