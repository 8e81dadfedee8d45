/*
 * waiting.c - the long poll of the fetchers.
 *
 * A request for work that finds none is kept. It is served when a notification or the tick says
 * that work may be there, and answered with nothing after two seconds, so that a fetcher never
 * hangs on a scheduler that died. A request whose own deadline has passed gets no lease: nobody
 * would beat for it. What was leased to a fetcher that turns out to be gone is given back at once.
 */
#include "services/scheduler/scheduler.h"
#include "services/scheduler/store.h"

#include <stdio.h>
#include <string.h>

enum { HOLD_MS = 2000, MARGIN_MS = 200 };

/* Leases and how to give them back: the grant itself goes with its request. */
struct granted {
    struct held_task held[MAX_HELD_TASKS];
    uint32_t n;
};

static void note_granted(struct granted *g, const struct list *tasks)
{
    g->n = tasks->n < MAX_HELD_TASKS ? tasks->n : MAX_HELD_TASKS;
    for (uint32_t i = 0; i < g->n; i++) {
        const struct leased_task *t = LIST_AT(struct leased_task, tasks, i);
        g->held[i] = (struct held_task){.task_id = t->task_id, .epoch = t->epoch};
    }
}

static void take_back(struct scheduler *s, const char *instance, struct granted *g)
{
    const struct task_release m = {.instance = view_of(instance),
                                   .held = {.items = g->held, .n = g->n}};
    int64_t released = 0;
    if (store_release(s->process->db, &m, &released) == ERR_OK)
        counter_add(s->tasks_released, released);
}

/* True when the request was answered. */
static bool try_lease(struct scheduler *s, struct request *r, const char *instance, int want)
{
    struct lease_grant grant = {.lease_ms = s->conf.lease_ms};
    enum err err = store_lease(s->process->db, instance, want, s->conf.lease_ms, request_arena(r),
                               &grant.tasks);
    if (err) {
        request_fail_err(r, err);
        return true;
    }
    if (grant.tasks.n == 0)
        return false;
    struct granted granted;
    note_granted(&granted, &grant.tasks);
    if (request_answer(r, &grant))
        counter_add(s->leases_granted, granted.n);
    else
        take_back(s, instance, &granted);
    return true;
}

static void answer_nothing(struct scheduler *s, struct request *r)
{
    struct lease_grant none = {.lease_ms = s->conf.lease_ms};
    request_answer(r, &none);
}

static void remove_at(struct scheduler *s, unsigned i)
{
    s->n_waiting--;
    memmove(&s->waiting[i], &s->waiting[i + 1], (s->n_waiting - i) * sizeof s->waiting[0]);
}

static void on_wait_over(void *arg);

/* All wait equally long, so the oldest one ends first. */
static void arm(struct scheduler *s)
{
    loop_cancel(s->process->loop, s->wait_timer);
    s->wait_timer = 0;
    if (s->n_waiting)
        s->wait_timer =
            loop_after(s->process->loop, s->waiting[0].until_ms - loop_now_ms(), on_wait_over, s);
}

static void on_wait_over(void *arg)
{
    struct scheduler *s = arg;
    int64_t now = loop_now_ms();
    s->wait_timer = 0;
    for (unsigned i = 0; i < s->n_waiting;) {
        struct waiting *w = &s->waiting[i];
        if (w->until_ms > now) {
            i++;
            continue;
        }
        struct request *r = w->request;
        remove_at(s, i);
        answer_nothing(s, r);
    }
    arm(s);
}

void waiting_add(struct scheduler *s, struct request *r, const struct task_lease *ask)
{
    char instance[37];
    snprintf(instance, sizeof instance, "%.*s", (int)ask->instance.n, ask->instance.p);
    if (try_lease(s, r, instance, (int)ask->want))
        return;
    if (s->n_waiting == MAX_WAITING || s->process->draining) {
        answer_nothing(s, r);
        return;
    }
    int64_t until = loop_now_ms() + HOLD_MS;
    int64_t deadline = request_deadline_mono(r) - MARGIN_MS;
    struct waiting *w = &s->waiting[s->n_waiting++];
    request_keep(r);
    *w = (struct waiting){
        .request = r, .want = (int)ask->want, .until_ms = deadline < until ? deadline : until};
    snprintf(w->instance, sizeof w->instance, "%s", instance);
    arm(s);
}

void waiting_serve(struct scheduler *s)
{
    for (unsigned i = 0; i < s->n_waiting;) {
        struct waiting *w = &s->waiting[i];
        if (request_expired(w->request)) {
            i++; /* ends with its timer */
            continue;
        }
        if (!try_lease(s, w->request, w->instance, w->want))
            break; /* nothing left for the others either */
        remove_at(s, i);
    }
    arm(s);
}

void waiting_end(struct scheduler *s)
{
    while (s->n_waiting) {
        struct request *r = s->waiting[0].request;
        remove_at(s, 0);
        answer_nothing(s, r);
    }
    arm(s);
}
