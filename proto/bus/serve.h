/*
 * serve.h - the answering side: one ROUTER, a table of handlers.
 *
 * DESIGN: each process has one `serve`. A frame is decoded by the descriptor of the handler's
 * message; what cannot be decoded is refused with the field's name before a handler sees it, and so
 * is a request that has no time left, one that the sending process may not send (guard.h), and one
 * whose principal may not send it (access.h). A handler answers at once, or keeps the request and
 * answers later (long poll). Every finished call is told to the observer. sys.ping is answered
 * here; the rest of sys.* is the daemon's.
 *
 * OWNERSHIP: a request belongs to serve until request_keep(); then it must be answered exactly once
 * (request_answer or a request_fail), which frees it. The body and its views live until the handler
 * returns.
 */
#ifndef PROTO_BUS_SERVE_H
#define PROTO_BUS_SERVE_H

#include "proto/bus/endpoint.h"
#include "proto/bus/loop.h"
#include "proto/codec.h"

struct serve;
struct request;

typedef void handler_fn(void *service, struct request *r, const void *body);

struct handler {
    const struct desc *msg; /* NULL ends the table */
    handler_fn *fn;
};

/* Told about each finished call; err is ERR_OK for a success. */
typedef void call_observer_fn(void *arg, const char *name, enum err err, int64_t us);

/* `address` may be a list. `tables` are one or more NULL-terminated tables, ended by NULL. */
enum err serve_new(struct bus *b, struct loop *l, const char *address,
                   const struct handler *const *tables, void *service,
                   struct serve **out) MUST_CHECK;
void serve_free(struct serve **s);
void serve_observe(struct serve *s, call_observer_fn *fn, void *arg);

/* Called with each request before its handler, and with NULL when the handler has returned. */
typedef void request_hook_fn(void *arg, const struct request *r);
void serve_hook(struct serve *s, request_hook_fn *fn, void *arg);

/* From now on new requests other than sys.* are refused with ERR_DRAINING. */
void serve_drain(struct serve *s);

/* Kept requests that wait for their answer. */
unsigned serve_pending(const struct serve *s);
int64_t serve_dropped(const struct serve *s);

/* ---- for handlers ---- */
struct arena *request_arena(struct request *r); /* freed with the request; at most 16 MiB */
const struct context *request_context(const struct request *r);
const char *request_id(const struct request *r);        /* "" if none */
struct view request_principal(const struct request *r); /* who asks; "unknown" if not told */
const char *request_name(const struct request *r);      /* wire name, e.g. "job.submit" */
int64_t request_deadline_mono(const struct request *r); /* ms */
void *request_service(struct request *r);

void request_keep(struct request *r);
bool request_expired(const struct request *r);
/* result: a struct of msg->reply. False: the caller will not get it, because it is gone. */
bool request_answer(struct request *r, const void *result);
void request_answer_encoded(struct request *r, struct view body);
void request_fail(struct request *r, enum err code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void request_fail_fault(struct request *r, const struct fault *f);
/* With what another program said, written as a sentence of ours: "no such job" -> "No such job." */
void request_fail_said(struct request *r, enum err code, const char *field, const char *said);
/* With several fields; the code must be one of the table. */
void request_fail_fields(struct request *r, const struct remote_error *e);
/* The plain failure, with the table's text. */
void request_fail_err(struct request *r, enum err code);

#endif
