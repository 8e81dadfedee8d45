/*
 * lease.c - leases, beats, giving back.
 *
 * DESIGN: one task.lease at a time is on its way, for as many tasks as slots are free; the
 * scheduler holds it up to two seconds. While less than a quarter of the slots is free, it waits a
 * moment for others: a lease costs the scheduler a transaction, however many tasks it brings.
 *
 * Every half second one beat names all that is held; its answer says what was lost or cancelled,
 * and that is ended at once. Beats don't wait for one another: a scheduler that hangs must not stop
 * the beats that the next one would answer.
 *
 * Draining: no more leases; calls get a moment, then they are given back with what a lease on its
 * way may still bring; what is being stored is finished.
 */
#include "services/fetcher/faultpoint.h"
#include "services/fetcher/fetcher.h"

#include <stdio.h>
#include <string.h>

enum {
    LEASE_TIMEOUT_MS = 4000, /* the scheduler holds a request for 2 s */
    PAUSE_MS = 500,          /* after a lease that failed */
    GATHER_MS = 5,           /* for slots that become free soon after another */
    BACKLOG_MS = 100, /* the same, while more answers wait to be stored than are called for */
    BEAT_MS = 500,    /* also how soon a cancelled call ends */
    BEAT_LEAST_MS = 200,
    BEAT_TIMEOUT_MS = 3000,
    RELEASE_TIMEOUT_MS = 1000,
    DRAIN_CALLS_MS = 2000,          /* what calls get while draining */
    GRANT_BYTES = 16 * 1024 * 1024, /* MAX_HELD_TASKS calls for 200 dealers each */
};

/* ---- giving back ---- */

static void on_released(void *arg, const struct reply *reply)
{
    struct fetcher *f = arg;

    f->n_releases--;
    if (reply->err != ERR_OK)
        log_warn("leases not given back", K("error", err_code(reply->err)));
}

static void give_back(struct fetcher *f, struct held_task *held, uint32_t n)
{
    struct task_release m = {
        .instance = view_of(f->process->instance),
        .held = {.items = held, .n = n},
    };

    if (n == 0)
        return;
    counter_add(f->counters.tasks_released, n);
    f->n_releases++;
    if (!client_call(f->scheduler, &TASK_RELEASE, &m, NULL, RELEASE_TIMEOUT_MS, on_released, f))
        f->n_releases--; /* not sent: the leases run out */
}

/* Ends the calls that run and gives their tasks back. */
static void give_back_calls(struct fetcher *f)
{
    struct held_task held[MAX_SLOTS];
    uint32_t n = 0;

    for (unsigned i = 0; i < f->n_slots; i++) {
        struct slot *s = &f->slots[i];
        if (s->state != SLOT_CALLING)
            continue;
        held[n] = (struct held_task){.task_id = s->task.task_id, .epoch = s->task.epoch};
        slot_tell(s, &held[n++]); /* it was called, so it counts */
        slot_drop_call(s);
    }
    give_back(f, held, n);
}

/* ---- leases ---- */

static void ask(struct fetcher *f);

static void on_pause_over(void *arg)
{
    struct fetcher *f = arg;

    f->lease_timer = 0;
    lease_ask(f);
}

static void pause_leases(struct fetcher *f)
{
    if (!f->lease_timer)
        f->lease_timer = loop_after(f->process->loop, PAUSE_MS, on_pause_over, f);
}

static void take(struct fetcher *f, const struct lease_grant *grant)
{
    int64_t until = loop_now_ms() + grant->lease_ms;
    struct held_task unwanted[MAX_SLOTS];
    uint32_t n = 0;

    f->lease_ms = grant->lease_ms;
    counter_add(f->counters.leases, grant->tasks.n);
    if (grant->tasks.n > 0)
        faultpoint_reach(FAULT_LEASED);
    for (uint32_t i = 0; i < grant->tasks.n; i++) {
        const struct leased_task *t = LIST_AT(struct leased_task, &grant->tasks, i);
        struct slot *s = f->draining ? NULL : slot_free_one(f);
        if (s)
            slot_begin(s, t, until);
        else if (n < MAX_SLOTS)
            unwanted[n++] = (struct held_task){.task_id = t->task_id, .epoch = t->epoch};
    }
    give_back(f, unwanted, n);
}

static void on_grant(void *arg, const struct reply *reply)
{
    struct fetcher *f = arg;
    struct lease_grant grant;
    struct fault fault;
    struct arena a;
    enum err err = reply->err;

    f->late_lease_id = err == ERR_TIMEOUT ? f->lease_id : 0;
    f->lease_id = 0;
    arena_init(&a, GRANT_BYTES);
    if (err == ERR_OK)
        err = reply_decode(reply, &a, &grant, &fault);
    process_need(f->process, "scheduler", err == ERR_OK, err == ERR_OK ? NULL : err_text(err));
    if (err == ERR_OK) {
        take(f, &grant);
        lease_ask(f);
    } else {
        pause_leases(f);
    }
    arena_free(&a);
}

/* A scheduler that was busy may lease to a request that nobody waits for any more: what it brings
 * would only lie there until its end. */
static void on_late(void *arg, uint64_t id, struct view body)
{
    struct fetcher *f = arg;
    struct held_task held[MAX_SLOTS];
    struct lease_grant grant;
    struct fault fault;
    struct arena a;
    uint32_t n = 0;

    if (id != f->late_lease_id)
        return;
    arena_init(&a, GRANT_BYTES);
    if (codec_decode(&LEASE_GRANT, body.p, body.n, &a, &grant, &fault) == ERR_OK)
        for (; n < grant.tasks.n && n < MAX_SLOTS; n++) {
            const struct leased_task *t = LIST_AT(struct leased_task, &grant.tasks, n);
            held[n] = (struct held_task){.task_id = t->task_id, .epoch = t->epoch};
        }
    if (n > 0)
        log_warn("leases came too late", KN("tasks", n));
    give_back(f, held, n);
    arena_free(&a);
}

