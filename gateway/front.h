/*
 * front.h - what a request meets between its head and its route: whose it is, and whether that
 * client may ask now.
 *
 * DESIGN: the client's address is the peer's, or what trusted proxies (DD_TRUSTED_PROXIES) say; it
 * stands in the exchange from then on. Each address has a token bucket, each principal another
 * (DD_RATE_ADDRESS, DD_RATE_PRINCIPAL: requests a minute), both in the memory of this process; the
 * answer tells the tighter one. What comes from a loopback address has none unless
 * DD_RATE_LOOPBACK says so: what runs on this machine is ours. Pages on the origins of
 * DD_CORS_ORIGINS may call the API, and their preflights are answered here, since they carry no
 * key.
 *
 * THREADS: the loop's thread.
 */
#ifndef GATEWAY_FRONT_H
#define GATEWAY_FRONT_H

#include "gateway/exchange.h"

struct front;

enum err front_new(struct gateway *g, struct front **out) MUST_CHECK;
void front_free(struct front **f);

/* After the head: fills address and https; may complete the exchange (limit, preflight). */
void front_head(struct exchange *ex);

/* After the principal is known. False: the exchange is complete, it asked too often. */
bool front_principal(struct exchange *ex);

#endif
