/*
 * json_write.c - records to JSON by descriptor, through yajl's generator.
 *
 * DESIGN: yajl prints into the caller's buffer. A generator is wanted for each value that a
 * gateway projects, so it lives on the stack: yajl takes its memory from a small block there by
 * allocation functions of ours. Only binary fields, which are rare, take heap.
 *
 * THREADS: none of its own, no state beyond one call.
 */
#include "proto/base64.h"
#include "proto/json.h"

#include <yajl/yajl_gen.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GEN_BYTES = 2048, GEN_ALIGN = 16 };

/* Larger ones lose bits in readers that hold numbers as doubles. */
#define LARGEST_NUMBER (INT64_C(1) << 53)

struct writer {
    yajl_gen gen;    /* lives in memory */
    struct buf *out; /* where the text goes */
    size_t used;     /* bytes of memory */
    _Alignas(16) char memory[GEN_BYTES];
};

static void *take(void *ctx, size_t n)
{
    struct writer *w = ctx;
    n = (n + GEN_ALIGN - 1) & ~(size_t)(GEN_ALIGN - 1);
    if (n > sizeof w->memory - w->used)
        return NULL;
    w->used += n;
    return w->memory + w->used - n;
}

/* Never called: only yajl's own text buffer grows, and ours takes its place. */
static void *retake(void *ctx, void *p, size_t n)
{
    (void)ctx, (void)p, (void)n;
    return NULL;
}

static void release(void *ctx, void *p)
{
    (void)ctx, (void)p;
}

static void print(void *ctx, const char *p, size_t n)
{
    struct buf *b = ((struct writer *)ctx)->out;
    if (b->failed || b->cap - b->n < n) {
        buf_append(b, p, n);
        return;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static bool begin(struct writer *w, struct buf *out)
{
    yajl_alloc_funcs funcs = {take, retake, release, w};
    w->out = out;
    w->used = 0;
    w->gen = yajl_gen_alloc(&funcs);
    return w->gen && yajl_gen_config(w->gen, yajl_gen_print_callback, print, w);
}

/* What a generator says besides ok is our own mistake: keys, depth and order follow the tables. */
static bool text(struct writer *w, const char *p, size_t n)
{
    return yajl_gen_string(w->gen, (const unsigned char *)(p ? p : ""), n) == yajl_gen_status_ok;
}

static bool write_record(struct writer *w, const struct desc *d, const void *in);

static bool write_int(struct writer *w, int64_t v)
{
    char digits[24];
    char *end = digits + sizeof digits;
    char *p = end;
    uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        *--p = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (v < 0)
        *--p = '-';
    if (v < -LARGEST_NUMBER || v > LARGEST_NUMBER)
        return text(w, p, (size_t)(end - p));
    return yajl_gen_number(w->gen, p, (size_t)(end - p)) == yajl_gen_status_ok;
}

/* The shortest of 15 to 17 digits that reads back as the same double. */
static bool write_real(struct writer *w, double v)
{
    char digits[32];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, v);
        if (strtod(digits, NULL) == v)
            break;
    }
    return yajl_gen_number(w->gen, digits, strlen(digits)) == yajl_gen_status_ok;
}

static bool write_blob(struct writer *w, struct view v)
{
    char *encoded = malloc(base64_length(v.n) + 1);
    if (!encoded)
        return false;
    base64_encode(v, encoded);
    bool ok = text(w, encoded, base64_length(v.n));
    free(encoded);
    return ok;
}

static bool write_items(struct writer *w, const struct field_desc *f, const struct list *l)
{
    bool ok = yajl_gen_array_open(w->gen) == yajl_gen_status_ok;
    for (uint32_t i = 0; ok && i < l->n; i++) {
        const struct view *v = l->items;
        ok = f->type == F_WORDS
                 ? text(w, v[i].p, v[i].n)
                 : write_record(w, f->of, (const char *)l->items + (size_t)i * f->of->size);
    }
    return ok && yajl_gen_array_close(w->gen) == yajl_gen_status_ok;
}

static bool write_value(struct writer *w, const struct field_desc *f, const void *at)
{
    const struct view *v = at;
    char time[32];
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        return text(w, v->p, v->n);
    case F_BLOB:
        return write_blob(w, *v);
    case F_INT:
        return write_int(w, *(const int64_t *)at);
    case F_REAL:
        return write_real(w, *(const double *)at);
    case F_BOOL:
        return yajl_gen_bool(w->gen, *(const bool *)at) == yajl_gen_status_ok;
    case F_TIME:
        time_to_text(*(const int64_t *)at, time, sizeof time);
        return text(w, time, strlen(time));
    case F_SUB:
        return write_record(w, f->of, at);
    case F_LIST:
    case F_WORDS:
        return write_items(w, f, at);
    }
    return false;
}

static bool write_record(struct writer *w, const struct desc *d, const void *in)
{
    uint64_t has;
    memcpy(&has, in, sizeof has);
    bool ok = yajl_gen_map_open(w->gen) == yajl_gen_status_ok;
    for (unsigned i = 0; ok && i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        if ((f->flags & SECRET) || !((f->flags & REQUIRED) || (has >> i & 1)))
            continue;
        ok = text(w, f->name, f->name_bytes) && write_value(w, f, (const char *)in + f->offset);
    }
    return ok && yajl_gen_map_close(w->gen) == yajl_gen_status_ok;
}

/* A value that could not be written leaves nothing behind. */
static enum err finish(struct buf *b, size_t before, bool ok)
{
    if (ok && !b->failed)
        return ERR_OK;
    b->n = before;
    return b->failed ? ERR_TOO_LARGE : ERR_INTERNAL;
}

enum err json_encode(const struct desc *d, const void *in, struct buf *b)
{
    struct writer w;
    size_t before = b->n;
    return finish(b, before, begin(&w, b) && write_record(&w, d, in));
}

enum err json_encode_field(const struct desc *d, const struct field_desc *field, const void *in,
                           struct buf *b)
{
    struct writer w;
    size_t before = b->n;
    (void)d;
    if (field->flags & SECRET)
        return ERR_FORBIDDEN;
    return finish(b, before,
                  begin(&w, b) && write_value(&w, field, (const char *)in + field->offset));
}

enum err json_encode_text(struct view v, struct buf *b)
{
    struct writer w;
    size_t before = b->n;
    return finish(b, before, begin(&w, b) && text(&w, v.p, v.n));
}
