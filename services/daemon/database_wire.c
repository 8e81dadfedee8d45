/*
 * database_wire.c - libpq with deadlines: see database_wire.h.
 */
#include "services/daemon/database_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 64, MAX_SETTINGS = 512 };

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

enum err wire_fail(struct db_error *e, enum err err, const char *text)
{
    memset(e, 0, sizeof *e);
    size_t n = strcspn(text, "\r\n");
    if (n >= sizeof e->message)
        n = sizeof e->message - 1;
    memcpy(e->message, text, n);
    return err;
}

/* What a connection says after it failed, without the address it went to. */
static const char *connect_text(const PGconn *conn)
{
    const char *text = PQerrorMessage(conn);
    const char *reason = strstr(text, "failed: ");
    return reason ? reason + strlen("failed: ") : text;
}

/* Settings that every connection begins with, in the form of the server's command line. */
static void session_settings(const struct db_conf *conf, const char *own, char out[MAX_SETTINGS])
{
    int timeout = conf->statement_timeout_ms ? conf->statement_timeout_ms : WIRE_STATEMENT_MS;
    int lock = timeout / 2 < WIRE_LOCK_MS ? timeout / 2 : WIRE_LOCK_MS;
    if (conf->lock_timeout_ms)
        lock = conf->lock_timeout_ms;
    snprintf(out, MAX_SETTINGS,
             "%s%s-c statement_timeout=%d -c lock_timeout=%d "
             "-c idle_in_transaction_session_timeout=%d -c client_min_messages=warning "
             "-c TimeZone=UTC -c DateStyle=ISO -c jit=off%s%s",
             own, *own ? " " : "", timeout, lock, 2 * timeout + 1000, conf->role ? " -c role=" : "",
             conf->role ? conf->role : "");
}

struct option_list {
    const char *keys[MAX_OPTIONS];
    const char *values[MAX_OPTIONS];
    int n;
};

static void add_option(struct option_list *l, const char *key, const char *value)
{
    if (l->n < MAX_OPTIONS - 1) {
        l->keys[l->n] = key;
        l->values[l->n++] = value;
    }
}

PGconn *wire_start(const struct db_conf *conf)
{
    struct option_list l = {.n = 0};
    char settings[MAX_SETTINGS];
    char *why = NULL;
    const char *own = "";
    PQconninfoOption *given = PQconninfoParse(conf->url, &why);
    /* An URL that cannot be read goes on to libpq, whose connection then tells what is wrong. */
    if (!given)
        add_option(&l, "dbname", conf->url);
    for (PQconninfoOption *o = given; o && o->keyword; o++) {
        if (!o->val)
            continue;
        if (strcmp(o->keyword, "options") == 0)
            own = o->val;
        else
            add_option(&l, o->keyword, o->val);
    }
    session_settings(conf, own, settings);
    add_option(&l, "options", settings);
    if (conf->application_name)
        add_option(&l, "application_name", conf->application_name);
    add_option(&l, "client_encoding", "UTF8");
    add_option(&l, "keepalives_idle", "5");
    add_option(&l, "keepalives_interval", "2");
    add_option(&l, "keepalives_count", "3");
    add_option(&l, "tcp_user_timeout", "5000");
    PGconn *conn = PQconnectStartParams(l.keys, l.values, given ? 0 : 1);
    PQconninfoFree(given);
    PQfreemem(why);
    if (conn)
        PQsetNoticeReceiver(conn, ignore_notice, NULL);
    return conn;
}

/* Waits for the socket; false at the deadline. */
static bool wait_socket(PGconn *conn, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - loop_now_ms();
        struct pollfd p = {.fd = PQsocket(conn), .events = events};
        int rc = poll(&p, 1, left > 0 ? (int)left : 0);
        if (rc > 0)
            return true;
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc == 0 && left > 0)
            continue;
        return false;
    }
}

enum err wire_connect(const struct db_conf *conf, int64_t deadline_ms, PGconn **out,
                      struct db_error *e)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    PGconn *conn = wire_start(conf);
    *out = NULL;
    if (!conn)
        return wire_fail(e, ERR_NO_MEMORY, "out of memory");
    while (PQstatus(conn) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
           state != PGRES_POLLING_FAILED) {
        if (!wait_socket(conn, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms)) {
            PQfinish(conn);
            return wire_fail(e, ERR_DATABASE_TIMEOUT, "the server did not answer in time");
        }
        state = PQconnectPoll(conn);
    }
    if (PQstatus(conn) != CONNECTION_OK || PQsetnonblocking(conn, 1) != 0) {
        wire_fail(e, ERR_DATABASE_AWAY, connect_text(conn));
        PQfinish(conn);
        return ERR_DATABASE_AWAY;
    }
    *out = conn;
    return ERR_OK;
}

