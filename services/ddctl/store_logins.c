/*
 * store_logins.c - the statements of logins.h.
 *
 * The owner becomes a member of each login, so that the scheduler's functions may end its sessions
 * (jobs: a fetcher that lost its lease must not go on storing).
 */
#include "services/ddctl/logins.h"

#include "services/daemon/database_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 10000, STATEMENT_MS = 10000, MAX_SQL = 1024 };

struct login_store {
    PGconn *conn;
    struct db_error error;
};

static const char list_sql[] = "SELECT rolname FROM pg_roles"
                               " WHERE starts_with(rolname, %s) AND rolcanlogin ORDER BY rolname";
static const char make_sql[] = "CREATE ROLE %s LOGIN PASSWORD %s IN ROLE dd_fetcher;"
                               "GRANT %s TO CURRENT_USER";
static const char drop_sql[] = "DROP ROLE %s";

enum err login_store_open(const char *url, struct login_store **out)
{
    const struct db_conf conf = {
        .url = url, .application_name = "ddctl", .statement_timeout_ms = STATEMENT_MS};
    struct login_store *s = calloc(1, sizeof *s);
    *out = s;
    return s ? wire_connect(&conf, loop_now_ms() + CONNECT_MS, &s->conn, &s->error) : ERR_NO_MEMORY;
}

void login_store_close(struct login_store **s)
{
    if (!*s)
        return;
    PQfinish((*s)->conn);
    free(*s);
    *s = NULL;
}

const char *login_store_error(const struct login_store *s)
{
    return s ? s->error.message : "out of memory";
}

static enum err run(struct login_store *s, const char *sql, PGresult **out)
{
    return wire_run(s->conn, sql, loop_now_ms() + STATEMENT_MS + 1000, out, &s->error);
}

enum err login_store_make(struct login_store *s, const char *role, const char *password)
{
    char sql[MAX_SQL];
    char *name = PQescapeIdentifier(s->conn, role, strlen(role));
    char *secret = PQescapeLiteral(s->conn, password, strlen(password));
    enum err err = ERR_NO_MEMORY;
    if (name && secret) {
        snprintf(sql, sizeof sql, make_sql, name, secret, name);
        err = run(s, sql, NULL);
        explicit_bzero(sql, sizeof sql);
    }
    PQfreemem(name);
    PQfreemem(secret);
    return err;
}

enum err login_store_drop(struct login_store *s, const char *role)
{
    char sql[MAX_SQL];
    char *name = PQescapeIdentifier(s->conn, role, strlen(role));
    enum err err = ERR_NO_MEMORY;
    if (name) {
        snprintf(sql, sizeof sql, drop_sql, name);
        err = run(s, sql, NULL);
    }
    PQfreemem(name);
    return err;
}

enum err login_store_list(struct login_store *s, const char *prefix, struct arena *a,
                          struct list *out)
{
    char sql[MAX_SQL];
    PGresult *rows = NULL;
    char *text = PQescapeLiteral(s->conn, prefix, strlen(prefix));
    enum err err = ERR_NO_MEMORY;
    *out = (struct list){NULL, 0};
    if (text) {
        snprintf(sql, sizeof sql, list_sql, text);
        err = run(s, sql, &rows);
    }
    int n = err ? 0 : PQntuples(rows);
    struct view *names = arena_take(a, (size_t)n * sizeof *names);
    for (int i = 0; names && i < n; i++)
        names[i] = arena_printf(a, "%s", PQgetvalue(rows, i, 0));
    if (!err && !names)
        err = ERR_NO_MEMORY;
    if (!err)
        *out = (struct list){names, (uint32_t)n};
    PQclear(rows);
    PQfreemem(text);
    return err;
}

/* keyword='value' with what libpq wants escaped. */
static bool add(struct buf *b, const char *keyword, const char *value)
{
    enum err err = buf_printf(b, "%s%s='", b->n ? " " : "", keyword);
    for (; *value && !err; value++)
        err = buf_printf(b, "%s%c", *value == '\'' || *value == '\\' ? "\\" : "", *value);
    return !err && buf_puts(b, "'") == ERR_OK;
}

static bool is_own(const char *keyword)
{
    static const char *const own[] = {"user", "password", "passfile", "options"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(keyword, own[i]) == 0)
            return true;
    return false;
}

bool login_url(const char *reached, const char *role, const char *password, struct arena *a,
               struct view *out, const char **why)
{
    char *problem = NULL;
    const char *host = NULL;
    struct buf b;
    PQconninfoOption *options = PQconninfoParse(reached, &problem);
    bool ok = options != NULL;
    PQfreemem(problem);
    buf_init(&b, MAX_SQL);
    for (PQconninfoOption *o = options; ok && o && o->keyword; o++) {
        if (!o->val || !*o->val || is_own(o->keyword))
            continue;
        if (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0)
            host = *o->val == '/' ? NULL : "";
        ok = add(&b, o->keyword, o->val);
    }
    PQconninfoFree(options);
    *why = ok ? "the database needs a host that the other machine reaches, not a socket of this "
                "one: --database postgresql://HOST/NAME"
              : "is no URL of a database";
    ok = ok && host && add(&b, "user", role) && add(&b, "password", password) &&
         add(&b, "options", "-c role=dd_fetcher");
    *out = arena_copy(a, buf_view(&b));
    if (b.p)
        explicit_bzero(b.p, b.n);
    buf_free(&b);
    return ok && out->p;
}
