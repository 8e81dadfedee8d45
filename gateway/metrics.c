/*
 * metrics.c - counts the gateway's own requests, and gathers the figures of all processes.
 *
 * DESIGN: a gathering holds the number of its exchange, not a pointer, so that it may end later
 * than the request; it is freed when its last question is answered or timed out.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/metrics.h"
#include "gateway/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES = 64,
    ADDRESS_BYTES = 257,
    LIST_MS = 800,
    GATHER_MS = 1500, /* of the whole */
    RETRY_MS = 40,    /* a fresh connection takes nothing for a moment */
    KEEP_MS = 120000, /* of an unused connection */
    ARENA_BYTES = 32 * 1024 * 1024
};

struct peer_client {
    char address[ADDRESS_BYTES]; /* "" = free */
    struct client *client;
    int64_t used_mono; /* ms */
    unsigned open;     /* questions on their way */
};

struct gathering;

/* One process that is asked. */
struct asked {
    struct gathering *gathering;
    struct peer_client *peer;
    uint64_t retry; /* timer */
    char instance[65];
    char service[33];
    const struct process_stats *stats;
    bool open;
};

struct gathering {
    struct gathering *next;
    struct metrics *metrics;
    uint64_t exchange_id;
    int64_t deadline_mono;
    struct arena arena;
    struct asked asked[PROMETHEUS_MAX_PROCESSES];
    unsigned n;
    unsigned open; /* questions not settled */
};

struct metrics {
    struct gateway *gateway;
    struct stats *times; /* by route */
    struct route_count
        *routes;               /* in the order of the tables; the last stands for all else; owned */
    char (*names)[NAME_BYTES]; /* likewise */
    unsigned n_routes;
    struct peer_client peers[PROMETHEUS_MAX_PROCESSES];
    struct gathering *gatherings;
    struct arena arena;
    struct counter_cell *silent;
};

enum err metrics_new(struct gateway *g, struct metrics **out)
{
    struct metrics *m = calloc(1, sizeof *m);
    if (!m)
        return ERR_NO_MEMORY;
    m->gateway = g;
    m->times = stats_new();
    m->n_routes = g->routes->n;
    m->routes = calloc(m->n_routes + 1, sizeof *m->routes);
    m->names = calloc(m->n_routes + 1, sizeof *m->names);
    arena_init(&m->arena, ARENA_BYTES);
    if (!m->times || !m->routes || !m->names) {
        metrics_free(&m);
        return ERR_NO_MEMORY;
    }
    m->silent = stats_counter(g->process->stats, "metrics_silent",
                              "Processes that did not answer in time when figures were gathered.");
    for (unsigned i = 0; i < m->n_routes; i++) {
        const struct route *r = &g->routes->rows[i];
        m->routes[i] = (struct route_count){.method = method_name(r->method), .path = r->path};
        snprintf(m->names[i], NAME_BYTES, "%s %s", method_name(r->method), r->path);
    }
    m->routes[m->n_routes] = (struct route_count){.method = "", .path = "other"};
    snprintf(m->names[m->n_routes++], NAME_BYTES, "other");
    *out = m;
    return ERR_OK;
}

static void end_gathering(struct gathering *p)
{
    for (struct gathering **at = &p->metrics->gatherings; *at; at = &(*at)->next) {
        if (*at != p)
            continue;
        *at = p->next;
        break;
    }
    for (unsigned i = 0; i < p->n; i++)
        loop_cancel(p->metrics->gateway->process->loop, p->asked[i].retry);
    arena_free(&p->arena);
    free(p);
}

void metrics_free(struct metrics **m)
{
    if (!*m)
        return;
    while ((*m)->gatherings)
        end_gathering((*m)->gatherings);
    for (unsigned i = 0; i < PROMETHEUS_MAX_PROCESSES; i++)
        client_free(&(*m)->peers[i].client);
    free((*m)->routes);
    free((*m)->names);
    stats_free(&(*m)->times);
    arena_free(&(*m)->arena);
    free(*m);
    *m = NULL;
}

void metrics_request(struct metrics *m, const struct exchange *ex, int64_t us)
{
    unsigned i = m->n_routes - 1;
    if (ex->match.route)
        i = (unsigned)(ex->match.route - m->gateway->routes->rows);
    if (i >= m->n_routes)
        i = m->n_routes - 1;
    int class = ex->answer.status / 100;
    m->routes[i].by_class[class > 0 && class < 6 ? class : 0]++;
    /* A stream's time says nothing. */
    if (!ex->stream)
        stats_call(m->times, STATS_MESSAGES, m->names[i], ex->answer.status >= 500, us);
}

/* ---- gathering ---- */

static struct peer_client *peer_of(struct metrics *m, const char *address, const char *service)
{
    int64_t now = loop_now_ms();
    struct peer_client *place = NULL;
    for (unsigned i = 0; i < PROMETHEUS_MAX_PROCESSES; i++) {
        struct peer_client *p = &m->peers[i];
        if (p->client && !p->open && now - p->used_mono > KEEP_MS)
            client_free(&p->client);
        if (p->client && strcmp(p->address, address) == 0) {
            p->used_mono = now;
            return p;
        }
        if (!p->client && !place)
            place = p;
    }
    if (!place || client_new(m->gateway->process->bus, m->gateway->process->loop, service, address,
                             &place->client))
        return NULL;
    snprintf(place->address, sizeof place->address, "%s", address);
    place->used_mono = now;
    place->open = 0;
    return place;
}

