/*
 * dispatch.c - from a complete request to its answer.
 *
 * DESIGN: a route of the tables needs no code here: the message is made by its descriptor, sent,
 * and the reply written as JSON. The few things that the gateway answers by itself are in the table
 * at the end. Nothing here knows a path.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/dispatch.h"
#include "gateway/assets.h"
#include "gateway/auth.h"
#include "gateway/export.h"
#include "gateway/front.h"
#include "gateway/health.h"
#include "gateway/live.h"
#include "gateway/metrics.h"
#include "gateway/pages.h"
#include "gateway/params.h"
#include "gateway/problem.h"
#include "gateway/session.h"
#include "gateway/transcode.h"
#include "gateway/workbooks.h"
#include "proto/access.h"
#include "proto/json.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A browser's address line and a filter of some hundred dealers find place in it. */
enum { MAX_TARGET_BYTES = 8000 };

typedef void local_fn(struct exchange *ex);

static local_fn *const locals[LOCAL_HANDLERS];

/* ---- before the body ---- */

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                 size_t name_n, const char *value, size_t value_n)
{
    struct exchange *ex = cls;
    (void)kind;
    strict_header(&ex->strict, name, name_n, value ? value : "", value ? value_n : 0);
    return MHD_YES;
}

/* The caller's id if it is plain, else one of our own: random at start, then counting. */
static void set_request_id(struct exchange *ex)
{
    static uint64_t start, count;
    struct view given = exchange_header(ex, "X-Request-Id");
    if (given.n && given.n < REQUEST_ID_SIZE && strict_token(given.p, given.n)) {
        memcpy(ex->request_id, given.p, given.n);
        ex->request_id[given.n] = 0;
        return;
    }
    if (!start)
        randombytes_buf(&start, sizeof start);
    snprintf(ex->request_id, sizeof ex->request_id, "%08" PRIx64 "-%" PRIx64, start & 0xffffffff,
             ++count);
}

static void refuse(struct exchange *ex, enum err e, const char *text)
{
    ex->answer.close = true;
    exchange_fail_text(ex, e, text);
}

void dispatch_head(struct exchange *ex, const char *version, const char *end)
{
    bool http11 = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
    set_request_id(ex);
    MHD_get_connection_values_n(ex->connection, MHD_HEADER_KIND, on_header, ex);
    strict_head_end(&ex->strict, end);
    const char *wrong = strict_verdict(&ex->strict, http11);
    if (!http11 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0)
        wrong = "The versions are HTTP/1.0 and HTTP/1.1.";
    /* Where chunks end is told in lines that the library reads more kindly than others do: what
     * stands behind them is never taken for a request. */
    ex->answer.close = ex->strict.encodings > 0;
    if (!wrong && (!ex->target || !strict_target(ex->target)))
        wrong = "The request target is not usable.";
    if (wrong)
        refuse(ex, ERR_BAD_REQUEST, wrong);
    else if (ex->path.n + ex->query.n > MAX_TARGET_BYTES)
        refuse(ex, ERR_TARGET_TOO_LONG, err_text(ERR_TARGET_TOO_LONG));
    else if (ex->strict.content_length > MAX_BODY_BYTES)
        refuse(ex, ERR_BODY_TOO_LARGE, err_text(ERR_BODY_TOO_LARGE));
    else
        front_head(ex);
    /* From here on it counts what really comes. */
    ex->strict.content_length = 0;
}

/* ---- answers of services ---- */

/* A record that has an etag of its own says it on every answer, since a change may name it by
 * If-Match; other answers of a route with ETag have their content's hash. */
