/*
 * database.c - one lazy connection, named statements, transactions: see database.h.
 *
 * DESIGN: connected() is the only place that makes a connection and lose() the only one that ends
 * it, so that readiness, back-off and counters agree. After a failure by silence (a host that
 * hangs) the next tries wait a quarter of the usual time, because each wait stops the caller's
 * loop.
 */
#include "services/daemon/database.h"

#include "services/daemon/backoff.h"
#include "services/daemon/database_wire.h"
#include "services/daemon/log.h"
#include "services/daemon/parameters.h"
#include "services/daemon/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { GRACE_MS = 1000, PING_MS = 1000, N_BEHALF = 6, MAX_TRAILING = 8 };

struct db {
    struct db_conf conf;          /* its texts are owned */
    PGconn *conn;                 /* NULL = none */
    unsigned generation;          /* of conn */
    bool prepared[SQL_COUNT + 1]; /* on conn */
    bool ready;                   /* the last thing tried worked */
    bool told;                    /* the log says that it is away */
    bool silent;                  /* the last failure was a time-out */
    bool transaction;             /* between db_begin and its end */
    bool broken;                  /* the connection broke in this transaction */
    int backoff_ms;               /* 0 = the last try to connect worked */
    int64_t retry_mono;           /* no try before */
    int64_t used_mono;            /* last answer of the server */
    int limit_ms;                 /* db_limit(); 0 = none */
    int patience_ms;              /* db_patience(); 0 = none */
    struct db_error error;        /* of the last failed call */
    struct parameters parameters;
    struct parameters behalf;      /* of SQL_PROCESS_ON_BEHALF */
    bool on_behalf;                /* of somebody */
    enum err behalf_err;           /* who cannot be said: nothing is run */
    struct counter_cell *connects; /* NULL without stats */
    struct counter_cell *losses;
};

static char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

struct db *db_new(const struct db_conf *conf)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return NULL;
    db->conf = *conf;
    db->conf.url = copy_text(conf->url);
    db->conf.role = copy_text(conf->role);
    db->conf.application_name = copy_text(conf->application_name);
    parameters_init(&db->parameters);
    parameters_init(&db->behalf);
    if (!db->conf.url) {
        db_free(&db);
        return NULL;
    }
    if (conf->stats) {
        db->connects =
            stats_counter(conf->stats, "database_connects", "Connections to PostgreSQL made.");
        db->losses = stats_counter(conf->stats, "database_failures",
                                   "Connections to PostgreSQL that broke or could not be made.");
    }
    return db;
}

/* free() for texts that the struct shows as const. */
static void free_text(const char *text)
{
    union {
        const char *shown;
        char *owned;
    } u = {.shown = text};
    free(u.owned);
}

void db_free(struct db **db)
{
    if (!*db)
        return;
    PQfinish((*db)->conn);
    parameters_free(&(*db)->parameters);
    parameters_free(&(*db)->behalf);
    free_text((*db)->conf.url);
    free_text((*db)->conf.role);
    free_text((*db)->conf.application_name);
    free(*db);
    *db = NULL;
}

bool db_ready(const struct db *db)
{
    return db->ready;
}

unsigned db_generation(const struct db *db)
{
    return db->generation;
}

const struct db_error *db_error(const struct db *db)
{
    return &db->error;
}

void db_on_behalf(struct db *db, const struct context *ctx, const char *action)
{
    db->on_behalf = ctx != NULL;
    db->behalf_err = ERR_OK;
    if (!ctx)
        return;
    bool limited = HAS(ctx, context, dealers);
    const struct param params[] = {
        P_TEXT(HAS(ctx, context, principal) ? ctx->principal : view_of("unknown")),
        P_TEXT(HAS(ctx, context, role) ? ctx->role : view_of("")),
        P_TEXT(HAS(ctx, context, address) ? ctx->address : view_of("")),
        P_TEXT(HAS(ctx, context, request_id) ? ctx->request_id : view_of("")),
        P_TEXT(view_of(action)),
        limited ? P_WORDS(ctx->dealers) : P_TEXT(view_of("{*}")),
    };
    db->behalf_err = parameters_set(&db->behalf, params, N_BEHALF);
}

void db_limit(struct db *db, int ms)
{
    db->limit_ms = ms;
}

static void close_connection(struct db *db)
{
    PQfinish(db->conn);
    db->conn = NULL;
    db->broken = db->transaction;
}

/* Ends the connection and decides when the next one may be tried. */
static void lose(struct db *db)
{
    if (db->conn)
        close_connection(db);
    db->ready = false;
    if (db->silent)
        db->backoff_ms = BACKOFF_MOST_MS;
    db->retry_mono = loop_now_ms() + backoff_next(&db->backoff_ms);
    if (db->losses)
        counter_add(db->losses, 1);
    if (!db->told)
        log_warn("database away", K("detail", db->error.message));
    db->told = true;
}

void db_lost(struct db *db)
{
    if (db->conn)
        lose(db);
}

static int64_t deadline(const struct db *db, int usual_ms)
{
    int ms = db->limit_ms && db->limit_ms < usual_ms ? db->limit_ms : usual_ms;
    return loop_now_ms() + ms;
}

