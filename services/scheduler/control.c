/*
 * control.c - see control.h.
 */
#include "services/scheduler/control.h"

#include "services/scheduler/control_store.h"
#include "services/scheduler/snapshots.h"
#include "services/scheduler/store.h"

#include <sodium.h>

enum {
    STEP_TASKS = 3000, /* cancelled by one statement */
    STEP_MS = 10,      /* between two steps: others have their turn */
    BREAKER_CAP_MS = 15 * 60 * 1000,
    BREAKER_TRIES = 5,
};

/* ---- cancelling ---- */

static void on_step(void *arg);

static void go_on(struct scheduler *s)
{
    int64_t cancelled = 0;
    enum err err = store_cancel_step(s->process->db, STEP_TASKS, &cancelled);
    if (err || cancelled == 0)
        return; /* the tick tries again */
    counter_add(s->tasks_cancelled, cancelled);
    if (!s->cancel_timer)
        s->cancel_timer = loop_after(s->process->loop, STEP_MS, on_step, s);
}

static void on_step(void *arg)
{
    struct scheduler *s = arg;
    s->cancel_timer = 0;
    go_on(s);
}

void control_tick(struct scheduler *s)
{
    if (!s->cancel_timer)
        go_on(s);
}

void control_stop(struct scheduler *s)
{
    loop_cancel(s->process->loop, s->cancel_timer);
}

void on_job_cancel(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct job_cancel *m = body;
    struct job job;
    enum err err = store_cancel(s->process->db, m->id, request_principal(r));
    if (!err) {
        go_on(s);
        err = store_job(s->process->db, m->id, request_arena(r), &job);
    }
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "id", "There is no job %.*s.", (int)m->id.n, m->id.p);
    else if (err == ERR_JOB_ENDED)
        request_fail_said(r, err, "id", db_error(s->process->db)->message);
    else if (err)
        request_fail_err(r, err);
    if (err)
        return;
    log_line(LOG_INFO, request_id(r), "job cancelled",
             LOG_FIELDS(KV("job", m->id), KV("principal", request_principal(r))));
    request_answer(r, &job);
}

/* ---- pauses ---- */

/* False: the request has failed. */
static bool check_target(struct request *r, struct view scope, struct view target)
{
    bool all = view_is(scope, "all");
    if (all == (target.n == 0))
        return true;
    request_fail(r, all ? ERR_CHOICE : ERR_MISSING, "target",
                 all ? "All has no target." : "Say which one is meant.");
    return false;
}

enum { STORAGES = 2 };

void on_storage_check(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct storage_check *m = body;
    struct storage rows[STORAGES];
    struct storage_page page = {.items = {.items = rows}};
    for (int i = 0; i < STORAGES; i++) {
        const char *name = i == 0 ? "postgresql" : "redis";
        if (HAS(m, storage_check, name) && !view_is(m->name, name))
            continue;
        int64_t begin = loop_now_ms();
        bool ready = i == 0 ? db_ping(s->process->db) : cache_ping(s->process->cache);
        rows[page.items.n++] =
            (struct storage){.name = view_of(name), .ready = ready, .ms = loop_now_ms() - begin};
    }
    request_answer(r, &page);
}

/* Pages show at once what others have stopped; the jobs' own reasons to wait change with it. */
static void tell_pause(struct scheduler *s, struct view scope, struct view target)
{
    struct pause_changed event = {.scope = scope};
    if (view_is(scope, "dealer"))
        PUT(&event, pause_changed, dealer_id, target);
    publish(s->process->events, &PAUSE_CHANGED, &event);
    progress_tell_all(s);
}

void on_pause_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct pause_page page = {0};
    enum err err = store_pauses(s->process->db, body, request_arena(r), &page.items);
    if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &page);
}

void on_pause_set(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct pause_set *m = body;
    struct pause pause;
    if (!check_target(r, m->scope, m->target))
        return;
    enum err err =
        store_pause_set(s->process->db, m, request_principal(r), request_arena(r), &pause);
    if (err == ERR_PAUSE_TARGET)
        request_fail_said(r, err, "target", db_error(s->process->db)->message);
    else if (err == ERR_FORBIDDEN)
        request_fail_said(r, err, "scope", db_error(s->process->db)->message);
    else if (err)
        request_fail_err(r, err);
    if (err)
        return;
    log_line(LOG_INFO, request_id(r), "paused",
             LOG_FIELDS(KV("scope", m->scope), KV("target", m->target),
                        KV("principal", request_principal(r))));
    tell_pause(s, m->scope, m->target);
    request_answer(r, &pause);
}

void on_pause_clear(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct pause_clear *m = body;
    struct empty done = {0};
    if (!check_target(r, m->scope, m->target))
        return;
    enum err err = store_pause_clear(s->process->db, m);
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "target", "That is not paused.");
    else if (err == ERR_FORBIDDEN)
        request_fail_said(r, err, "scope", db_error(s->process->db)->message);
    else if (err)
        request_fail_err(r, err);
    if (err)
        return;
    log_line(LOG_INFO, request_id(r), "resumed",
             LOG_FIELDS(KV("scope", m->scope), KV("target", m->target),
                        KV("principal", request_principal(r))));
    tell_pause(s, m->scope, m->target);
    request_answer(r, &done);
}

/* ---- upstreams ---- */

void on_upstream_state(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct upstream_state *m = body;
    struct upstream_health health;
    enum err err = store_upstream_health(s->process->db, m->name, request_arena(r), &health);
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "name", "There is no such upstream.");
    else if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &health);
}

void on_upstream_reset(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct upstream_reset *m = body;
    struct empty done = {0};
    struct rows *rows = NULL;
    enum err err =
        db_run(s->process->db, SQL_SCHEDULER_RESET_BREAKER, PARAMS(P_TEXT(m->name)), &rows);
    if (!err && !rows_bool(rows, 0, 0))
        request_fail(r, ERR_NOT_FOUND, "name", "There is no such upstream.");
    else if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &done);
    rows_free(&rows);
}

void on_credential_unflag(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct credential_unflag *m = body;
    struct empty done = {0};
    enum err err = store_unflag(s->process->db, m->credential_id);
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "credential_id", "There is no such credential.");
    else if (err)
        request_fail_err(r, err);
    if (err)
        return;
    log_line(LOG_INFO, request_id(r), "credential used again",
             LOG_FIELDS(KN("credential", m->credential_id), KV("principal", request_principal(r))));
    progress_tell_all(s);
    request_answer(r, &done);
}

/* Several schedulers may hear of failures at once: whoever finds the breaker changed decides anew.
 */
void control_note_failure(struct scheduler *s, int64_t task)
{
    struct store_breaker was;
    bool put = false;
    for (int i = 0; i < BREAKER_TRIES && !put; i++) {
        if (store_breaker(s->process->db, task, &was) != ERR_OK)
            return; /* one failure less; the next one counts */
        struct breaker next = was.breaker;
        was.policy.cap_ms = BREAKER_CAP_MS;
        bool opened = breaker_failed(&next, &was.policy, was.now, randombytes_random());
        if (next.failures == was.breaker.failures && !opened)
            return;
        if (store_breaker_put(s->process->db, &was, &next, &put) != ERR_OK)
            return;
        if (put && opened) {
            counter_add(s->breakers_opened, 1);
            log_warn("upstream left alone after failures", K("upstream", was.name),
                     KN("failures", next.failures), KN("ms", next.open_until - was.now));
        }
    }
}
