/*
 * cursor.c - the bounded reader of MessagePack.
 *
 * DESIGN: the type of an item follows from its first byte; the fixed forms carry their value in it,
 * the others are followed by a big-endian number of 1, 2, 4 or 8 bytes. cursor_skip() is iterative:
 * it counts what is left on each level in a small stack.
 */
#include "proto/cursor.h"

#include "proto/codec.h"

#include <string.h>

enum first_byte {
    B_FIXMAP = 0x80,
    B_FIXARRAY = 0x90,
    B_FIXSTR = 0xa0,
    B_NIL = 0xc0,
    B_UNUSED = 0xc1,
    B_FALSE = 0xc2,
    B_TRUE = 0xc3,
    B_BIN8 = 0xc4,
    B_BIN32 = 0xc6,
    B_EXT8 = 0xc7,
    B_EXT32 = 0xc9,
    B_FLOAT32 = 0xca,
    B_FLOAT64 = 0xcb,
    B_UINT8 = 0xcc,
    B_UINT64 = 0xcf,
    B_INT8 = 0xd0,
    B_INT64 = 0xd3,
    B_FIXEXT1 = 0xd4,
    B_FIXEXT16 = 0xd8,
    B_STR8 = 0xd9,
    B_STR32 = 0xdb,
    B_ARRAY16 = 0xdc,
    B_ARRAY32 = 0xdd,
    B_MAP16 = 0xde,
    B_MAP32 = 0xdf,
    B_NEGATIVE = 0xe0
};

static bool broken(struct cursor *c)
{
    c->bad = true;
    return false;
}

/* The big-endian number of n bytes behind the first one; steps over both. */
static bool number(struct cursor *c, unsigned n, uint64_t *out)
{
    if (cursor_left(c) < n + 1)
        return broken(c);
    uint64_t v = 0;
    for (unsigned i = 1; i <= n; i++)
        v = v << 8 | c->p[i];
    c->p += n + 1;
    *out = v;
    return true;
}

static bool bytes(struct cursor *c, uint64_t n, struct view *out)
{
    if (n > cursor_left(c) || n > UINT32_MAX)
        return broken(c);
    *out = (struct view){(const char *)c->p, (uint32_t)n};
    c->p += n;
    return true;
}

enum item cursor_peek(const struct cursor *c)
{
    if (c->bad || c->p == c->end)
        return ITEM_NONE;
    unsigned b = *c->p;
    if (b < B_FIXMAP || b >= B_NEGATIVE)
        return ITEM_INT;
    if (b < B_FIXARRAY)
        return ITEM_MAP;
    if (b < B_FIXSTR)
        return ITEM_ARRAY;
    if (b < B_NIL)
        return ITEM_TEXT;
    static const unsigned char items[B_NEGATIVE - B_NIL] = {
        [B_NIL - B_NIL] = ITEM_NIL,         [B_UNUSED - B_NIL] = ITEM_NONE,
        [B_FALSE - B_NIL] = ITEM_BOOL,      [B_TRUE - B_NIL] = ITEM_BOOL,
        [B_BIN8 - B_NIL] = ITEM_BLOB,       [B_BIN8 + 1 - B_NIL] = ITEM_BLOB,
        [B_BIN32 - B_NIL] = ITEM_BLOB,      [B_EXT8 - B_NIL] = ITEM_EXT,
        [B_EXT8 + 1 - B_NIL] = ITEM_EXT,    [B_EXT32 - B_NIL] = ITEM_EXT,
        [B_FLOAT32 - B_NIL] = ITEM_REAL,    [B_FLOAT64 - B_NIL] = ITEM_REAL,
        [B_UINT8 - B_NIL] = ITEM_INT,       [B_UINT8 + 1 - B_NIL] = ITEM_INT,
        [B_UINT8 + 2 - B_NIL] = ITEM_INT,   [B_UINT64 - B_NIL] = ITEM_INT,
        [B_INT8 - B_NIL] = ITEM_INT,        [B_INT8 + 1 - B_NIL] = ITEM_INT,
        [B_INT8 + 2 - B_NIL] = ITEM_INT,    [B_INT64 - B_NIL] = ITEM_INT,
        [B_FIXEXT1 - B_NIL] = ITEM_EXT,     [B_FIXEXT1 + 1 - B_NIL] = ITEM_EXT,
        [B_FIXEXT1 + 2 - B_NIL] = ITEM_EXT, [B_FIXEXT1 + 3 - B_NIL] = ITEM_EXT,
        [B_FIXEXT16 - B_NIL] = ITEM_EXT,    [B_STR8 - B_NIL] = ITEM_TEXT,
        [B_STR8 + 1 - B_NIL] = ITEM_TEXT,   [B_STR32 - B_NIL] = ITEM_TEXT,
        [B_ARRAY16 - B_NIL] = ITEM_ARRAY,   [B_ARRAY32 - B_NIL] = ITEM_ARRAY,
        [B_MAP16 - B_NIL] = ITEM_MAP,       [B_MAP32 - B_NIL] = ITEM_MAP,
    };
    return (enum item)items[b - B_NIL];
}

bool cursor_nil(struct cursor *c)
{
    if (c->bad || c->p == c->end || *c->p != B_NIL)
        return false;
    c->p++;
    return true;
}

bool cursor_bool(struct cursor *c, bool *out)
{
    if (cursor_peek(c) != ITEM_BOOL)
        return false;
    *out = *c->p++ == B_TRUE;
    return true;
}

