/*
 * store_session.h - the store's connection: made ready, waited for, cancelled.
 *
 * DESIGN: a connection is ready when its backend is registered (so that the reaper can end it when
 * the fetcher hangs), the staging tables exist and all statements are prepared. Every wait is a
 * poll() over the connection and a wake-up descriptor, so that an abandoned job's transaction is
 * cancelled by this thread itself.
 *
 * THREADS: the store's; session_wake() any.
 */
#ifndef FETCHER_STORE_SESSION_H
#define FETCHER_STORE_SESSION_H

#include "services/daemon/database_wire.h"
#include "services/daemon/seal.h"
#include "services/fetcher/store.h"

struct store_session {
    struct process *process;       /* borrowed: name, instance, statistics */
    struct db *db;                 /* the connection; owned */
    struct seal *seal;             /* opens the key of erasures; owned */
    PGconn *conn;                  /* db's, while a job uses it */
    unsigned generation;           /* of the connection that was made ready; 0 = none */
    int wake;                      /* eventfd */
    atomic_bool stopping;          /* the process ends */
    struct store_job *const *jobs; /* being stored; `abandoned` of any cancels */
    unsigned n_jobs;
    bool cancelled;        /* that was done for these jobs */
    struct db_error error; /* of the last failure */
};

enum err session_new(struct store_session *s, struct process *p) MUST_CHECK;
void session_free(struct store_session *s);
void session_wake(struct store_session *s);

/* Makes s->conn usable. ERR_DATABASE_AWAY: not now. */
enum err session_ready(struct store_session *s) MUST_CHECK;

/* The connection is of no more use. */
void session_lost(struct store_session *s);

/* Tells the connection the key of erasures, if there is one by now: it was made ready before
 * somebody was erased for the first time. */
enum err session_learn(struct store_session *s) MUST_CHECK;

/* Waits up to ms, or until woken. */
void session_pause(struct store_session *s, int ms);

/* Sends what is queued; ERR_DATABASE_AWAY when the connection broke or stayed silent. */
enum err session_flush(struct store_session *s) MUST_CHECK;

/* The next result, NULL in *out where libpq says NULL; owned by the caller. */
enum err session_result(struct store_session *s, PGresult **out) MUST_CHECK;

/* Runs one statement without parameters to its end; *out may be NULL. COPY stops at its begin. */
enum err session_run(struct store_session *s, const char *sql, PGresult **out) MUST_CHECK;

/* Waits for the end of what was sent outside of a pipeline. `sent`: libpq's word for success. */
enum err session_finish(struct store_session *s, int sent, PGresult **out) MUST_CHECK;

/* The statement of this name in sql/queries. */
enum err session_statement(const char *name, enum statement *out) MUST_CHECK;

#endif
