/*
 * database.h - one connection to PostgreSQL: named statements in, records out.
 *
 * DESIGN: a statement is a file in sql/queries, known here by its symbol (SQL_<FILE_NAME>),
 * prepared on its first use of a connection. Results become message structs by descriptor: a column
 * fills the field of the same name (times are epoch ms, uuids and dates text, arrays of text
 * `{a,b}` fill WORDS). Connecting is lazy and bounded (2 s); after a failure the next try waits 100
 * ms to 5 s, and calls in between fail at once with ERR_DATABASE_AWAY. statement_timeout is 2 s,
 * lock_timeout 1 s unless the process says otherwise, and one second more is the longest that any
 * call waits for a server that hangs. A connection that the server ended while it was idle is
 * replaced before a statement is sent; no statement that may have run is ever sent again.
 *
 * THREADS: one owner thread per struct db. listener: the loop's thread.
 */
#ifndef DAEMON_DATABASE_H
#define DAEMON_DATABASE_H

#include "proto/bus/loop.h"
#include "proto/memory.h"
#include "services/daemon/stats.h"

#define STATEMENT(symbol, name, text) SQL_##symbol,
enum statement {
#include "statements.def"
    SQL_COUNT
};
#undef STATEMENT

const char *statement_name(enum statement s);
const char *statement_text(enum statement s);

struct db;
struct rows; /* a result */

struct db_conf {
    const char *url;              /* libpq URL or conninfo */
    const char *role;             /* "dd_scheduler"; NULL = as the URL says */
    const char *application_name; /* instance name */
    int statement_timeout_ms;     /* 0 = 2000 */
    int lock_timeout_ms;          /* 0 = 1000, or half of the above if that is less */
    struct stats *stats;          /* may be NULL */
};

struct db *db_new(const struct db_conf *conf); /* copies; doesn't connect */
void db_free(struct db **db);

/* True when the last statement or connection try succeeded. Doesn't connect. */
bool db_ready(const struct db *db);

/* Asks whether the database answers: at most once a second over the wire, and waits a second at
 * most. For sys.info. */
bool db_ping(struct db *db);

/* From now on no call (connecting included) waits longer than `ms`; 0 = the usual. For work that is
 * not worth a wait. */
void db_limit(struct db *db, int ms);

/* The statements that follow may take so long, on this connection; 0 = the usual. For the rare
 * large one; the process answers nobody meanwhile. */
enum err db_patience(struct db *db, int ms) MUST_CHECK;

/* Until the next call of this, everything is done on somebody's behalf: each transaction begins
 * with the settings dd.principal, dd.role, dd.dealers ... (sql/queries/process_on_behalf.sql), in
 * the same flight as its first statement. The audit trail and the rights to rows read them. NULL:
 * the process works for itself. `action` is the message. */
void db_on_behalf(struct db *db, const struct context *ctx, const char *action);

/* A connection that works, as libpq's type and in non-blocking mode, for COPY and pipelines
 * (database_wire.h waits with deadlines); NULL: ERR_DATABASE_AWAY. After using it report a broken
 * connection by db_lost(). */
struct pg_conn *db_connection(struct db *db);
void db_lost(struct db *db);

/* Prepares s on the current connection if it isn't yet. */
enum err db_prepare(struct db *db, enum statement s) MUST_CHECK;

/* Rises with each new connection. */
unsigned db_generation(const struct db *db);

/* ---- parameters ---- */
struct param {
    enum { PARAM_NULL, PARAM_TEXT, PARAM_INT, PARAM_BOOL, PARAM_WORDS, PARAM_INTS } type;
    struct view text;    /* PARAM_TEXT: any type, as PostgreSQL reads it */
    int64_t number;      /* PARAM_INT, PARAM_BOOL */
    struct list words;   /* PARAM_WORDS: list of views -> text[] */
    const int64_t *ints; /* PARAM_INTS -> bigint[] */
    size_t n_ints;
};
#define P_NULL ((struct param){.type = PARAM_NULL})
#define P_TEXT(v) ((struct param){.type = PARAM_TEXT, .text = (v)})
#define P_INT(n_) ((struct param){.type = PARAM_INT, .number = (n_)})
#define P_BOOL(b) ((struct param){.type = PARAM_BOOL, .number = (b)})
#define P_WORDS(l) ((struct param){.type = PARAM_WORDS, .words = (l)})
#define P_INTS(p_, n_) ((struct param){.type = PARAM_INTS, .ints = (p_), .n_ints = (n_)})
/* NULL unless the optional field is present. */
#define P_OPT_TEXT(m, owner, f) (HAS(m, owner, f) ? P_TEXT((m)->f) : P_NULL)
#define P_OPT_INT(m, owner, f) (HAS(m, owner, f) ? P_INT((m)->f) : P_NULL)
#define P_OPT_BOOL(m, owner, f) (HAS(m, owner, f) ? P_BOOL((m)->f) : P_NULL)

enum { MAX_PARAMS = 32 };

/* The error of the last failed call: what PostgreSQL said (never with parameter values in it). */
struct db_error {
    char sqlstate[6];
    char message[200];
    char constraint[64];
};
const struct db_error *db_error(const struct db *db);

/* Runs a statement. *out may be NULL if the rows don't matter; else rows_free() them. */
enum err db_run(struct db *db, enum statement s, const struct param *params, int n,
                struct rows **out) MUST_CHECK;
#define PARAMS(...)                                                                                \
    (const struct param[]){__VA_ARGS__},                                                           \
        (int)(sizeof((struct param[]){__VA_ARGS__}) / sizeof(struct param))

/* Runs a statement and fills one record; ERR_NOT_FOUND when there is no row. */
enum err db_get(struct db *db, enum statement s, const struct param *params, int n,
                const struct desc *d, struct arena *a, void *out) MUST_CHECK;
/* Runs a statement and fills a list of records. */
enum err db_list(struct db *db, enum statement s, const struct param *params, int n,
                 const struct desc *d, struct arena *a, struct list *out) MUST_CHECK;

/* Several statements in one transaction: db_begin, db_run..., db_commit or db_rollback. When the
 * connection breaks in between, all that follows fails until db_commit or db_rollback. */
enum err db_begin(struct db *db) MUST_CHECK;
enum err db_commit(struct db *db) MUST_CHECK;
void db_rollback(struct db *db);

int rows_count(const struct rows *r);
int rows_column(const struct rows *r, const char *name); /* -1: none */
bool rows_null(const struct rows *r, int row, int column);
struct view rows_text(const struct rows *r, int row, int column);
int64_t rows_int(const struct rows *r, int row, int column);
bool rows_bool(const struct rows *r, int row, int column);
/* Row -> struct by descriptor; texts are copied into the arena. */
enum err rows_record(const struct rows *r, int row, const struct desc *d, struct arena *a,
                     void *out) MUST_CHECK;
/* All rows -> a list of records. */
enum err rows_list(const struct rows *r, const struct desc *d, struct arena *a,
                   struct list *out) MUST_CHECK;
void rows_free(struct rows **r);

/* ---- notifications: a second connection that LISTENs ---- */
struct listener;

/* payload NULL: the connection was (re)made, anything may have changed: read again. */
typedef void listener_fn(void *arg, const char *channel, const char *payload);

/* channels: NULL-terminated array of names. Reconnects by itself. */
enum err listener_new(struct loop *l, const struct db_conf *conf, const char *const *channels,
                      listener_fn *fn, void *arg, struct listener **out) MUST_CHECK;
void listener_free(struct listener **l);

#endif