bool cursor_int(struct cursor *c, int64_t *out, bool *above)
{
    *above = false;
    if (cursor_peek(c) != ITEM_INT)
        return false;
    unsigned b = *c->p;
    if (b < B_FIXMAP || b >= B_NEGATIVE) {
        *out = (int8_t)b;
        c->p++;
        return true;
    }
    bool is_signed = b >= B_INT8;
    unsigned size = 1u << (b - (is_signed ? B_INT8 : B_UINT8));
    uint64_t v;
    if (!number(c, size, &v))
        return false;
    if (is_signed) {
        unsigned shift = 64 - 8 * size;
        *out = (int64_t)(v << shift) >> shift;
    } else if (v > INT64_MAX) {
        *out = INT64_MAX;
        *above = true;
    } else {
        *out = (int64_t)v;
    }
    return true;
}

bool cursor_uint(struct cursor *c, uint64_t *out)
{
    if (cursor_peek(c) == ITEM_INT && *c->p == B_UINT64)
        return number(c, 8, out);
    struct cursor before = *c;
    int64_t v;
    bool above;
    if (!cursor_int(c, &v, &above))
        return false;
    if (v < 0) {
        *c = before;
        return false;
    }
    *out = (uint64_t)v;
    return true;
}

bool cursor_real(struct cursor *c, double *out)
{
    if (cursor_peek(c) == ITEM_INT) {
        int64_t v;
        bool above;
        if (!cursor_int(c, &v, &above))
            return false;
        *out = above ? 0x1p63 : (double)v;
        return true;
    }
    if (cursor_peek(c) != ITEM_REAL)
        return false;
    bool wide = *c->p == B_FLOAT64;
    uint64_t v;
    if (!number(c, wide ? 8 : 4, &v))
        return false;
    if (wide) {
        memcpy(out, &v, sizeof *out);
    } else {
        uint32_t narrow = (uint32_t)v;
        float f;
        memcpy(&f, &narrow, sizeof f);
        *out = (double)f;
    }
    return true;
}

bool cursor_text(struct cursor *c, struct view *out)
{
    if (cursor_peek(c) != ITEM_TEXT)
        return false;
    uint64_t n = *c->p;
    if (n < B_NIL) {
        c->p++;
        return bytes(c, n & 0x1f, out);
    }
    return number(c, 1u << (n - B_STR8), &n) && bytes(c, n, out);
}

bool cursor_blob(struct cursor *c, struct view *out)
{
    if (cursor_peek(c) != ITEM_BLOB)
        return false;
    uint64_t n = *c->p;
    return number(c, 1u << (n - B_BIN8), &n) && bytes(c, n, out);
}

static bool count(struct cursor *c, unsigned fixed, unsigned wide16, unsigned each, uint32_t *out)
{
    uint64_t n = *c->p;
    if (n >= fixed && n < fixed + 16) {
        n -= fixed;
        c->p++;
    } else if (!number(c, n == wide16 ? 2 : 4, &n)) {
        return false;
    }
    if (n > cursor_left(c) / each)
        return broken(c);
    *out = (uint32_t)n;
    return true;
}

bool cursor_array(struct cursor *c, uint32_t *n)
{
    return cursor_peek(c) == ITEM_ARRAY && count(c, B_FIXARRAY, B_ARRAY16, 1, n);
}

bool cursor_map(struct cursor *c, uint32_t *n)
{
    return cursor_peek(c) == ITEM_MAP && count(c, B_FIXMAP, B_MAP16, 2, n);
}

static bool skip_ext(struct cursor *c)
{
    uint64_t n = *c->p;
    struct view ignored;
    if (n >= B_FIXEXT1) {
        n = UINT64_C(1) << (n - B_FIXEXT1);
        c->p++;
    } else if (!number(c, 1u << (n - B_EXT8), &n)) {
        return false;
    }
    return bytes(c, n + 1, &ignored); /* one byte of type before the data */
}

static bool skip_scalar(struct cursor *c, enum item item)
{
    struct view v;
    double real;
    switch (item) {
    case ITEM_NIL:
    case ITEM_BOOL:
        c->p++;
        return true;
    case ITEM_INT:
    case ITEM_REAL:
        return cursor_real(c, &real);
    case ITEM_TEXT:
        return cursor_text(c, &v);
    case ITEM_BLOB:
        return cursor_blob(c, &v);
    case ITEM_EXT:
        return skip_ext(c);
    case ITEM_NONE:
    case ITEM_ARRAY:
    case ITEM_MAP:
        break;
    }
    return broken(c);
}

bool cursor_skip(struct cursor *c, unsigned depth)
{
    uint64_t left[CODEC_MAX_DEPTH + 1] = {1};
    unsigned level = 0;
    if (depth > CODEC_MAX_DEPTH)
        depth = CODEC_MAX_DEPTH;
    for (;;) {
        while (left[level] == 0) {
            if (level == 0)
                return true;
            level--;
        }
        left[level]--;
        enum item item = cursor_peek(c);
        if (item != ITEM_ARRAY && item != ITEM_MAP) {
            if (!skip_scalar(c, item))
                return false;
            continue;
        }
        uint32_t n;
        if (level == depth)
            return broken(c);
        if (!(item == ITEM_MAP ? cursor_map(c, &n) : cursor_array(c, &n)))
            return false;
        left[++level] = item == ITEM_MAP ? 2 * (uint64_t)n : n;
    }
}
