/*
 * feeds.c - tables made from feeds.def, and look-ups in them.
 */
#include "services/fetcher/feeds.h"

#include "services/fetcher/text.h"

#include <assert.h>

#define COUNT(array) (unsigned)(sizeof(array) / sizeof((array)[0]))

/* clang-format off */
/* ---- pass 1: the fields of each part ---- */
#define FEED(symbol, name, path, store, rows)
#define PART(part, list, table) static const struct feed_field part##_fields[] = {
#define COLUMN(kind, json, column, mask) {json, #column, KIND_##kind},
#define END_PART(part) };
#define END_FEED(symbol)
#include "services/daemon/feeds.def"
#undef FEED
#undef PART
#undef COLUMN
#undef END_PART
#undef END_FEED

/* ---- pass 2: the parts of each feed ---- */
#define FEED(symbol, name, path, store, rows) static const struct feed_part symbol##_parts[] = {
#define PART(part, list, table) {list, table, part##_fields, COUNT(part##_fields)},
#define COLUMN(kind, json, column, mask)
#define END_PART(part)
#define END_FEED(symbol) };
#include "services/daemon/feeds.def"
#undef FEED
#undef PART
#undef END_FEED

/* ---- pass 3: the feeds ---- */
#define FEED(symbol, name, path, store, rows) {name, path, store, rows, symbol##_parts, COUNT(symbol##_parts)},
#define PART(part, list, table)
#define END_FEED(symbol)
static const struct feed feeds[] = {
#include "services/daemon/feeds.def"
};
#undef FEED
#undef PART
#undef COLUMN
#undef END_PART
#undef END_FEED
/* clang-format on */

const struct feed *feed_by_name(struct view name)
{
    for (unsigned i = 0; i < COUNT(feeds); i++)
        if (view_is(name, feeds[i].name))
            return &feeds[i];
    return NULL;
}

const struct feed *feed_at(unsigned i)
{
    return i < COUNT(feeds) ? &feeds[i] : NULL;
}

unsigned feed_key(const struct feed *f)
{
    const struct feed_part *p = &f->parts[0];
    unsigned i = 0;

    while (i < p->n_fields && p->fields[i].kind != KIND_KEY)
        i++;
    assert(i < p->n_fields);
    return i;
}

int part_field(const struct feed_part *p, struct view json, int hint)
{
    json = text_trim(json);
    if (hint >= 0 && (unsigned)hint < p->n_fields && text_same(json, p->fields[hint].json))
        return hint;
    for (unsigned i = 0; i < p->n_fields; i++)
        if (text_same(json, p->fields[i].json))
            return (int)i;
    return -1;
}

unsigned feed_list(const struct feed *f, struct view json)
{
    json = text_trim(json);
    for (unsigned i = 1; i < f->n_parts; i++)
        if (text_same(json, f->parts[i].list))
            return i;
    return 0;
}
