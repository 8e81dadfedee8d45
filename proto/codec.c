/*
 * codec.c - records to and from MessagePack by descriptor.
 *
 * DESIGN: reading walks the map once. Peers of the same build send the fields in the order of the
 * table, so the search for a key begins behind the field that was found last and usually ends
 * there. Nothing is allocated but the arrays of lists, after their count was compared with the
 * bytes that are left. Writing goes through msgpack-c's packer straight into the buffer; each value
 * is checked before it is written. Nesting follows the tables, which are finite, and is counted
 * nevertheless, because a peer's unknown fields are not in them.
 *
 * THREADS: none of its own, no state. OWNERSHIP: see codec.h.
 */
#include "proto/codec.h"

#include "proto/cursor.h"

#include <msgpack.h>

#include <string.h>

/* ---- reading ---- */

struct reader {
    struct cursor c;     /* where we are */
    struct arena *arena; /* takes the arrays of lists */
    struct fault *fault; /* what went wrong */
    unsigned depth;      /* open maps and arrays */
};

static enum err decode_record(struct reader *r, const struct desc *d, void *out);

/* What stands at the cursor is broken, or else not what the field wants. */
static enum err wrong(struct reader *r, const char *field, const char *wanted)
{
    if (r->c.bad || r->c.p == r->c.end)
        return fault_set(r->fault, ERR_MALFORMED, field,
                         "The message is cut off or not MessagePack.");
    return fault_set(r->fault, ERR_TYPE, field, "Must be %s.", wanted);
}

static enum err enter(struct reader *r)
{
    if (r->depth == CODEC_MAX_DEPTH)
        return fault_set(r->fault, ERR_LIMIT, "", "The message nests deeper than %d.",
                         CODEC_MAX_DEPTH);
    r->depth++;
    return ERR_OK;
}

static enum err decode_int(struct reader *r, const struct field_desc *f, int64_t *out)
{
    bool above;
    if (!cursor_int(&r->c, out, &above))
        return wrong(r, f->name, f->type == F_TIME ? "an integer of milliseconds" : "an integer");
    if (above)
        return fault_set(r->fault, ERR_RANGE, f->name, "Must be %lld or less.",
                         (long long)(f->type == F_TIME ? INT64_MAX : f->max));
    return ERR_OK;
}

/* Takes an array for the items of a list, as many as are announced and allowed. */
static enum err begin_list(struct reader *r, const struct field_desc *f, size_t size,
                           struct list *out)
{
    uint32_t n;
    if (!cursor_array(&r->c, &n))
        return wrong(r, f->name, "an array");
    if (n > f->max)
        return fault_rule(r->fault, RULE_TOO_MANY, f->max, f->name,
                          "At most %lld items are allowed.", (long long)f->max);
    out->n = 0;
    out->items = n ? arena_take(r->arena, n * size) : NULL;
    if (n && !out->items)
        return fault_set(r->fault, ERR_TOO_LARGE, f->name, "The message needs too much memory.");
    out->n = n;
    return enter(r);
}

static enum err decode_words(struct reader *r, const struct field_desc *f, struct list *out)
{
    enum err e = begin_list(r, f, sizeof(struct view), out);
    if (e != ERR_OK)
        return e;
    for (uint32_t i = 0; e == ERR_OK && i < out->n; i++) {
        if (!cursor_text(&r->c, &((struct view *)out->items)[i])) {
            e = wrong(r, "", "a text");
            fault_within(r->fault, f->name, (long)i);
        }
    }
    r->depth--;
    return e;
}

static enum err decode_list(struct reader *r, const struct field_desc *f, struct list *out)
{
    size_t size = f->of->size;
    enum err e = begin_list(r, f, size, out);
    if (e != ERR_OK)
        return e;
    for (uint32_t i = 0; e == ERR_OK && i < out->n; i++) {
        e = decode_record(r, f->of, (char *)out->items + i * size);
        if (e != ERR_OK)
            fault_within(r->fault, f->name, (long)i);
    }
    r->depth--;
    return e;
}

static enum err decode_value(struct reader *r, const struct field_desc *f, void *at)
{
    enum err e = ERR_OK;
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        if (!cursor_text(&r->c, at))
            return wrong(r, f->name, "a text");
        break;
    case F_BLOB:
        if (!cursor_blob(&r->c, at))
            return wrong(r, f->name, "binary data");
        break;
    case F_INT:
    case F_TIME:
        e = decode_int(r, f, at);
        break;
    case F_REAL:
        if (!cursor_real(&r->c, at))
            return wrong(r, f->name, "a number");
        break;
    case F_BOOL:
        return cursor_bool(&r->c, at) ? ERR_OK : wrong(r, f->name, "true or false");
    case F_SUB:
        e = decode_record(r, f->of, at);
        if (e != ERR_OK)
            fault_within(r->fault, f->name, -1);
        return e;
    case F_LIST:
        return decode_list(r, f, at);
    case F_WORDS:
        e = decode_words(r, f, at);
        break;
    }
    return e == ERR_OK ? field_check(f, at, r->fault) : e;
}

static enum err missing(struct reader *r, const struct desc *d, uint64_t has)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if ((d->fields[i].flags & REQUIRED) && !(has >> i & 1))
            return fault_set(r->fault, ERR_MISSING, d->fields[i].name, "A value is required.");
    return ERR_OK;
}

/* Index of the field named key, searched from `next` on; n_fields if there is none. */
static unsigned find(const struct desc *d, struct view key, unsigned next)
{
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[next];
        if (f->name_bytes == key.n && memcmp(f->name, key.p, key.n) == 0)
            return next;
        if (++next == d->n_fields)
            next = 0;
    }
    return d->n_fields;
}

