/*
 * prometheus.c - the text exposition format, family by family. Pure, no I/O.
 */
#include "gateway/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum { MAX_FAMILIES = 512 };

/* A list of call_stat in process_stats, and how its families are called. */
static const struct {
    size_t list;
    const char *prefix;
    const char *label;
    const char *doc;
} groups[] = {
    {offsetof(struct process_stats, messages), "dd_message", "message", "Messages answered"},
    {offsetof(struct process_stats, calls), "dd_call", "message", "Messages sent"},
    {offsetof(struct process_stats, statements), "dd_statement", "statement", "SQL statements run"},
};

void prometheus_label(struct view v, struct buf *b)
{
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.p[i] == '\n')
            buf_puts(b, "\\n");
        else if (v.p[i] == '"' || v.p[i] == '\\')
            buf_printf(b, "\\%c", v.p[i]);
        else
            buf_append(b, &v.p[i], 1);
    }
}

static void family(struct buf *b, const char *name, const char *suffix, const char *type,
                   const char *doc)
{
    buf_printf(b, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, doc, name, suffix, type);
}

/* name{service="s",instance="i"   - without the closing brace */
static void open_sample(struct buf *b, const char *name, const char *suffix, const struct sample *s)
{
    buf_printf(b, "%s%s{service=\"", name, suffix);
    prometheus_label(view_of(s->service), b);
    buf_puts(b, "\",instance=\"");
    prometheus_label(view_of(s->instance), b);
    buf_puts(b, "\"");
}

static void label(struct buf *b, const char *name, struct view value)
{
    buf_printf(b, ",%s=\"", name);
    prometheus_label(value, b);
    buf_puts(b, "\"");
}

static void seconds(struct buf *b, int64_t us)
{
    buf_printf(b, "} %" PRId64 ".%06" PRId64 "\n", us / 1000000, us % 1000000);
}

static const struct list *list_of(const struct process_stats *s, size_t offset)
{
    return (const struct list *)(const void *)((const char *)s + offset);
}

typedef void row_fn(struct buf *b, const struct sample *s, unsigned group,
                    const struct call_stat *row);

static void each_row(const struct sample *samples, unsigned n, unsigned group, struct buf *b,
                     row_fn *fn)
{
    for (unsigned i = 0; i < n; i++) {
        if (!samples[i].stats)
            continue;
        const struct list *l = list_of(samples[i].stats, groups[group].list);
        for (uint32_t k = 0; k < l->n; k++)
            fn(b, &samples[i], group, LIST_AT(const struct call_stat, l, k));
    }
}

static void row_calls(struct buf *b, const struct sample *s, unsigned g, const struct call_stat *r)
{
    open_sample(b, groups[g].prefix, "_calls_total", s);
    label(b, groups[g].label, r->name);
    buf_printf(b, "} %" PRId64 "\n", r->calls);
}

static void row_errors(struct buf *b, const struct sample *s, unsigned g, const struct call_stat *r)
{
    open_sample(b, groups[g].prefix, "_errors_total", s);
    label(b, groups[g].label, r->name);
    buf_printf(b, "} %" PRId64 "\n", r->errors);
}

static void row_seconds(struct buf *b, const struct sample *s, unsigned g,
                        const struct call_stat *r)
{
    const struct {
        const char *quantile;
        int64_t us;
    } values[] = {{"0.5", r->p50_us}, {"0.95", r->p95_us}, {"0.99", r->p99_us}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        open_sample(b, groups[g].prefix, "_seconds", s);
        label(b, groups[g].label, r->name);
        label(b, "quantile", view_of(values[i].quantile));
        seconds(b, values[i].us);
    }
    open_sample(b, groups[g].prefix, "_seconds_sum", s);
    label(b, groups[g].label, r->name);
    seconds(b, r->total_us);
    open_sample(b, groups[g].prefix, "_seconds_count", s);
    label(b, groups[g].label, r->name);
    buf_printf(b, "} %" PRId64 "\n", r->calls);
}

static void write_group(const struct sample *samples, unsigned n, unsigned g, struct buf *b)
{
    family(b, groups[g].prefix, "_calls_total", "counter", groups[g].doc);
    each_row(samples, n, g, b, row_calls);
    family(b, groups[g].prefix, "_errors_total", "counter", "Of these, failed");
    each_row(samples, n, g, b, row_errors);
    family(b, groups[g].prefix, "_seconds", "summary", "Time that they took");
    each_row(samples, n, g, b, row_seconds);
}

static void write_processes(const struct sample *samples, unsigned n, struct buf *b)
{
    family(b, "dd_up", "", "gauge", "Whether the process answered");
    for (unsigned i = 0; i < n; i++) {
        open_sample(b, "dd_up", "", &samples[i]);
        buf_printf(b, "} %d\n", samples[i].stats != NULL);
    }
    family(b, "dd_uptime_seconds", "", "gauge", "Time since the start");
    for (unsigned i = 0; i < n; i++) {
        if (!samples[i].stats)
            continue;
        open_sample(b, "dd_uptime_seconds", "", &samples[i]);
        seconds(b, samples[i].stats->uptime_ms * 1000);
    }
    family(b, "dd_resident_bytes", "", "gauge", "Resident memory");
    for (unsigned i = 0; i < n; i++) {
        if (!samples[i].stats)
            continue;
        open_sample(b, "dd_resident_bytes", "", &samples[i]);
        buf_printf(b, "} %" PRId64 "\n", samples[i].stats->rss_bytes);
    }
}

