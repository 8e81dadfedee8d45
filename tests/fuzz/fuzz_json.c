/*
 * fuzz_json.c - attacks the reading of JSON bodies, and of query texts: the first byte picks the
 * table, the second one whether the rest is a document or the text of one field.
 *
 * Property: an accepted document is written, read and written again the same way, and it can be
 * sent over the bus. Secrets, which are never written, are taken out before.
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

static void returns(const struct desc *d, const void *record)
{
    struct arena a;
    struct buf encoded, first, second;
    struct fault f;
    arena_init(&a, MAX_BYTES * 8);
    buf_init(&encoded, MAX_BYTES * 8);
    buf_init(&first, MAX_BYTES * 8);
    buf_init(&second, MAX_BYTES * 8);
    void *back = arena_take(&a, d->size);
    bool complete = json_require(d, record, &f) == ERR_OK;
    if (complete)
        require(codec_encode(d, record, &encoded) == ERR_OK);
    if (complete && !has_secret(d)) {
        require(json_encode(d, record, &first) == ERR_OK);
        require(json_decode(d, first.p, first.n, &a, back, &f) == ERR_OK);
        require(json_encode(d, back, &second) == ERR_OK);
        require(first.n == second.n && memcmp(first.p, second.p, first.n) == 0);
    }
    buf_free(&encoded);
    buf_free(&first);
    buf_free(&second);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned n_descs;
    struct arena a;
    struct fault f;
    if (n_descs == 0)
        while (all_descs[n_descs])
            n_descs++;
    if (size < 2)
        return 0;
    const struct desc *d = all_descs[data[0] % n_descs];
    const char *text = (const char *)data + 2;
    enum err e;
    arena_init(&a, MAX_BYTES);
    void *record = arena_take(&a, d->size);
    if (data[1] < 0x80) {
        e = json_decode(d, text, size - 2, &a, record, &f);
    } else {
        const struct field_desc *field = &d->fields[data[1] % d->n_fields];
        struct view value = {text, (uint32_t)(size - 2)};
        e = json_field_from_text(d, field, value, &a, record, &f);
    }
    if (e == ERR_OK)
        returns(d, record);
    else
        require(f.code == e && strlen(f.field) < sizeof f.field && f.text[0]);
    arena_free(&a);
    return 0;
}
