/*
 * pages.c - forms and links of pages. Pure, no I/O.
 */
#include "gateway/pages.h"
#include "gateway/params.h"
#include "proto/codec.h"
#include "proto/cursor.h"

#include <string.h>
#include <strings.h>

const struct field_desc *page_items(const struct route *r)
{
    if (r->service == SERVICE_NONE || r->old || !r->msg || r->method != GET)
        return NULL;
    const struct field_desc *items = desc_field(r->msg->reply, view_of("items"));
    return items && items->type == F_LIST ? items : NULL;
}

/* Where a media type stands in an Accept header; -1: nowhere. */
static long place_of(const char *type, struct view accept)
{
    size_t n = strlen(type);
    for (uint32_t i = 0; i + n <= accept.n; i++)
        if (strncasecmp(accept.p + i, type, n) == 0)
            return (long)i;
    return -1;
}

static bool prefers_csv(struct view accept)
{
    long csv = place_of("text/csv", accept), json = place_of("application/json", accept);
    return csv >= 0 && (json < 0 || csv < json);
}

/* Takes the next `name=value` off a query; false: none is left. */
static bool next_pair(struct view *rest, struct view *pair)
{
    while (rest->n) {
        const char *mark = memchr(rest->p, '&', rest->n);
        uint32_t n = mark ? (uint32_t)(mark - rest->p) : rest->n;
        *pair = (struct view){rest->p, n};
        rest->p += mark ? n + 1 : n;
        rest->n -= mark ? n + 1 : n;
        if (n)
            return true;
    }
    return false;
}

static bool pair_is(struct view pair, const char *name)
{
    size_t n = strlen(name);
    return pair.n >= n && memcmp(pair.p, name, n) == 0 && (pair.n == n || pair.p[n] == '=');
}

/* The query without the pairs of that name, each followed by &; their number, and the value of the
 * last one. */
static enum err without(struct view query, const char *name, struct buf *out, unsigned *found,
                        struct view *last)
{
    struct view pair;
    *found = 0;
    *last = (struct view){0};
    while (next_pair(&query, &pair)) {
        if (pair_is(pair, name)) {
            uint32_t n = (uint32_t)strlen(name) + 1;
            (*found)++;
            *last = pair.n >= n ? (struct view){pair.p + n, pair.n - n} : (struct view){pair.p, 0};
        } else {
            buf_append(out, pair.p, pair.n);
            buf_append(out, "&", 1);
        }
    }
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}

enum err page_form(const struct route *r, struct view accept, struct view *query, struct arena *a,
                   enum page_form *out)
{
    struct view form;
    struct buf rest;
    unsigned found;
    *out = PAGE_JSON;
    if (!page_items(r) || desc_field(r->msg, view_of("format")))
        return ERR_OK;
    buf_init(&rest, 64 * 1024);
    enum err e = without(*query, "format", &rest, &found, &form);
    if (!e && found) {
        struct view copy = arena_copy(a, buf_view(&rest));
        e = rest.n && !copy.p ? ERR_NO_MEMORY : ERR_OK;
        *query = copy;
    }
    buf_free(&rest);
    if (e)
        return e;
    if (found > 1)
        return ERR_DUPLICATE_FIELD;
    if (!percent_decode(form, true, a, &form))
        return ERR_FORMAT;
    if (found && !view_is(form, "csv") && !view_is(form, "json"))
        return ERR_CHOICE;
    if (found ? view_is(form, "csv") : prefers_csv(accept))
        *out = PAGE_CSV;
    return ERR_OK;
}

bool page_text(const struct desc *reply, struct view encoded, const char *field, struct view *out)
{
    struct cursor c = cursor_of(encoded.p, encoded.n);
    struct view key;
    uint32_t n;
    *out = (struct view){0};
    if (!desc_field(reply, view_of(field)) || !cursor_map(&c, &n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (!cursor_key(&c, &key))
            return false;
        if (view_is(key, field))
            return cursor_text(&c, out) && out->n > 0;
        if (!cursor_skip(&c, CODEC_MAX_DEPTH))
            return false;
    }
    return false;
}

bool page_next(const struct desc *reply, struct view encoded, struct view *next)
{
    return page_text(reply, encoded, "next", next);
}

const char *page_link(struct view query, struct view next, struct arena *a)
{
    struct view before, text = {0};
    unsigned found;
    struct buf b;
    buf_init(&b, 64 * 1024);
    buf_puts(&b, "<?");
    enum err e = without(query, "cursor", &b, &found, &before);
    if (!e)
        e = buf_puts(&b, "cursor=");
    if (!e)
        e = percent_encode(next, &b);
    if (!e)
        e = buf_append(&b, ">; rel=\"next\"", sizeof ">; rel=\"next\"");
    if (!e)
        text = arena_copy(a, buf_view(&b));
    buf_free(&b);
    return text.p;
}
