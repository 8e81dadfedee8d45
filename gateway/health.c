/*
 * health.c - asks the services every second and answers /health and /readyz.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/health.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTS = 60, PART_NAME = 129 };

/* One question at a time to each service. */
struct question {
    struct health_watch *watch;
    enum service service;
    bool open;
};

struct health_watch {
    struct gateway *gateway;
    struct service_state states[SERVICES];
    struct question questions[SERVICES];
    struct arena arena;
    uint64_t timer;
};

bool need_is_vital(const char *name)
{
    return strcmp(name, "cache") != 0 && strcmp(name, "redis") != 0;
}

enum condition health_judge(const struct service_state states[SERVICES], bool *ready)
{
    bool any_works = false, all_well = true;
    *ready = true;
    for (int s = 0; s < SERVICES; s++) {
        if (!states[s].used)
            continue;
        bool works = states[s].answered;
        for (unsigned i = 0; i < states[s].n_needs && states[s].answered; i++) {
            if (states[s].needs[i].ready)
                continue;
            all_well = false;
            if (need_is_vital(states[s].needs[i].name))
                works = false;
        }
        any_works |= works && !states[s].spare;
        *ready &= works || states[s].spare;
        all_well &= works;
    }
    return all_well ? HEALTHY : any_works ? DEGRADED : UNHEALTHY;
}

static void keep(char *out, size_t size, struct view v)
{
    size_t n = v.n < size - 1 ? v.n : size - 1;
    if (n)
        memcpy(out, v.p, n);
    out[n] = 0;
}

static void on_info(void *arg, const struct reply *reply)
{
    struct question *q = arg;
    struct health_watch *h = q->watch;
    struct service_state *s = &h->states[q->service];
    struct process_info *info;
    struct fault f;
    enum err e = reply->err;
    q->open = false;
    arena_reset(&h->arena);
    info = arena_take(&h->arena, sizeof *info);
    if (!e)
        e = info ? reply_decode(reply, &h->arena, info, &f) : ERR_NO_MEMORY;
    s->answered = !e;
    s->n_needs = 0;
    s->detail[0] = 0;
    if (e)
        snprintf(s->detail, sizeof s->detail, "%s", err_text(e));
    for (uint32_t i = 0; !e && i < info->needs.n && i < HEALTH_MAX_NEEDS; i++) {
        const struct dependency *d = LIST_AT(struct dependency, &info->needs, i);
        struct need *n = &s->needs[s->n_needs++];
        keep(n->name, sizeof n->name, d->name);
        keep(n->detail, sizeof n->detail, d->detail);
        n->ready = d->ready;
    }
    process_need(h->gateway->process, service_name(q->service), s->answered,
                 s->answered ? NULL : s->detail);
}

static void on_timer(void *arg)
{
    struct health_watch *h = arg;
    struct sys_info ask = {0};
    PUT(&ask, sys_info, reason, view_of("readyz"));
    for (int s = 0; s < SERVICES; s++) {
        struct question *q = &h->questions[s];
        if (h->states[s].used && !q->open)
            q->open = client_call(h->gateway->clients[s], &SYS_INFO, &ask, NULL, HEALTH_ANSWER_MS,
                                  on_info, q) != 0;
    }
    h->timer = loop_after(h->gateway->process->loop, HEALTH_ASK_MS, on_timer, h);
}

/* What a role goes on without: keys and sessions that were checked before still read without the
 * accounts, the Admin Panel has figures of jobs alone from analytics, and the dashboard coverage
 * and the meanings of errors alone from the scheduler. */
static bool is_spare(enum service service, enum role role)
{
    return service == SERVICE_ACCOUNT || (service == SERVICE_ANALYTICS && role == ROLE_ADMIN) ||
           (service == SERVICE_SCHEDULER && role == ROLE_ANALYTICS);
}

