/*
 * serve.c - receives, decodes, dispatches and answers.
 *
 * Requests are pooled with their arenas, so a usual call takes no memory from malloc. An answer to
 * a peer that is gone or full is dropped and counted: its caller has a deadline of its own.
 */
#include "proto/bus/serve.h"

#include "proto/access.h"
#include "proto/bus/guard.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_REQUEST_MEMORY = 16 * 1024 * 1024,
    MAX_BATCH = 100, /* messages per wake */
    MAX_POOLED = 64,
    MAX_STRUCT = 2048,
    DEFAULT_DEADLINE_MS = 30000,
    MAX_TABLES = 8
};

struct request {
    struct serve *serve;           /* whose it is */
    struct peer peer;              /* where the answer goes */
    uint64_t id;                   /* the caller's number */
    const struct handler *handler; /* what is asked; NULL while undecided */
    struct context context;        /* views into `arena` */
    char request_id[65];           /* terminated copy for logs */
    char name[65];                 /* wire name as received */
    struct arena arena;            /* the handler's memory */
    int64_t started_us;            /* monotonic */
    int64_t deadline_ms;           /* monotonic */
    bool kept;                     /* answered later */
    bool answered;                 /* exactly once */
    struct request *next;          /* in the pool */
};

struct serve {
    struct bus *bus;                          /* borrowed */
    struct endpoint *endpoint;                /* ROUTER */
    struct loop *loop;                        /* borrowed */
    const struct handler *tables[MAX_TABLES]; /* borrowed, NULL ends */
    void *service;                            /* handlers' first argument */
    struct request *pool;                     /* free requests */
    unsigned n_pooled;                        /* how many */
    unsigned n_kept;                          /* unanswered */
    struct buf out;                           /* frame being written */
    call_observer_fn *observer;               /* may be NULL */
    void *observer_arg;                       /* its argument */
    request_hook_fn *hook;                    /* may be NULL */
    void *hook_arg;                           /* its argument */
    bool draining;                            /* refuses all but sys.* */
};

static struct request *request_new(struct serve *s)
{
    struct request *r = s->pool;
    if (r) {
        s->pool = r->next;
        s->n_pooled--;
        arena_reset(&r->arena);
        struct arena a = r->arena;
        *r = (struct request){.serve = s, .arena = a};
        return r;
    }
    r = calloc(1, sizeof *r);
    if (r) {
        r->serve = s;
        arena_init(&r->arena, MAX_REQUEST_MEMORY);
    }
    return r;
}

static void request_release(struct request *r)
{
    struct serve *s = r->serve;
    if (s->n_pooled < MAX_POOLED) {
        r->next = s->pool;
        s->pool = r;
        s->n_pooled++;
        return;
    }
    arena_free(&r->arena);
    free(r);
}

/* ---- answering ---- */

/* False: it was dropped. */
static bool finish(struct request *r, enum err result)
{
    struct serve *s = r->serve;
    assert(!r->answered);
    r->answered = true;
    enum err sent = endpoint_send(s->endpoint, &r->peer, s->out.p, s->out.n);
    if (s->observer)
        s->observer(s->observer_arg, r->handler ? r->handler->msg->name : "unknown", result,
                    loop_now_us() - r->started_us);
    if (r->kept) {
        s->n_kept--;
        request_release(r);
    }
    return sent == ERR_OK; /* dropped ones are counted by the endpoint */
}

void request_fail_fields(struct request *r, const struct remote_error *e)
{
    struct buf *out = &r->serve->out;
    buf_reset(out);
    enum err err = frame_error(out, r->id, e);
    assert(err == ERR_OK);
    (void)finish(r, err_from_code(e->code.p, e->code.n));
}

void request_fail_fault(struct request *r, const struct fault *f)
{
    struct remote_error e = {.code = view_of(err_code(f->code)),
                             .text = view_of(*f->text ? f->text : err_text(f->code))};
    if (*f->field) {
        e.fields[0] = remote_field_of(f);
        e.n_fields = 1;
    }
    request_fail_fields(r, &e);
}

void request_fail(struct request *r, enum err code, const char *field, const char *format, ...)
{
    struct fault f = {.code = code};
    va_list args;
    snprintf(f.field, sizeof f.field, "%s", field ? field : "");
    va_start(args, format);
    vsnprintf(f.text, sizeof f.text, format, args);
    va_end(args);
    request_fail_fault(r, &f);
}

