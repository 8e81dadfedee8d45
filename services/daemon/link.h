/*
 * link.h - sign-in links and session cookies, signed with keys that derive from the admin key.
 *
 * FORMAT: token = base64url(text) "." base64url(HMAC-SHA256(key, text)), no padding;
 * text = "<expires_at in ms>.<nonce, 32 hex digits>.<role>". The key of links is
 * HMAC-SHA256(admin key, "dealer-dashboard link v1"), that of sessions the same with "session v1".
 * The admin key is the text of its file without white space at the end; it is at least 32
 * characters.
 *
 * A link is printed by `ddctl link ROLE` as http://host:port/#/start?token=..., works once and for
 * ten minutes. "Once" is the gateway's: it remembers the nonce until the link expires. The page
 * posts the token and gets a session cookie, which carries its own proof: any gateway of the same
 * role accepts it, also after a restart.
 *
 * OWNERSHIP: link_keys are in locked memory and borrowed by every call. THREADS: any, read only.
 */
#ifndef DAEMON_LINK_H
#define DAEMON_LINK_H

#include "proto/errors.h"
#include "proto/schema.h"

enum {
    LINK_MAX_TOKEN = 160,         /* with the final NUL */
    LINK_TTL_MS = 10 * 60 * 1000, /* of a printed link */
    SESSION_TTL_MS = 12 * 3600 * 1000,
};

struct link_keys;

struct link_claim {
    int64_t expires_at; /* wall clock, ms */
    char nonce[33];     /* hex; tells two tokens apart */
    char role[16];      /* "analytics" or "admin" */
};

/* Reads the admin key's file; ERR_CONFIG (logged) when there is none that can be used. */
enum err link_open_key(const char *admin_key_file, struct link_keys **out) MUST_CHECK;
void link_free(struct link_keys **k);

/* True if v is the admin key itself (Authorization: Bearer); takes the same time either way. */
bool link_is_admin_key(const struct link_keys *k, struct view v);

/* now_ms is the wall clock. */
enum err link_make(const struct link_keys *k, const char *role, int64_t now_ms, int64_t ttl_ms,
                   char out[LINK_MAX_TOKEN]) MUST_CHECK;
/* ERR_UNAUTHORIZED: forged, malformed or expired. The caller checks the role. */
enum err link_verify(const struct link_keys *k, struct view token, int64_t now_ms,
                     struct link_claim *out) MUST_CHECK;

enum err session_make(const struct link_keys *k, const char *role, int64_t now_ms, int64_t ttl_ms,
                      char out[LINK_MAX_TOKEN]) MUST_CHECK;
enum err session_verify(const struct link_keys *k, struct view token, int64_t now_ms,
                        struct link_claim *out) MUST_CHECK;

#endif