/* Blanks what stands between the first and the last quote: data exceptions quote the value. */
static void hide_values(char *text)
{
    char *first = strchr(text, '"'), *last = strrchr(text, '"');
    if (first && last > first) {
        memmove(first + 1, last, strlen(last) + 1);
    } else if (first) {
        *first = '\0';
    }
}

enum err wire_error(const PGresult *result, struct db_error *e)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN ||
        status == PGRES_COPY_OUT || status == PGRES_EMPTY_QUERY || status == PGRES_PIPELINE_SYNC)
        return ERR_OK;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    wire_fail(e, ERR_DATABASE, text ? text : "the connection broke");
    snprintf(e->sqlstate, sizeof e->sqlstate, "%s", state ? state : "");
    snprintf(e->constraint, sizeof e->constraint, "%s", constraint ? constraint : "");
    if (strncmp(e->sqlstate, "22", 2) == 0)
        hide_values(e->message);
    if (strcmp(e->sqlstate, "55P03") == 0)
        return ERR_DATABASE_TIMEOUT; /* lock_timeout */
    if (strcmp(e->sqlstate, "25006") == 0 || strcmp(e->sqlstate, "25P03") == 0)
        return ERR_DATABASE_AWAY; /* read only: a replica, or what was the primary before */
    return err_from_sqlstate(e->sqlstate);
}

/* Sends and reads until nothing is outstanding. */
static bool drain(PGconn *conn, int64_t deadline_ms)
{
    for (;;) {
        int left = PQflush(conn);
        if (left < 0)
            return true; /* broken: PQgetResult tells */
        if (left == 0 && !PQisBusy(conn))
            return true;
        if (!wait_socket(conn, left ? POLLIN | POLLOUT : POLLIN, deadline_ms))
            return false;
        if (!PQconsumeInput(conn))
            return true;
    }
}

enum err wire_wait(PGconn *conn, int64_t deadline_ms, PGresult **out, struct db_error *e)
{
    PGresult *kept = NULL;
    enum err err = ERR_OK;
    *out = NULL;
    for (;;) {
        if (!drain(conn, deadline_ms)) {
            PQclear(kept);
            return wire_fail(e, ERR_DATABASE_AWAY, "the server did not answer in time");
        }
        PGresult *next = PQgetResult(conn);
        if (!next)
            break;
        if (err) { /* the first error counts, the rest follows from it */
            PQclear(next);
            continue;
        }
        PQclear(kept);
        kept = next;
        err = wire_error(kept, e);
        ExecStatusType status = PQresultStatus(kept);
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_PIPELINE_SYNC)
            break; /* the caller goes on from here */
    }
    if (!err && !kept)
        err = wire_fail(e, ERR_DATABASE_AWAY, "the connection broke");
    if (err && PQstatus(conn) == CONNECTION_BAD)
        err = ERR_DATABASE_AWAY;
    if (err) {
        PQclear(kept);
        return err;
    }
    *out = kept;
    return ERR_OK;
}

enum err wire_run(PGconn *conn, const char *sql, int64_t deadline_ms, PGresult **out,
                  struct db_error *e)
{
    PGresult *result;
    if (!PQsendQuery(conn, sql))
        return wire_fail(e, ERR_DATABASE_AWAY, "the connection broke");
    enum err err = wire_wait(conn, deadline_ms, &result, e);
    if (!err && out)
        *out = result;
    else
        PQclear(result);
    return err;
}

bool wire_ended(PGconn *conn)
{
    struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
    if (PQstatus(conn) != CONNECTION_OK || p.fd < 0)
        return true;
    if (poll(&p, 1, 0) <= 0)
        return false;
    /* Something came unasked: a notice, or the end (57P01 and then the closed socket). Two reads,
     * since the first one may take the message alone. */
    if (!PQconsumeInput(conn) || PQstatus(conn) != CONNECTION_OK)
        return true;
    return poll(&p, 1, 0) > 0 && (!PQconsumeInput(conn) || PQstatus(conn) != CONNECTION_OK);
}