static enum err connected(struct db *db)
{
    if (db->conn && !db->broken && !wire_ended(db->conn))
        return ERR_OK;
    if (db->conn)
        close_connection(db); /* ended by the server: a new one may be tried at once */
    if (db->broken)
        return wire_fail(&db->error, ERR_DATABASE_AWAY,
                         "the connection broke within a transaction");
    if (db->backoff_ms && loop_now_ms() < db->retry_mono)
        return ERR_DATABASE_AWAY;
    int usual = db->silent ? WIRE_CONNECT_MS / 4 : WIRE_CONNECT_MS;
    enum err err = wire_connect(&db->conf, deadline(db, usual), &db->conn, &db->error);
    if (err) {
        db->silent = err == ERR_DATABASE_TIMEOUT && !db->limit_ms;
        lose(db);
        return ERR_DATABASE_AWAY;
    }
    memset(db->prepared, 0, sizeof db->prepared);
    db->generation++;
    db->ready = true;
    db->silent = false;
    db->backoff_ms = 0;
    db->error = (struct db_error){.message = ""};
    if (db->connects)
        counter_add(db->connects, 1);
    if (db->told)
        log_info("database back");
    db->told = false;
    return ERR_OK;
}

struct pg_conn *db_connection(struct db *db)
{
    return connected(db) ? NULL : db->conn;
}

/* What an answer, or none, says about the connection. */
static enum err judge(struct db *db, enum err err)
{
    if (err != ERR_DATABASE_AWAY && PQstatus(db->conn) == CONNECTION_OK) {
        db->used_mono = loop_now_ms();
        db->ready = true;
        return err;
    }
    db->silent = PQstatus(db->conn) == CONNECTION_OK && !db->error.sqlstate[0] && !db->limit_ms;
    lose(db);
    return ERR_DATABASE_AWAY;
}

static int statement_ms(const struct db *db)
{
    int ms = db->conf.statement_timeout_ms ? db->conf.statement_timeout_ms : WIRE_STATEMENT_MS;
    return (db->patience_ms ? db->patience_ms : ms) + GRACE_MS;
}

/* Waits for the answer of what was sent; `sent` is libpq's word for success. */
static enum err answer(struct db *db, int sent, PGresult **out)
{
    *out = NULL;
    if (!sent)
        return judge(db, wire_fail(&db->error, ERR_DATABASE_AWAY, "the connection broke"));
    return judge(db, wire_wait(db->conn, deadline(db, statement_ms(db)), out, &db->error));
}

static enum err prepare(struct db *db, enum statement s)
{
    PGresult *result;
    if (db->prepared[s])
        return ERR_OK;
    enum err err =
        answer(db, PQsendPrepare(db->conn, statement_name(s), statement_text(s), 0, NULL), &result);
    PQclear(result);
    if (!err)
        db->prepared[s] = true;
    return err;
}

enum err db_prepare(struct db *db, enum statement s)
{
    enum err err = connected(db);
    return err ? err : prepare(db, s);
}

/* The tables changed under a prepared statement, or a pooler lost it: it was not run. */
static bool stale_plan(const struct db *db)
{
    return strcmp(db->error.sqlstate, "0A000") == 0 || strcmp(db->error.sqlstate, "26000") == 0;
}

static int send_statement(struct db *db, enum statement s, int n, const struct parameters *p)
{
    return PQsendQueryPrepared(db->conn, statement_name(s), n, p->values, NULL, NULL, 0);
}

/* Reads to the end of a flight: only there is it known whether its transaction was committed. */
static enum err wait_for_sync(struct db *db, int64_t until)
{
    enum err first = ERR_OK;
    for (int i = 0; i < MAX_TRAILING; i++) {
        PGresult *result;
        struct db_error e;
        enum err err = wire_wait(db->conn, until, &result, &e);
        bool end = !err && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
        if (end)
            return first;
        if (err && !first) {
            first = err;
            db->error = e;
        }
        if (err == ERR_DATABASE_AWAY)
            break;
    }
    return first ? first : wire_fail(&db->error, ERR_DATABASE_AWAY, "the connection broke");
}

/* Settings and statement in one flight, which is one transaction. */
static enum err run_in_flight(struct db *db, enum statement s, int n, PGresult **out)
{
    int64_t until = deadline(db, statement_ms(db));
    PGresult *said = NULL;
    if (!PQenterPipelineMode(db->conn) ||
        !send_statement(db, SQL_PROCESS_ON_BEHALF, N_BEHALF, &db->behalf) ||
        !send_statement(db, s, n, &db->parameters) || !PQpipelineSync(db->conn))
        return wire_fail(&db->error, ERR_DATABASE_AWAY, "the connection broke");
    enum err err = wire_wait(db->conn, until, &said, &db->error);
    PQclear(said);
    if (!err)
        err = wire_wait(db->conn, until, out, &db->error);
    if (err == ERR_DATABASE_AWAY)
        return err;
    struct db_error kept = db->error;
    enum err end = wait_for_sync(db, until);
    if (err)
        db->error = kept; /* the rest follows from it */
    else
        err = end;
    if (!PQexitPipelineMode(db->conn))
        err = wire_fail(&db->error, ERR_DATABASE_AWAY, "the connection broke");
    if (err) {
        PQclear(*out);
        *out = NULL;
    }
    return err;
}

