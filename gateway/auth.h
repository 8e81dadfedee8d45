/*
 * auth.h - who makes a request: a key, or a session of the pages.
 *
 * DESIGN: `Authorization: Bearer <key>` for programs, a cookie (HttpOnly, SameSite=Strict) for the
 * pages. The account service says once whose a key or session is; the answer is remembered for a
 * minute, and each second the gateway asks what it has to forget. While the account service is
 * away, what was checked before may still read for five minutes; what changes something is refused.
 * The administrator's key is a file and works without the account service. A changing request with
 * a cookie must come from a page of the same origin. DD_AUTH=off lets everybody in, and is refused
 * unless only loopback is listened on.
 *
 * The name of a cookie ends in the port, since a host's cookies know no port and would replace each
 * other; any cookie of the role that counts is taken.
 *
 * THREADS: the loop's.
 */
#ifndef GATEWAY_AUTH_H
#define GATEWAY_AUTH_H

#include "gateway/exchange.h"

struct auth;

enum err auth_new(struct gateway *g, struct auth **out) MUST_CHECK;
void auth_free(struct auth **a);

/* Finds out who asks and calls fn, now or when the account service has answered: ERR_OK, and the
 * exchange's principal, role and dealers are set; ERR_UNAUTHORIZED, ERR_ORIGIN, ERR_NO_SERVICE. */
typedef void admit_fn(struct exchange *ex, enum err e);
void auth_admit(struct auth *a, struct exchange *ex, admit_fn *fn);

/* May a request that signs in or out come from where it comes from? */
bool auth_same_origin(const struct exchange *ex);

/* The session cookie of the request, if it has one: value, its name; false: none. */
bool auth_cookie(struct auth *a, const struct exchange *ex, struct view *name, struct view *value);
const char *auth_cookie_name(const struct auth *a);

/* A session is over here, before anybody else says so. */
void auth_forget(struct auth *a, struct view token);

/* SHA-256, as the account service knows sessions and keys. */
void auth_hash(struct view token, unsigned char out[32]);

#endif