static void on_gathered(void *arg)
{
    struct fetcher *f = arg;

    f->gather_timer = 0;
    ask(f);
}

/* Storing is what takes the time: more calls would only wait. */
static bool backlogged(const struct fetcher *f)
{
    unsigned storing = 0;

    for (unsigned i = 0; i < f->n_slots; i++)
        storing += f->slots[i].state == SLOT_STORING;
    return 2 * storing > f->n_busy;
}

void lease_ask(struct fetcher *f)
{
    if (4 * (f->n_slots - f->n_busy) >= f->n_slots)
        ask(f);
    else if (!f->gather_timer)
        f->gather_timer =
            loop_after(f->process->loop, backlogged(f) ? BACKLOG_MS : GATHER_MS, on_gathered, f);
}

static void ask(struct fetcher *f)
{
    struct task_lease m = {
        .instance = view_of(f->process->instance),
        .name = view_of(f->process->conf->name),
        .want = f->n_slots - f->n_busy,
    };

    if (f->draining || f->lease_id || f->lease_timer || m.want == 0)
        return;
    f->lease_id = client_call(f->scheduler, &TASK_LEASE, &m, NULL, LEASE_TIMEOUT_MS, on_grant, f);
    if (!f->lease_id)
        pause_leases(f);
}

/* ---- beats ---- */

static void on_verdict(struct fetcher *f, const struct held_task *h, int64_t sent_mono)
{
    struct slot *s = slot_of_task(f, h->task_id, h->epoch);

    if (!s || !HAS(h, held_task, verdict))
        return;
    if (view_is(h->verdict, "held")) {
        atomic_store(&s->job.lease_until_mono, sent_mono + f->lease_ms);
        return;
    }
    bool cancelled = view_is(h->verdict, "cancelled");
    counter_add(cancelled ? f->counters.tasks_cancelled : f->counters.leases_lost, 1);
    log_warn(cancelled ? "task cancelled" : "lease lost", K("task", s->task_text),
             KN("epoch", h->epoch));
    slot_abandon(s);
}

static void on_beaten(void *arg, const struct reply *reply)
{
    const struct beat *b = arg;
    struct beat_answer answer;
    struct fault fault;
    struct arena a;

    arena_init(&a, GRANT_BYTES);
    if (reply->err == ERR_OK && reply_decode(reply, &a, &answer, &fault) == ERR_OK)
        for (uint32_t i = 0; i < answer.tasks.n; i++)
            on_verdict(b->fetcher, LIST_AT(struct held_task, &answer.tasks, i), b->sent_mono);
    arena_free(&a);
}

static void send_beat(struct fetcher *f)
{
    struct held_task held[MAX_SLOTS];
    struct task_beat m = {
        .instance = view_of(f->process->instance),
        .held = {.items = held},
    };

    for (unsigned i = 0; i < f->n_slots; i++) {
        const struct slot *s = &f->slots[i];
        /* An abandoned one is only waiting for the store to notice. */
        if (s->state == SLOT_FREE || atomic_load(&s->job.abandoned))
            continue;
        struct held_task *h = &held[m.held.n++];
        *h = (struct held_task){.task_id = s->task.task_id, .epoch = s->task.epoch};
        slot_tell(s, h);
    }
    if (m.held.n == 0)
        return;
    struct beat *b = &f->beats[f->n_beats++ % MAX_BEATS];
    *b = (struct beat){f, loop_now_ms()};
    (void)client_call(f->scheduler, &TASK_BEAT, &m, NULL, BEAT_TIMEOUT_MS, on_beaten, b);
}

static void on_beat(void *arg)
{
    struct fetcher *f = arg;
    int64_t ms = f->lease_ms / 4;

    send_beat(f);
    ms = ms > BEAT_MS ? BEAT_MS : ms < BEAT_LEAST_MS ? BEAT_LEAST_MS : ms;
    f->beat_timer = loop_after(f->process->loop, ms, on_beat, f);
}

/* ---- start and end ---- */

enum err lease_start(struct fetcher *f)
{
    enum err err = process_client(f->process, "scheduler", &f->scheduler);

    if (err != ERR_OK)
        return err;
    client_hear_late(f->scheduler, on_late, f);
    f->beat_timer = loop_after(f->process->loop, BEAT_LEAST_MS, on_beat, f);
    /* Asked from the loop: the connection needs a moment. */
    f->lease_timer = loop_after(f->process->loop, 50, on_pause_over, f);
    return f->beat_timer && f->lease_timer ? ERR_OK : ERR_NO_MEMORY;
}

void lease_stop(struct fetcher *f)
{
    loop_cancel(f->process->loop, f->beat_timer);
    loop_cancel(f->process->loop, f->lease_timer);
    loop_cancel(f->process->loop, f->gather_timer);
    loop_cancel(f->process->loop, f->drain_timer);
    client_free(&f->scheduler);
}

static void on_drain_over(void *arg)
{
    struct fetcher *f = arg;

    f->drain_timer = 0;
    give_back_calls(f);
}

void lease_drain(struct fetcher *f)
{
    f->draining = true;
    f->drain_timer = loop_after(f->process->loop, DRAIN_CALLS_MS, on_drain_over, f);
}