void request_fail_said(struct request *r, enum err code, const char *field, const char *said)
{
    size_t n = strlen(said);
    char first = *said >= 'a' && *said <= 'z' ? (char)(*said - 'a' + 'A') : *said;
    if (n == 0)
        request_fail(r, code, field, "%s", err_text(code));
    else
        request_fail(r, code, field, "%c%s%s", first, said + 1, said[n - 1] == '.' ? "" : ".");
}

void request_fail_err(struct request *r, enum err code)
{
    request_fail(r, code, NULL, "%s", err_text(code));
}

bool request_answer(struct request *r, const void *result)
{
    struct buf *out = &r->serve->out;
    buf_reset(out);
    enum err err = frame_reply(out, r->id, r->handler->msg->reply, result);
    if (!err)
        return finish(r, ERR_OK);
    request_fail_err(r, err);
    return false;
}

void request_answer_encoded(struct request *r, struct view body)
{
    struct buf *out = &r->serve->out;
    buf_reset(out);
    enum err err = frame_reply_encoded(out, r->id, body);
    if (err)
        request_fail_err(r, err);
    else
        (void)finish(r, ERR_OK);
}

/* ---- receiving ---- */

static const struct handler *find_handler(const struct serve *s, struct view name)
{
    for (unsigned t = 0; s->tables[t]; t++)
        for (const struct handler *h = s->tables[t]; h->msg; h++)
            if (view_is(name, h->msg->name))
                return h;
    return NULL;
}

static bool keep(struct request *r, struct view *v)
{
    *v = arena_copy(&r->arena, *v);
    return v->p || !v->n;
}

/* A kept request outlives the frame. */
static enum err keep_context(struct request *r)
{
    struct view *const texts[] = {&r->context.principal, &r->context.request_id, &r->context.role,
                                  &r->context.address};
    struct list *dealers = &r->context.dealers;
    bool kept = true;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        kept = keep(r, texts[i]) && kept;
    for (uint32_t i = 0; i < dealers->n; i++)
        kept = keep(r, LIST_AT(struct view, dealers, i)) && kept;
    return kept ? ERR_OK : ERR_NO_MEMORY;
}

static enum err read_context(struct request *r, struct view context, struct fault *f)
{
    r->deadline_ms = loop_now_ms() + DEFAULT_DEADLINE_MS;
    if (context.n == 0)
        return ERR_OK;
    enum err err = codec_decode(&CONTEXT, context.p, context.n, &r->arena, &r->context, f);
    if (err) {
        fault_within(f, "context", -1);
        return err;
    }
    err = keep_context(r);
    if (err)
        return fault_set(f, err, "", "%s", err_text(err));
    snprintf(r->request_id, sizeof r->request_id, "%.*s", (int)r->context.request_id.n,
             r->context.request_id.n ? r->context.request_id.p : "");
    if (HAS(&r->context, context, deadline_ms)) {
        r->deadline_ms = loop_now_ms() + r->context.deadline_ms;
        if (r->context.deadline_ms == 0)
            return fault_set(f, ERR_EXPIRED, "", "%s", err_text(ERR_EXPIRED));
    }
    return ERR_OK;
}

/* Everything between a frame and its handler. ERR_OK: *body is ready for r->handler. */
static enum err prepare(struct request *r, const struct frame *frame, void *body, struct fault *f)
{
    snprintf(r->name, sizeof r->name, "%.*s", (int)frame->name.n, frame->name.p);
    r->handler = find_handler(r->serve, frame->name);
    enum err err = read_context(r, frame->context, f);
    if (!err)
        err = guard_may_send(r->serve->bus, &r->peer, frame->name, f);
    if (err)
        return err;
    if (!r->handler)
        return fault_set(f, ERR_UNKNOWN_MESSAGE, "", "There is no message \"%s\" here.", r->name);
    if (r->serve->draining && strncmp(r->name, "sys.", 4) != 0)
        return fault_set(f, ERR_DRAINING, "", "%s", err_text(ERR_DRAINING));
    assert(r->handler->msg->size <= MAX_STRUCT);
    err = codec_decode(r->handler->msg, frame->body.p, frame->body.n, &r->arena, body, f);
    return err ? err : access_check(&r->context, r->handler->msg, body, f);
}

static void on_ping(void *service, struct request *r, const void *body)
{
    struct pong pong = {.now = loop_wall_ms()};
    (void)service;
    (void)body;
    request_answer(r, &pong);
}

static bool holds_secret(const struct handler *h)
{
    for (unsigned i = 0; h && i < h->msg->n_fields; i++)
        if (h->msg->fields[i].flags & SECRET)
            return true;
    return false;
}

