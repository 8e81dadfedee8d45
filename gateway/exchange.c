/*
 * exchange.c - the bounded table of requests in hand, and how an answer is completed.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/exchange.h"
#include "gateway/export.h"
#include "gateway/http.h"
#include "gateway/live.h"
#include "gateway/problem.h"
#include "gateway/refusal.h"
#include "gateway/workbooks.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 24 * 1024 * 1024,
    OUT_BYTES = 32 * 1024 * 1024,
    KEEP_BYTES = 64 * 1024 /* a larger buffer is not kept for the next request */
};

struct exchanges {
    struct exchange *free;
    unsigned busy;
    struct exchange slots[MAX_EXCHANGES];
};

struct exchanges *exchanges_new(struct gateway *g)
{
    struct exchanges *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    for (uint32_t i = MAX_EXCHANGES; i-- > 0;) {
        struct exchange *ex = &t->slots[i];
        ex->magic = EXCHANGE_MAGIC;
        ex->slot = i;
        ex->id = (UINT64_C(1) << 16) | i;
        ex->gateway = g;
        arena_init(&ex->arena, ARENA_BYTES);
        buf_init(&ex->in, MAX_BODY_BYTES);
        buf_init(&ex->out, OUT_BYTES);
        ex->next = t->free;
        t->free = ex;
    }
    return t;
}

void exchanges_free(struct exchanges **t)
{
    if (!*t)
        return;
    for (uint32_t i = 0; i < MAX_EXCHANGES; i++) {
        arena_free(&(*t)->slots[i].arena);
        buf_free(&(*t)->slots[i].in);
        buf_free(&(*t)->slots[i].out);
    }
    free(*t);
    *t = NULL;
}

struct exchange *exchange_take(struct exchanges *t)
{
    struct exchange *ex = t->free;
    if (!ex)
        return NULL;
    t->free = ex->next;
    t->busy++;
    ex->state = EXCHANGE_NEW;
    ex->began_us = loop_now_us();
    return ex;
}

static void tidy(struct buf *b, size_t max_bytes)
{
    if (b->cap > KEEP_BYTES) {
        buf_free(b);
        buf_init(b, max_bytes);
    } else {
        buf_reset(b);
    }
}

void exchange_give_back(struct exchanges *t, struct exchange *ex)
{
    assert(ex->magic == EXCHANGE_MAGIC && ex->state != EXCHANGE_FREE);
    if (ex->call)
        client_cancel(ex->client, ex->call);
    if (ex->stream)
        live_leave(ex->gateway->live, ex);
    if (ex->export)
        export_end(ex);
    if (ex->workbook)
        workbook_leave(ex);
    bool large = ex->arena.used_bytes > KEEP_BYTES;
    arena_reset(&ex->arena);
    if (large) {
        arena_free(&ex->arena);
        arena_init(&ex->arena, ARENA_BYTES);
    }
    tidy(&ex->in, MAX_BODY_BYTES);
    tidy(&ex->out, OUT_BYTES);
    /* Everything after the fields that stay starts from zero for the next request. */
    ex->connection = NULL;
    ex->state = EXCHANGE_FREE;
    ex->id += UINT64_C(1) << 16;
    ex->method = METHOD_UNKNOWN;
    ex->suspended = ex->too_large = ex->stats_done = false;
    ex->target = NULL;
    ex->path = ex->query = (struct view){0};
    ex->peer = ex->client_address = (struct address){0};
    ex->address[0] = 0;
    ex->https = false;
    ex->match.route = NULL;
    ex->match.n_params = 0;
    ex->strict = (struct strict){0};
    ex->request_id[0] = ex->principal[0] = ex->role[0] = ex->owner[0] = ex->session[0] = 0;
    ex->limited = ex->has_password = false;
    ex->dealers = (struct list){0};
    ex->admission = NULL;
    ex->client = NULL;
    ex->until = 0;
    ex->call = 0;
    ex->sent_us = ex->bus_us = 0;
    ex->answer = (struct answer){0};
    ex->stream = NULL;
    ex->next = t->free;
    t->free = ex;
    t->busy--;
}

