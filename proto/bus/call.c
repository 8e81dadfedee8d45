/*
 * call.c - numbered requests, a ring of pending ones, deadlines by one sweeping timer.
 *
 * Numbers rise, so `number modulo ring size` finds a pending call without hashing; a number whose
 * slot is still taken by a slow call is skipped.
 * Failures to send are reported from the timer, never from inside client_call(), so that callers
 * need to think of one order of events only.
 */
#include "proto/bus/call.h"

#include "proto/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { SWEEP_MS = 20, MAX_BATCH = 100 };

struct pending {
    uint64_t id;            /* 0 = free */
    const struct desc *msg; /* what was asked */
    reply_fn *fn;           /* called once */
    void *arg;              /* its argument */
    int64_t deadline_ms;    /* monotonic */
    int64_t started_us;     /* monotonic */
    enum err failed;        /* reported by the next sweep, ERR_OK if on its way */
};

struct client {
    struct endpoint *endpoint; /* DEALER */
    struct loop *loop;         /* borrowed */
    char service[32];          /* for error texts */
    struct pending ring[CLIENT_MAX_PENDING];
    uint64_t last_id;           /* newest number */
    uint64_t oldest_id;         /* nothing below is pending */
    unsigned n_pending;         /* taken slots */
    uint64_t sweep;             /* timer, 0 = none */
    struct buf out;             /* frame being written */
    call_observer_fn *observer; /* may be NULL */
    void *observer_arg;         /* its argument */
    late_fn *late;              /* may be NULL */
    void *late_arg;             /* its argument */
};

static struct pending *slot(struct client *c, uint64_t id)
{
    return &c->ring[id % CLIENT_MAX_PENDING];
}

/* Frees the slot first: the callback may make new calls. */
static void deliver(struct client *c, struct pending *p, const struct reply *reply)
{
    struct pending done = *p;
    p->id = 0;
    c->n_pending--;
    if (c->observer)
        c->observer(c->observer_arg, done.msg->name, reply->err, loop_now_us() - done.started_us);
    done.fn(done.arg, reply);
}

static void deliver_error(struct client *c, struct pending *p, enum err err)
{
    char text[128];
    snprintf(text, sizeof text, "%s: %s", c->service, err_text(err));
    struct remote_error e = {.code = view_of(err_code(err)), .text = view_of(text)};
    struct reply reply = {.err = err, .error = &e, .desc = p->msg->reply};
    deliver(c, p, &reply);
}

static void on_sweep(void *arg);

static void arm_sweep(struct client *c, int64_t delay_ms)
{
    if (c->sweep)
        loop_cancel(c->loop, c->sweep);
    c->sweep = loop_after(c->loop, delay_ms, on_sweep, c);
}

static void on_sweep(void *arg)
{
    struct client *c = arg;
    int64_t now = loop_now_ms();
    uint64_t newest = c->last_id;
    c->sweep = 0;
    for (uint64_t id = c->oldest_id; id <= newest; id++) {
        struct pending *p = slot(c, id);
        if (p->id == id && p->failed)
            deliver_error(c, p, p->failed);
        else if (p->id == id && p->deadline_ms <= now)
            deliver_error(c, p, ERR_TIMEOUT);
        if (id == c->oldest_id && slot(c, id)->id != id)
            c->oldest_id++;
    }
    if (c->n_pending && !c->sweep)
        c->sweep = loop_after(c->loop, SWEEP_MS, on_sweep, c);
}

static void receive_one(struct client *c, const void *data, size_t n)
{
    struct frame frame;
    struct fault fault;
    if (frame_decode(data, n, &frame, &fault) != ERR_OK || frame.kind != FRAME_REPLY)
        return;
    struct pending *p = slot(c, frame.id);
    if (frame.id == 0 || p->id != frame.id) { /* it came after its deadline */
        if (c->late && !frame.is_error)
            c->late(c->late_arg, frame.id, frame.body);
        return;
    }
    struct reply reply = {.body = frame.body, .desc = p->msg->reply};
    if (frame.is_error) {
        reply.err = err_from_code(frame.error.code.p, frame.error.code.n);
        reply.error = &frame.error;
    }
    deliver(c, p, &reply);
}

static void on_readable(void *arg, void *socket)
{
    struct client *c = arg;
    const void *p;
    size_t n;
    (void)socket;
    for (int i = 0; i < MAX_BATCH && endpoint_receive(c->endpoint, NULL, &p, &n); i++)
        receive_one(c, p, n);
}

enum err client_new(struct bus *b, struct loop *l, const char *service, const char *addresses,
                    struct client **out)
{
    struct client *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return ERR_NO_MEMORY;
    c->loop = l;
    c->oldest_id = 1;
    snprintf(c->service, sizeof c->service, "%s", service);
    buf_init(&c->out, BUS_MAX_MESSAGE);
    enum err err = endpoint_connect_dealer(b, addresses, &c->endpoint);
    if (!err)
        err = loop_watch_socket(l, endpoint_socket(c->endpoint), on_readable, c);
    if (!err)
        err = endpoint_watch(c->endpoint, l);
    if (err)
        client_free(&c);
    *out = c;
    return err;
}

void client_free(struct client **c)
{
    if (!*c)
        return;
    loop_cancel((*c)->loop, (*c)->sweep);
    if ((*c)->endpoint)
        loop_unwatch_socket((*c)->loop, endpoint_socket((*c)->endpoint));
    endpoint_free(&(*c)->endpoint);
    buf_free(&(*c)->out);
    free(*c);
    *c = NULL;
}

