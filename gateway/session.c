/*
 * session.c - signing in and out: see session.h.
 *
 * THREADS: the loop's.
 */
#include "gateway/session.h"
#include "gateway/auth.h"
#include "gateway/params.h"
#include "proto/json.h"

#include <string.h>

enum { ACCOUNT_MS = 8000 };

static void set_cookie(struct exchange *ex, struct view name, struct view value, int64_t max_age_s)
{
    struct view text =
        arena_printf(&ex->arena, "%.*s=%.*s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s%c",
                     (int)name.n, name.p, (int)value.n, value.n ? value.p : "",
                     (long long)max_age_s, ex->https ? "; Secure" : "", 0);
    ex->answer.cookie = text.n ? text.p : NULL;
}

static void answer(struct exchange *ex, int status, const struct session *s)
{
    if (json_encode(&SESSION, s, &ex->out))
        exchange_fail_err(ex, ERR_NO_MEMORY);
    else
        exchange_json(ex, status);
}

static void fail_reply(struct exchange *ex, const struct reply *reply)
{
    if (reply->error)
        exchange_fail(ex, reply->error);
    else
        exchange_fail_err(ex, reply->err);
}

static void on_opened(void *arg, const struct reply *reply)
{
    struct exchange *ex = arg;
    struct session_opened opened;
    struct fault f;
    ex->call = 0;
    if (reply->err) {
        fail_reply(ex, reply);
        return;
    }
    if (reply_decode(reply, &ex->arena, &opened, &f) != ERR_OK) {
        exchange_fail_err(ex, ERR_INTERNAL);
        return;
    }
    const struct identity *who = &opened.identity;
    struct session s = {.principal = who->principal, .role = who->role};
    PUT(&s, session, expires_at, who->expires_at);
    if (HAS(who, identity, name) && who->name.n)
        PUT(&s, session, name, who->name);
    if (HAS(who, identity, dealers))
        PUT(&s, session, dealers, who->dealers);
    PUT(&s, session, has_password, HAS(who, identity, has_password) && who->has_password);
    set_cookie(ex, view_of(auth_cookie_name(ex->gateway->auth)), opened.token,
               (who->expires_at - loop_wall_ms()) / 1000);
    answer(ex, ex->match.route->status, &s);
}

void session_start(struct exchange *ex)
{
    struct remote_error why;
    struct context ctx = {0};
    void *message = NULL;
    if (params_read(&ex->match, ex->query, buf_view(&ex->in), &ex->arena, &message, &why)) {
        exchange_fail(ex, &why);
        return;
    }
    const struct session_start *start = message;
    if (!auth_same_origin(ex)) {
        exchange_fail_err(ex, ERR_ORIGIN);
        return;
    }
    struct session_open m = {.page = view_of(role_name(ex->gateway->role))};
    if (HAS(start, session_start, login))
        PUT(&m, session_open, login, start->login);
    if (HAS(start, session_start, password))
        PUT(&m, session_open, password, start->password);
    if (HAS(start, session_start, token))
        PUT(&m, session_open, token, start->token);
    if (HAS(start, session_start, key))
        PUT(&m, session_open, key, start->key);
    /* It is the gateway that asks: nobody is signed in yet. */
    PUT(&ctx, context, request_id, view_of(ex->request_id));
    PUT(&ctx, context, role, view_of("service"));
    PUT(&ctx, context, address, view_of(ex->address));
    ex->client = ex->gateway->clients[SERVICE_ACCOUNT];
    ex->call = client_call(ex->client, &SESSION_OPEN, &m, &ctx, ACCOUNT_MS, on_opened, ex);
    if (!ex->call)
        exchange_fail_err(ex, ERR_BUSY);
}

void session_get(struct exchange *ex)
{
    struct session s = {.principal = view_of(ex->principal), .role = view_of(ex->role)};
    if (ex->session[0]) {
        PUT(&s, session, expires_at, ex->until);
        PUT(&s, session, has_password, ex->has_password);
    }
    if (ex->limited)
        PUT(&s, session, dealers, ex->dealers);
    answer(ex, ex->match.route->status, &s);
}

static void on_closed(void *arg, const struct reply *reply)
{
    struct exchange *ex = arg;
    ex->call = 0;
    if (reply->err)
        fail_reply(ex, reply);
    else
        exchange_text(ex, ex->match.route->status, NULL, (struct view){0});
}

void session_end(struct exchange *ex)
{
    struct auth *a = ex->gateway->auth;
    struct session_close m = {0};
    struct context ctx = {0};
    struct view name, token;
    unsigned char hash[32];
    if (!auth_cookie(a, ex, &name, &token)) {
        exchange_text(ex, ex->match.route->status, NULL, (struct view){0});
        return;
    }
    if (!auth_same_origin(ex)) {
        exchange_fail_err(ex, ERR_ORIGIN);
        return;
    }
    auth_hash(token, hash);
    auth_forget(a, token);
    m.hash = (struct view){(const char *)hash, sizeof hash};
    PUT(&ctx, context, request_id, view_of(ex->request_id));
    PUT(&ctx, context, role, view_of("service"));
    PUT(&ctx, context, address, view_of(ex->address));
    set_cookie(ex, name, (struct view){0}, 0);
    ex->client = ex->gateway->clients[SERVICE_ACCOUNT];
    ex->call = client_call(ex->client, &SESSION_CLOSE, &m, &ctx, ACCOUNT_MS, on_closed, ex);
    if (!ex->call)
        exchange_fail_err(ex, ERR_BUSY);
}
