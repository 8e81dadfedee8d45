/*
 * front.c - addresses, limits and origins of requests.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/front.h"
#include "gateway/cors.h"
#include "gateway/limits.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct front {
    struct networks trusted;
    struct origins origins;
    struct limits *limits;
    struct counter_cell *refused;
    bool stranger_told; /* a proxy that is not trusted was logged */
};

enum err front_new(struct gateway *g, struct front **out)
{
    struct front *f = calloc(1, sizeof *f);
    enum err e = ERR_CONFIG;
    if (!f)
        return ERR_NO_MEMORY;
    if (!networks_parse(g->conf.trusted_proxies, &f->trusted)) {
        log_error("DD_TRUSTED_PROXIES is a list of addresses and networks such as 10.0.0.0/8",
                  K("value", g->conf.trusted_proxies));
        goto fail;
    }
    if (!origins_parse(g->conf.cors_origins, &f->origins)) {
        log_error("DD_CORS_ORIGINS is a list of exact origins such as https://app.example.com",
                  K("value", g->conf.cors_origins));
        goto fail;
    }
    f->limits = limits_new();
    e = ERR_NO_MEMORY;
    if (!f->limits)
        goto fail;
    f->refused = stats_counter(g->process->stats, "http_rate_refused",
                               "Requests refused because a client asked too often.");
    *out = f;
    return ERR_OK;
fail:
    front_free(&f);
    return e;
}

void front_free(struct front **f)
{
    if (!*f)
        return;
    limits_free(&(*f)->limits);
    free(*f);
    *f = NULL;
}

/* ---- whose request it is ---- */

struct lines {
    struct buf text; /* the values of one header, joined by commas */
    const char *name;
};

static enum MHD_Result on_line(void *cls, enum MHD_ValueKind kind, const char *name,
                               const char *value)
{
    struct lines *l = cls;
    (void)kind;
    if (strcasecmp(name, l->name) == 0 && value)
        buf_printf(&l->text, "%s%s", l->text.n ? "," : "", value);
    return MHD_YES;
}

/* A header that may come in several lines, which mean the same as one. */
static struct view joined(struct exchange *ex, const char *name)
{
    struct lines l = {.name = name};
    struct view first = exchange_header(ex, name);
    if (!first.n)
        return first;
    buf_init(&l.text, 32 * 1024);
    MHD_get_connection_values(ex->connection, MHD_HEADER_KIND, on_line, &l);
    struct view copy = l.text.failed ? (struct view){0} : arena_copy(&ex->arena, buf_view(&l.text));
    buf_free(&l.text);
    return copy;
}

/* A proxy asks for others. */
static bool is_forwarded(struct exchange *ex)
{
    return exchange_header(ex, "X-Forwarded-For").n || exchange_header(ex, "Forwarded").n;
}

/* Once: everybody behind it counts as one client, and as this machine in the audit trail. */
static void tell_stranger(struct front *f, struct exchange *ex)
{
    if (f->stranger_told || !address_is_loopback(&ex->peer) || !is_forwarded(ex))
        return;
    f->stranger_told = true;
    log_warn("a proxy on this machine is not in DD_TRUSTED_PROXIES: its clients are not told apart",
             KV("address", view_of(ex->address)));
}

static void find_client(struct front *f, struct exchange *ex)
{
    ex->client_address = ex->peer;
    if (!networks_has(&f->trusted, &ex->peer)) {
        tell_stranger(f, ex);
        return;
    }
    ex->client_address = client_address(&f->trusted, ex->peer, joined(ex, "X-Forwarded-For"),
                                        joined(ex, "Forwarded"));
    address_text(&ex->client_address, ex->address);
    ex->https = view_is(exchange_header(ex, "X-Forwarded-Proto"), "https");
}

/* ---- whether it may ask now ---- */

static void refuse(struct exchange *ex, const struct rate *rate)
{
    struct remote_error e = {.code = view_of(err_code(ERR_RATE)),
                             .text = view_of(err_text(ERR_RATE)),
                             .retry_after_ms = 1000 * rate->retry_s};
    counter_add(ex->gateway->front->refused, 1);
    exchange_fail(ex, &e);
}

/* What runs on this machine has no limit, unless somebody wants that. */
static bool is_limited(struct exchange *ex)
{
    return ex->gateway->conf.rate_loopback || !address_is_loopback(&ex->client_address) ||
           (!networks_has(&ex->gateway->front->trusted, &ex->peer) && is_forwarded(ex));
}

static bool address_may(struct front *f, struct exchange *ex)
{
    struct rate rate;
    if (!is_limited(ex))
        return true;
    bool may = limits_take_address(f->limits, &ex->client_address, ex->gateway->conf.rate_address,
                                   loop_now_us(), &rate);
    ex->answer.rate = rate;
    if (!may) {
        /* Its body is not waited for. */
        ex->answer.close = ex->strict.content_length || ex->strict.encodings;
        refuse(ex, &rate);
    }
    return may;
}

bool front_principal(struct exchange *ex)
{
    struct front *f = ex->gateway->front;
    struct rate rate, *told = &ex->answer.rate;
    if (!ex->principal[0] || !is_limited(ex))
        return true;
    bool may = limits_take_name(f->limits, ex->principal, ex->gateway->conf.rate_principal,
                                loop_now_us(), &rate);
    if (rate.limit && (!told->limit || rate.remaining < told->remaining))
        *told = rate;
    if (!may)
        refuse(ex, &rate);
    return may;
}

/* ---- pages of other origins ---- */

static bool is_preflight(const struct exchange *ex)
{
    return ex->method == OPTIONS && exchange_header(ex, "Access-Control-Request-Method").n;
}

void front_head(struct exchange *ex)
{
    struct front *f = ex->gateway->front;
    struct view origin = exchange_header(ex, "Origin");
    find_client(f, ex);
    if (origin.n && origins_has(&f->origins, origin))
        ex->answer.allow_origin = origin.p;
    if (!address_may(f, ex))
        return;
    if (ex->answer.allow_origin && is_preflight(ex)) {
        ex->answer.preflight = true;
        exchange_text(ex, 204, NULL, (struct view){0});
    }
}
