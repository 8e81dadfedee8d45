/*
 * address.c - which addresses we may call: ranges that are closed, and the rules of URLs.
 */
#include "services/daemon/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

enum { MAX_HOST = 253, MAX_LABEL = 63, MAX_PORT = 65535 };

/* ---- addresses ---- */

struct range4 {
    uint32_t net;
    unsigned bits;
};

/* Not for the public internet (RFC 6890 and multicast). */
static const struct range4 closed4[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared by carriers */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local: also where clouds answer with secrets */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0586300, 24}, /* relays of 6to4 */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarks */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, broadcast */
};

static bool public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(closed4) / sizeof(closed4[0]); i++)
        if ((address ^ closed4[i].net) >> (32 - closed4[i].bits) == 0)
            return false;
    return true;
}

static uint32_t number4(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Networks with IPv6 alone reach IPv4 by NAT64, so what a name means there may be such an address.
 */
static bool nat64(const uint8_t p[16])
{
    static const uint8_t prefix[12] = {0, 0x64, 0xff, 0x9b};
    return memcmp(p, prefix, sizeof prefix) == 0;
}

static bool six_to_four(const uint8_t p[16])
{
    return p[0] == 0x20 && p[1] == 0x02;
}

/* Mapped and compatible forms of IPv4, the NAT64 of one network, link-local, unique local and
 * multicast addresses all lie outside 2000::/3. */
static bool public6(const uint8_t p[16])
{
    if (nat64(p))
        return public4(number4(p + 12));
    if (six_to_four(p))
        return public4(number4(p + 2));
    if (p[0] == 0x20 && p[1] == 0x01 && p[2] == 0x0d && p[3] == 0xb8)
        return false; /* documentation */
    if (p[0] == 0x3f && p[1] == 0xff && p[2] < 0x10)
        return false; /* documentation */
    if (p[0] == 0x20 && p[1] == 0x01 && p[2] < 0x02)
        return false;             /* protocol assignments, Teredo */
    return (p[0] & 0xe0) == 0x20; /* global unicast */
}

bool address_public(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof(in));
        return public4(ntohl(in.sin_addr.s_addr));
    }
    if (a->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, a, sizeof(in6));
        return public6(in6.sin6_addr.s6_addr);
    }
    return false;
}

bool address_public_text(const char *text)
{
    uint8_t bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1)
        return public4(number4(bytes));
    if (inet_pton(AF_INET6, text, bytes) == 1)
        return public6(bytes);
    return false;
}

/* ---- URLs ---- */

static const char not_public[] = "Lies in a private network, which is not allowed here.";

static bool letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Takes the prefix off v, whatever its case. */
static bool skip_prefix(struct view *v, const char *prefix)
{
    size_t n = strlen(prefix);
    if (v->n < n || strncasecmp(v->p, prefix, n) != 0)
        return false;
    v->p += n;
    v->n -= (uint32_t)n;
    return true;
}

static bool valid_characters(struct view v)
{
    for (uint32_t i = 0; i < v.n; i++)
        if (v.p[i] <= ' ' || v.p[i] > '~' || strchr("\\\"<>^`{|}", v.p[i]))
            return false;
    return true;
}

/* ":80", or nothing. */
static bool valid_port(struct view v)
{
    int port = 0;
    if (v.n == 0)
        return true;
    for (uint32_t i = 1; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return false;
        port = port * 10 + (v.p[i] - '0');
        if (port > MAX_PORT)
            return false;
    }
    return v.p[0] == ':' && port > 0;
}

/* Labels of letters, digits, - and _, none of them empty; a point may stand at the end. */
static bool valid_name(struct view host)
{
    uint32_t label = 0;
    for (uint32_t i = 0; i < host.n; i++) {
        bool point = host.p[i] == '.';
        if (!point && !letter_or_digit(host.p[i]) && host.p[i] != '-' && host.p[i] != '_')
            return false;
        if ((point && label == 0) || label > MAX_LABEL)
            return false;
        label = point ? 0 : label + 1;
    }
    return host.n > 0 && host.n <= MAX_HOST && label <= MAX_LABEL;
}

static bool all_of(struct view v, const char *characters)
{
    for (uint32_t i = 0; i < v.n; i++)
        if (!strchr(characters, v.p[i]))
            return false;
    return v.n > 0;
}

/* Resolvers read a host as a number when its last part is one: 127.1, 0x7f.1, 2130706433. */
static bool numeric(struct view host)
{
    struct view last = host;
    const char *point = memrchr(host.p, '.', host.n);
    if (point) {
        last.p = point + 1;
        last.n = host.n - (uint32_t)(last.p - host.p);
    }
    return all_of(last, "0123456789") ||
           (skip_prefix(&last, "0x") && (last.n == 0 || all_of(last, "0123456789abcdefABCDEF")));
}

/* localhost and all names below it. */
static bool local_name(struct view host)
{
    static const char name[] = "localhost";
    const uint32_t n = sizeof name - 1;
    return host.n >= n && strncasecmp(host.p + host.n - n, name, n) == 0 &&
           (host.n == n || host.p[host.n - n - 1] == '.');
}

static const char *name_fault(struct view host, bool private)
{
    char text[INET_ADDRSTRLEN];
    uint8_t bytes[4];
    bool point = host.n > 0 && host.p[host.n - 1] == '.';
    if (!valid_name(host))
        return "Must name a host, and a port if it has its own.";
    if (point)
        host.n--;
    if (!numeric(host))
        return local_name(host) && !private ? not_public : NULL;
    if (host.n >= sizeof text)
        host.n = 0;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    if (point || inet_pton(AF_INET, text, bytes) != 1)
        return "An address in numbers must have its usual form: four decimal numbers, or IPv6 in "
               "brackets.";
    return private || public4(number4(bytes)) ? NULL : not_public;
}

/* What stands between the brackets. Nobody has to write IPv4 as a part of IPv6. */
static const char *literal6_fault(struct view host, bool private)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    if (host.n >= sizeof text)
        return "Must name a host, and a port if it has its own.";
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return "Must name a host, and a port if it has its own.";
    bool open = public6(bytes) && !nat64(bytes) && !six_to_four(bytes);
    return private || open ? NULL : not_public;
}

/* Host and port. */
static const char *authority_fault(struct view v, bool private)
{
    bool brackets = v.n > 0 && v.p[0] == '[';
    const char *end = v.n > 0 ? memchr(v.p, brackets ? ']' : ':', v.n) : NULL;
    if (brackets && !end)
        return "Must name a host, and a port if it has its own.";
    uint32_t n = end ? (uint32_t)(end - v.p) : v.n;
    struct view host = {v.p, n};
    struct view port = {v.p + n + brackets, v.n - n - brackets};
    if (!valid_port(port))
        return "Must name a host, and a port if it has its own.";
    if (brackets)
        return literal6_fault((struct view){v.p + 1, n - 1}, private);
    return name_fault(host, private);
}

const char *address_url_fault(struct view url, bool private)
{
    uint32_t n = 0;
    if (!skip_prefix(&url, "https://") && !skip_prefix(&url, "http://"))
        return "Must begin with http:// or https://.";
    if (!valid_characters(url))
        return "Holds characters that a URL does not have.";
    while (n < url.n && !strchr("/?#", url.p[n]))
        n++;
    const struct view authority = {url.p, n};
    if (n > 0 && memchr(authority.p, '@', n))
        return "Must not hold a user or password.";
    return authority_fault(authority, private);
}
