/*
 * gateway.h - the state of a gateway process.
 *
 * One binary, three instances by role: api (8000), analytics (8501), admin (8502). It maps REST
 * routes onto bus calls by tables, serves the pages of its role, and streams live events. It talks
 * to the bus alone; sessions and limits are bounded tables in its memory.
 *
 * Files: routes.def, compat.def (tables) - routes, params, compat, problem, strict, openapi,
 * schema_json, prometheus, transcode, csv, pages, address, cors, limits (pure) - http
 * (libmicrohttpd in the loop), refusal (what that library refuses by itself), exchange (requests in
 * hand), headers (of every answer), front (client, limits, origins), dispatch (what a request
 * does), export (lists as files), workbooks (the dashboard as a file), workbook (its sheets),
 * scribe (the thread that writes it) - auth, live, assets, health, metrics (state of their own
 * each).
 *
 * THREADS: one, the loop's; beside it the scribe's, which touches what it is given alone.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "gateway/routes.h"
#include "services/daemon/process.h"

struct assets;
struct auth;
struct exchanges;
struct front;
struct health_watch;
struct http;
struct live;
struct metrics;
struct workbooks;

struct gateway_conf {
    char *role;             /* DD_GATEWAY_ROLE */
    int64_t port;           /* DD_GATEWAY_PORT; 0 = the role's own */
    char *listen;           /* DD_LISTEN */
    char *ui_dir;           /* DD_UI_DIR; "" = no pages */
    bool auth;              /* DD_AUTH */
    int64_t connections;    /* DD_HTTP_CONNECTIONS */
    int64_t per_address;    /* DD_HTTP_PER_ADDRESS */
    int64_t seconds;        /* DD_HTTP_SECONDS */
    char *trusted_proxies;  /* DD_TRUSTED_PROXIES; "" = none */
    char *cors_origins;     /* DD_CORS_ORIGINS; "" = none */
    int64_t rate_address;   /* DD_RATE_ADDRESS: a minute; 0 = no limit */
    int64_t rate_principal; /* DD_RATE_PRINCIPAL: a minute; 0 = no limit */
    bool rate_loopback;     /* DD_RATE_LOOPBACK */
};

struct gateway {
    struct process *process; /* borrowed */
    struct gateway_conf conf;
    enum role role;
    struct client *clients[SERVICES]; /* NULL for services that the role does not use */
    struct routes *routes;
    struct exchanges *exchanges;
    struct front *front;
    struct http *http;
    struct auth *auth;
    struct live *live;
    struct assets *assets;
    struct health_watch *health;
    struct metrics *metrics;
    struct workbooks *workbooks;
    struct view openapi; /* the document; owned */
    unsigned exports;    /* files of CSV that are being made */
    bool draining;
};

#endif