struct exchange *exchange_by_id(struct exchanges *t, uint64_t id)
{
    struct exchange *ex = &t->slots[id & 0xffff & (MAX_EXCHANGES - 1)];
    return ex->id == id && ex->state != EXCHANGE_FREE ? ex : NULL;
}

unsigned exchanges_busy(const struct exchanges *t)
{
    return t->busy;
}

void exchanges_each(struct exchanges *t, void (*fn)(struct exchange *ex))
{
    for (uint32_t i = 0; i < MAX_EXCHANGES; i++)
        if (t->slots[i].state != EXCHANGE_FREE)
            fn(&t->slots[i]);
}

void exchange_context(const struct exchange *ex, struct context *out)
{
    *out = (struct context){0};
    PUT(out, context, request_id, view_of(ex->request_id));
    PUT(out, context, principal, view_of(ex->principal));
    /* Nobody's request carries no role, with which it may do nothing. */
    if (ex->role[0])
        PUT(out, context, role, view_of(ex->role));
    if (ex->limited)
        PUT(out, context, dealers, ex->dealers);
    if (ex->address[0])
        PUT(out, context, address, view_of(ex->address));
}

void exchange_ask(struct exchange *ex, const struct desc *msg, const void *message, reply_fn *fn)
{
    const struct route *r = ex->match.route;
    struct context ctx;
    exchange_context(ex, &ctx);
    ex->client = ex->gateway->clients[r->service];
    ex->sent_us = loop_now_us();
    ex->call = client_call(ex->client, msg, message, &ctx, r->deadline_ms, fn, ex);
    if (!ex->call) /* as many as can be are on their way */
        exchange_fail_err(ex, ERR_BUSY);
}

void exchange_call(struct exchange *ex, const void *message, reply_fn *fn)
{
    exchange_ask(ex, ex->match.route->msg, message, fn);
}

void exchange_done(struct exchange *ex)
{
    assert(ex->state == EXCHANGE_NEW || ex->state == EXCHANGE_READING ||
           ex->state == EXCHANGE_WAITING);
    ex->state = EXCHANGE_ANSWERED;
    if (ex->suspended)
        http_resume(ex->gateway->http, ex);
}

void exchange_json(struct exchange *ex, int status)
{
    exchange_text(ex, status, "application/json", buf_view(&ex->out));
}

void exchange_text(struct exchange *ex, int status, const char *type, struct view body)
{
    ex->answer.status = status;
    ex->answer.type = type;
    ex->answer.body = body;
    exchange_done(ex);
}

void exchange_fail(struct exchange *ex, const struct remote_error *e)
{
    int status = problem_status(e);
    buf_reset(&ex->out);
    if (problem_write(e, status, ex->request_id, &ex->out)) {
        buf_reset(&ex->out);
        status = 500;
    }
    ex->answer.etag[0] = 0;
    ex->answer.cache = NULL;
    ex->answer.location = NULL;
    if (e->retry_after_ms > 0)
        ex->answer.retry_after_s = (e->retry_after_ms + 999) / 1000;
    else if (status == 503)
        ex->answer.retry_after_s = 1;
    exchange_text(ex, status, PROBLEM_MEDIA_TYPE, buf_view(&ex->out));
}

void exchange_fail_err(struct exchange *ex, enum err e)
{
    exchange_fail_text(ex, e, err_text(e));
}

void exchange_fail_text(struct exchange *ex, enum err e, const char *text)
{
    struct remote_error error = {.code = view_of(err_code(e)), .text = view_of(text)};
    exchange_fail(ex, &error);
}

struct view exchange_header(const struct exchange *ex, const char *name)
{
    const char *value = refusal_header(ex->connection, name);
    return view_of(value);
}

bool exchange_returned(struct exchange *ex, const struct reply *reply)
{
    ex->call = 0;
    ex->bus_us += loop_now_us() - ex->sent_us;
    if (reply->error)
        exchange_fail(ex, reply->error);
    else if (reply->err)
        exchange_fail_err(ex, reply->err);
    return !reply->error && !reply->err;
}
