/*
 * question.c - the dealers and days of a question: see question.h.
 */
#include "services/analytics/question.h"

#include "proto/access.h"
#include "proto/json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Ten years: the days that analytics_prospect_figures.sql counts. */
enum { MAX_RANGE_DAYS = 3652 };

/* 1900-01-01. Before the year 1 a date has no text of ours; nothing was sold so early. */
enum { FIRST_DAY = -25567, DAY_MS = 86400000 };

static int by_code(const void *a, const void *b)
{
    const struct view *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return order ? order : (int)x->n - (int)y->n;
}

/* Sorts, and keeps each once. */
static void sort_codes(struct list *l)
{
    uint32_t kept = 0;
    if (l->n)
        qsort(l->items, l->n, sizeof(struct view), by_code);
    for (uint32_t i = 0; i < l->n; i++)
        if (i == 0 || by_code(LIST_AT(struct view, l, i), LIST_AT(struct view, l, kept - 1)) != 0)
            *LIST_AT(struct view, l, kept++) = *LIST_AT(struct view, l, i);
    l->n = kept;
}

/* A copy of `more` with `one` put before it, if that is not empty. */
static bool copy_codes(struct arena *a, struct view one, const struct list *more, struct list *out)
{
    *out = (struct list){arena_take(a, (more->n + 1u) * sizeof(struct view)), 0};
    if (!out->items)
        return false;
    if (one.n)
        *LIST_AT(struct view, out, out->n++) = one;
    for (uint32_t i = 0; i < more->n; i++)
        *LIST_AT(struct view, out, out->n++) = *LIST_AT(struct view, more, i);
    sort_codes(out);
    return true;
}

static struct view key_of(struct arena *a, const struct chosen *c)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    char hex[sizeof hash * 2 + 1];
    crypto_generichash_state h;
    if (c->named && c->dealers.n == 1)
        return *LIST_AT(struct view, &c->dealers, 0);
    if (!c->named && !c->limited)
        return view_of("*");
    crypto_generichash_init(&h, NULL, 0, sizeof hash);
    for (uint32_t i = 0; i < c->dealers.n; i++) {
        struct view code = *LIST_AT(struct view, &c->dealers, i);
        crypto_generichash_update(&h, (const unsigned char *)code.p, code.n);
        crypto_generichash_update(&h, (const unsigned char *)",", 1);
    }
    crypto_generichash_final(&h, hash, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return arena_printf(a, "%s%s", c->named ? "#" : "~", hex);
}

static const char *state_of(struct analytics *s, struct arena *a, const struct chosen *c)
{
    if (c->named && c->dealers.n == 1)
        return versions_state(s->versions, *LIST_AT(struct view, &c->dealers, 0));
    char *digest = arena_take(a, VERSIONS_DIGEST);
    bool all = !c->named && !c->limited;
    return digest && versions_digest(s->versions, all ? NULL : &c->dealers, digest) ? digest : NULL;
}

bool question_dealers(struct analytics *s, struct request *r, struct view dealer_id,
                      const struct list *dealer_ids, struct chosen *out)
{
    struct arena *a = request_arena(r);
    const struct list *own = access_dealers(request_context(r));
    *out = (struct chosen){.named = dealer_id.n || dealer_ids->n};
    out->limited = !out->named && own;
    if (!copy_codes(a, dealer_id, out->limited ? own : dealer_ids, &out->dealers)) {
        request_fail_err(r, ERR_NO_MEMORY);
        return false;
    }
    for (uint32_t i = 0; out->named && i < out->dealers.n; i++)
        if (!access_dealer(request_context(r), *LIST_AT(struct view, &out->dealers, i))) {
            request_fail(r, ERR_NOT_FOUND, dealer_ids->n ? "dealer_ids" : "dealer_id",
                         "There is no such dealer.");
            return false;
        }
    out->dealers_or_null = out->named ? P_WORDS(out->dealers) : P_NULL;
    out->key = key_of(a, out);
    out->state = state_of(s, a, out);
    return true;
}

bool question_range(struct request *r, bool both, struct view from, struct view to)
{
    if (!both)
        return true;
    int64_t days = date_days(to) - date_days(from);
    if (days >= 0 && days <= MAX_RANGE_DAYS)
        return true;
    request_fail(r, ERR_RANGE, "to",
                 days < 0 ? "The range ends before it begins."
                          : "The range is longer than ten years.");
    return false;
}

bool question_reaches_back(struct request *r, struct view from, struct view to)
{
    int64_t last = to.n ? date_days(to) : loop_wall_ms() / DAY_MS + 1;
    if (to.n && last < FIRST_DAY) {
        request_fail(r, ERR_RANGE, "to", "The range lies before 1900.");
        return false;
    }
    int64_t days = from.n ? last - date_days(from) : 0;
    if (days >= 0 && days <= MAX_RANGE_DAYS && last - days >= FIRST_DAY)
        return true;
    request_fail(r, ERR_RANGE, "from",
                 "The range begins before 1900 or after today, or is longer than ten years.");
    return false;
}