bool client_settle(struct client *c, int64_t until_ms)
{
    return endpoint_wait(c->endpoint, ZMQ_POLLOUT, until_ms);
}

void client_observe(struct client *c, call_observer_fn *fn, void *arg)
{
    c->observer = fn;
    c->observer_arg = arg;
}

void client_hear_late(struct client *c, late_fn *fn, void *arg)
{
    c->late = fn;
    c->late_arg = arg;
}

static enum err send_request(struct client *c, uint64_t id, const struct desc *msg,
                             const void *body, const struct context *ctx, int timeout_ms)
{
    struct context sent = {0};
    if (ctx)
        sent = *ctx;
    else
        PUT(&sent, context, role, view_of(access_role_name(WHO_SERVICE)));
    PUT(&sent, context, deadline_ms, timeout_ms);
    buf_reset(&c->out);
    enum err err = frame_request(&c->out, id, msg->name, &sent, msg, body);
    return err ? err : endpoint_send(c->endpoint, NULL, c->out.p, c->out.n);
}

uint64_t client_call(struct client *c, const struct desc *msg, const void *body,
                     const struct context *ctx, int timeout_ms, reply_fn *fn, void *arg)
{
    if (c->n_pending == CLIENT_MAX_PENDING)
        return 0;
    uint64_t id = c->last_id + 1;
    while (slot(c, id)->id)
        id++;
    c->last_id = id;
    struct pending *p = slot(c, id);
    *p = (struct pending){.id = id,
                          .msg = msg,
                          .fn = fn,
                          .arg = arg,
                          .deadline_ms = loop_now_ms() + timeout_ms,
                          .started_us = loop_now_us()};
    if (c->n_pending++ == 0)
        c->oldest_id = id;
    p->failed = send_request(c, id, msg, body, ctx, timeout_ms);
    if (p->failed || !c->sweep)
        arm_sweep(c, p->failed ? 0 : SWEEP_MS);
    return id;
}

void client_cancel(struct client *c, uint64_t id)
{
    struct pending *p = slot(c, id);
    if (id && p->id == id) {
        p->id = 0;
        c->n_pending--;
    }
}

enum err reply_decode(const struct reply *reply, struct arena *a, void *out, struct fault *f)
{
    if (reply->err)
        return fault_set(f, reply->err, "", "%.*s", (int)reply->error->text.n,
                         reply->error->text.p);
    return codec_decode(reply->desc, reply->body.p, reply->body.n, a, out, f);
}

/* ---- without a loop ---- */

/* The answer outlives the frame, so it is copied into the arena before it is decoded. */
static enum err take_answer(struct endpoint *e, const struct desc *msg, struct arena *a, void *out,
                            struct fault *f)
{
    struct frame frame;
    const void *p;
    size_t n;
    if (!endpoint_receive(e, NULL, &p, &n))
        return fault_set(f, ERR_TIMEOUT, "", "%s", err_text(ERR_TIMEOUT));
    struct view copy = arena_copy(a, (struct view){p, (uint32_t)n});
    if (!copy.p)
        return fault_set(f, ERR_NO_MEMORY, "", "%s", err_text(ERR_NO_MEMORY));
    enum err err = frame_decode(copy.p, copy.n, &frame, f);
    if (err)
        return err;
    if (!frame.is_error)
        return codec_decode(msg->reply, frame.body.p, frame.body.n, a, out, f);
    char field[sizeof f->field] = "";
    if (frame.error.n_fields)
        snprintf(field, sizeof field, "%.*s", (int)frame.error.fields[0].field.n,
                 frame.error.fields[0].field.p);
    return fault_set(f, err_from_code(frame.error.code.p, frame.error.code.n), field, "%.*s",
                     (int)frame.error.text.n, frame.error.text.p);
}

enum err call_and_wait(struct bus *b, const char *addresses, const struct desc *msg,
                       const void *body, const char *principal, int timeout_ms, struct arena *a,
                       void *out, struct fault *f)
{
    struct endpoint *e = NULL;
    struct buf frame;
    struct context ctx = {0};
    char why[sizeof f->text];
    int64_t until = loop_now_ms() + timeout_ms;
    buf_init(&frame, BUS_MAX_MESSAGE);
    *f = (struct fault){0};
    PUT(&ctx, context, deadline_ms, timeout_ms);
    PUT(&ctx, context, role, view_of(access_role_name(WHO_SERVICE)));
    if (principal)
        PUT(&ctx, context, principal, view_of(principal));
    enum err err = endpoint_connect_dealer(b, addresses, &e);
    if (!err)
        err = frame_request(&frame, 1, msg->name, &ctx, msg, body);
    if (!err && !endpoint_wait(e, ZMQ_POLLOUT, until))
        err = ERR_NO_SERVICE;
    if (!err)
        err = endpoint_send(e, NULL, frame.p, frame.n);
    if (!err && !endpoint_wait(e, ZMQ_POLLIN, until))
        err = ERR_TIMEOUT;
    if (err == ERR_NO_SERVICE && endpoint_refused(e, why, sizeof why))
        err = fault_set(f, ERR_KEY_REFUSED, "", "%s", why);
    else
        err = err ? fault_set(f, err, "", "%s", err_text(err)) : take_answer(e, msg, a, out, f);
    buf_free(&frame);
    endpoint_free(&e);
    return err;
}