static enum err run_once(struct db *db, enum statement s, int n, PGresult **out)
{
    bool flight = db->on_behalf && !db->transaction;
    *out = NULL;
    enum err err = db->behalf_err ? db->behalf_err : connected(db);
    if (!err && flight)
        err = prepare(db, SQL_PROCESS_ON_BEHALF);
    if (!err)
        err = prepare(db, s);
    if (err)
        return err;
    return flight ? judge(db, run_in_flight(db, s, n, out))
                  : answer(db, send_statement(db, s, n, &db->parameters), out);
}

enum err db_run(struct db *db, enum statement s, const struct param *params, int n,
                struct rows **out)
{
    int64_t started = loop_now_us();
    PGresult *result = NULL;
    if (out)
        *out = NULL;
    if (!db->backoff_ms) /* else it still says why the database is away */
        db->error = (struct db_error){.message = ""};
    enum err err = parameters_set(&db->parameters, params, n);
    if (!err)
        err = run_once(db, s, n, &result);
    if (err && err != ERR_DATABASE_AWAY && stale_plan(db) && !db->transaction) {
        close_connection(db);
        err = run_once(db, s, n, &result);
    }
    if (db->conf.stats)
        stats_call(db->conf.stats, STATS_STATEMENTS, statement_name(s), err != ERR_OK,
                   loop_now_us() - started);
    if (err || !out) {
        PQclear(result);
        return err;
    }
    *out = rows_wrap(result);
    return *out ? ERR_OK : ERR_NO_MEMORY;
}

enum err db_get(struct db *db, enum statement s, const struct param *params, int n,
                const struct desc *d, struct arena *a, void *out)
{
    struct rows *rows;
    enum err err = db_run(db, s, params, n, &rows);
    if (!err)
        err = rows_count(rows) > 0 ? rows_record(rows, 0, d, a, out) : ERR_NOT_FOUND;
    rows_free(&rows);
    return err;
}

enum err db_list(struct db *db, enum statement s, const struct param *params, int n,
                 const struct desc *d, struct arena *a, struct list *out)
{
    struct rows *rows;
    *out = (struct list){NULL, 0};
    enum err err = db_run(db, s, params, n, &rows);
    if (!err)
        err = rows_list(rows, d, a, out);
    rows_free(&rows);
    return err;
}

/* Runs a word of transaction control; the command tag in `tag` (NULL: of no interest). */
static enum err control(struct db *db, const char *sql, const char *tag)
{
    PGresult *result;
    enum err err = answer(db, PQsendQuery(db->conn, sql), &result);
    if (!err && tag && strcmp(PQcmdStatus(result), tag) != 0)
        err = wire_fail(&db->error, ERR_DATABASE, "the transaction had failed and was rolled back");
    PQclear(result);
    return err;
}

enum err db_begin(struct db *db)
{
    assert(!db->transaction);
    enum err err = db->behalf_err ? db->behalf_err : connected(db);
    if (!err && db->on_behalf)
        err = prepare(db, SQL_PROCESS_ON_BEHALF);
    if (!err)
        err = control(db, "BEGIN", NULL);
    db->transaction = !err;
    if (err || !db->on_behalf)
        return err;
    PGresult *said;
    err = answer(db, send_statement(db, SQL_PROCESS_ON_BEHALF, N_BEHALF, &db->behalf), &said);
    PQclear(said);
    if (err)
        db_rollback(db);
    return err;
}

enum err db_commit(struct db *db)
{
    assert(db->transaction);
    enum err err = db->broken ? ERR_DATABASE_AWAY : control(db, "COMMIT", "COMMIT");
    db->transaction = db->broken = false;
    return err;
}

void db_rollback(struct db *db)
{
    if (db->transaction && !db->broken && control(db, "ROLLBACK", NULL) != ERR_OK)
        db_lost(db); /* the server rolls back by itself */
    db->transaction = db->broken = false;
}

bool db_ping(struct db *db)
{
    PGresult *result = NULL;
    int before = db->limit_ms;
    if (db->ready && loop_now_ms() - db->used_mono < PING_MS)
        return true;
    db->limit_ms = PING_MS;
    enum err err = connected(db);
    if (!err)
        err = answer(db, PQsendQuery(db->conn, "SELECT 1"), &result);
    PQclear(result);
    db->limit_ms = before;
    return !err;
}

enum err db_patience(struct db *db, int ms)
{
    int usual = db->conf.statement_timeout_ms ? db->conf.statement_timeout_ms : WIRE_STATEMENT_MS;
    enum err err = db_run(db, SQL_PROCESS_PATIENCE, PARAMS(P_INT(ms ? ms : usual)), NULL);
    db->patience_ms = err ? 0 : ms;
    return err;
}
