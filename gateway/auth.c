/*
 * auth.c - keys and sessions: who asks. See auth.h.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/auth.h"
#include "gateway/address.h"
#include "gateway/fields.h"
#include "gateway/http.h"
#include "gateway/live.h"
#include "gateway/principals.h"
#include "services/daemon/link.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    RELOAD_MS = 2000,        /* looks at the administrator's key */
    NEWS_MS = 1000,          /* asks what to forget */
    NEWS_FIRST_MS = 100,     /* until it was told for the first time */
    NEWS_TIMEOUT_MS = 1000,  /* so that a revocation is known within two seconds */
    CHECKED_MS = 60000,      /* how long an answer counts while the account service is there */
    ALONE_MS = 5 * 60000,    /* how long what was checked may read while it is away */
    CHECK_TIMEOUT_MS = 2500, /* of one check */
    MAX_KEY = 256,
    NEWS_BYTES = 256 * 1024,
};

/* Who comes with the administrator's key. */
static const char admin_key[] = "admin-key";

struct auth {
    struct gateway *gateway;
    struct link_keys *keys;   /* NULL: the administrator's key is not usable */
    struct timespec key_time; /* of its file */
    uint64_t key_timer;
    uint64_t news_timer;
    char cookie_name[48];          /* dd_<role>_<port> */
    char cookie_prefix[32];        /* dd_<role>_ */
    char *accepted;                /* the admin key as it was accepted last, in guarded memory */
    size_t accepted_n;             /* 0 = none */
    struct principals *principals; /* what was checked */
    int64_t seq;                   /* the last change that is known; -1 = none */
    int64_t asked;                 /* monotonic: for the news that are on their way */
    int64_t heard;                 /* when those were asked for that came last; 0 = never */
    struct arena arena;            /* of the news */
};

/* A request that waits for the account service; in the exchange's arena. */
struct admission {
    struct auth *auth;
    admit_fn *fn;
    const char *kind;
    int64_t seq; /* the last change that was known when it asked */
    unsigned char hash[PRINCIPAL_HASH];
};

/* ---- the administrator's key ---- */

/* Whoever came with it comes again with the one that is right now. */
static void forget_key(struct auth *a)
{
    if (a->keys && a->gateway->live)
        live_end_of(a->gateway->live, view_of(admin_key));
    a->accepted_n = 0;
    link_free(&a->keys);
}

/* Its file may be written anew (ddctl key new): its time tells. */
static void load_key(struct auth *a)
{
    struct stat st;
    struct link_keys *keys = NULL;
    const char *file = a->gateway->process->conf->admin_key_file;
    if (stat(file, &st)) {
        if (a->keys || a->key_time.tv_sec >= 0)
            log_error("the administrator's key is missing", K("file", file));
        a->key_time.tv_sec = -1;
        forget_key(a);
        return;
    }
    if (st.st_mtim.tv_sec == a->key_time.tv_sec && st.st_mtim.tv_nsec == a->key_time.tv_nsec)
        return;
    a->key_time = st.st_mtim;
    if (link_open_key(file, &keys))
        return;
    forget_key(a);
    a->keys = keys;
}

static void on_key_timer(void *arg)
{
    struct auth *a = arg;
    load_key(a);
    a->key_timer = loop_after(a->gateway->process->loop, RELOAD_MS, on_key_timer, a);
}

/* Each look at the key costs a keyed hash; the one that was right last time is compared as it is,
 * in constant time as well. */