static void add_etag(struct exchange *ex, const struct reply *reply)
{
    static const unsigned char key[crypto_shorthash_KEYBYTES] = "dealer-dashboar";
    const struct route *r = ex->match.route;
    uint64_t hash;
    struct view own;
    if (page_text(reply->desc, reply->body, "etag", &own) && own.n + 3 <= sizeof ex->answer.etag) {
        snprintf(ex->answer.etag, sizeof ex->answer.etag, "\"%.*s\"", (int)own.n, own.p);
    } else if (r->etag) {
        crypto_shorthash((unsigned char *)&hash, (const unsigned char *)ex->out.p, ex->out.n, key);
        snprintf(ex->answer.etag, sizeof ex->answer.etag, "\"%016" PRIx64 "\"", hash);
    }
    if (r->etag)
        ex->answer.cache = "private, no-cache";
}

static bool client_has(const struct exchange *ex)
{
    struct view known = exchange_header(ex, "If-None-Match");
    if (!known.n)
        return false;
    return view_is(known, "*") ||
           memmem(known.p, known.n, ex->answer.etag, strlen(ex->answer.etag)) != NULL;
}

/* A service marks an answer that a key has brought before by its field `replayed`. */
static bool was_replayed(const struct desc *d, const void *record)
{
    const struct field_desc *f = desc_field(d, view_of("replayed"));
    return f && f->type == F_BOOL && field_present(d, f, record) &&
           *((const bool *)record + f->offset);
}

/* The reply by way of a struct, which old shapes and Location need. */
static enum err write_record(struct exchange *ex, const struct reply *reply)
{
    const struct route *r = ex->match.route;
    struct fault f;
    f.field[0] = 0;
    void *record = arena_take(&ex->arena, reply->desc->size);
    enum err e = record ? reply_decode(reply, &ex->arena, record, &f) : ERR_NO_MEMORY;
    if (!e)
        ex->answer.replayed = was_replayed(reply->desc, record);
    if (!e && r->shape)
        e = compat_write(r->shape, r->each, reply->desc, record, &ex->out);
    else if (!e)
        e = json_encode(reply->desc, record, &ex->out);
    if (!e && *r->location) {
        struct buf b;
        buf_init(&b, 512);
        e = template_fill(r->location, reply->desc, record, &b);
        struct view text = arena_printf(&ex->arena, "%.*s%c", (int)b.n, b.p ? b.p : "", 0);
        ex->answer.location = text.n ? text.p : NULL;
        buf_free(&b);
    }
    if (e)
        log_debug("field of an answer", K("field", f.field), K("req", ex->request_id));
    return e;
}

static enum err write_reply(struct exchange *ex, const struct reply *reply)
{
    const struct route *r = ex->match.route;
    enum err e =
        r->direct ? transcode(reply->desc, reply->body, &ex->out) : write_record(ex, reply);
    if (e)
        log_error("answer of a service cannot be written", K("message", r->msg->name),
                  K("err", err_code(e)));
    return e;
}

/* The service's error, in the words of the route. */
static void fail_as_told(struct exchange *ex, const struct remote_error *told)
{
    struct remote_error e = *told;
    const struct route *r = ex->match.route;
    for (unsigned i = 0; r->old && i < e.n_fields; i++)
        e.fields[i].field = compat_old_name(r->input, r->msg, e.fields[i].field);
    exchange_fail(ex, &e);
}

static void on_reply(void *arg, const struct reply *reply)
{
    struct exchange *ex = arg;
    const struct route *r = ex->match.route;
    ex->call = 0;
    ex->bus_us = loop_now_us() - ex->sent_us;
    if (reply->err) {
        if (reply->error)
            fail_as_told(ex, reply->error);
        else
            exchange_fail_err(ex, reply->err);
        return;
    }
    if (write_reply(ex, reply)) {
        exchange_fail_err(ex, ERR_INTERNAL);
        return;
    }
    struct view next;
    if (page_items(r) && page_next(reply->desc, reply->body, &next))
        ex->answer.link = page_link(ex->query, next, &ex->arena);
    add_etag(ex, reply);
    if (r->etag && client_has(ex)) {
        exchange_text(ex, 304, NULL, (struct view){0});
        return;
    }
    exchange_json(ex, r->status);
}