enum err health_new(struct gateway *g, struct health_watch **out)
{
    struct health_watch *h = calloc(1, sizeof *h);
    if (!h)
        return ERR_NO_MEMORY;
    h->gateway = g;
    arena_init(&h->arena, 1024 * 1024);
    for (int s = 0; s < SERVICES; s++) {
        h->questions[s] = (struct question){h, (enum service)s, false};
        h->states[s].used = g->clients[s] != NULL;
        h->states[s].spare = is_spare((enum service)s, g->role);
        snprintf(h->states[s].detail, sizeof h->states[s].detail, "It was not asked before now.");
    }
    /* The connections need a moment; the second question comes a second later. */
    h->timer = loop_after(g->process->loop, 100, on_timer, h);
    *out = h;
    return ERR_OK;
}

void health_free(struct health_watch **h)
{
    if (!*h)
        return;
    loop_cancel((*h)->gateway->process->loop, (*h)->timer);
    arena_free(&(*h)->arena);
    free(*h);
    *h = NULL;
}

struct parts {
    struct health_part rows[MAX_PARTS];
    char names[MAX_PARTS][PART_NAME];
    uint32_t n;
};

static void add_part(struct parts *p, const char *service, const char *need, const char *detail)
{
    if (p->n == MAX_PARTS)
        return;
    char *name = p->names[p->n];
    snprintf(name, PART_NAME, "%s%s%s", service, *need ? ": " : "", need);
    struct health_part *row = &p->rows[p->n++];
    *row = (struct health_part){.name = view_of(name)};
    if (*detail)
        PUT(row, health_part, detail, view_of(detail));
}

/* Everything that is away; `vital`: only what cannot be done without, or only the rest. */
static void list_missing(const struct health_watch *h, bool vital, struct parts *out)
{
    for (int s = 0; s < SERVICES; s++) {
        const struct service_state *state = &h->states[s];
        const char *name = service_name((enum service)s);
        if (!state->used)
            continue;
        if (!state->answered && vital == !state->spare)
            add_part(out, name, "", state->detail);
        for (unsigned i = 0; i < state->n_needs && state->answered; i++)
            if (!state->needs[i].ready &&
                (need_is_vital(state->needs[i].name) && !state->spare) == vital)
                add_part(out, name, state->needs[i].name, state->needs[i].detail);
    }
}

static void answer(struct exchange *ex, int status, const struct desc *d, const void *record)
{
    if (json_encode(d, record, &ex->out))
        exchange_fail_err(ex, ERR_INTERNAL);
    else
        exchange_json(ex, status);
}

void health_answer(struct exchange *ex)
{
    static const char *const words[] = {"healthy", "degraded", "unhealthy"};
    const struct health_watch *h = ex->gateway->health;
    struct parts *missing = arena_take(&ex->arena, sizeof *missing);
    bool ready;
    if (!missing) {
        exchange_fail_err(ex, ERR_NO_MEMORY);
        return;
    }
    enum condition c = health_judge(h->states, &ready);
    list_missing(h, true, missing);
    list_missing(h, false, missing);
    struct health record = {.status = view_of(words[c]),
                            .timestamp = loop_wall_ms(),
                            .version = view_of(DD_VERSION),
                            .missing = {missing->rows, missing->n}};
    answer(ex, c == UNHEALTHY ? 503 : 200, &HEALTH, &record);
}

void health_readyz(struct exchange *ex)
{
    const struct health_watch *h = ex->gateway->health;
    struct parts *parts = arena_take(&ex->arena, 2 * sizeof *parts);
    bool ready;
    if (!parts) {
        exchange_fail_err(ex, ERR_NO_MEMORY);
        return;
    }
    health_judge(h->states, &ready);
    list_missing(h, true, &parts[0]);
    list_missing(h, false, &parts[1]);
    ready &= !ex->gateway->draining;
    if (ex->gateway->draining)
        add_part(&parts[0], "gateway", "", "It is shutting down.");
    struct readiness record = {.ready = ready,
                               .missing = {parts[0].rows, parts[0].n},
                               .degraded = {parts[1].rows, parts[1].n}};
    answer(ex, ready ? 200 : 503, &READINESS, &record);
}