static void write_all(struct gathering *p, struct exchange *ex)
{
    struct metrics *m = p->metrics;
    struct sample samples[PROMETHEUS_MAX_PROCESSES + 1];
    struct process_stats own = {0}, times = {0};
    unsigned n = 0;
    /* The gateway's own figures need no question. */
    if (process_figures(m->gateway->process, &p->arena, &own))
        own = (struct process_stats){0};
    if (stats_fill(m->times, &p->arena, &times))
        times = (struct process_stats){0};
    samples[n++] = (struct sample){m->gateway->process->conf->name, "gateway", &own};
    for (unsigned i = 0; i < p->n; i++) {
        samples[n++] =
            (struct sample){p->asked[i].instance, p->asked[i].service, p->asked[i].stats};
        if (!p->asked[i].stats)
            counter_add(m->silent, 1);
    }
    struct http_figures http = {.routes = m->routes,
                                .n_routes = m->n_routes,
                                .times = times.messages,
                                .open_requests = exchanges_busy(m->gateway->exchanges),
                                .live_clients = live_clients(m->gateway->live)};
    prometheus_write(samples, n, &http, m->gateway->process->conf->name, &ex->out);
    if (ex->out.failed)
        exchange_fail_err(ex, ERR_TOO_LARGE);
    else
        exchange_text(ex, 200, "text/plain; version=0.0.4; charset=utf-8", buf_view(&ex->out));
}

static void settle(struct gathering *p)
{
    if (--p->open > 0)
        return;
    struct exchange *ex = exchange_by_id(p->metrics->gateway->exchanges, p->exchange_id);
    if (ex)
        write_all(p, ex);
    end_gathering(p);
}

static void ask(void *arg);

static void on_stats(void *arg, const struct reply *reply)
{
    struct asked *q = arg;
    struct gathering *p = q->gathering;
    struct fault f;
    q->peer->open--;
    if (reply->err == ERR_NO_SERVICE && loop_now_ms() + RETRY_MS < p->deadline_mono) {
        q->retry = loop_after(p->metrics->gateway->process->loop, RETRY_MS, ask, q);
        return;
    }
    if (!reply->err) {
        /* The frame is gone after this callback, so the body is kept. */
        struct view body = arena_copy(&p->arena, reply->body);
        struct process_stats *s = arena_take(&p->arena, sizeof *s);
        if (s && (body.p || !body.n) &&
            codec_decode(reply->desc, body.p, body.n, &p->arena, s, &f) == ERR_OK)
            q->stats = s;
    }
    settle(p);
}

static void ask(void *arg)
{
    struct asked *q = arg;
    struct gathering *p = q->gathering;
    int64_t left = p->deadline_mono - loop_now_ms();
    struct sys_stats message = {0};
    q->retry = 0;
    PUT(&message, sys_stats, reason, view_of("metrics"));
    if (left > 0 &&
        client_call(q->peer->client, &SYS_STATS, &message, NULL, (int)left, on_stats, q))
        q->peer->open++;
    else
        settle(p);
}

static void add_process(struct gathering *p, struct view name, struct view service,
                        const char *address)
{
    struct metrics *m = p->metrics;
    if (p->n == PROMETHEUS_MAX_PROCESSES || strcmp(address, m->gateway->process->endpoint) == 0)
        return;
    struct asked *q = &p->asked[p->n++];
    q->gathering = p;
    snprintf(q->instance, sizeof q->instance, "%.*s", (int)name.n, name.p);
    snprintf(q->service, sizeof q->service, "%.*s", (int)service.n, service.p);
    q->peer = peer_of(m, address, q->service);
    if (!q->peer)
        return;
    p->open++;
    ask(q);
}

/* Without a list of processes: the endpoints of the configuration. */
static void add_configured(struct gathering *p)
{
    for (int s = 0; s < SERVICES; s++) {
        const char *service = service_name((enum service)s);
        const char *at = conf_bus(p->metrics->gateway->process->conf, service);
        if (!p->metrics->gateway->clients[s])
            continue;
        for (unsigned i = 1; at && *at; i++) {
            char address[ADDRESS_BYTES], name[48];
            size_t n = strcspn(at, ",");
            snprintf(address, sizeof address, "%.*s", (int)n, at);
            snprintf(name, sizeof name, "%s-%u", service, i);
            add_process(p, view_of(name), view_of(service), address);
            at += n + (at[n] == ',');
        }
    }
}

static void on_list(void *arg, const struct reply *reply)
{
    struct gathering *p = arg;
    struct process_page page;
    struct fault f;
    if (reply->err || reply_decode(reply, &p->arena, &page, &f)) {
        add_configured(p);
        settle(p);
        return;
    }
    for (uint32_t i = 0; i < page.items.n; i++) {
        const struct process_info *info = LIST_AT(struct process_info, &page.items, i);
        char address[ADDRESS_BYTES];
        if (view_is(info->state, "gone"))
            continue;
        snprintf(address, sizeof address, "%.*s", (int)info->endpoint.n, info->endpoint.p);
        add_process(p, info->name, info->service, address);
    }
    settle(p);
}

void metrics_answer(struct exchange *ex)
{
    struct metrics *m = ex->gateway->metrics;
    struct gathering *p = calloc(1, sizeof *p);
    if (!p) {
        exchange_fail_err(ex, ERR_NO_MEMORY);
        return;
    }
    p->metrics = m;
    p->exchange_id = ex->id;
    p->deadline_mono = loop_now_ms() + GATHER_MS;
    p->open = 1; /* the list itself */
    arena_init(&p->arena, ARENA_BYTES);
    p->next = m->gatherings;
    m->gatherings = p;
    struct process_list list = {0};
    struct client *dealer = ex->gateway->clients[SERVICE_DEALER];
    if (dealer && client_call(dealer, &PROCESS_LIST, &list, NULL, LIST_MS, on_list, p))
        return;
    add_configured(p);
    settle(p);
}
