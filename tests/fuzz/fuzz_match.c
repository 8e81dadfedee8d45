/*
 * fuzz_match.c - any bytes as the header If-Match of a change of a dealer.
 *
 * Property: what is accepted stands in the message as it came and can be sent; what is refused
 * names the field, and the message is as it was before.
 */
#include "gateway/params.h"
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static const struct route *route_of(const struct routes *routes)
{
    for (unsigned i = 0; i < routes->n; i++)
        if (routes->rows[i].msg == &DEALER_UPDATE && routes->rows[i].method == PATCH)
            return &routes->rows[i];
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct routes *routes;
    struct view tags = {(const char *)data, (uint32_t)size};
    struct dealer_update m = {.dealer_id = view_of("12284")};
    struct remote_error why = {0};
    struct arena a;
    struct buf b;
    if (!routes)
        require((routes = routes_new()) != NULL);
    arena_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    if (params_match(route_of(routes), tags, &a, &m, &why)) {
        require(why.code.n && !HAS(&m, dealer_update, if_match));
    } else if (HAS(&m, dealer_update, if_match)) {
        require(m.if_match.n == tags.n && memcmp(m.if_match.p, tags.p, tags.n) == 0);
        require(codec_encode(&DEALER_UPDATE, &m, &b) == ERR_OK);
    } else {
        require(tags.n == 0);
    }
    buf_free(&b);
    arena_free(&a);
    return 0;
}
