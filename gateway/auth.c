/*
 * auth.c - keys, sessions, one-time links, origins.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/auth.h"
#include "gateway/http.h"
#include "gateway/params.h"
#include "proto/json.h"
#include "services/daemon/link.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

enum { RELOAD_MS = 2000, MAX_KEY = 256 };

struct auth {
    struct gateway *gateway;
    struct link_keys *keys;   /* NULL: no usable key, nobody is let in */
    struct timespec key_time; /* of the key's file */
    uint64_t timer;
    char cookie_name[48];   /* dd_<role>_<port> */
    char cookie_prefix[32]; /* dd_<role>_ */
    char *accepted;         /* the key that was accepted last, in guarded memory */
    size_t accepted_n;      /* 0 = none */
    struct nonces used;     /* links that were taken */
    struct nonces ended;    /* sessions that were signed out */
};

/* ---- pure parts ---- */

static struct view trim(struct view v)
{
    while (v.n && (v.p[0] == ' ' || v.p[0] == '\t')) {
        v.p++;
        v.n--;
    }
    while (v.n && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
        v.n--;
    return v;
}

bool cookie_next(struct view header, uint32_t *at, struct view *name, struct view *value)
{
    while (*at < header.n) {
        const char *begin = header.p + *at;
        uint32_t left = header.n - *at;
        const char *semicolon = memchr(begin, ';', left);
        uint32_t n = semicolon ? (uint32_t)(semicolon - begin) : left;
        const char *equal = n ? memchr(begin, '=', n) : NULL;
        *at += n + 1;
        if (!equal)
            continue;
        *name = trim((struct view){begin, (uint32_t)(equal - begin)});
        *value = trim((struct view){equal + 1, n - (uint32_t)(equal - begin) - 1});
        return true;
    }
    return false;
}

bool origin_allowed(struct view sec_fetch_site, struct view origin, struct view host)
{
    if (sec_fetch_site.n)
        return view_is(sec_fetch_site, "same-origin") || view_is(sec_fetch_site, "none");
    uint32_t scheme = origin.n > 8 && memcmp(origin.p, "https://", 8) == 0  ? 8
                      : origin.n > 7 && memcmp(origin.p, "http://", 7) == 0 ? 7
                                                                            : 0;
    return scheme && host.n && origin.n - scheme == host.n &&
           strncasecmp(origin.p + scheme, host.p, host.n) == 0;
}

struct view bearer_of(struct view authorization)
{
    if (authorization.n < 8 || strncasecmp(authorization.p, "Bearer ", 7) != 0)
        return (struct view){0};
    return trim((struct view){authorization.p + 7, authorization.n - 7});
}

bool nonces_has(const struct nonces *set, const char *text, int64_t now)
{
    for (unsigned i = 0; i < MAX_NONCES; i++)
        if (set->rows[i].expires_at > now && strcmp(set->rows[i].text, text) == 0)
            return true;
    return false;
}

bool nonces_add(struct nonces *set, const char *text, int64_t expires_at, int64_t now)
{
    if (nonces_has(set, text, now))
        return false;
    for (unsigned i = 0; i < MAX_NONCES; i++) {
        if (set->rows[i].expires_at > now)
            continue;
        snprintf(set->rows[i].text, sizeof set->rows[i].text, "%s", text);
        set->rows[i].expires_at = expires_at;
        return true;
    }
    return false;
}

/* ---- state ---- */

/* The key's file may be written anew (ddctl key new): its time tells. */
static void load_key(struct auth *a)
{
    struct stat st;
    struct link_keys *keys = NULL;
    const char *file = a->gateway->process->conf->admin_key_file;
    if (stat(file, &st)) {
        if (a->keys || a->key_time.tv_sec >= 0)
            log_error("the administrator's key is missing", K("file", file));
        a->key_time.tv_sec = -1;
        a->accepted_n = 0;
        link_free(&a->keys);
        return;
    }
    if (st.st_mtim.tv_sec == a->key_time.tv_sec && st.st_mtim.tv_nsec == a->key_time.tv_nsec)
        return;
    a->key_time = st.st_mtim;
    if (link_open_key(file, &keys))
        return;
    link_free(&a->keys);
    a->keys = keys;
    a->accepted_n = 0;
}

static void on_timer(void *arg)
{
    struct auth *a = arg;
    load_key(a);
    a->timer = loop_after(a->gateway->process->loop, RELOAD_MS, on_timer, a);
}

enum err auth_new(struct gateway *g, struct auth **out)
{
    if (!g->conf.auth && !http_is_loopback(g->conf.listen)) {
        log_error("DD_AUTH=off works on a loopback address alone", K("listen", g->conf.listen));
        return ERR_CONFIG;
    }
    struct auth *a = calloc(1, sizeof *a);
    if (!a)
        return ERR_NO_MEMORY;
    a->gateway = g;
    snprintf(a->cookie_prefix, sizeof a->cookie_prefix, "dd_%s_", role_name(g->role));
    snprintf(a->cookie_name, sizeof a->cookie_name, "%s%lld", a->cookie_prefix,
             (long long)g->conf.port);
    a->accepted = sodium_malloc(MAX_KEY);
    if (!a->accepted) {
        free(a);
        return ERR_NO_MEMORY;
    }
    on_timer(a);
    *out = a;
    return ERR_OK;
}

void auth_free(struct auth **a)
{
    if (!*a)
        return;
    loop_cancel((*a)->gateway->process->loop, (*a)->timer);
    link_free(&(*a)->keys);
    sodium_free((*a)->accepted);
    free(*a);
    *a = NULL;
}

/* Each look at the key costs a keyed hash; the one that was right last time is compared as it is,
 * in constant time as well. */
static bool is_admin_key(struct auth *a, struct view v)
{
    if (v.n && v.n == a->accepted_n && sodium_memcmp(v.p, a->accepted, v.n) == 0)
        return true;
    if (!link_is_admin_key(a->keys, v))
        return false;
    if (v.n <= MAX_KEY) {
        memcpy(a->accepted, v.p, v.n);
        a->accepted_n = v.n;
    }
    return true;
}

static bool changes(const struct exchange *ex)
{
    return ex->method != GET && ex->method != HEAD;
}

/* The session that one of the cookies proves; name tells which. */
static bool find_session(struct auth *a, const struct exchange *ex, struct link_claim *claim,
                         struct view *cookie)
{
    struct view header = exchange_header(ex, "Cookie");
    struct view name, value;
    size_t prefix = strlen(a->cookie_prefix);
    int64_t now = loop_wall_ms();
    for (uint32_t at = 0; cookie_next(header, &at, &name, &value);) {
        if (name.n < prefix || memcmp(name.p, a->cookie_prefix, prefix) != 0)
            continue;
        if (session_verify(a->keys, value, now, claim) == ERR_OK &&
            strcmp(claim->role, role_name(a->gateway->role)) == 0 &&
            !nonces_has(&a->ended, claim->nonce, now)) {
            *cookie = name;
            return true;
        }
    }
    return false;
}

static bool same_origin(const struct exchange *ex)
{
    return origin_allowed(exchange_header(ex, "Sec-Fetch-Site"), exchange_header(ex, "Origin"),
                          exchange_header(ex, "Host"));
}

enum err auth_check(struct auth *a, struct exchange *ex)
{
    struct link_claim claim;
    struct view cookie;
    if (!a->gateway->conf.auth) {
        /* Other sites must not use an open door on loopback through somebody's browser. */
        struct view site = exchange_header(ex, "Sec-Fetch-Site");
        if (changes(ex) && (site.n || exchange_header(ex, "Origin").n) && !same_origin(ex))
            return ERR_ORIGIN;
        snprintf(ex->principal, sizeof ex->principal, "anybody");
        return ERR_OK;
    }
    if (!a->keys)
        return ERR_UNAUTHORIZED;
    struct view authorization = exchange_header(ex, "Authorization");
    if (authorization.n) {
        if (!is_admin_key(a, bearer_of(authorization)))
            return ERR_UNAUTHORIZED;
        snprintf(ex->principal, sizeof ex->principal, "admin");
        return ERR_OK;
    }
    if (!find_session(a, ex, &claim, &cookie))
        return ERR_UNAUTHORIZED;
    if (changes(ex) && !same_origin(ex))
        return ERR_ORIGIN;
    snprintf(ex->principal, sizeof ex->principal, "%s", claim.role);
    ex->session_until = claim.expires_at;
    return ERR_OK;
}

static void set_cookie(struct exchange *ex, struct view name, const char *value, int64_t max_age_s)
{
    struct view text = arena_printf(
        &ex->arena, "%.*s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s%c", (int)name.n,
        name.p, value, (long long)max_age_s, ex->https ? "; Secure" : "", 0);
    ex->answer.cookie = text.n ? text.p : NULL;
}

static void answer_session(struct exchange *ex, int status, int64_t until)
{
    struct session s = {.principal = view_of(ex->principal),
                        .role = view_of(role_name(ex->gateway->role))};
    if (until)
        PUT(&s, session, expires_at, until);
    if (json_encode(&SESSION, &s, &ex->out))
        exchange_fail_err(ex, ERR_NO_MEMORY);
    else
        exchange_json(ex, status);
}

/* NULL when token or key lets somebody in; else the sentence that says why not. */
static const char *refusal(struct auth *a, const struct session_start *start, int64_t now,
                           const char *role)
{
    struct link_claim claim;
    if (!start->token.n)
        return a->keys && link_is_admin_key(a->keys, start->key) ? NULL : "The key is not valid.";
    if (!a->keys || link_verify(a->keys, start->token, now, &claim) ||
        strcmp(claim.role, role) != 0)
        return "The link is not valid, or has expired.";
    if (!nonces_add(&a->used, claim.nonce, claim.expires_at, now))
        return "The link was used before.";
    return NULL;
}

void auth_session_start(struct exchange *ex)
{
    struct auth *a = ex->gateway->auth;
    struct remote_error why;
    char token[LINK_MAX_TOKEN];
    void *message = NULL;
    int64_t now = loop_wall_ms();
    const char *role = role_name(ex->gateway->role);
    if (params_read(&ex->match, ex->query, buf_view(&ex->in), &ex->arena, &message, &why)) {
        exchange_fail(ex, &why);
        return;
    }
    const struct session_start *start = message;
    struct view site = exchange_header(ex, "Sec-Fetch-Site");
    if ((site.n || exchange_header(ex, "Origin").n) && !same_origin(ex)) {
        exchange_fail_err(ex, ERR_ORIGIN);
        return;
    }
    const char *refused = refusal(a, start, now, role);
    if (refused) {
        exchange_fail_text(ex, ERR_UNAUTHORIZED, refused);
        return;
    }
    if (session_make(a->keys, role, now, SESSION_TTL_MS, token)) {
        exchange_fail_err(ex, ERR_INTERNAL);
        return;
    }
    log_info(start->token.n ? "signed in by a link" : "signed in by the key", K("role", role));
    set_cookie(ex, view_of(a->cookie_name), token, SESSION_TTL_MS / 1000);
    snprintf(ex->principal, sizeof ex->principal, "%s", role);
    answer_session(ex, ex->match.route->status, now + SESSION_TTL_MS);
}

void auth_session_get(struct exchange *ex)
{
    answer_session(ex, ex->match.route->status, ex->session_until);
}

void auth_session_end(struct exchange *ex)
{
    struct auth *a = ex->gateway->auth;
    struct link_claim claim;
    struct view cookie;
    if (a->keys && find_session(a, ex, &claim, &cookie)) {
        if (!same_origin(ex)) {
            exchange_fail_err(ex, ERR_ORIGIN);
            return;
        }
        if (!nonces_add(&a->ended, claim.nonce, claim.expires_at, loop_wall_ms()))
            log_warn("ended sessions are not remembered: the table is full");
        set_cookie(ex, cookie, "", 0);
        log_info("signed out", K("role", claim.role));
    }
    exchange_text(ex, ex->match.route->status, NULL, (struct view){0});
}