static bool is_admin_key(struct auth *a, struct view v)
{
    if (!a->keys)
        return false;
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

/* ---- news: what to forget ---- */

static void take_news(struct auth *a, const struct account_news *news)
{
    struct live *live = a->gateway->live; /* NULL while the gateway starts */
    if (HAS(news, account_news, all) && news->all) {
        principals_forget_all(a->principals);
        if (live)
            live_end_but_of(live, view_of(admin_key)); /* its own file tells of that one */
    }
    for (uint32_t i = 0; i < news->items.n; i++) {
        const struct account_change *c = LIST_AT(struct account_change, &news->items, i);
        principals_forget_changed(a->principals, c->kind, c->target);
        if (live)
            live_end_of(live, c->target);
    }
    a->seq = news->seq;
    a->heard = a->asked;
}

static void on_news_timer(void *arg);

static void on_news(void *arg, const struct reply *reply)
{
    struct auth *a = arg;
    struct account_news news;
    struct fault f;
    arena_reset(&a->arena);
    if (reply->err == ERR_OK && reply_decode(reply, &a->arena, &news, &f) == ERR_OK)
        take_news(a, &news);
    a->news_timer =
        loop_after(a->gateway->process->loop, a->heard ? NEWS_MS : NEWS_FIRST_MS, on_news_timer, a);
}

static void on_news_timer(void *arg)
{
    struct auth *a = arg;
    struct account_changes m = {0};
    if (a->seq >= 0)
        PUT(&m, account_changes, since, a->seq);
    a->news_timer = 0;
    a->asked = loop_now_ms();
    if (!client_call(a->gateway->clients[SERVICE_ACCOUNT], &ACCOUNT_CHANGES, &m, NULL,
                     NEWS_TIMEOUT_MS, on_news, a))
        a->news_timer = loop_after(a->gateway->process->loop, NEWS_MS, on_news_timer, a);
}

/* Is the account service there? A revocation that it told is known by now. */
static bool in_touch(const struct auth *a)
{
    return a->heard && loop_now_ms() - a->heard <= NEWS_MS + NEWS_TIMEOUT_MS;
}

/* ---- state ---- */

enum err auth_new(struct gateway *g, struct auth **out)
{
    if (!g->conf.auth && !http_is_loopback(g->conf.listen)) {
        log_error("DD_AUTH=off works on a loopback address alone", K("listen", g->conf.listen));
        return ERR_CONFIG;
    }
    if (sodium_init() < 0)
        return ERR_INTERNAL;
    struct auth *a = calloc(1, sizeof *a);
    if (!a)
        return ERR_NO_MEMORY;
    a->gateway = g;
    a->seq = -1;
    arena_init(&a->arena, NEWS_BYTES);
    snprintf(a->cookie_prefix, sizeof a->cookie_prefix, "dd_%s_", role_name(g->role));
    snprintf(a->cookie_name, sizeof a->cookie_name, "%s%lld", a->cookie_prefix,
             (long long)g->conf.port);
    a->principals = principals_new();
    a->accepted = sodium_malloc(MAX_KEY);
    if (!a->accepted || !a->principals) {
        auth_free(&a);
        return ERR_NO_MEMORY;
    }
    on_key_timer(a);
    if (g->conf.auth)
        on_news_timer(a);
    *out = a;
    return ERR_OK;
}

void auth_free(struct auth **a)
{
    if (!*a)
        return;
    loop_cancel((*a)->gateway->process->loop, (*a)->key_timer);
    loop_cancel((*a)->gateway->process->loop, (*a)->news_timer);
    link_free(&(*a)->keys);
    principals_free(&(*a)->principals);
    arena_free(&(*a)->arena);
    sodium_free((*a)->accepted);
    free(*a);
    *a = NULL;
}

const char *auth_cookie_name(const struct auth *a)
{
    return a->cookie_name;
}

bool auth_cookie(struct auth *a, const struct exchange *ex, struct view *name, struct view *value)
{
    struct view header = exchange_header(ex, "Cookie");
    size_t prefix = strlen(a->cookie_prefix);
    bool found = false;
    struct view n, v;
    for (uint32_t at = 0; cookie_next(header, &at, &n, &v);) {
        unsigned char hash[PRINCIPAL_HASH];
        if (n.n < prefix || memcmp(n.p, a->cookie_prefix, prefix) != 0 || v.n == 0)
            continue;
        auth_hash(v, hash);
        bool known = principals_find(a->principals, hash) != NULL;
        /* One that is known to count, else that of this port, else any. */
        if (!found || known || view_is(n, a->cookie_name)) {
            *name = n;
            *value = v;
            found = true;
        }
        if (known)
            break;
    }
    return found;
}

bool auth_same_origin(const struct exchange *ex)
{
    struct view site = exchange_header(ex, "Sec-Fetch-Site");
    struct view origin = exchange_header(ex, "Origin");
    if (!site.n && !origin.n)
        return true; /* no browser */
    return origin_allowed(site, origin, exchange_header(ex, "Host"));
}

void auth_hash(struct view token, unsigned char out[32])
{
    crypto_hash_sha256(out, (const unsigned char *)token.p, token.n);
}

void auth_forget(struct auth *a, struct view token)
{
    unsigned char hash[PRINCIPAL_HASH];
    auth_hash(token, hash);
    principals_forget(a->principals, hash);
}

/* ---- admission ---- */

static bool changes(const struct exchange *ex)
{
    return ex->method != GET && ex->method != HEAD;
}

/* The dealers are copied: the table's row may go before the request ends. */
static enum err let_in(struct exchange *ex, const struct principal *p)
{
    snprintf(ex->principal, sizeof ex->principal, "%s", p->name);
    snprintf(ex->role, sizeof ex->role, "%s", p->role);
    snprintf(ex->owner, sizeof ex->owner, "%s", p->owner);
    snprintf(ex->session, sizeof ex->session, "%s", p->session);
    ex->until = p->until;
    ex->has_password = p->has_password;
    ex->limited = p->limited;
    ex->dealers = (struct list){0};
    if (!p->limited || p->dealers.n == 0)
        return ERR_OK;
    ex->dealers.items = arena_take(&ex->arena, p->dealers.n * sizeof(struct view));
    for (uint32_t i = 0; ex->dealers.items && i < p->dealers.n; i++) {
        struct view *v = LIST_AT(struct view, &ex->dealers, i);
        *v = arena_copy(&ex->arena, *LIST_AT(struct view, &p->dealers, i));
        if (!v->p)
            return ERR_NO_MEMORY;
        ex->dealers.n = i + 1;
    }
    return ex->dealers.items ? ERR_OK : ERR_NO_MEMORY;
}

static bool is_over(const struct principal *p)
{
    return p->until && p->until <= loop_wall_ms();
}

/* What was checked before, while nobody can be asked. */
static enum err let_in_alone(struct auth *a, struct exchange *ex, const struct principal *p)
{
    int64_t now = loop_now_ms();
    bool recent =
        p && !is_over(p) && now - p->checked <= ALONE_MS && a->heard && now - a->heard <= ALONE_MS;
    return recent && !changes(ex) ? let_in(ex, p) : ERR_NO_SERVICE;
}

static void ask(struct auth *a, struct exchange *ex, const unsigned char hash[PRINCIPAL_HASH],
                const char *kind, admit_fn *fn);

static void on_checked(void *arg, const struct reply *reply)
{
    struct exchange *ex = arg;
    struct admission *d = ex->admission;
    struct auth *a = d->auth;
    struct identity identity;
    struct fault f;
    enum err e = reply->err;
    ex->call = 0;
    if (e == ERR_OK)
        e = reply_decode(reply, &ex->arena, &identity, &f);
    if (e == ERR_OK && a->seq != d->seq) {
        /* Another account process may have told of a change that this answer does not know. */
        ask(a, ex, d->hash, d->kind, d->fn);
        return;
    }
    if (e == ERR_OK) {
        const struct principal *p =
            principals_keep(a->principals, d->hash, &identity, loop_now_ms());
        e = p ? let_in(ex, p) : ERR_NO_MEMORY;
    } else if (e == ERR_UNAUTHORIZED) {
        principals_forget(a->principals, d->hash);
    } else {
        e = let_in_alone(a, ex, principals_find(a->principals, d->hash));
    }
    d->fn(ex, e);
}

static void ask(struct auth *a, struct exchange *ex, const unsigned char hash[PRINCIPAL_HASH],
                const char *kind, admit_fn *fn)
{
    struct account_check m = {.kind = view_of(kind)};
    struct context ctx = {0};
    struct admission *d = arena_take(&ex->arena, sizeof *d);
    if (!d) {
        fn(ex, ERR_NO_MEMORY);
        return;
    }
    *d = (struct admission){.auth = a, .fn = fn, .kind = kind, .seq = a->seq};
    memcpy(d->hash, hash, sizeof d->hash);
    m.hash = (struct view){(const char *)d->hash, sizeof d->hash};
    PUT(&ctx, context, request_id, view_of(ex->request_id));
    PUT(&ctx, context, role, view_of("service"));
    ex->admission = d;
    ex->client = a->gateway->clients[SERVICE_ACCOUNT];
    ex->call = client_call(ex->client, &ACCOUNT_CHECK, &m, &ctx, CHECK_TIMEOUT_MS, on_checked, ex);
    if (!ex->call)
        fn(ex, ERR_BUSY);
}

/* Whom a session or key belongs to: from memory, else by asking. */
static void look_up(struct auth *a, struct exchange *ex, struct view token, const char *kind,
                    admit_fn *fn)
{
    unsigned char hash[PRINCIPAL_HASH];
    auth_hash(token, hash);
    const struct principal *p = principals_find(a->principals, hash);
    bool over = p && is_over(p);
    if (p && !over && in_touch(a) && loop_now_ms() - p->checked <= CHECKED_MS)
        fn(ex, let_in(ex, p));
    else if (p && !over && !in_touch(a) && !changes(ex))
        fn(ex, let_in_alone(a, ex, p));
    else
        ask(a, ex, hash, kind, fn);
}

static void admit_anybody(struct exchange *ex, admit_fn *fn)
{
    struct view host = exchange_header(ex, "Host");
    /* Other sites must not use an open door on loopback through somebody's browser, not even one
     * whose name was made to mean this machine. */
    if ((changes(ex) && !auth_same_origin(ex)) || (host.n && !host_is_loopback(host))) {
        fn(ex, ERR_ORIGIN);
        return;
    }
    snprintf(ex->principal, sizeof ex->principal, "anybody");
    snprintf(ex->role, sizeof ex->role, "admin");
    fn(ex, ERR_OK);
}

static void admit_bearer(struct auth *a, struct exchange *ex, struct view authorization,
                         admit_fn *fn)
{
    struct view key = bearer_of(authorization);
    if (is_admin_key(a, key)) {
        snprintf(ex->principal, sizeof ex->principal, "%s", admin_key);
        snprintf(ex->role, sizeof ex->role, "admin");
        snprintf(ex->owner, sizeof ex->owner, "%s", admin_key);
        fn(ex, ERR_OK);
    } else if (key.n > 3 && memcmp(key.p, "dk_", 3) == 0 && key.n <= MAX_KEY) {
        look_up(a, ex, key, "key", fn);
    } else {
        fn(ex, ERR_UNAUTHORIZED);
    }
}

void auth_admit(struct auth *a, struct exchange *ex, admit_fn *fn)
{
    struct view authorization = exchange_header(ex, "Authorization");
    struct view name, token;
    if (!a->gateway->conf.auth)
        admit_anybody(ex, fn);
    else if (authorization.n)
        admit_bearer(a, ex, authorization, fn);
    else if (!auth_cookie(a, ex, &name, &token) || token.n > MAX_KEY)
        fn(ex, ERR_UNAUTHORIZED);
    else if (changes(ex) &&
             !origin_allowed(exchange_header(ex, "Sec-Fetch-Site"), exchange_header(ex, "Origin"),
                             exchange_header(ex, "Host")))
        fn(ex, ERR_ORIGIN);
    else
        look_up(a, ex, token, "session", fn);
}
