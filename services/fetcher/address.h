/*
 * address.h - which network addresses an upstream may have. Pure.
 */
#ifndef FETCHER_ADDRESS_H
#define FETCHER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* True for addresses of the public internet; false for loopback, private, link-local, shared,
 * multicast, reserved ones, for IPv4 in IPv6 of such, and for any other family. */
bool address_public(const struct sockaddr *a);

/* The same for an address as text; false when it cannot be read. */
bool address_public_text(const char *text);

#endif
