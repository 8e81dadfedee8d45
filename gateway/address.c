/*
 * address.c - addresses, networks and chains of proxies. Pure, no I/O.
 */
#include "gateway/address.h"
#include "gateway/fields.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const struct address *a)
{
    return memcmp(a->b, mapped, sizeof mapped) == 0;
}

bool address_parse(struct view text, struct address *out)
{
    char copy[ADDRESS_TEXT];
    if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, 0, text.n))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    memcpy(out->b, mapped, sizeof mapped);
    return inet_pton(AF_INET, copy, out->b + 12) == 1 || inet_pton(AF_INET6, copy, out->b) == 1;
}

bool address_from(const struct sockaddr *s, struct address *out)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    *out = (struct address){0};
    if (s && s->sa_family == AF_INET) {
        memcpy(&v4, s, sizeof v4);
        memcpy(out->b, mapped, sizeof mapped);
        memcpy(out->b + 12, &v4.sin_addr, 4);
        return true;
    }
    if (s && s->sa_family == AF_INET6) {
        memcpy(&v6, s, sizeof v6);
        memcpy(out->b, &v6.sin6_addr, 16);
        return true;
    }
    return false;
}

void address_text(const struct address *a, char out[ADDRESS_TEXT])
{
    bool v4 = is_v4(a);
    if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->b + 12 : a->b, out, ADDRESS_TEXT))
        out[0] = 0;
}

bool address_is_loopback(const struct address *a)
{
    static const struct address one = {.b[15] = 1};
    return (is_v4(a) && a->b[12] == 127) || address_same(a, &one);
}

bool address_same(const struct address *a, const struct address *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Are the first `bits` of both the same? */
static bool same_prefix(const struct address *a, const struct address *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a->b, b->b, whole) != 0)
        return false;
    return !rest || ((a->b[whole] ^ b->b[whole]) >> (8 - rest)) == 0;
}

static bool read_bits(struct view text, unsigned max, unsigned *out)
{
    *out = 0;
    if (text.n == 0 || text.n > 3)
        return false;
    for (uint32_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        *out = *out * 10 + (unsigned)(text.p[i] - '0');
    }
    return *out <= max;
}

static bool network_parse(struct view text, struct network *out)
{
    const char *slash = memchr(text.p, '/', text.n);
    struct view base = {text.p, slash ? (uint32_t)(slash - text.p) : text.n};
    if (!address_parse(base, &out->base))
        return false;
    /* The IPv4 form of the text counts: ::ffff:1.2.3.4/96 is an IPv6 prefix. */
    unsigned width = memchr(base.p, ':', base.n) ? 128 : 32, bits = width;
    if (slash && !read_bits((struct view){slash + 1, text.n - base.n - 1}, width, &bits))
        return false;
    out->bits = bits + 128 - width;
    struct address cut = {0};
    for (unsigned i = 0; i < out->bits; i++)
        cut.b[i / 8] = (uint8_t)(cut.b[i / 8] | (out->base.b[i / 8] & 0x80u >> i % 8));
    return address_same(&cut, &out->base);
}

bool networks_parse(const char *text, struct networks *out)
{
    out->n = 0;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, ", \t");
        if (n == 0) {
            p++;
            continue;
        }
        if (out->n == MAX_NETWORKS ||
            !network_parse((struct view){p, (uint32_t)n}, &out->rows[out->n]))
            return false;
        out->n++;
        p += n;
    }
    return true;
}

bool networks_has(const struct networks *n, const struct address *a)
{
    for (unsigned i = 0; i < n->n; i++)
        if (same_prefix(&n->rows[i].base, a, n->rows[i].bits))
            return true;
    return false;
}

/* A hop's address without brackets and port: 1.2.3.4:5, [::1]:5, ::1. */
static bool hop_parse(struct view v, struct address *out)
{
    const char *colon = v.n ? memchr(v.p, ':', v.n) : NULL;
    if (v.n && v.p[0] == '[') {
        const char *end = memchr(v.p, ']', v.n);
        if (!end || (end + 1 < v.p + v.n && end[1] != ':'))
            return false;
        v = (struct view){v.p + 1, (uint32_t)(end - v.p - 1)};
    } else if (colon && !memchr(colon + 1, ':', v.n - (uint32_t)(colon - v.p) - 1)) {
        v.n = (uint32_t)(colon - v.p);
    }
    return address_parse(v, out);
}

bool host_is_loopback(struct view host)
{
    static const char name[] = "localhost";
    enum { N = sizeof name - 1 };
    struct address a;
    if (host.n >= N && strncasecmp(host.p, name, N) == 0)
        return host.n == N || host.p[N] == ':';
    return hop_parse(host, &a) && address_is_loopback(&a);
}

/* The value of for= in one element of Forwarded; empty: none, or given twice. */
static struct view forwarded_hop(struct view element)
{
    struct view found = {0};
    unsigned times = 0;
    while (element.n) {
        const char *mark = memchr(element.p, ';', element.n);
        uint32_t n = mark ? (uint32_t)(mark - element.p) : element.n;
        struct view pair = field_trim((struct view){element.p, n});
        if (pair.n >= 4 && strncasecmp(pair.p, "for=", 4) == 0) {
            found = (struct view){pair.p + 4, pair.n - 4};
            times++;
        }
        element.p += mark ? n + 1 : n;
        element.n -= mark ? n + 1 : n;
    }
    if (found.n >= 2 && found.p[0] == '"' && found.p[found.n - 1] == '"')
        found = (struct view){found.p + 1, found.n - 2};
    return times == 1 ? found : (struct view){0};
}

/* Walks a chain from its right end. A hop that cannot be read ends it: who sent it is the last one
 * that is known. A quoted comma splits an element wrongly, into parts that cannot be read. */
static struct address walk(const struct networks *trusted, struct address at, struct view chain,
                           bool pairs)
{
    struct address hop;
    while (chain.n && networks_has(trusted, &at)) {
        const char *comma = memrchr(chain.p, ',', chain.n);
        uint32_t begin = comma ? (uint32_t)(comma - chain.p) + 1 : 0;
        struct view element = field_trim((struct view){chain.p + begin, chain.n - begin});
        if (!hop_parse(pairs ? forwarded_hop(element) : element, &hop))
            break;
        at = hop;
        chain.n = comma ? begin - 1 : 0;
    }
    return at;
}

struct address client_address(const struct networks *trusted, struct address peer,
                              struct view forwarded_for, struct view forwarded)
{
    struct address by_list = walk(trusted, peer, forwarded_for, false);
    struct address by_pairs = walk(trusted, peer, forwarded, true);
    if (forwarded_for.n && forwarded.n && !address_same(&by_list, &by_pairs))
        return peer;
    return forwarded_for.n ? by_list : by_pairs;
}
