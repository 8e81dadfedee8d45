/*
 * system.c - what every process answers about itself: sys.info, sys.stats, sys.drain; its state.
 */
#include "services/daemon/process_state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Handlers get their service's state as argument, which knows nothing of the skeleton. */
static struct daemon *attached;

void system_attach(struct daemon *d)
{
    attached = d;
}

static bool all_ready(const struct daemon *d)
{
    if ((d->p.db && !db_ready(d->p.db)) || (d->p.cache && !cache_ready(d->p.cache)))
        return false;
    for (unsigned i = 0; i < d->n_needs; i++)
        if (!d->needs[i].ready)
            return false;
    return true;
}

const char *system_state(const struct daemon *d)
{
    switch (d->phase) {
    case PHASE_STARTING:
        return "starting";
    case PHASE_RUNNING:
        return all_ready(d) ? "ready" : "degraded";
    case PHASE_DRAINING:
        return "draining";
    case PHASE_GONE:
        break;
    }
    return "gone";
}

void system_note_state(struct daemon *d)
{
    const char *state = system_state(d);
    if (d->told_state && strcmp(d->told_state, state) == 0)
        return;
    log_info("state", K("state", state), K("before", d->told_state ? d->told_state : ""));
    d->told_state = state;
    if (!d->p.events)
        return;
    struct process_changed event = {
        .name = view_of(d->conf.name),
        .service = view_of(d->spec->service),
        .state = view_of(state),
    };
    publish(d->p.events, &PROCESS_CHANGED, &event);
}

void process_need(struct process *p, const char *name, bool ready, const char *detail)
{
    struct daemon *d = (struct daemon *)p;
    unsigned i = 0;
    while (i < d->n_needs && strcmp(d->needs[i].name, name) != 0)
        i++;
    if (i == MAX_NEEDS)
        return;
    struct need *n = &d->needs[i];
    bool changed = i == d->n_needs || n->ready != ready;
    if (i == d->n_needs) {
        snprintf(n->name, sizeof n->name, "%s", name);
        d->n_needs++;
    }
    n->ready = ready;
    snprintf(n->detail, sizeof n->detail, "%s", ready || !detail ? "" : detail);
    if (changed && d->phase == PHASE_RUNNING) {
        if (!ready)
            log_warn("a dependency is away", K("name", name), K("detail", n->detail));
        system_note_state(d);
    }
}

static void add_need(struct process_info *out, const char *name, bool ready, const char *detail)
{
    struct dependency *n = LIST_AT(struct dependency, &out->needs, out->needs.n++);
    n->name = view_of(name);
    n->ready = ready;
    if (!ready && detail && *detail)
        PUT(n, dependency, detail, view_of(detail));
}

enum err system_info(struct daemon *d, struct arena *a, struct process_info *out)
{
    struct dependency *needs = arena_take(a, (MAX_NEEDS + 2) * sizeof *needs);
    if (!needs)
        return ERR_NO_MEMORY;
    *out = (struct process_info){
        .name = view_of(d->conf.name),
        .service = view_of(d->spec->service),
        .instance = view_of(d->p.instance),
        .pid = getpid(),
        .endpoint = view_of(d->p.endpoint),
        .version = view_of(DD_VERSION),
        .state = view_of(system_state(d)),
        .started = d->p.started_at,
        .needs = {needs, 0},
    };
    SET(out, process_info, needs);
    if (d->p.db)
        add_need(out, "database", db_ready(d->p.db), db_error(d->p.db)->message);
    if (d->p.cache)
        add_need(out, "cache", cache_ready(d->p.cache), NULL);
    for (unsigned i = 0; i < d->n_needs; i++)
        add_need(out, d->needs[i].name, d->needs[i].ready, d->needs[i].detail);
    return ERR_OK;
}

static int64_t resident_bytes(void)
{
    char line[128];
    char *next = line;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    bool got = fgets(line, sizeof line, f) != NULL;
    fclose(f);
    if (!got)
        return 0;
    strtoll(line, &next, 10); /* the whole size */
    return strtoll(next, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static void on_sys_info(void *service, struct request *r, const void *body)
{
    struct process_info info;
    (void)service;
    (void)body;
    if (attached->p.db)
        db_ping(attached->p.db);
    if (attached->p.cache)
        cache_ping(attached->p.cache);
    system_note_state(attached);
    enum err err = system_info(attached, request_arena(r), &info);
    if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &info);
}

enum err process_figures(struct process *p, struct arena *a, struct process_stats *out)
{
    struct daemon *d = attached;
    int64_t uptime = loop_wall_ms() - p->started_at;
    gauge_set(stats_gauge(d->p.stats, "bus_dropped", "Messages that the endpoint dropped."),
              serve_dropped(d->p.serve));
    gauge_set(stats_gauge(d->p.stats, "requests_kept", "Requests that wait for a later answer."),
              serve_pending(d->p.serve));
    *out = (struct process_stats){
        .name = view_of(d->conf.name),
        .service = view_of(d->spec->service),
        .uptime_ms = uptime > 0 ? uptime : 0,
        .rss_bytes = resident_bytes(),
    };
    return stats_fill(p->stats, a, out);
}

static void on_sys_stats(void *service, struct request *r, const void *body)
{
    struct process_stats out;
    (void)service;
    (void)body;
    enum err err = process_figures(&attached->p, request_arena(r), &out);
    if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &out);
}

static void on_sys_drain(void *service, struct request *r, const void *body)
{
    const struct sys_drain *m = body;
    struct empty done = {.has = 0};
    (void)service;
    log_info("drain asked for", KV("reason", m->reason));
    PUT(&done, empty, ok, true);
    request_answer(r, &done);
    process_drain(&attached->p);
}

const struct handler system_handlers[] = {
    {&SYS_INFO, on_sys_info},
    {&SYS_STATS, on_sys_stats},
    {&SYS_DRAIN, on_sys_drain},
    {0},
};
