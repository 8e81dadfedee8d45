/*
 * fuzz_address.c - attacks what reads DD_TRUSTED_PROXIES, X-Forwarded-For, Forwarded and
 * DD_CORS_ORIGINS. The input is three lines: a list of networks or origins, and the two headers.
 *
 * Properties: an address that is read is written and read the same again; a network holds its own
 * base; from a peer that is not trusted nothing is believed; whom a chain names stands in it.
 */
#include "gateway/address.h"
#include "gateway/cors.h"
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static struct view next_line(struct view *rest)
{
    const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    struct view line = {rest->p, end ? (uint32_t)(end - rest->p) : rest->n};
    rest->p += end ? line.n + 1 : line.n;
    rest->n -= end ? line.n + 1 : line.n;
    return line;
}

static void read_lists(const char *text)
{
    struct networks n;
    struct origins o;
    for (unsigned i = 0; networks_parse(text, &n) && i < n.n; i++)
        require(networks_has(&n, &n.rows[i].base));
    for (unsigned i = 0; origins_parse(text, &o) && i < o.n; i++)
        require(origins_has(&o, o.rows[i]) && !memchr(o.rows[i].p, '*', o.rows[i].n));
}

static void round_trip(const struct address *a)
{
    struct address again;
    char text[ADDRESS_TEXT];
    address_text(a, text);
    require(address_parse(view_of(text), &again) && address_same(a, &again));
}

static void read_chain(struct view list, struct view pairs)
{
    struct networks own = {0}, all = {0};
    struct address peer, stranger;
    require(networks_parse("10.0.0.0/8", &own) && networks_parse("::/0", &all));
    require(address_parse(view_of("10.1.2.3"), &peer));
    require(address_parse(view_of("203.0.113.1"), &stranger));
    struct address a = client_address(&own, stranger, list, pairs);
    require(address_same(&a, &stranger));
    a = client_address(&own, peer, list, pairs);
    round_trip(&a);
    a = client_address(&all, peer, list, (struct view){0});
    round_trip(&a);
    if (!memchr(list.n ? list.p : "", '.', list.n) && !memchr(list.n ? list.p : "", ':', list.n))
        require(address_same(&a, &peer));
    struct address direct;
    if (list.n && address_parse(list, &direct))
        require(address_same(&a, &direct));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view rest = {(const char *)data, (uint32_t)size};
    struct view networks = next_line(&rest), list = next_line(&rest), pairs = next_line(&rest);
    char text[512];
    size_t n = networks.n < sizeof text ? networks.n : sizeof text - 1;
    if (n)
        memcpy(text, networks.p, n);
    text[n] = 0;
    read_lists(text);
    read_chain(list, pairs);
    return 0;
}
