/*
 * call.h - calls to upstreams: libcurl's multi interface in the loop.
 *
 * DESIGN: all of curl's sockets live in one private epoll descriptor, which alone is watched by the
 * loop. Connections are kept alive and reused between calls. No redirects, no proxies from the
 * environment, http and https alone, and an address outside the public internet only where the
 * upstream allows it: checked for new connections before they are made and for reused ones before
 * the request is sent. Four limits, told apart: connecting, first byte, silence within the body
 * (timers of ours), total. A body beyond the spool's maximum ends the call at once.
 *
 * THREADS: the loop's. Callbacks come from the loop, never from inside call_start().
 */
#ifndef FETCHER_CALL_H
#define FETCHER_CALL_H

#include "proto/bus/loop.h"
#include "services/fetcher/headers.h"
#include "services/fetcher/request.h"
#include "services/fetcher/spool.h"

struct caller; /* one per process */
struct call;   /* one that is running */

struct timings {
    int64_t dns_ms;        /* until the name was resolved; 0 = was not */
    int64_t tcp_ms;        /* until the other side was reached; 0 = was not */
    int64_t tls_ms;        /* until TLS stood; 0 = did not, or plain HTTP */
    int64_t connect_ms;    /* until connected, TLS included */
    int64_t first_byte_ms; /* until the first byte came; 0 = none did */
    int64_t total_ms;
};

/* How far a call is. */
enum call_phase { CALL_DNS, CALL_CONNECT, CALL_WAITING, CALL_RECEIVING };

struct call_request {
    const char *url;
    struct view body;                      /* copied */
    const struct request_headers *headers; /* copied */
    int64_t connect_timeout_ms;
    int64_t first_byte_timeout_ms;
    int64_t body_timeout_ms; /* longest silence within the body; 0 = none */
    int64_t total_timeout_ms;
    bool allow_private;
    bool fresh;          /* looks the name up and connects anew, whatever is kept */
    struct spool *spool; /* reset by the caller of call_start(); filled */
};

/* Valid during the callback. */
struct call_result {
    enum err err;           /* ERR_OK: an HTTP answer came completely, whatever it says */
    char text[256];         /* what curl said about a failure; "" if nothing */
    int http_status;        /* 0 = no answer */
    int64_t bytes;          /* of the body */
    struct headers headers; /* of the answer */
    struct timings timings;
};

typedef void call_fn(void *arg, const struct call_result *result);

enum err caller_new(struct loop *l, unsigned max_calls, struct caller **out) MUST_CHECK;
void caller_free(struct caller **c); /* running calls end without a callback */

/* *out is valid until fn was called or call_abort(). */
enum err call_start(struct caller *c, const struct call_request *r, call_fn *fn, void *arg,
                    struct call **out) MUST_CHECK;
enum call_phase call_phase(const struct call *call);
void call_abort(struct call **call); /* ends it without a callback */

#endif