/* All samples of one counter, wherever it occurs. */
static void write_counter(const struct sample *samples, unsigned n, const struct counter *c,
                          struct buf *b)
{
    bool rises = view_is(c->kind, "counter");
    buf_printf(b, "# HELP dd_%.*s%s ", (int)c->name.n, c->name.p, rises ? "_total" : "");
    for (uint32_t i = 0; i < c->doc.n; i++)
        buf_append(b, c->doc.p[i] == '\n' ? " " : &c->doc.p[i], 1);
    buf_printf(b, "\n# TYPE dd_%.*s%s %s\n", (int)c->name.n, c->name.p, rises ? "_total" : "",
               rises ? "counter" : "gauge");
    for (unsigned i = 0; i < n; i++) {
        const struct list *l = samples[i].stats ? &samples[i].stats->counters : NULL;
        for (uint32_t k = 0; l && k < l->n; k++) {
            const struct counter *row = LIST_AT(const struct counter, l, k);
            if (row->name.n != c->name.n || memcmp(row->name.p, c->name.p, c->name.n) != 0)
                continue;
            buf_puts(b, "dd_");
            buf_append(b, c->name.p, c->name.n);
            open_sample(b, "", rises ? "_total" : "", &samples[i]);
            buf_printf(b, "} %" PRId64 "\n", row->value);
        }
    }
}

static bool known(const struct counter *const *seen, unsigned n, const struct counter *c)
{
    for (unsigned i = 0; i < n; i++)
        if (seen[i]->name.n == c->name.n && memcmp(seen[i]->name.p, c->name.p, c->name.n) == 0)
            return true;
    return false;
}

static void write_counters(const struct sample *samples, unsigned n, struct buf *b)
{
    const struct counter *seen[MAX_FAMILIES];
    unsigned n_seen = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct list *l = samples[i].stats ? &samples[i].stats->counters : NULL;
        for (uint32_t k = 0; l && k < l->n; k++) {
            const struct counter *c = LIST_AT(const struct counter, l, k);
            if (n_seen == MAX_FAMILIES || known(seen, n_seen, c))
                continue;
            seen[n_seen++] = c;
            write_counter(samples, n, c, b);
        }
    }
}

static void write_http(const struct http_figures *h, const char *own, struct buf *b)
{
    const struct sample self = {.instance = own, .service = "gateway"};
    family(b, "dd_http_requests_total", "", "counter", "Requests by route and class of status");
    for (unsigned i = 0; i < h->n_routes; i++) {
        for (int class = 1; class < 6; class ++) {
            if (!h->routes[i].by_class[class])
                continue;
            open_sample(b, "dd_http_requests_total", "", &self);
            label(b, "method", view_of(h->routes[i].method));
            label(b, "route", view_of(h->routes[i].path));
            buf_printf(b, ",status=\"%dxx\"} %" PRId64 "\n", class, h->routes[i].by_class[class]);
        }
    }
    family(b, "dd_http_request_seconds", "", "summary", "Time from request line to answer");
    for (uint32_t i = 0; i < h->times.n; i++) {
        const struct call_stat *r = LIST_AT(const struct call_stat, &h->times, i);
        const struct {
            const char *quantile;
            int64_t us;
        } values[] = {{"0.5", r->p50_us}, {"0.95", r->p95_us}, {"0.99", r->p99_us}};
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            open_sample(b, "dd_http_request_seconds", "", &self);
            label(b, "route", r->name);
            label(b, "quantile", view_of(values[k].quantile));
            seconds(b, values[k].us);
        }
        open_sample(b, "dd_http_request_seconds_sum", "", &self);
        label(b, "route", r->name);
        seconds(b, r->total_us);
        open_sample(b, "dd_http_request_seconds_count", "", &self);
        label(b, "route", r->name);
        buf_printf(b, "} %" PRId64 "\n", r->calls);
    }
    family(b, "dd_http_open_requests", "", "gauge", "Requests in hand");
    open_sample(b, "dd_http_open_requests", "", &self);
    buf_printf(b, "} %" PRId64 "\n", h->open_requests);
    family(b, "dd_live_clients", "", "gauge", "Browsers that listen to events");
    open_sample(b, "dd_live_clients", "", &self);
    buf_printf(b, "} %" PRId64 "\n", h->live_clients);
}

void prometheus_write(const struct sample *samples, unsigned n, const struct http_figures *http,
                      const char *own, struct buf *b)
{
    write_processes(samples, n, b);
    for (unsigned g = 0; g < sizeof groups / sizeof groups[0]; g++)
        write_group(samples, n, g, b);
    write_counters(samples, n, b);
    write_http(http, own, b);
}
