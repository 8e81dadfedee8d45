/*
 * address.h - Internet addresses, lists of networks, and the client's address behind proxies. Pure.
 *
 * DESIGN: an IPv4 address is held as ::ffff:a.b.c.d, so that both kinds are compared alike. A chain
 * is read from its right end, the nearest hop: what a trusted proxy added is believed, the first
 * hop that is not one of them is the client, and what stands left of it may be made up.
 */
#ifndef GATEWAY_ADDRESS_H
#define GATEWAY_ADDRESS_H

#include "proto/schema.h"

struct sockaddr;

struct address {
    uint8_t b[16];
};

enum { ADDRESS_TEXT = 46, MAX_NETWORKS = 64 };

struct network {
    struct address base;
    unsigned bits; /* of 128 */
};

struct networks {
    struct network rows[MAX_NETWORKS];
    unsigned n;
};

/* An address as such: 1.2.3.4, ::1. */
bool address_parse(struct view text, struct address *out);
/* False: another family. */
bool address_from(const struct sockaddr *s, struct address *out);
void address_text(const struct address *a, char out[ADDRESS_TEXT]);
bool address_is_loopback(const struct address *a);

/* Does the header Host name this machine for itself: localhost, 127.0.0.1, [::1], with a port or
 * none? */
bool host_is_loopback(struct view host);
bool address_same(const struct address *a, const struct address *b);

/* Addresses and networks (10.0.0.0/8, fd00::/8), with commas or spaces between. False: something
 * that is none, bits beyond the prefix, or too many. */
bool networks_parse(const char *text, struct networks *out);
bool networks_has(const struct networks *n, const struct address *a);

/* The client of a request that came from `peer`: read from the proxies' chain while they are
 * trusted. `forwarded_for` is X-Forwarded-For's value, `forwarded` that of Forwarded, lines joined
 * by commas; empty = absent. If both are there and do not agree, one of them went by a proxy
 * unseen, and neither is believed. */
struct address client_address(const struct networks *trusted, struct address peer,
                              struct view forwarded_for, struct view forwarded);

#endif
