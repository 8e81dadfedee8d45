/*
 * address.h - which addresses we may call: of upstreams, and of whatever else people give a URL
 * for.
 *
 * DESIGN: a URL is judged twice. When it is saved, by its text: scheme, host, no user, no number
 * written so that only a resolver sees what it is; and when a connection is made, by the socket's
 * address, since a name may mean another address each time that it is looked up. Both are needed:
 * the first tells people at once, the second cannot be talked round.
 *
 * Pure. THREADS: any.
 */
#ifndef DAEMON_ADDRESS_H
#define DAEMON_ADDRESS_H

#include "proto/schema.h"

#include <sys/socket.h>

/* True for addresses of the public internet; false for loopback, private, link-local, shared,
 * multicast, reserved ones, for IPv4 in IPv6 of such, for IPv4 mapped into IPv6 whatever it is, and
 * for any other family. */
bool address_public(const struct sockaddr *a);

/* The same for an address as text; false when it cannot be read. */
bool address_public_text(const char *text);

/* What is wrong with an absolute URL, as a sentence for people that repeats nothing of it; NULL =
 * nothing. Addresses that are not public, and localhost, are wrong unless `private` allows them. */
const char *address_url_fault(struct view url, bool private);

#endif
