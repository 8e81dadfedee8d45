/*
 * store_session.c - the store's connection: made ready, waited for, cancelled.
 */
#include "services/fetcher/store_session.h"

#include "services/fetcher/stage.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A store of a large answer may take seconds. A server that is silent for longer than its own
 * limit cannot be talked to any more. */
/* Who waits for another store's dealers waits for a whole group of answers. */
enum { STATEMENT_MS = 15000, LOCK_MS = 5000, SILENCE_MS = 20000 };

enum err session_new(struct store_session *s, struct process *p)
{
    const struct db_conf conf = {
        .url = p->conf->database_url,
        .role = "dd_fetcher",
        .application_name = p->conf->name,
        .statement_timeout_ms = STATEMENT_MS,
        .lock_timeout_ms = LOCK_MS,
        .stats = p->stats,
    };

    *s = (struct store_session){.process = p, .wake = -1};
    s->db = db_new(&conf);
    s->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!s->db || s->wake < 0)
        return ERR_NO_MEMORY;
    return seal_open_key(p->conf->master_key, p->conf->master_key_file, &s->seal);
}

void session_free(struct store_session *s)
{
    db_free(&s->db);
    seal_free(&s->seal);
    if (s->wake >= 0)
        (void)close(s->wake);
    s->wake = -1;
}

void session_wake(struct store_session *s)
{
    uint64_t one = 1;
    ssize_t n = write(s->wake, &one, sizeof(one));

    (void)n; /* full means that it is awake already */
}

void session_lost(struct store_session *s)
{
    db_lost(s->db);
    s->conn = NULL;
    s->generation = 0;
}

/* ---- waiting ---- */

static bool any_abandoned(const struct store_session *s)
{
    for (unsigned i = 0; i < s->n_jobs; i++)
        if (atomic_load(&s->jobs[i]->abandoned))
            return true;
    return false;
}

/* A job was lost or cancelled while its transaction runs. Too late is no harm: the epoch is
 * checked by the transaction itself. */
static void cancel(struct store_session *s)
{
    char why[128];

    if (s->cancelled || !s->conn || !any_abandoned(s))
        return;
    PGcancel *c = PQgetCancel(s->conn);
    if (c)
        (void)PQcancel(c, why, sizeof(why));
    PQfreeCancel(c);
    s->cancelled = true;
}

static void woken(struct store_session *s)
{
    uint64_t n;

    while (read(s->wake, &n, sizeof(n)) > 0)
        continue;
    cancel(s);
}

void session_pause(struct store_session *s, int ms)
{
    struct pollfd p = {.fd = s->wake, .events = POLLIN};

    if (poll(&p, 1, ms) > 0)
        woken(s);
}

/* Waits for the connection's socket, or for being woken. */
static enum err wait_socket(struct store_session *s, short events, int64_t deadline_mono)
{
    struct pollfd p[2] = {{.fd = PQsocket(s->conn), .events = events},
                          {.fd = s->wake, .events = POLLIN}};
    int64_t left = deadline_mono - loop_now_ms();
    int n = poll(p, 2, left > 0 ? (int)left : 0);

    if (n < 0 && errno != EINTR)
        return wire_fail(&s->error, ERR_DATABASE_AWAY, "poll failed");
    if (n == 0)
        return wire_fail(&s->error, ERR_DATABASE_AWAY, "the server did not answer in time");
    if (p[1].revents)
        woken(s);
    if (atomic_load(&s->stopping))
        return wire_fail(&s->error, ERR_DATABASE_AWAY, "the process ends");
    if ((p[0].revents & (POLLIN | POLLERR | POLLHUP)) && !PQconsumeInput(s->conn))
        return wire_fail(&s->error, ERR_DATABASE_AWAY, "the connection broke");
    return ERR_OK;
}

enum err session_flush(struct store_session *s)
{
    int64_t deadline = loop_now_ms() + SILENCE_MS;

    for (;;) {
        int left = PQflush(s->conn);
        if (left == 0)
            return ERR_OK;
        enum err err = left < 0 ? wire_fail(&s->error, ERR_DATABASE_AWAY, "the connection broke")
                                : wait_socket(s, POLLIN | POLLOUT, deadline);
        if (err != ERR_OK)
            return err;
    }
}

enum err session_result(struct store_session *s, PGresult **out)
{
    int64_t deadline = loop_now_ms() + SILENCE_MS;
    enum err err = session_flush(s);

    *out = NULL;
    while (err == ERR_OK && PQisBusy(s->conn))
        err = wait_socket(s, POLLIN, deadline);
    if (err != ERR_OK)
        return err;
    *out = PQgetResult(s->conn);
    if (PQstatus(s->conn) == CONNECTION_OK)
        return ERR_OK;
    PQclear(*out);
    *out = NULL;
    return wire_fail(&s->error, ERR_DATABASE_AWAY, "the connection broke");
}

enum err session_finish(struct store_session *s, int sent, PGresult **out)
{
    PGresult *kept = NULL;
    enum err err = sent ? ERR_OK : wire_fail(&s->error, ERR_DATABASE_AWAY, PQerrorMessage(s->conn));

