/*
 * fuzz_codec.c - attacks codec_decode() with a body of any table: the first byte picks the table.
 *
 * Property: what is accepted can be written, and what was written is accepted and is written the
 * same way again. An accepted record also survives JSON, if it holds no secrets.
 */
#include "proto/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 20 };

static void require(bool ok)
{
    if (!ok)
        abort();
}

static bool has_secret(const struct desc *d)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if ((d->fields[i].flags & SECRET) || (d->fields[i].of && has_secret(d->fields[i].of)))
            return true;
    return false;
}

static void same(const struct buf *a, const struct buf *b)
{
    require(a->n == b->n && memcmp(a->p, b->p, a->n) == 0);
}

static void survives_json(const struct desc *d, const void *record, const struct buf *encoded)
{
    struct arena a;
    struct buf json, again;
    struct fault f;
    arena_init(&a, MAX_BYTES * 8);
    buf_init(&json, MAX_BYTES * 8);
    buf_init(&again, MAX_BYTES);
    void *back = arena_take(&a, d->size);
    require(json_encode(d, record, &json) == ERR_OK);
    require(json_decode(d, json.p, json.n, &a, back, &f) == ERR_OK);
    require(json_require(d, back, &f) == ERR_OK);
    require(codec_encode(d, back, &again) == ERR_OK);
    same(encoded, &again);
    buf_free(&again);
    buf_free(&json);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned n_descs;
    struct arena a;
    struct buf first, second;
    struct fault f;
    if (n_descs == 0)
        while (all_descs[n_descs])
            n_descs++;
    if (size == 0)
        return 0;
    const struct desc *d = all_descs[data[0] % n_descs];
    arena_init(&a, MAX_BYTES);
    buf_init(&first, MAX_BYTES);
    buf_init(&second, MAX_BYTES);
    void *record = arena_take(&a, d->size);
    void *back = arena_take(&a, d->size);
    if (codec_decode(d, data + 1, size - 1, &a, record, &f) == ERR_OK) {
        require(codec_encode(d, record, &first) == ERR_OK);
        arena_reset(&a);
        back = arena_take(&a, d->size);
        require(codec_decode(d, first.p, first.n, &a, back, &f) == ERR_OK);
        require(codec_encode(d, back, &second) == ERR_OK);
        same(&first, &second);
        if (!has_secret(d))
            survives_json(d, back, &first);
    } else {
        require(f.code != ERR_OK && strlen(f.field) < sizeof f.field && f.text[0]);
    }
    buf_free(&first);
    buf_free(&second);
    arena_free(&a);
    return 0;
}
