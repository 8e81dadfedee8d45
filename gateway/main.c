/*
 * main.c - the gateway process: settings and wiring.
 */
#include "gateway/assets.h"
#include "gateway/auth.h"
#include "gateway/exchange.h"
#include "gateway/front.h"
#include "gateway/gateway.h"
#include "gateway/health.h"
#include "gateway/http.h"
#include "gateway/live.h"
#include "gateway/metrics.h"
#include "gateway/openapi.h"
#include "gateway/workbooks.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { OPENAPI_BYTES = 4 * 1024 * 1024, SPARE_DESCRIPTORS = 256, SETTLE_MS = 500 };

#define AT(member) offsetof(struct gateway_conf, member)
static const struct conf_row conf_rows[] = {
    {"DD_GATEWAY_ROLE", CONF_TEXT, AT(role), NULL, 1, 16, "api, analytics or admin."},
    {"DD_GATEWAY_PORT", CONF_INT, AT(port), "0", 0, 65535,
     "Port; 0 = 8000, 8501 or 8502 by the role."},
    {"DD_LISTEN", CONF_TEXT, AT(listen), "127.0.0.1", 0, 64, "Address that is listened on."},
    {"DD_UI_DIR", CONF_TEXT, AT(ui_dir), "", 0, 400,
     "Folder of the built pages, with analytics, admin and docs below."},
    {"DD_AUTH", CONF_BOOL, AT(auth), "on", 0, 0, "off lets everybody in; on loopback alone."},
    {"DD_HTTP_CONNECTIONS", CONF_INT, AT(connections), "1536", 8, 1900,
     "Connections at the same time."},
    {"DD_HTTP_PER_ADDRESS", CONF_INT, AT(per_address), "1024", 1, 1900,
     "Connections of one address at the same time."},
    {"DD_HTTP_SECONDS", CONF_INT, AT(seconds), "30", 1, 600,
     "Longest time for a request to come, and for each 2 MiB of an answer to be taken."},
    {"DD_TRUSTED_PROXIES", CONF_TEXT, AT(trusted_proxies), "", 0, 4000,
     "Addresses and networks of proxies whose X-Forwarded-For or Forwarded is believed."},
    {"DD_CORS_ORIGINS", CONF_TEXT, AT(cors_origins), "", 0, 4000,
     "Exact origins whose pages may call the API with a key."},
    {"DD_RATE_ADDRESS", CONF_INT, AT(rate_address), "6000", 0, 60000000,
     "Requests a minute of one address; 0 = no limit."},
    {"DD_RATE_PRINCIPAL", CONF_INT, AT(rate_principal), "12000", 0, 60000000,
     "Requests a minute of one key or session; 0 = no limit."},
    {"DD_RATE_LOOPBACK", CONF_BOOL, AT(rate_loopback), "off", 0, 0,
     "on limits loopback addresses like any other."},
    {0},
};

static enum err choose_role(struct gateway *g)
{
    static const struct {
        const char *name;
        enum role role;
        int64_t port;
    } roles[] = {
        {"api", ROLE_API, 8000}, {"analytics", ROLE_ANALYTICS, 8501}, {"admin", ROLE_ADMIN, 8502}};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].name, g->conf.role) != 0)
            continue;
        g->role = roles[i].role;
        if (!g->conf.port)
            g->conf.port = roles[i].port;
        return ERR_OK;
    }
    log_error("DD_GATEWAY_ROLE is api, analytics or admin", K("value", g->conf.role));
    return ERR_CONFIG;
}

/* One client for each service that a route of the role uses. */
static enum err make_clients(struct gateway *g)
{
    enum err e = ERR_OK;
    for (unsigned i = 0; i < g->routes->n && !e; i++) {
        const struct route *r = &g->routes->rows[i];
        if (!(r->roles & (unsigned)g->role) || r->service == SERVICE_NONE || g->clients[r->service])
            continue;
        e = process_client(g->process, service_name(r->service), &g->clients[r->service]);
    }
    if (!e && !g->clients[SERVICE_ACCOUNT]) /* each role asks it who is who */
        e = process_client(g->process, "account", &g->clients[SERVICE_ACCOUNT]);
    return e;
}

/* A gateway that answers but knows no service yet would refuse what a moment later it can do. */
static void settle_clients(struct gateway *g)
{
    int64_t until = loop_now_ms() + SETTLE_MS;
    for (int s = 0; s < SERVICES; s++)
        if (g->clients[s] && !client_settle(g->clients[s], until))
            log_warn("a service is not there yet", K("service", service_name((enum service)s)));
}

static enum err make_openapi(struct gateway *g)
{
    struct buf b;
    buf_init(&b, OPENAPI_BYTES);
    enum err e = openapi_write(g->routes, &b);
    if (e)
        buf_free(&b);
    g->openapi = buf_view(&b);
    return e;
}

static void stop(void *state)
{
    struct gateway *g = state;
    http_free(&g->http);
    workbooks_free(&g->workbooks);
    live_free(&g->live);
    metrics_free(&g->metrics);
    health_free(&g->health);
    for (int s = 0; s < SERVICES; s++)
        client_free(&g->clients[s]);
    exchanges_free(&g->exchanges);
    auth_free(&g->auth);
    front_free(&g->front);
    assets_free(&g->assets);
    routes_free(&g->routes);
    free((void *)(uintptr_t)g->openapi.p);
    g->openapi = (struct view){0};
}

static enum err start(void *state, struct process *p)
{
    struct gateway *g = state;
    g->process = p;
    enum err e = choose_role(g);
    if (!e) {
        g->routes = routes_new();
        g->exchanges = exchanges_new(g);
        e = g->routes && g->exchanges ? ERR_OK : ERR_NO_MEMORY;
    }
    if (!e)
        e = make_openapi(g);
    /* Every connection is a descriptor. */
    process_descriptors(g->conf.connections + SPARE_DESCRIPTORS);
    if (!e)
        e = make_clients(g);
    if (!e)
        e = assets_new(g->conf.ui_dir, g->conf.role, &g->assets);
    if (!e)
        e = auth_new(g, &g->auth);
    if (!e)
        e = front_new(g, &g->front);
    if (!e)
        e = live_new(g, &g->live);
    if (!e)
        e = workbooks_new(g, &g->workbooks);
    if (!e)
        e = metrics_new(g, &g->metrics);
    if (!e)
        e = health_new(g, &g->health);
    if (!e)
        settle_clients(g);
    if (!e)
        e = http_new(g, &g->http);
    if (e)
        stop(g);
    else
        log_info("listens", K("role", g->conf.role), K("address", g->conf.listen),
                 KN("port", g->conf.port));
    return e;
}

static void drain(void *state)
{
    struct gateway *g = state;
    g->draining = true;
    http_quiesce(g->http);
    live_end_all(g->live);
}

static bool idle(void *state)
{
    const struct gateway *g = state;
    return exchanges_busy(g->exchanges) == 0;
}

int main(int argc, char **argv)
{
    static struct gateway gateway;
    const struct process_spec spec = {
        .service = "gateway",
        .conf = conf_rows,
        .conf_out = &gateway.conf,
        .state = &gateway,
        .start = start,
        .drain = drain,
        .idle = idle,
        .stop = stop,
    };
    return process_main(&spec, argc, argv);
}
