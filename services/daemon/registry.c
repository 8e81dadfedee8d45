/*
 * registry.c - tells every five seconds that the process lives.
 *
 * DESIGN: a process with a database writes its row in ops.process by itself, the others send
 * process.report to the dealer service. The same tick asks database and cache whether they answer,
 * every second while one of them doesn't, so that the state is right also in a process that nobody
 * uses. No call here waits longer than a second.
 */
#include "services/daemon/process_state.h"

#include <string.h>
#include <unistd.h>

enum {
    REPORT_MS = 5000,
    DEGRADED_MS = 1000,
    CALL_MS = 2000,
    CONNECT_MS = 200, /* a client's socket needs a moment before it can send */
    MAX_INFO = 64 * 1024,
};

static void on_tick(void *arg);

static void on_reported(void *arg, const struct reply *reply)
{
    struct daemon *d = arg;
    process_need(&d->p, "dealer", reply->err == ERR_OK, reply->err ? err_text(reply->err) : NULL);
}

static void report_by_call(struct daemon *d)
{
    struct arena a;
    struct process_report m = {.has = 0};
    arena_init(&a, MAX_INFO);
    if (system_info(d, &a, &m.process) == ERR_OK)
        client_call(d->dealer, &PROCESS_REPORT, &m, NULL, CALL_MS, on_reported, d);
    arena_free(&a);
}

static void report_by_row(struct daemon *d)
{
    struct db *db = d->p.db;
    struct view instance = view_of(d->p.instance), name = view_of(d->conf.name);
    db_limit(db, 1000);
    enum err err =
        db_run(db, SQL_PROCESS_REPORT,
               PARAMS(P_TEXT(instance), P_TEXT(name), P_TEXT(view_of(d->spec->service)),
                      P_TEXT(view_of(d->p.endpoint)), P_INT(getpid()), P_TEXT(view_of(DD_VERSION)),
                      P_TEXT(view_of(system_state(d))), P_INT(d->p.started_at)),
               NULL);
    if (!err && d->report_generation != db_generation(db)) {
        err = db_run(db, SQL_PROCESS_FORGET, PARAMS(P_TEXT(instance), P_TEXT(name)), NULL);
        if (!err)
            d->report_generation = db_generation(db);
    }
    db_limit(db, 0);
    if (err)
        log_debug("no row in ops.process", K("error", err_code(err)),
                  K("detail", db_error(db)->message));
}

static void report(struct daemon *d)
{
    if (d->p.db)
        report_by_row(d);
    else if (d->dealer)
        report_by_call(d);
}

static void on_tick(void *arg)
{
    struct daemon *d = arg;
    const char *before = system_state(d);
    d->report_timer = 0;
    if (d->p.cache)
        cache_ping(d->p.cache);
    report(d);
    if (d->p.db && strcmp(before, system_state(d)) != 0)
        report(d); /* the first statement has shown that the database is back */
    system_note_state(d);
    if (d->report_timer)
        return;
    bool degraded = strcmp(system_state(d), "degraded") == 0;
    d->report_timer = loop_after(d->p.loop, degraded ? DEGRADED_MS : REPORT_MS, on_tick, d);
}

enum err registry_start(struct daemon *d)
{
    enum err err = ERR_OK;
    if (!d->p.db && strcmp(d->spec->service, "dealer") != 0)
        err = process_client(&d->p, "dealer", &d->dealer);
    if (!err)
        d->report_timer = loop_after(d->p.loop, d->dealer ? CONNECT_MS : 0, on_tick, d);
    return err;
}

void registry_soon(struct daemon *d)
{
    loop_cancel(d->p.loop, d->report_timer);
    d->report_timer = loop_after(d->p.loop, 0, on_tick, d);
}

void registry_stop(struct daemon *d)
{
    loop_cancel(d->p.loop, d->report_timer);
    d->report_timer = 0;
    if (d->p.db && db_ready(d->p.db))
        report_by_row(d);
    client_free(&d->dealer);
}
