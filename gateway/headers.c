/*
 * headers.c - the header fields of every answer.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/headers.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LINK_BYTES = 4096 };

static const char page_policy[] =
    "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'none'; form-action 'self'";

const struct fixed_header fixed_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    {0},
};

/* The methods and headers of all routes: a preflight asks before anything is looked up. */
static const struct fixed_header preflight_headers[] = {
    {"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"},
    {"Access-Control-Allow-Headers",
     "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
     "X-Request-Id"},
    {"Access-Control-Max-Age", "600"},
    {0},
};

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    if (value && MHD_add_response_header(r, name, value) != MHD_YES)
        log_warn("answer header refused", K("header", name));
}

static void add_number(struct MHD_Response *r, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    add(r, name, text);
}

void headers_fixed(struct MHD_Response *r)
{
    for (const struct fixed_header *h = fixed_headers; h->name; h++)
        add(r, h->name, h->value);
}

/* What a program on an allowed origin may read and do. No credentials: such programs send a key. */
static void add_cors(struct MHD_Response *r, const struct exchange *ex)
{
    const struct answer *a = &ex->answer;
    if (ex->gateway->conf.cors_origins[0])
        add(r, "Vary", "Origin");
    if (!a->allow_origin)
        return;
    add(r, "Access-Control-Allow-Origin", a->allow_origin);
    add(r, "Access-Control-Expose-Headers",
        "Content-Disposition, ETag, Idempotency-Replayed, Link, Location, RateLimit-Limit, "
        "RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id");
    for (const struct fixed_header *h = preflight_headers; a->preflight && h->name; h++)
        add(r, h->name, h->value);
}

static void add_rate(struct MHD_Response *r, const struct rate *rate)
{
    char policy[40];
    if (!rate->limit)
        return;
    snprintf(policy, sizeof policy, "%lld;w=60", (long long)rate->limit);
    add(r, "RateLimit-Policy", policy);
    add_number(r, "RateLimit-Limit", rate->limit);
    add_number(r, "RateLimit-Remaining", rate->remaining);
    add_number(r, "RateLimit-Reset", rate->reset_s);
}

void headers_add(struct MHD_Response *r, const struct exchange *ex)
{
    const struct answer *a = &ex->answer;
    char timing[64];
    headers_fixed(r);
    add(r, "Content-Security-Policy", a->page ? page_policy : HEADERS_NO_PAGE);
    add(r, "Content-Type", a->type);
    add(r, "X-Request-Id", ex->request_id);
    add(r, "Cache-Control", a->cache ? a->cache : "no-store");
    if (ex->bus_us) {
        snprintf(timing, sizeof timing, "bus;dur=%lld.%02lld", (long long)(ex->bus_us / 1000),
                 (long long)(ex->bus_us % 1000 / 10));
        add(r, "Server-Timing", timing);
    }
    add(r, "ETag", a->etag[0] ? a->etag : NULL);
    add(r, "Location", a->location);
    /* It repeats the query; a long one would leave no place for the answer's head. */
    add(r, "Link", a->link && strlen(a->link) <= MAX_LINK_BYTES ? a->link : NULL);
    add(r, "Content-Disposition", a->disposition);
    add(r, "Idempotency-Replayed", a->replayed ? "true" : NULL);
    add(r, "Set-Cookie", a->cookie);
    add(r, "Allow", a->allow);
    add(r, "Content-Encoding", a->encoding);
    add(r, "Vary", a->encoding ? "Accept-Encoding" : NULL);
    if (a->retry_after_s)
        add_number(r, "Retry-After", a->retry_after_s);
    if (a->status == 401)
        add(r, "WWW-Authenticate", "Bearer realm=\"dealer-dashboard\"");
    add(r, "X-Accel-Buffering", ex->stream ? "no" : NULL);
    add_cors(r, ex);
    add_rate(r, &a->rate);
    if (a->close || ex->gateway->draining)
        add(r, "Connection", "close");
}
