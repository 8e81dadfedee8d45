/*
 * database_wire.h - libpq with deadlines: nothing here waits longer than it is told to.
 *
 * DESIGN: connections are in non-blocking mode and every wait is a poll() with a deadline on the
 * monotonic clock. A statement that outlives its deadline is not cancelled: the server's own
 * statement_timeout is shorter, so a server that is still silent cannot be talked to, and
 * PQcancel() would wait for it without end. The connection is closed instead.
 *
 * For database.c, the listener, and processes that drive COPY or pipelines by themselves.
 */
#ifndef DAEMON_DATABASE_WIRE_H
#define DAEMON_DATABASE_WIRE_H

#include "services/daemon/database.h"

#include <libpq-fe.h>

enum { WIRE_CONNECT_MS = 2000, WIRE_STATEMENT_MS = 2000, WIRE_LOCK_MS = 1000 };

/* Begins a connection with the role, time-outs and keepalives that conf asks for; drive it by
 * PQconnectPoll(). NULL: no memory. A failed one says why by PQerrorMessage(). */
PGconn *wire_start(const struct db_conf *conf);

/* Connects; *out is NULL on an error, and e says why. deadline_ms is monotonic. */
enum err wire_connect(const struct db_conf *conf, int64_t deadline_ms, PGconn **out,
                      struct db_error *e) MUST_CHECK;

/* Waits for all results of what was sent. *out is the last one, or the first error. */
enum err wire_wait(PGconn *conn, int64_t deadline_ms, PGresult **out,
                   struct db_error *e) MUST_CHECK;

/* Runs SQL text without parameters, also several statements; *out may be NULL. */
enum err wire_run(PGconn *conn, const char *sql, int64_t deadline_ms, PGresult **out,
                  struct db_error *e) MUST_CHECK;

/* The error of a result, its text without values in e; ERR_OK if it is a success. */
enum err wire_error(const PGresult *result, struct db_error *e) MUST_CHECK;

/* True when the server has ended an idle connection; asks the socket without waiting. */
bool wire_ended(PGconn *conn);

/* Fills e. */
enum err wire_fail(struct db_error *e, enum err err, const char *text);

#endif
