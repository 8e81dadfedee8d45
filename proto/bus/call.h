/*
 * call.h - the asking side: one DEALER per service, connected to all of its endpoints.
 *
 * DESIGN: requests are numbered; answers find their callback by number, so a late answer to a call
 * that timed out is dropped. Every call has a deadline. No retry here: the caller knows whether a
 * second try is safe. With several endpoints the socket spreads calls round-robin.
 */
#ifndef PROTO_BUS_CALL_H
#define PROTO_BUS_CALL_H

#include "proto/bus/endpoint.h"
#include "proto/bus/loop.h"
#include "proto/bus/serve.h"
#include "proto/codec.h"

struct client;

/* What came back. Everything in it is valid during the callback only. */
struct reply {
    enum err err;                     /* ERR_OK, or the error of the answer or of the bus */
    const struct remote_error *error; /* when err != ERR_OK; code and text always set */
    struct view body;                 /* encoded result */
    const struct desc *desc;          /* of the result */
};

typedef void reply_fn(void *arg, const struct reply *reply);

enum { CLIENT_MAX_PENDING = 4096 };

enum err client_new(struct bus *b, struct loop *l, const char *service, const char *addresses,
                    struct client **out) MUST_CHECK;
void client_free(struct client **c); /* pending calls are dropped without a callback */

/* Waits until a server is connected, at most until that monotonic time; false if none was. For a
 * start: later the first calls of a process that is just connecting would find no service. */
bool client_settle(struct client *c, int64_t until_ms);

void client_observe(struct client *c, call_observer_fn *fn, void *arg);

/* An answer that came after its call had timed out; `id` is the call's. */
typedef void late_fn(void *arg, uint64_t id, struct view body);
void client_hear_late(struct client *c, late_fn *fn, void *arg);

/* Sends msg; fn is called exactly once, never from inside this call. ctx NULL: the
 * process asks for itself; else it says on whose behalf, and its deadline is replaced by
 * timeout_ms. Returns an id for client_cancel(); 0 when CLIENT_MAX_PENDING calls are on their way:
 * then nothing was sent and fn is not called. */
uint64_t client_call(struct client *c, const struct desc *msg, const void *body,
                     const struct context *ctx, int timeout_ms, reply_fn *fn, void *arg);
void client_cancel(struct client *c, uint64_t id);

/* Decodes a reply's body into a struct of reply->desc. */
enum err reply_decode(const struct reply *reply, struct arena *a, void *out,
                      struct fault *f) MUST_CHECK;

/* For programs without a loop of their own (ddctl, tools): sends and waits. The result is decoded
 * into `out` with memory of the arena; on failure f tells code, field and text. */
enum err call_and_wait(struct bus *b, const char *addresses, const struct desc *msg,
                       const void *body, const char *principal, int timeout_ms, struct arena *a,
                       void *out, struct fault *f) MUST_CHECK;

#endif
