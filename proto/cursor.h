/*
 * cursor.h - reads MessagePack without ever passing the end of the bytes.
 *
 * DESIGN: a cursor stands on the next byte. Every read compares with the end first; the first one
 * that cannot go on makes the cursor `bad` for good, so that a caller may check once after several
 * reads. A read of another type than the one that stands there returns false and leaves the cursor
 * in place, not bad: that is a wrong type, not a broken document. A count of items is accepted only
 * if at least as many bytes are left, so that a count can be trusted before memory is taken.
 * Internal to the codec; others see codec.h.
 */
#ifndef PROTO_CURSOR_H
#define PROTO_CURSOR_H

#include "proto/schema.h"

struct cursor {
    const unsigned char *p;   /* next byte */
    const unsigned char *end; /* one past the last byte */
    bool bad;                 /* truncated or not MessagePack */
};

/* What stands at the cursor. */
enum item {
    ITEM_NONE, /* the end, or a byte that MessagePack does not use */
    ITEM_NIL,
    ITEM_BOOL,
    ITEM_INT,
    ITEM_REAL,
    ITEM_TEXT,
    ITEM_BLOB,
    ITEM_ARRAY,
    ITEM_MAP,
    ITEM_EXT
};

static inline struct cursor cursor_of(const void *p, size_t n)
{
    const unsigned char *first = p;
    return (struct cursor){first, n ? first + n : first, false};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->p);
}

enum item cursor_peek(const struct cursor *c);

bool cursor_nil(struct cursor *c);
bool cursor_bool(struct cursor *c, bool *out);
/* True for each integer, also those above INT64_MAX: then *above is set and *out is INT64_MAX. */
bool cursor_int(struct cursor *c, int64_t *out, bool *above);
/* Integers that are not negative. */
bool cursor_uint(struct cursor *c, uint64_t *out);
/* Floats and integers. */
bool cursor_real(struct cursor *c, double *out);
bool cursor_text(struct cursor *c, struct view *out);
bool cursor_blob(struct cursor *c, struct view *out);
bool cursor_array(struct cursor *c, uint32_t *n);
bool cursor_map(struct cursor *c, uint32_t *n); /* n pairs */

/* Steps over one value of any type that nests at most `depth` deep. */
bool cursor_skip(struct cursor *c, unsigned depth);

/* Texts that fit into 31 bytes, as all keys do, are read in place. */
static inline bool cursor_key(struct cursor *c, struct view *out)
{
    if (c->p < c->end && (*c->p & 0xe0) == 0xa0) {
        uint32_t n = *c->p & 0x1f;
        if (n < cursor_left(c)) {
            *out = (struct view){(const char *)c->p + 1, n};
            c->p += n + 1;
            return true;
        }
    }
    return cursor_text(c, out);
}

#endif
