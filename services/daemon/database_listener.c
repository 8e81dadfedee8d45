/*
 * database_listener.c - a second connection that LISTENs, driven by the loop.
 *
 * DESIGN: a small state machine around PQconnectPoll(): waiting (a timer), connecting, subscribing
 * (LISTEN sent), listening. Nothing blocks but the look-up of a host name. Notifications are not
 * kept by the server while nobody listens, so each new connection is told to the owner as "anything
 * may have changed"; silent losses (a half open link) are left to keepalives and to the owner's own
 * slow poll.
 */
#include "services/daemon/database_wire.h"

#include "services/daemon/backoff.h"
#include "services/daemon/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 5000, MAX_LISTEN_SQL = 512 };

enum listener_state { WAITING, CONNECTING, SUBSCRIBING, LISTENING };

struct listener {
    struct loop *loop;   /* borrowed */
    struct db_conf conf; /* its texts are owned */
    char *url;
    char *role;
    char *name;
    char sql[MAX_LISTEN_SQL]; /* LISTEN a; LISTEN b */
    listener_fn *fn;
    void *arg;
    enum listener_state state;
    PGconn *conn;   /* NULL when waiting */
    int fd;         /* watched; -1 = none */
    uint64_t timer; /* next try, or the end of patience; 0 = none */
    int backoff_ms;
    struct counter_cell *received; /* NULL without stats */
};

static void on_socket(void *arg, int fd, int events);
static void on_timer(void *arg);

static void unwatch(struct listener *l)
{
    if (l->fd >= 0)
        loop_unwatch_fd(l->loop, l->fd);
    l->fd = -1;
}

/* The only change of state that ends a connection. */
static void retry_later(struct listener *l, const char *why)
{
    if (l->state == LISTENING || l->backoff_ms == 0)
        log_warn("not listening to the database", K("detail", why));
    unwatch(l);
    PQfinish(l->conn);
    l->conn = NULL;
    l->state = WAITING;
    loop_cancel(l->loop, l->timer);
    l->timer = loop_after(l->loop, backoff_next(&l->backoff_ms), on_timer, l);
}

static bool watch(struct listener *l, int events)
{
    int fd = PQsocket(l->conn);
    if (fd != l->fd)
        unwatch(l); /* libpq goes on to the next host with another descriptor */
    if (fd < 0 || loop_watch_fd(l->loop, fd, events, on_socket, l) != ERR_OK)
        return false;
    l->fd = fd;
    return true;
}

static void subscribe(struct listener *l)
{
    l->state = SUBSCRIBING;
    if (PQsetnonblocking(l->conn, 1) || !PQsendQuery(l->conn, l->sql)) {
        retry_later(l, "the connection broke");
        return;
    }
    int left = PQflush(l->conn);
    if (left < 0 || !watch(l, left ? LOOP_READ | LOOP_WRITE : LOOP_READ))
        retry_later(l, "the connection broke");
}

static void go_on_connecting(struct listener *l)
{
    PostgresPollingStatusType state = PQconnectPoll(l->conn);
    if (state == PGRES_POLLING_OK)
        subscribe(l);
    else if (state == PGRES_POLLING_FAILED)
        retry_later(l, "cannot connect");
    else if (!watch(l, state == PGRES_POLLING_READING ? LOOP_READ : LOOP_WRITE))
        retry_later(l, "cannot watch the connection");
}

static void on_timer(void *arg)
{
    struct listener *l = arg;
    l->timer = 0;
    if (l->state != WAITING) {
        retry_later(l, "the server did not answer in time");
        return;
    }
    l->state = CONNECTING;
    l->conn = wire_start(&l->conf);
    l->timer = loop_after(l->loop, CONNECT_MS, on_timer, l);
    if (!l->conn || PQstatus(l->conn) == CONNECTION_BAD || !watch(l, LOOP_WRITE))
        retry_later(l, "cannot connect");
}

static void deliver(struct listener *l)
{
    PGnotify *n;
    while (l->conn && (n = PQnotifies(l->conn))) {
        if (l->received)
            counter_add(l->received, 1);
        l->fn(l->arg, n->relname, n->extra);
        PQfreemem(n);
    }
}

/* Takes the results of LISTEN; false when one of them is an error. */
static bool take_results(struct listener *l)
{
    while (!PQisBusy(l->conn)) {
        struct db_error e;
        PGresult *r = PQgetResult(l->conn);
        if (!r) {
            if (l->state == SUBSCRIBING) {
                l->state = LISTENING;
                l->backoff_ms = 0;
                loop_cancel(l->loop, l->timer);
                l->timer = 0;
                l->fn(l->arg, "", NULL);
            }
            return true;
        }
        bool failed = wire_error(r, &e) != ERR_OK;
        PQclear(r);
        if (failed)
            return false;
    }
    return true;
}

static void on_socket(void *arg, int fd, int events)
{
    struct listener *l = arg;
    (void)fd;
    if (l->state == CONNECTING) {
        go_on_connecting(l);
        return;
    }
    if (events & LOOP_WRITE) {
        int left = PQflush(l->conn);
        if (left < 0 || !watch(l, left ? LOOP_READ | LOOP_WRITE : LOOP_READ)) {
            retry_later(l, "the connection broke");
            return;
        }
    }
    if (!PQconsumeInput(l->conn) || !take_results(l) || PQstatus(l->conn) != CONNECTION_OK) {
        retry_later(l, "the connection broke");
        return;
    }
    deliver(l);
}

static bool make_sql(struct listener *l, const char *const *channels)
{
    size_t n = 0;
    for (; *channels; channels++) {
        int put = snprintf(l->sql + n, sizeof l->sql - n, "LISTEN %s;", *channels);
        if (put < 0 || (size_t)put >= sizeof l->sql - n)
            return false;
        n += (size_t)put;
    }
    return true;
}

enum err listener_new(struct loop *loop, const struct db_conf *conf, const char *const *channels,
                      listener_fn *fn, void *arg, struct listener **out)
{
    struct listener *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return ERR_NO_MEMORY;
    l->loop = loop;
    l->fd = -1;
    l->fn = fn;
    l->arg = arg;
    l->url = strdup(conf->url);
    l->role = conf->role ? strdup(conf->role) : NULL;
    l->name = conf->application_name ? strdup(conf->application_name) : NULL;
    l->conf = *conf;
    l->conf.url = l->url;
    l->conf.role = l->role;
    l->conf.application_name = l->name;
    if (conf->stats)
        l->received =
            stats_counter(conf->stats, "database_notifications", "Notifications received.");
    bool made = l->url && make_sql(l, channels);
    if (made)
        l->timer = loop_after(loop, 0, on_timer, l);
    if (!made || !l->timer) {
        listener_free(&l);
        return ERR_NO_MEMORY;
    }
    *out = l;
    return ERR_OK;
}

void listener_free(struct listener **l)
{
    if (!*l)
        return;
    unwatch(*l);
    loop_cancel((*l)->loop, (*l)->timer);
    PQfinish((*l)->conn);
    free((*l)->url);
    free((*l)->role);
    free((*l)->name);
    free(*l);
    *l = NULL;
}
