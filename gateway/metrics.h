/*
 * metrics.h - figures of every process in Prometheus' text format.
 *
 * DESIGN: on request, the dealer service is asked which processes there are (process.list), then
 * each of them for sys.stats, over connections that are made when needed and kept for two minutes;
 * after 1.5 seconds the answer is written with what has come, and dd_up says who was silent. A
 * gateway without a dealer service asks the endpoints that it is configured for. The samples of a
 * family stand together, as the format demands. The gateway's own requests are counted by route.
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include "gateway/exchange.h"

struct metrics;

enum err metrics_new(struct gateway *g, struct metrics **out) MUST_CHECK;
void metrics_free(struct metrics **m);

/* Notes one finished request. */
void metrics_request(struct metrics *m, const struct exchange *ex, int64_t us);

/* Local handler. */
void metrics_answer(struct exchange *ex);

/* ---- prometheus.c: the text. Pure. ---- */

enum { PROMETHEUS_MAX_PROCESSES = 64 };

/* A process of the list; stats NULL: it was silent. */
struct sample {
    const char *instance;
    const char *service;
    const struct process_stats *stats;
};

/* Requests of one route and status class. */
struct route_count {
    const char *method;
    const char *path;
    int64_t by_class[6]; /* 1xx to 5xx at 1 to 5 */
};

struct http_figures {
    const struct route_count *routes;
    unsigned n_routes;
    struct list times; /* of struct call_stat, named "GET /path" */
    int64_t open_requests;
    int64_t live_clients;
};

/* Appends the whole text. `own` is the gateway's instance name. */
void prometheus_write(const struct sample *samples, unsigned n, const struct http_figures *http,
                      const char *own, struct buf *b);

/* Appends v as the inside of a label's quotes. */
void prometheus_label(struct view v, struct buf *b);

#endif
