/*
 * fuzz_transcode.c - holds the gateway's one-pass JSON against the way by a struct: the first byte
 * picks the table, the rest is an encoded record.
 *
 * Properties: what the codec accepts is transcoded; encoded again from the struct, so that fields
 * stand in the order of the table, both ways write the same bytes.
 */
#include "gateway/transcode.h"
#include "proto/codec.h"
#include "proto/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 8 << 20 };

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void compare(const struct desc *d, const void *record)
{
    struct buf wire, one, two;
    buf_init(&wire, MAX_BYTES);
    buf_init(&one, MAX_BYTES);
    buf_init(&two, MAX_BYTES);
    require(codec_encode(d, record, &wire) == ERR_OK);
    require(transcode(d, buf_view(&wire), &one) == ERR_OK);
    require(json_encode(d, record, &two) == ERR_OK);
    require(one.n == two.n && memcmp(one.p, two.p, one.n) == 0);
    buf_free(&two);
    buf_free(&one);
    buf_free(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned n;
    struct arena a;
    struct buf b;
    struct fault f;
    while (all_descs[n])
        n++;
    if (size < 1)
        return 0;
    const struct desc *d = all_descs[data[0] % n];
    struct view encoded = {(const char *)data + 1, (uint32_t)(size - 1)};
    if (!transcode_fits(d))
        return 0;
    arena_init(&a, MAX_BYTES);
    buf_init(&b, MAX_BYTES);
    void *record = arena_take(&a, d->size);
    enum err direct = transcode(d, encoded, &b);
    if (record && codec_decode(d, encoded.p, encoded.n, &a, record, &f) == ERR_OK) {
        require(direct == ERR_OK);
        compare(d, record);
    }
    buf_free(&b);
    arena_free(&a);
    return 0;
}