    while (err != ERR_DATABASE_AWAY) {
        PGresult *r;
        enum err got = session_result(s, &r);
        if (got != ERR_OK) {
            err = got;
            break;
        }
        if (!r)
            break;
        PQclear(kept);
        kept = r;
        if (err == ERR_OK)
            err = wire_error(r, &s->error);
        if (PQresultStatus(r) == PGRES_COPY_IN)
            break;
    }
    if (out && err == ERR_OK)
        *out = kept;
    else
        PQclear(kept);
    return err;
}

enum err session_run(struct store_session *s, const char *sql, PGresult **out)
{
    return session_finish(s, PQsendQuery(s->conn, sql), out);
}

/* ---- making ready ---- */

enum err session_statement(const char *name, enum statement *out)
{
    for (int i = 0; i < SQL_COUNT; i++)
        if (strcmp(statement_name((enum statement)i), name) == 0) {
            *out = (enum statement)i;
            return ERR_OK;
        }
    return ERR_INTERNAL;
}

/* The staging statements follow from the feed table; each is named after its staging table. */
static enum err prepare_part(struct store_session *s, const struct feed_part *p, bool is_child)
{
    struct buf sql;

    buf_init(&sql, STAGE_MAX_SQL);
    enum err err = stage_insert_sql(p, is_child, &sql);
    if (err == ERR_OK)
        err = session_finish(s, PQsendPrepare(s->conn, p->table, sql.p, 0, NULL), NULL);
    buf_free(&sql);
    return err;
}

static enum err prepare_parts(struct store_session *s, const struct feed *f)
{
    enum err err = ERR_OK;

    for (unsigned i = 0; i < f->n_parts && err == ERR_OK; i++)
        err = prepare_part(s, &f->parts[i], i > 0);
    return err;
}

static enum err prepare_named(struct store_session *s, const char *name)
{
    enum statement statement;
    enum err err = session_statement(name, &statement);

    return err == ERR_OK ? db_prepare(s->db, statement) : err;
}

enum err session_learn(struct store_session *s)
{
    char key[SEAL_MAX_PLAIN + 1];
    struct rows *rows = NULL;
    enum err err = db_run(s->db, SQL_FETCHER_ERASURE_KEY, NULL, 0, &rows);

    if (err == ERR_OK && rows_count(rows) > 0) {
        err = seal_unseal(s->seal, rows_text(rows, 0, 0), key);
        if (err == ERR_OK)
            err = db_run(s->db, SQL_FETCHER_ERASURE_KNOW, PARAMS(P_TEXT(view_of(key))), NULL);
        else
            log_error("the key of erasures cannot be opened", K("error", err_code(err)));
        seal_wipe(key, sizeof(key));
    }
    rows_free(&rows);
    return err;
}

/* db_* may replace the connection, so they all come before the first use of conn. */
static enum err make_ready(struct store_session *s)
{
    static const enum statement shared[] = {
        SQL_FETCHER_QUARANTINE_UNNEST, SQL_FETCHER_REPLAY_SETTLE, SQL_FETCHER_GROUP_BEGIN,
        SQL_FETCHER_GROUP_EMPTY,       SQL_FETCHER_GROUP_CLEAR,   SQL_FETCHER_GROUP_END};
    struct view instance = view_of(s->process->instance);
    struct view name = view_of(s->process->conf->name);
    unsigned generation = db_generation(s->db);
    enum err err =
        db_run(s->db, SQL_FETCHER_REGISTER_BACKEND, PARAMS(P_TEXT(instance), P_TEXT(name)), NULL);

    if (err == ERR_OK)
        err = db_run(s->db, SQL_FETCHER_STAGE_CREATE, NULL, 0, NULL);
    if (err == ERR_OK)
        err = session_learn(s);
    for (unsigned i = 0; i < sizeof(shared) / sizeof(shared[0]) && err == ERR_OK; i++)
        err = db_prepare(s->db, shared[i]);
    for (unsigned i = 0; feed_at(i) && err == ERR_OK; i++)
        err = prepare_named(s, feed_at(i)->store);
    for (unsigned i = 0; feed_at(i) && err == ERR_OK; i++)
        err = prepare_named(s, feed_at(i)->rows);
    if (err != ERR_OK)
        s->error = *db_error(s->db);
    s->conn = db_connection(s->db);
    if (!s->conn || generation != db_generation(s->db))
        return ERR_DATABASE_AWAY;
    for (unsigned i = 0; feed_at(i) && err == ERR_OK; i++)
        err = prepare_parts(s, feed_at(i));
    return err;
}

enum err session_ready(struct store_session *s)
{
    s->conn = db_connection(s->db);
    if (!s->conn) {
        s->error = *db_error(s->db);
        return ERR_DATABASE_AWAY;
    }
    if (s->generation == db_generation(s->db))
        return ERR_OK;
    enum err err = make_ready(s);
    if (err == ERR_OK) {
        s->generation = db_generation(s->db);
        log_info("storing connection ready", KN("backend", PQbackendPID(s->conn)));
        return ERR_OK;
    }
    log_warn("storing connection not ready", K("error", err_code(err)),
             K("detail", s->error.message));
    session_lost(s);
    /* A schema that lacks something may be in the middle of its migration. */
    return ERR_DATABASE_AWAY;
}