/* Does the fault lie in a part of the path? Then, for old clients, there is no such thing. */
static bool in_path(const struct exchange *ex, const struct remote_error *why)
{
    for (unsigned i = 0; i < ex->match.n_params; i++)
        for (unsigned k = 0; k < why->n_fields; k++)
            if (why->fields[k].field.n == ex->match.params[i].name.n &&
                memcmp(why->fields[k].field.p, ex->match.params[i].name.p,
                       ex->match.params[i].name.n) == 0)
                return true;
    return false;
}

/* The service's words for what the request lacks. */
static void fail_request(struct exchange *ex, const struct remote_error *why)
{
    if (ex->match.route->old && in_path(ex, why))
        exchange_fail_err(ex, ERR_NOT_FOUND);
    else
        exchange_fail(ex, why);
}

/* False: the principal may not ask this, and the exchange has failed. */
static bool may(struct exchange *ex, const void *message)
{
    struct context ctx;
    struct fault f = {0};
    struct remote_error why = {0};
    exchange_context(ex, &ctx);
    enum err e = access_check(&ctx, ex->match.route->msg, message, &f);
    if (!e)
        return true;
    error_from_code(e, &why);
    why.text = view_of(f.text);
    if (f.field[0]) {
        why.fields[0] = remote_field_of(&f);
        why.n_fields = 1;
    }
    fail_request(ex, &why);
    return false;
}

static void forward(struct exchange *ex)
{
    struct remote_error why = {0};
    enum page_form form;
    void *message = NULL;
    enum err e =
        page_form(ex->match.route, exchange_header(ex, "Accept"), &ex->query, &ex->arena, &form);
    if (e) {
        error_from_code(e, &why);
        why.text = view_of(e == ERR_CHOICE            ? "Must be csv or json."
                           : e == ERR_DUPLICATE_FIELD ? "format is given twice."
                                                      : err_text(e));
        why.fields[0] =
            (struct remote_field){.field = view_of("format"), .code = why.code, .text = why.text};
        why.n_fields = 1;
        fail_request(ex, &why);
    } else if (params_read(&ex->match, ex->query, buf_view(&ex->in), &ex->arena, &message, &why) ||
               params_key(ex->match.route, exchange_header(ex, "Idempotency-Key"), &ex->arena,
                          message, &why) ||
               params_match(ex->match.route, exchange_header(ex, "If-Match"), &ex->arena, message,
                            &why)) {
        fail_request(ex, &why);
    } else if (!may(ex, message)) {
        return;
    } else if (form == PAGE_CSV) {
        export_begin(ex, message);
    } else if (ex->match.route->workbook) {
        workbook_begin(ex, message);
    } else {
        exchange_call(ex, message, on_reply);
    }
}

/* ---- dispatch ---- */

static bool wants_json(const struct exchange *ex)
{
    struct view type = exchange_header(ex, "Content-Type");
    const char *semicolon = type.n ? memchr(type.p, ';', type.n) : NULL;
    uint32_t n = semicolon ? (uint32_t)(semicolon - type.p) : type.n;
    while (n && (type.p[n - 1] == ' ' || type.p[n - 1] == '\t'))
        n--;
    return n == 16 && strncasecmp(type.p, "application/json", 16) == 0;
}

static void no_route(struct exchange *ex)
{
    if (!ex->match.allowed) {
        if ((ex->method == GET || ex->method == HEAD) && assets_answer(ex->gateway->assets, ex))
            return;
        exchange_fail_err(ex, ERR_NO_ROUTE);
        return;
    }
    struct buf b;
    buf_init(&b, 64);
    for (int m = GET; m < METHODS; m++)
        if (ex->match.allowed & 1u << m)
            buf_printf(&b, "%s%s%s", b.n ? ", " : "", method_name((enum method)m),
                       m == GET ? ", HEAD" : "");
    struct view allow = arena_printf(&ex->arena, "%.*s%c", (int)b.n, b.p, 0);
    buf_free(&b);
    ex->answer.allow = allow.n ? allow.p : NULL;
    exchange_fail_err(ex, ERR_METHOD);
}

