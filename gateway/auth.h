/*
 * auth.h - who makes a request: the administrator's key, or a session cookie.
 *
 * DESIGN: `Authorization: Bearer <key>` for programs. The pages start from a one-time link: they
 * post its token and get a cookie (HttpOnly, SameSite=Strict) that carries its own proof, so a
 * restart ends no session. The gateway remembers used links and ended sessions in a bounded table
 * until they would expire by themselves. A changing request with a cookie must come from a page of
 * the same origin. DD_AUTH=off lets everybody in, and is refused unless only loopback is listened
 * on. The name of a cookie ends in the port, since a host's cookies know no port and would replace
 * each other; any cookie of the role that proves itself is taken.
 */
#ifndef GATEWAY_AUTH_H
#define GATEWAY_AUTH_H

#include "gateway/exchange.h"

struct auth;

enum err auth_new(struct gateway *g, struct auth **out) MUST_CHECK;
void auth_free(struct auth **a);

/* Fills the exchange's principal, or says why not: ERR_UNAUTHORIZED, ERR_ORIGIN. */
enum err auth_check(struct auth *a, struct exchange *ex) MUST_CHECK;

/* ---- local handlers ---- */
void auth_session_start(struct exchange *ex);
void auth_session_get(struct exchange *ex);
void auth_session_end(struct exchange *ex);

/* ---- pure parts, for tests ---- */

/* Walks `a=1; b=2`: the next pair at or after *at; false at the end. */
bool cookie_next(struct view header, uint32_t *at, struct view *name, struct view *value);

/* May a request with these headers change something on behalf of a cookie? Empty = absent. */
bool origin_allowed(struct view sec_fetch_site, struct view origin, struct view host);

/* The credentials of `Bearer x`; an empty view for any other scheme. */
struct view bearer_of(struct view authorization);

/* A bounded set of nonces that forgets each when it expires. */
enum { NONCE_SIZE = 33, MAX_NONCES = 4096 };
struct nonce {
    char text[NONCE_SIZE];
    int64_t expires_at; /* wall ms; 0 = place is free */
};
struct nonces {
    struct nonce rows[MAX_NONCES];
};
/* False if it is in the set already, or the set is full of living ones. */
bool nonces_add(struct nonces *set, const char *text, int64_t expires_at, int64_t now);
bool nonces_has(const struct nonces *set, const char *text, int64_t now);

#endif
