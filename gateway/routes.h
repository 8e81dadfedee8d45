/*
 * routes.h - the table of routes, and which route a request means.
 *
 * DESIGN: routes.def and compat.def become one array. A path is compared template by template on
 * its raw form; what stands for {name} is handed out raw (params.c decodes it), so that an encoded
 * slash can never change the route. Pure; openapi.c walks the same array.
 *
 * OWNERSHIP: the table owns the compiled shapes and inputs of the old routes.
 */
#ifndef GATEWAY_ROUTES_H
#define GATEWAY_ROUTES_H

#include "gateway/compat.h"
#include "proto/schema.h"

enum role { ROLE_API = 1, ROLE_ANALYTICS = 2, ROLE_ADMIN = 4, ROLE_ALL = 7 };
enum method { GET, POST, PUT, PATCH, DELETE, METHODS, HEAD, OPTIONS, METHOD_UNKNOWN };
enum service {
    SERVICE_ACCOUNT,
    SERVICE_DEALER,
    SERVICE_SCHEDULER,
    SERVICE_ANALYTICS,
    SERVICES,
    SERVICE_NONE
};
enum local_handler {
    LOCAL_NONE,
    LOCAL_EVENTS,
    LOCAL_SESSION_START,
    LOCAL_SESSION_GET,
    LOCAL_SESSION_END,
    LOCAL_HEALTH,
    LOCAL_LIVEZ,
    LOCAL_READYZ,
    LOCAL_METRICS,
    LOCAL_OPENAPI,
    LOCAL_ROOT,
    LOCAL_HANDLERS
};

struct route {
    const char *path;          /* template, "/api/v1/dealers/{dealer_id}" */
    const char *doc;           /* one sentence */
    const char *location;      /* template of the Location header; "" = none */
    const char *output;        /* local routes: a record's name or a media type; "" = no body */
    const struct desc *msg;    /* what is sent, or what a local route reads; NULL = none */
    const struct desc *input;  /* msg, or msg with the old names */
    const struct shape *shape; /* how an old route writes the reply; NULL = as it is */
    int status;                /* of a success */
    int deadline_ms;           /* of the call */
    unsigned roles;            /* enum role */
    enum method method;
    enum service service; /* SERVICE_NONE: local */
    enum who who;         /* the least role; of a forwarded route that of its message */
    enum local_handler local;
    bool etag;     /* answers carry one, and 304 is possible */
    bool workbook; /* the answer is a file of Excel, with more than the reply (workbooks.h) */
    bool each;     /* old routes: a bare array of the reply's items */
    bool direct;   /* the reply goes to JSON in one pass, without a struct */
    bool old;      /* deprecated; a final slash is optional */
};

struct routes {
    struct route *rows; /* owned */
    unsigned n;
    struct compat *compat; /* owned; shapes and inputs of the old routes */
};

/* NULL: no memory. */
struct routes *routes_new(void);
void routes_free(struct routes **r);

enum { ROUTE_MAX_PARAMS = 4 };

/* One {name} of a template and the raw text at its place. */
struct route_param {
    struct view name;
    struct view raw;
};

struct route_match {
    const struct route *route; /* NULL: nothing here */
    struct route_param params[ROUTE_MAX_PARAMS];
    unsigned n_params;
    unsigned allowed; /* bits of the methods that the path has, for 405 */
};

/* Finds the route of a raw path. HEAD counts as GET. */
void route_find(const struct routes *r, enum role role, enum method method, struct view path,
                struct route_match *out);

enum method method_from(const char *name);
const char *method_name(enum method m);
const char *service_name(enum service s);
const char *role_name(enum role r);

#endif