static void handle(struct serve *s, struct request *r, const void *body)
{
    if (s->hook)
        s->hook(s->hook_arg, r);
    r->handler->fn(s->service, r, body);
    if (s->hook)
        s->hook(s->hook_arg, NULL);
}

static void receive_one(struct serve *s, const struct peer *from, const void *p, size_t n)
{
    struct frame frame;
    struct fault fault = {0};
    union {
        uint64_t align;
        char bytes[MAX_STRUCT];
    } body;
    frame.id = 0;
    enum err err = frame_decode(p, n, &frame, &fault);
    /* Without a number there is nobody to answer. */
    if (err && frame.id == 0)
        return;
    if (!err && frame.kind != FRAME_REQUEST)
        return;
    struct request *r = request_new(s);
    if (!r)
        return;
    r->peer = *from;
    r->id = frame.id;
    r->started_us = loop_now_us();
    if (!err)
        err = prepare(r, &frame, body.bytes, &fault);
    bool secret = holds_secret(r->handler);
    if (err)
        request_fail_fault(r, &fault);
    else
        handle(s, r, body.bytes);
    if (secret)
        endpoint_wipe(s->endpoint); /* else it lies in memory until something overwrites it */
    if (!r->kept) {
        assert(r->answered);
        request_release(r);
    }
}

static void on_readable(void *arg, void *socket)
{
    struct serve *s = arg;
    struct peer from;
    const void *p;
    size_t n;
    (void)socket;
    for (int i = 0; i < MAX_BATCH && endpoint_receive(s->endpoint, &from, &p, &n); i++)
        receive_one(s, &from, p, n);
}

/* ---- life ---- */

static const struct handler own_handlers[] = {
    {.msg = &SYS_PING, .fn = on_ping},
    {0},
};

enum err serve_new(struct bus *b, struct loop *l, const char *address,
                   const struct handler *const *tables, void *service, struct serve **out)
{
    struct serve *s = calloc(1, sizeof *s);
    unsigned n = 0;
    *out = NULL;
    if (!s)
        return ERR_NO_MEMORY;
    s->bus = b;
    s->loop = l;
    s->service = service;
    buf_init(&s->out, BUS_MAX_MESSAGE);
    s->tables[n++] = own_handlers;
    for (unsigned i = 0; tables && tables[i]; i++) {
        assert(n + 1 < MAX_TABLES);
        s->tables[n++] = tables[i];
    }
    enum err err = endpoint_bind_router(b, address, &s->endpoint);
    if (!err)
        err = loop_watch_socket(l, endpoint_socket(s->endpoint), on_readable, s);
    if (!err)
        err = endpoint_watch(s->endpoint, l);
    if (err)
        serve_free(&s);
    *out = s;
    return err;
}

void serve_free(struct serve **s)
{
    if (!*s)
        return;
    if ((*s)->endpoint)
        loop_unwatch_socket((*s)->loop, endpoint_socket((*s)->endpoint));
    endpoint_free(&(*s)->endpoint);
    while ((*s)->pool) {
        struct request *r = (*s)->pool;
        (*s)->pool = r->next;
        arena_free(&r->arena);
        free(r);
    }
    buf_free(&(*s)->out);
    free(*s);
    *s = NULL;
}

void serve_observe(struct serve *s, call_observer_fn *fn, void *arg)
{
    s->observer = fn;
    s->observer_arg = arg;
}

void serve_hook(struct serve *s, request_hook_fn *fn, void *arg)
{
    s->hook = fn;
    s->hook_arg = arg;
}

void serve_drain(struct serve *s)
{
    s->draining = true;
}

unsigned serve_pending(const struct serve *s)
{
    return s->n_kept;
}

int64_t serve_dropped(const struct serve *s)
{
    return endpoint_dropped(s->endpoint);
}

/* ---- for handlers ---- */

struct arena *request_arena(struct request *r)
{
    return &r->arena;
}

const struct context *request_context(const struct request *r)
{
    return &r->context;
}

struct view request_principal(const struct request *r)
{
    const struct context *ctx = request_context(r);
    return HAS(ctx, context, principal) ? ctx->principal : view_of("unknown");
}

const char *request_id(const struct request *r)
{
    return r->request_id;
}

const char *request_name(const struct request *r)
{
    return r->name;
}

int64_t request_deadline_mono(const struct request *r)
{
    return r->deadline_ms;
}

void *request_service(struct request *r)
{
    return r->serve->service;
}

void request_keep(struct request *r)
{
    assert(!r->kept && !r->answered);
    r->kept = true;
    r->serve->n_kept++;
}

bool request_expired(const struct request *r)
{
    return loop_now_ms() >= r->deadline_ms;
}
