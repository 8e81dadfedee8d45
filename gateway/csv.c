/*
 * csv.c - records as lines of CSV. Pure, no I/O.
 */
#include "gateway/csv.h"
#include "proto/json.h"

#include <stdio.h>
#include <string.h>

enum { MAX_CELL = 1024 * 1024, TIME_TEXT = 32, MAX_PREFIX = 128 };

/* Spreadsheets take a cell for a formula by its first character, also by the wide form of it. */
static bool is_formula(struct view v)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                       "\xef\xbc\xa0"}; /* = + - @ */
    if (v.n && v.p[0] && strchr("=+-@\t\r\n", v.p[0]))
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (v.n >= 3 && memcmp(v.p, wide[i], 3) == 0)
            return true;
    return false;
}

static void put_cell(struct view v, struct buf *out)
{
    bool formula = is_formula(v);
    bool quoted = v.n && (v.p[0] == ' ' || v.p[v.n - 1] == ' ');
    for (uint32_t i = 0; i < v.n && !quoted; i++)
        quoted =
            v.p[i] == '"' || v.p[i] == ',' || v.p[i] == ';' || v.p[i] == '\r' || v.p[i] == '\n';
    if (quoted)
        buf_append(out, "\"", 1);
    if (formula)
        buf_append(out, "'", 1);
    for (uint32_t i = 0, from = 0; i < v.n; i++) {
        bool last = i + 1 == v.n;
        if (v.p[i] != '"' && !last)
            continue;
        buf_append(out, v.p + from, i + 1 - from);
        if (v.p[i] == '"')
            buf_append(out, "\"", 1);
        from = i + 1;
    }
    if (quoted)
        buf_append(out, "\"", 1);
}

static enum err put_words(const void *at, struct buf *out)
{
    struct list words;
    struct buf joined;
    memcpy(&words, at, sizeof words);
    buf_init(&joined, MAX_CELL);
    for (uint32_t i = 0; i < words.n; i++) {
        const struct view *word = LIST_AT(struct view, &words, i);
        buf_append(&joined, ";", i > 0);
        buf_append(&joined, word->p, word->n);
    }
    bool failed = joined.failed;
    put_cell(buf_view(&joined), out);
    buf_free(&joined);
    return failed ? ERR_TOO_LARGE : ERR_OK;
}

/* What has no form of its own here stands as in JSON. */
static enum err put_json(const struct desc *d, const struct field_desc *f, const void *record,
                         struct buf *out)
{
    struct buf json;
    buf_init(&json, MAX_CELL);
    enum err e = json_encode_field(d, f, record, &json);
    if (!e)
        put_cell(buf_view(&json), out);
    buf_free(&json);
    return e;
}

static enum err put_value(const struct desc *d, const struct field_desc *f, const void *record,
                          struct buf *out)
{
    const char *at = (const char *)record + f->offset;
    char time[TIME_TEXT];
    struct view text;
    int64_t number;
    bool truth;
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        memcpy(&text, at, sizeof text);
        put_cell(text, out);
        return ERR_OK;
    case F_INT:
        memcpy(&number, at, sizeof number);
        return buf_printf(out, "%lld", (long long)number);
    case F_TIME:
        memcpy(&number, at, sizeof number);
        time_to_text(number, time, sizeof time);
        return buf_puts(out, time);
    case F_BOOL:
        memcpy(&truth, at, sizeof truth);
        return buf_puts(out, truth ? "true" : "false");
    case F_WORDS:
        return put_words(at, out);
    case F_REAL:
    case F_BLOB:
    case F_LIST:
    case F_SUB:
        break;
    }
    return put_json(d, f, record, out);
}

/* The list whose elements make a line each: the record's first. */
static const struct field_desc *spread_of(const struct desc *d)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].type == F_LIST)
            return &d->fields[i];
    return NULL;
}

static enum err put_names(const struct desc *d, const struct field_desc *spread, const char *prefix,
                          const char **comma, struct buf *out)
{
    enum err e = ERR_OK;
    for (unsigned i = 0; i < d->n_fields && !e; i++) {
        const struct field_desc *f = &d->fields[i];
        char inner[MAX_PREFIX];
        if (f->flags & SECRET)
            continue;
        if (f->type == F_SUB || f == spread) {
            snprintf(inner, sizeof inner, "%s%s.", prefix, f->name);
            e = put_names(f->of, NULL, inner, comma, out);
            continue;
        }
        e = buf_printf(out, "%s%s%s", *comma, prefix, f->name);
        *comma = ",";
    }
    return e;
}

/* One line, or the part of one. element: of the list that is spread, if any. record or element
 * NULL: as many empty cells. */
static enum err put_values(const struct desc *d, const void *record,
                           const struct field_desc *spread, const void *element, bool *first,
                           struct buf *out)
{
    enum err e = ERR_OK;
    for (unsigned i = 0; i < d->n_fields && !e; i++) {
        const struct field_desc *f = &d->fields[i];
        bool there = record && field_present(d, f, record);
        if (f->flags & SECRET)
            continue;
        if (f->type == F_SUB || f == spread) {
            const void *inner = there ? (const char *)record + f->offset : NULL;
            e = put_values(f->of, f == spread ? element : inner, NULL, NULL, first, out);
            continue;
        }
        if (!*first)
            buf_append(out, ",", 1);
        *first = false;
        if (there)
            e = put_value(d, f, record, out);
    }
    return e;
}

enum err csv_header(const struct desc *d, struct buf *out)
{
    const char *comma = "";
    enum err e = put_names(d, spread_of(d), "", &comma, out);
    return e ? e : buf_append(out, "\r\n", 2);
}

enum err csv_row(const struct desc *d, const void *record, struct buf *out)
{
    const struct field_desc *spread = spread_of(d);
    struct list elements = {0};
    enum err e = ERR_OK;
    if (spread && field_present(d, spread, record))
        memcpy(&elements, (const char *)record + spread->offset, sizeof elements);
    uint32_t lines = elements.n ? elements.n : 1;
    for (uint32_t i = 0; i < lines && !e; i++) {
        const char *element =
            elements.n ? (const char *)elements.items + (size_t)i * spread->of->size : NULL;
        bool first = true;
        e = put_values(d, record, spread, element, &first, out);
        if (!e)
            e = buf_append(out, "\r\n", 2);
    }
    return e;
}
