/*
 * transcode.c - MessagePack to JSON along a descriptor. Pure, no I/O.
 */
#include "gateway/transcode.h"
#include "proto/check.h"
#include "proto/codec.h"
#include "proto/cursor.h"
#include "proto/json.h"

#include <string.h>

/* Larger integers lose bits in readers that hold numbers as doubles; they are written as text. */
#define LARGEST_NUMBER (INT64_C(1) << 53)

enum { DIGITS = 24, TIME_TEXT = 32, MAX_NAME = 255 };

static enum err write_record(const struct desc *d, struct cursor *c, struct buf *out);

static inline void put(struct buf *b, const char *p, size_t n)
{
    if (b->cap - b->n >= n && !b->failed) {
        memcpy(b->p + b->n, p, n);
        b->n += n;
    } else {
        buf_append(b, p, n);
    }
}

static inline void put_char(struct buf *b, char c)
{
    put(b, &c, 1);
}

/* What stands after the backslash; 0 = the character needs none. */
static char escape_of(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < 32 ? 'u' : 0;
    }
}

static void put_escaped(struct buf *b, unsigned char c, char escape)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[6] = {'\\', escape, '0', '0', digits[c >> 4], digits[c & 15]};
    put(b, text, escape == 'u' ? 6 : 2);
}

/* Is any of the eight bytes below 32, a quote or a backslash? (Bytes from 128 up are not.) */
static inline bool needs_escape(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    return (((word - ones * 32) & ~word) | ((quote - ones) & ~quote) |
            ((backslash - ones) & ~backslash)) &
           high;
}

/* The text is valid UTF-8. Most of it is copied eight bytes at a time. */
static void put_text(struct buf *b, struct view v)
{
    const char *p = v.p, *end = v.n ? v.p + v.n : v.p, *run = p;
    put_char(b, '"');
    while (p < end) {
        uint64_t word;
        if (end - p >= 8) {
            memcpy(&word, p, sizeof word);
            if (!needs_escape(word)) {
                p += 8;
                continue;
            }
        }
        unsigned char c = (unsigned char)*p;
        char escape = escape_of(c);
        if (escape) {
            put(b, run, (size_t)(p - run));
            put_escaped(b, c, escape);
            run = p + 1;
        }
        p++;
    }
    if (run < end)
        put(b, run, (size_t)(end - run));
    put_char(b, '"');
}

static void put_int(struct buf *b, int64_t v)
{
    char text[DIGITS], *end = text + sizeof text, *p = end;
    bool quoted = v < -LARGEST_NUMBER || v > LARGEST_NUMBER;
    uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
    if (quoted)
        *--p = '"';
    do {
        *--p = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (v < 0)
        *--p = '-';
    if (quoted)
        *--p = '"';
    put(b, p, (size_t)(end - p));
}

static enum err write_number(const struct field_desc *f, struct cursor *c, struct buf *out)
{
    char text[TIME_TEXT];
    int64_t v;
    bool above;
    if (!cursor_int(c, &v, &above))
        return ERR_TYPE;
    if (above)
        return ERR_RANGE;
    if (f->type == F_INT) {
        put_int(out, v);
        return ERR_OK;
    }
    time_to_text(v, text, sizeof text);
    put_char(out, '"');
    put(out, text, strlen(text));
    put_char(out, '"');
    return text[0] ? ERR_OK : ERR_RANGE;
}

static enum err write_items(const struct field_desc *f, struct cursor *c, struct buf *out)
{
    uint32_t n;
    struct view text;
    if (!cursor_array(c, &n))
        return ERR_TYPE;
    put_char(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            put_char(out, ',');
        if (f->type == F_LIST) {
            enum err e = write_record(f->of, c, out);
            if (e)
                return e;
        } else if (cursor_text(c, &text) && text_valid(text)) {
            put_text(out, text);
        } else {
            return ERR_TYPE;
        }
    }
    put_char(out, ']');
    return ERR_OK;
}

static enum err write_value(const struct field_desc *f, struct cursor *c, struct buf *out)
{
    struct view text;
    bool truth;
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        if (!cursor_text(c, &text))
            return ERR_TYPE;
        if (!text_valid(text))
            return ERR_UTF8;
        put_text(out, text);
        return ERR_OK;
    case F_INT:
    case F_TIME:
        return write_number(f, c, out);
    case F_BOOL:
        if (!cursor_bool(c, &truth))
            return ERR_TYPE;
        put(out, truth ? "true" : "false", truth ? 4 : 5);
        return ERR_OK;
    case F_SUB:
        return write_record(f->of, c, out);
    case F_LIST:
    case F_WORDS:
        return write_items(f, c, out);
    case F_BLOB:
    case F_REAL:
        break;
    }
    return ERR_INTERNAL;
}

/* Index of the field, searched from `next` on, where it stands when the sender has our table. */
static unsigned find(const struct desc *d, struct view key, unsigned next)
{
    for (unsigned i = 0; i < d->n_fields; i++) {
        unsigned k = next + i < d->n_fields ? next + i : next + i - d->n_fields;
        const struct field_desc *f = &d->fields[k];
        if (f->name_bytes == key.n && memcmp(f->name, key.p, key.n) == 0)
            return k;
    }
    return d->n_fields;
}

/* ,"name":value */
static enum err write_field(const struct field_desc *f, bool first, struct cursor *c,
                            struct buf *out)
{
    char text[MAX_NAME + 4] = {',', '"'};
    memcpy(text + 2, f->name, f->name_bytes);
    memcpy(text + 2 + f->name_bytes, "\":", 2);
    put(out, text + first, f->name_bytes + 4u - first);
    return write_value(f, c, out);
}

static enum err write_record(const struct desc *d, struct cursor *c, struct buf *out)
{
    uint64_t seen = 0, has = 0;
    unsigned next = 0;
    bool first = true;
    uint32_t n;
    if (!cursor_map(c, &n))
        return ERR_TYPE;
    put_char(out, '{');
    for (uint32_t i = 0; i < n; i++) {
        struct view key;
        if (!cursor_key(c, &key))
            return ERR_TYPE;
        unsigned k = find(d, key, next);
        const struct field_desc *f = &d->fields[k];
        if (k < d->n_fields && seen >> k & 1)
            return ERR_DUPLICATE_FIELD;
        if (k < d->n_fields) {
            seen |= UINT64_C(1) << k;
            next = k + 1 < d->n_fields ? k + 1 : 0;
            if (cursor_nil(c))
                continue;
            has |= UINT64_C(1) << k;
        }
        if (k == d->n_fields || f->flags & SECRET) {
            if (!cursor_skip(c, CODEC_MAX_DEPTH))
                return ERR_MALFORMED;
            continue;
        }
        enum err e = write_field(f, first, c, out);
        if (e)
            return e;
        first = false;
    }
    put_char(out, '}');
    for (unsigned k = 0; k < d->n_fields; k++)
        if ((d->fields[k].flags & REQUIRED) && !(has >> k & 1))
            return ERR_MISSING;
    return ERR_OK;
}

bool transcode_fits(const struct desc *d)
{
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        if (f->type == F_REAL || f->type == F_BLOB || (f->of && !transcode_fits(f->of)))
            return false;
    }
    return true;
}

enum err transcode(const struct desc *d, struct view encoded, struct buf *out)
{
    struct cursor c = cursor_of(encoded.p, encoded.n);
    enum err e = write_record(d, &c, out);
    if (e)
        return e;
    if (cursor_left(&c))
        return ERR_MALFORMED;
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}