/* One pair of the map; *next is where the search for its field begins, and then for the next. */
static enum err decode_pair(struct reader *r, const struct desc *d, uint64_t *seen, uint64_t *has,
                            unsigned *next, void *out)
{
    struct view key;
    if (!cursor_key(&r->c, &key))
        return wrong(r, "", "a map with texts as keys");
    unsigned i = find(d, key, *next);
    if (i == d->n_fields)
        return cursor_skip(&r->c, CODEC_MAX_DEPTH - r->depth)
                   ? ERR_OK
                   : fault_set(
                         r->fault, ERR_MALFORMED, "",
                         "An unknown field is cut off, nests too deep or is not MessagePack.");
    *next = i + 1 == d->n_fields ? 0 : i + 1;
    const struct field_desc *f = &d->fields[i];
    uint64_t bit = UINT64_C(1) << i;
    if (*seen & bit)
        return fault_set(r->fault, ERR_DUPLICATE_FIELD, f->name, "The field is given twice.");
    *seen |= bit;
    if (cursor_nil(&r->c))
        return ERR_OK;
    *has |= bit;
    return decode_value(r, f, (char *)out + f->offset);
}

static enum err decode_record(struct reader *r, const struct desc *d, void *out)
{
    uint64_t has = 0, seen = 0;
    unsigned next = 0;
    uint32_t n;
    if (!cursor_map(&r->c, &n))
        return wrong(r, "", "a map");
    enum err e = enter(r);
    if (e != ERR_OK)
        return e;
    for (uint32_t i = 0; i < n; i++) {
        e = decode_pair(r, d, &seen, &has, &next, out);
        if (e != ERR_OK)
            return e;
    }
    r->depth--;
    memcpy(out, &has, sizeof has);
    return missing(r, d, has);
}

enum err codec_decode(const struct desc *d, const void *buf, size_t len, struct arena *a, void *out,
                      struct fault *f)
{
    struct reader r = {cursor_of(buf, len), a, f, 0};
    memset(out, 0, d->size);
    enum err e = decode_record(&r, d, out);
    if (e == ERR_OK && cursor_left(&r.c) != 0)
        return fault_set(f, ERR_MALFORMED, "", "Bytes follow the end of the message.");
    return e;
}

/* ---- writing ---- */

/* msgpack-c's callback. */
static int append(void *b, const char *p, size_t n)
{
    struct buf *buf = b;
    if (!buf->failed && buf->cap - buf->n >= n) {
        memcpy(buf->p + buf->n, p, n);
        buf->n += n;
        return 0;
    }
    return buf_append(buf, p, n) == ERR_OK ? 0 : -1;
}

static enum err encode_record(const struct desc *d, const void *in, msgpack_packer *pk);

static void encode_text(struct view v, msgpack_packer *pk)
{
    msgpack_pack_str(pk, v.n);
    if (v.n)
        msgpack_pack_str_body(pk, v.p, v.n);
}

static void encode_blob(struct view v, msgpack_packer *pk)
{
    msgpack_pack_bin(pk, v.n);
    if (v.n)
        msgpack_pack_bin_body(pk, v.p, v.n);
}

static enum err encode_items(const struct field_desc *f, const struct list *l, msgpack_packer *pk)
{
    enum err e = ERR_OK;
    msgpack_pack_array(pk, l->n);
    for (uint32_t i = 0; e == ERR_OK && i < l->n; i++) {
        if (f->type == F_WORDS)
            encode_text(((const struct view *)l->items)[i], pk);
        else
            e = encode_record(f->of, (const char *)l->items + (size_t)i * f->of->size, pk);
    }
    return e;
}

static enum err encode_value(const struct field_desc *f, const void *at, msgpack_packer *pk)
{
    struct fault fault;
    if (field_check(f, at, &fault) != ERR_OK)
        return ERR_LIMIT;
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        encode_text(*(const struct view *)at, pk);
        break;
    case F_BLOB:
        encode_blob(*(const struct view *)at, pk);
        break;
    case F_INT:
    case F_TIME:
        msgpack_pack_int64(pk, *(const int64_t *)at);
        break;
    case F_REAL:
        msgpack_pack_double(pk, *(const double *)at);
        break;
    case F_BOOL:
        if (*(const bool *)at)
            msgpack_pack_true(pk);
        else
            msgpack_pack_false(pk);
        break;
    case F_SUB:
        return encode_record(f->of, at, pk);
    case F_LIST:
    case F_WORDS:
        return encode_items(f, at, pk);
    }
    return ERR_OK;
}

/* Bits of the fields that are written. */
static uint64_t present(const struct desc *d, const void *in)
{
    uint64_t has, written = 0;
    memcpy(&has, in, sizeof has);
    for (unsigned i = 0; i < d->n_fields; i++)
        written |= ((has >> i & 1) | (d->fields[i].flags & REQUIRED)) << i;
    return written;
}

static enum err encode_record(const struct desc *d, const void *in, msgpack_packer *pk)
{
    uint64_t left = present(d, in);
    msgpack_pack_map(pk, (size_t)__builtin_popcountll(left));
    for (; left; left &= left - 1) {
        const struct field_desc *f = &d->fields[__builtin_ctzll(left)];
        encode_text((struct view){f->name, f->name_bytes}, pk);
        enum err e = encode_value(f, (const char *)in + f->offset, pk);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

enum err codec_encode(const struct desc *d, const void *in, struct buf *b)
{
    size_t before = b->n;
    msgpack_packer pk;
    msgpack_packer_init(&pk, b, append);
    enum err e = encode_record(d, in, &pk);
    if (e == ERR_OK && b->failed)
        e = ERR_TOO_LARGE;
    if (e != ERR_OK)
        b->n = before;
    return e;
}
