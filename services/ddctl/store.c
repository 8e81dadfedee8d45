/*
 * store.c - migrations in PostgreSQL: see store.h.
 *
 * DESIGN: a connection of its own, because a migration may take minutes while services' statements
 * may not. A migration and its record are one transaction; a file that ends the transaction by
 * itself is found out and refused.
 */
#include "services/ddctl/store.h"

#include "services/daemon/database_wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATEMENT_MS = 15 * 60 * 1000, CONNECT_MS = 10000, LOCK_KEY = 0x64646d67, MAX_TEXT = 4000 };

struct store {
    PGconn *conn;
    struct db_error error;
    char text[MAX_TEXT]; /* of the last failure */
};

static const char bootstrap_sql[] = "SELECT 1 WHERE to_regclass('ops.migration') IS NOT NULL";
static const char make_sql[] =
    "CREATE SCHEMA IF NOT EXISTS ops;"
    "CREATE TABLE IF NOT EXISTS ops.migration ("
    " version int PRIMARY KEY,"
    " name text NOT NULL,"
    " sha256 text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT clock_timestamp());"
    "COMMENT ON TABLE ops.migration IS 'Migrations that are in force, written by ddctl migrate'";
static const char applied_sql[] =
    "SELECT version, name, sha256,"
    " to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    " FROM ops.migration ORDER BY version";

static enum err keep(struct store *s, enum err err)
{
    const char *text = PQerrorMessage(s->conn);
    if (err)
        snprintf(s->text, sizeof s->text, "%s", text && *text ? text : s->error.message);
    return err;
}

static enum err run(struct store *s, const char *sql, PGresult **out)
{
    return keep(s, wire_run(s->conn, sql, loop_now_ms() + STATEMENT_MS + 1000, out, &s->error));
}

static enum err run_params(struct store *s, const char *sql, int n, const char *const *values,
                           PGresult **out)
{
    PGresult *result = NULL;
    enum err err = ERR_DATABASE_AWAY;
    if (PQsendQueryParams(s->conn, sql, n, NULL, values, NULL, NULL, 0))
        err = wire_wait(s->conn, loop_now_ms() + STATEMENT_MS + 1000, &result, &s->error);
    if (out)
        *out = result;
    else
        PQclear(result);
    return keep(s, err);
}

enum err store_open(const char *url, struct store **out)
{
    const struct db_conf conf = {
        .url = url, .application_name = "ddctl", .statement_timeout_ms = STATEMENT_MS};
    struct store *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return ERR_NO_MEMORY;
    enum err err = wire_connect(&conf, loop_now_ms() + CONNECT_MS, &s->conn, &s->error);
    if (err) {
        snprintf(s->text, sizeof s->text, "%s", s->error.message);
        return err;
    }
    return ERR_OK;
}

void store_close(struct store **s)
{
    if (!*s)
        return;
    PQfinish((*s)->conn);
    free(*s);
    *s = NULL;
}

const char *store_error(const struct store *s)
{
    return s ? s->text : "out of memory";
}

/* The table that the runner keeps; made by the first one that comes. */
static enum err bootstrap(struct store *s)
{
    PGresult *found = NULL;
    enum err err = run(s, bootstrap_sql, &found);
    bool there = !err && PQntuples(found) > 0;
    PQclear(found);
    return err || there ? err : run(s, make_sql, NULL);
}

static enum err try_lock(struct store *s, bool *taken)
{
    char sql[64];
    PGresult *r = NULL;
    snprintf(sql, sizeof sql, "SELECT pg_try_advisory_lock(%d)", LOCK_KEY);
    enum err err = run(s, sql, &r);
    *taken = !err && *PQgetvalue(r, 0, 0) == 't';
    PQclear(r);
    return err;
}

enum err store_lock(struct store *s, int64_t wait_ms)
{
    const struct timespec nap = {.tv_nsec = 100 * 1000000L};
    int64_t until = loop_now_ms() + wait_ms;
    bool taken = false;
    enum err err = try_lock(s, &taken);
    while (!err && !taken && loop_now_ms() < until) {
        nanosleep(&nap, NULL);
        err = try_lock(s, &taken);
    }
    if (!err && !taken) {
        snprintf(s->text, sizeof s->text, "another migration of this database is running");
        return ERR_BUSY;
    }
    return err ? err : bootstrap(s);
}

static struct migration *find(struct list *migrations, int version)
{
    for (uint32_t i = 0; i < migrations->n; i++)
        if (LIST_AT(struct migration, migrations, i)->version == version)
            return LIST_AT(struct migration, migrations, i);
    return NULL;
}

static void compare_one(const PGresult *r, int row, struct arena *a, struct list *migrations)
{
    int version = (int)strtol(PQgetvalue(r, row, 0), NULL, 10);
    const char *name = PQgetvalue(r, row, 1);
    struct migration *m = find(migrations, version);
    if (!m) {
        if (migrations->n == MAX_MIGRATIONS)
            return;
        m = LIST_AT(struct migration, migrations, migrations->n++);
        *m = (struct migration){.version = version, .state = MIGRATION_MISSING};
        snprintf(m->name, sizeof m->name, "%s", name);
    } else if (strcmp(m->name, name) != 0 || strcmp(m->sha256, PQgetvalue(r, row, 2)) != 0) {
        m->state = MIGRATION_EDITED;
    } else {
        m->state = MIGRATION_APPLIED;
    }
    m->applied_at = arena_copy(a, view_of(PQgetvalue(r, row, 3)));
}

enum err store_compare(struct store *s, struct arena *a, struct list *migrations)
{
    PGresult *r = NULL;
    enum err err = run(s, bootstrap_sql, &r);
    bool there = !err && PQntuples(r) > 0;
    PQclear(r);
    if (err || !there)
        return err; /* a database without the table has nothing applied */
    r = NULL;
    err = run(s, applied_sql, &r);
    for (int i = 0; !err && i < PQntuples(r); i++)
        compare_one(r, i, a, migrations);
    PQclear(r);
    return err;
}

static enum err record(struct store *s, const struct migration *m, bool up)
{
    char version[16];
    snprintf(version, sizeof version, "%d", m->version);
    const char *values[] = {version, m->name, m->sha256};
    if (up)
        return run_params(
            s, "INSERT INTO ops.migration (version, name, sha256) VALUES ($1::int, $2, $3)", 3,
            values, NULL);
    return run_params(s, "DELETE FROM ops.migration WHERE version = $1::int", 1, values, NULL);
}

enum err store_run(struct store *s, const struct migration *m, bool up)
{
    enum err err = run(s, "BEGIN", NULL);
    if (!err)
        err = run(s, up ? m->up : m->down, NULL);
    if (!err && PQtransactionStatus(s->conn) != PQTRANS_INTRANS) {
        snprintf(s->text, sizeof s->text, "the file ends its transaction; it must not");
        return ERR_DATABASE;
    }
    if (!err)
        err = record(s, m, up);
    if (!err)
        err = run(s, "COMMIT", NULL);
    return err; /* what failed is rolled back with the connection's end */
}