/* Who asks is known, or why nobody is let in. */
static void go_on(struct exchange *ex, enum err e)
{
    const struct route *r = ex->match.route;
    struct context ctx;
    exchange_context(ex, &ctx);
    if (!e && !front_principal(ex))
        return;
    if (!e && ex->in.n && !wants_json(ex))
        e = ERR_MEDIA_TYPE;
    /* Before anything of the request is looked at. */
    if (!e &&
        !(r->service == SERVICE_NONE ? access_role(&ctx, r->who) : access_message(&ctx, r->msg)))
        e = ERR_FORBIDDEN;
    if (e)
        exchange_fail_err(ex, e);
    else if (r->service == SERVICE_NONE)
        locals[r->local](ex);
    else
        forward(ex);
}

void dispatch(struct exchange *ex)
{
    struct gateway *g = ex->gateway;
    if (ex->too_large) {
        refuse(ex, ERR_BODY_TOO_LARGE, err_text(ERR_BODY_TOO_LARGE));
        return;
    }
    route_find(g->routes, g->role, ex->method, ex->path, &ex->match);
    const struct route *r = ex->match.route;
    if (!r) {
        no_route(ex);
        return;
    }
    if (r->who == WHO_ANYBODY)
        go_on(ex, ERR_OK);
    else
        auth_admit(g->auth, ex, go_on);
}

void dispatch_count(struct exchange *ex)
{
    if (ex->stats_done)
        return;
    ex->stats_done = true;
    int64_t us = loop_now_us() - ex->began_us;
    metrics_request(ex->gateway->metrics, ex, us);
    const char *path = ex->match.route ? ex->match.route->path : "-";
    bool changes = ex->match.route && ex->method != GET && ex->method != HEAD;
    /* What asks every second whether we are ready would fill the log. */
    bool local = ex->match.route && ex->match.route->service == SERVICE_NONE;
    if (!changes && (ex->answer.status < 500 || local))
        return;
    const struct log_field fields[] = {K("method", method_name(ex->method)),
                                       K("route", path),
                                       KN("status", ex->answer.status),
                                       KN("us", us),
                                       K("principal", ex->principal),
                                       K("address", ex->address),
                                       {.type = LOG_END}};
    log_line(ex->answer.status >= 500 ? LOG_WARN : LOG_INFO, ex->request_id, "request", fields);
}

/* ---- what the gateway answers by itself ---- */

static void on_livez(struct exchange *ex)
{
    exchange_text(ex, 200, "text/plain; charset=utf-8", view_of("ok"));
}

static void on_openapi(struct exchange *ex)
{
    ex->answer.cache = "no-cache";
    exchange_text(ex, 200, "application/json", ex->gateway->openapi);
}

static void on_root(struct exchange *ex)
{
    exchange_text(ex, 200, "application/json",
                  view_of("{\"message\":\"Dealer Dashboard API\",\"version\":\"" DD_VERSION
                          "\",\"docs\":\"/docs\",\"health\":\"/health\"}"));
}

static local_fn *const locals[LOCAL_HANDLERS] = {
    [LOCAL_EVENTS] = live_join,        [LOCAL_SESSION_START] = session_start,
    [LOCAL_SESSION_GET] = session_get, [LOCAL_SESSION_END] = session_end,
    [LOCAL_HEALTH] = health_answer,    [LOCAL_LIVEZ] = on_livez,
    [LOCAL_READYZ] = health_readyz,    [LOCAL_METRICS] = metrics_answer,
    [LOCAL_OPENAPI] = on_openapi,      [LOCAL_ROOT] = on_root,
};
