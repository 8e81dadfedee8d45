/*
 * control_store.c - see control_store.h.
 */
#include "services/scheduler/control_store.h"

#include <stdio.h>

/* Runs a statement that answers whether the thing that it names was there. */
static enum err run_found(struct db *db, enum statement s, const struct param *params, int n)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, s, params, n, &rows);
    if (!err && !(rows_count(rows) == 1 && rows_bool(rows, 0, 0)))
        err = ERR_NOT_FOUND;
    rows_free(&rows);
    return err;
}

/* ---- cancelling ---- */

enum err store_cancel(struct db *db, struct view job, struct view by)
{
    return run_found(db, SQL_SCHEDULER_CANCEL, PARAMS(P_TEXT(job), P_TEXT(by)));
}

enum err store_cancel_step(struct db *db, int64_t most, int64_t *cancelled)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_CANCEL_STEP, PARAMS(P_INT(most)), &rows);
    *cancelled = err ? 0 : rows_int(rows, 0, 0);
    rows_free(&rows);
    return err;
}

/* ---- pauses ---- */

enum err store_pauses(struct db *db, const struct pause_list *ask, struct arena *a,
                      struct list *out)
{
    return db_list(db, SQL_SCHEDULER_PAUSE_LIST, PARAMS(P_OPT_TEXT(ask, pause_list, scope), P_NULL),
                   &PAUSE, a, out);
}

enum err store_pause_set(struct db *db, const struct pause_set *m, struct view by, struct arena *a,
                         struct pause *out)
{
    enum err err = db_run(
        db, SQL_SCHEDULER_PAUSE_SET,
        PARAMS(P_TEXT(m->scope), P_TEXT(m->target), P_OPT_TEXT(m, pause_set, reason), P_TEXT(by)),
        NULL);
    if (err)
        return err;
    return db_get(db, SQL_SCHEDULER_PAUSE_LIST, PARAMS(P_TEXT(m->scope), P_TEXT(m->target)), &PAUSE,
                  a, out);
}

enum err store_pause_clear(struct db *db, const struct pause_clear *m)
{
    return run_found(db, SQL_SCHEDULER_PAUSE_CLEAR, PARAMS(P_TEXT(m->scope), P_TEXT(m->target)));
}

/* ---- manners ---- */

enum err store_upstream_health(struct db *db, struct view name, struct arena *a,
                               struct upstream_health *out)
{
    enum err err =
        db_get(db, SQL_SCHEDULER_UPSTREAM_STATE, PARAMS(P_TEXT(name)), &UPSTREAM_HEALTH, a, out);
    if (!err)
        err = db_list(db, SQL_SCHEDULER_UPSTREAM_CREDENTIALS, PARAMS(P_TEXT(name)), &CREDENTIAL_USE,
                      a, &out->credentials);
    if (!err)
        SET(out, upstream_health, credentials);
    return err;
}

enum err store_unflag(struct db *db, int64_t credential)
{
    return run_found(db, SQL_SCHEDULER_UNFLAG, PARAMS(P_INT(credential)));
}

enum err store_breaker(struct db *db, int64_t task, struct store_breaker *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_BREAKER_GET, PARAMS(P_INT(task)), &rows);
    if (!err && rows_count(rows) != 1)
        err = ERR_NOT_FOUND;
    if (!err) {
        struct view name = rows_text(rows, 0, 1);
        *out = (struct store_breaker){
            .upstream = rows_int(rows, 0, 0),
            .policy = {.failures = (int)rows_int(rows, 0, 2),
                       .open_ms = rows_int(rows, 0, 3) * 1000},
            .breaker = {.failures = (int)rows_int(rows, 0, 4),
                        .opened = (int)rows_int(rows, 0, 5),
                        .open_until = rows_int(rows, 0, 6)},
            .now = rows_int(rows, 0, 7),
        };
        snprintf(out->name, sizeof out->name, "%.*s", (int)name.n, name.p);
    }
    rows_free(&rows);
    return err;
}

enum err store_breaker_put(struct db *db, const struct store_breaker *was,
                           const struct breaker *next, bool *put)
{
    const struct breaker *b = &was->breaker;
    enum err err = run_found(db, SQL_SCHEDULER_BREAKER_PUT,
                             PARAMS(P_INT(was->upstream), P_INT(b->failures), P_INT(b->opened),
                                    P_INT(b->open_until), P_INT(next->failures),
                                    P_INT(next->opened), P_INT(next->open_until)));
    *put = err == ERR_OK;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}
