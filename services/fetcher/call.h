/*
 * call.h - calls to upstreams: libcurl's multi interface in the loop.
 *
 * DESIGN: all of curl's sockets live in one private epoll descriptor, which alone is watched by the
 * loop. Connections are kept alive and reused between calls. No redirects, no proxies from the
 * environment, http and https alone, and an address outside the public internet only where the
 * upstream allows it: checked for new connections before they are made and for reused ones before
 * the request is sent. Three limits, told apart: connecting, first byte (a timer of ours), total.
 *
 * THREADS: the loop's. Callbacks come from the loop, never from inside call_start().
 */
#ifndef FETCHER_CALL_H
#define FETCHER_CALL_H

#include "proto/bus/loop.h"
#include "services/fetcher/request.h"
#include "services/fetcher/spool.h"

struct caller; /* one per process */
struct call;   /* one that is running */

struct timings {
    int64_t dns_ms;        /* until the name was resolved */
    int64_t connect_ms;    /* until connected, TLS included */
    int64_t first_byte_ms; /* until the first byte came; 0 = none did */
    int64_t total_ms;
};

struct call_request {
    const char *url;
    struct view body;                      /* copied */
    const struct request_headers *headers; /* copied */
    int64_t connect_timeout_ms;
    int64_t first_byte_timeout_ms;
    int64_t total_timeout_ms;
    bool allow_private;
    struct spool *spool; /* reset by the caller of call_start(); filled */
};

/* Valid during the callback. */
struct call_result {
    enum err err;           /* ERR_OK: an HTTP answer came completely, whatever it says */
    char text[256];         /* what curl said about a failure; "" if nothing */
    int http_status;        /* 0 = no answer */
    int64_t bytes;          /* of the body */
    int64_t retry_after_ms; /* 0 = not asked */
    struct timings timings;
};

typedef void call_fn(void *arg, const struct call_result *result);

enum err caller_new(struct loop *l, unsigned max_calls, struct caller **out) MUST_CHECK;
void caller_free(struct caller **c); /* running calls end without a callback */

/* *out is valid until fn was called or call_abort(). */
enum err call_start(struct caller *c, const struct call_request *r, call_fn *fn, void *arg,
                    struct call **out) MUST_CHECK;
void call_abort(struct call **call); /* ends it without a callback */

#endif
