/*
 * clockwork.c - what a scheduler does by itself: every second it takes back leases that ran out and
 * lets due retries into the queue; four times a second it looks for work for those who wait.
 *
 * Notifications may be lost with their connection, so everything they cause is also done by time.
 */
#include "services/scheduler/bulk.h"
#include "services/scheduler/control.h"
#include "services/scheduler/coverage.h"
#include "services/scheduler/freshness.h"
#include "services/scheduler/quarantine.h"
#include "services/scheduler/retention.h"
#include "services/scheduler/schedules.h"
#include "services/scheduler/snapshots.h"
#include "services/scheduler/store.h"
#include "services/scheduler/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 1000,
    LEVELS_MS = 2000,
    MAX_GRACE_MS = 3000,
    SERVE_MS = 250,
};

const struct conf_row scheduler_conf_rows[] = {
    {"DD_LEASE_MS", CONF_INT, offsetof(struct scheduler_conf, lease_ms), "10000", 200, 600000,
     "Life of a lease without a beat, in ms."},
    {"DD_RETRY_BASE_MS", CONF_INT, offsetof(struct scheduler_conf, retry_base_ms), "1000", 1,
     600000, "Back-off after the first failed call, in ms; it doubles with each one."},
    {"DD_RETRY_MAX", CONF_INT, offsetof(struct scheduler_conf, retry_max), "5", 1, 100,
     "Tries of a task in all, unless its feed has a number of its own."},
    {"DD_RETRY_CAP_MS", CONF_INT, offsetof(struct scheduler_conf, retry_cap_ms), "60000", 1,
     86400000, "Longest back-off, in ms."},
    {"DD_TASK_DEADLINE_MIN", CONF_INT, offsetof(struct scheduler_conf, task_deadline_min), "2880",
     1, 525600, "From a task's first lease, in minutes: a try that fails later is its last."},
    {"DD_SWEEP_MS", CONF_INT, offsetof(struct scheduler_conf, sweep_ms), "600000", 100, 86400000,
     "How long the deleting of old rows rests when none are left, in ms."},
    {"DD_COVERAGE_WARN_DAYS", CONF_INT, offsetof(struct scheduler_conf, warn_days), "3", 0, 365,
     "Holes that the upstream drops within so many days are warned of, and fetched first."},
    {0},
};

/* ---- notifications ---- */

static void tell_schedule(struct scheduler *s, const char *id)
{
    struct schedule_changed event = {.id = strtoll(id, NULL, 10)};
    publish_latest(s->process->events, &SCHEDULE_CHANGED, &event, view_of(id));
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    struct scheduler *s = arg;
    if (!payload || strcmp(channel, "dd_ready") == 0)
        waiting_serve(s);
    else if (strcmp(channel, "dd_schedule") == 0)
        tell_schedule(s, payload);
    else
        progress_mark(s, payload);
}

/* ---- ticking ---- */

/* True while living fetchers may not have had the chance to beat: this process has just begun, or
 * the database was away. Their leases look expired by then, and would all be taken back. */
static bool in_grace(struct scheduler *s)
{
    int64_t now = loop_now_ms();
    int64_t grace = s->conf.lease_ms < MAX_GRACE_MS ? s->conf.lease_ms : MAX_GRACE_MS;
    if (now - s->last_tick_ms > s->conf.lease_ms / 2 + TICK_MS)
        s->grace_until_ms = now + grace;
    return now < s->grace_until_ms;
}

static enum err reap(struct scheduler *s)
{
    int64_t reaped = 0;
    if (in_grace(s))
        return ERR_OK;
    enum err err = store_reap(s->process->db, &reaped);
    if (!err && reaped) {
        counter_add(s->leases_reaped, reaped);
        log_warn("leases ran out, their tasks are queued again", KN("tasks", reaped));
    }
    return err;
}

static void on_tick(void *arg)
{
    struct scheduler *s = arg;
    int64_t promoted = 0;
    int64_t settled = 0;
    enum err err = reap(s);
    if (!err)
        err = store_promote(s->process->db, &promoted);
    if (!err)
        s->last_tick_ms = loop_now_ms();
    if (!err)
        err = store_settle(s->process->db, &settled);
    control_tick(s);
    bulk_tick(s);
    submit_tick(s);
    coverage_tick(s);
    schedules_tick(s);
    freshness_tick(s);
    quarantine_tick(s);
    retention_tick(s);
    int64_t period = s->conf.lease_ms / 4 < TICK_MS ? s->conf.lease_ms / 4 : TICK_MS;
    s->tick_timer = loop_after(s->process->loop, period, on_tick, s);
}

/* Tokens come, breakers and refusals end by time alone, and not every end of a call is notified. */
static void on_serve(void *arg)
{
    struct scheduler *s = arg;
    if (s->n_waiting)
        waiting_serve(s);
    s->serve_timer = loop_after(s->process->loop, SERVE_MS, on_serve, s);
}

static void on_levels(void *arg)
{
    struct scheduler *s = arg;
    struct store_levels now;
    if (store_levels(s->process->db, &now) == ERR_OK) {
        gauge_set(s->tasks_queued, now.queued);
        gauge_set(s->tasks_leased, now.leased);
        gauge_set(s->tasks_waiting, now.waiting);
        gauge_set(s->jobs_open, now.open);
    }
    s->level_timer = loop_after(s->process->loop, LEVELS_MS, on_levels, s);
}

/* ---- life ---- */

static void make_counters(struct scheduler *s)
{
    struct stats *t = s->process->stats;
    s->jobs_accepted = stats_counter(t, "jobs_accepted", "Jobs that were accepted.");
    s->leases_granted = stats_counter(t, "leases_granted", "Tasks handed to fetchers.");
    s->leases_reaped = stats_counter(t, "leases_reaped", "Leases that ran out.");
    s->leases_lost = stats_counter(t, "leases_lost", "Beats for a lease that was lost before.");
    s->tasks_retried = stats_counter(t, "tasks_retried", "Failed calls that are tried again.");
    s->tasks_split = stats_counter(t, "tasks_split", "Calls that became two of half the window.");
    s->tasks_failed = stats_counter(t, "tasks_failed", "Tasks that were given up.");
    s->tasks_fenced = stats_counter(t, "tasks_fenced", "Failures told under a lost lease.");
    s->tasks_cancelled = stats_counter(t, "tasks_cancelled", "Tasks that were cancelled.");
    s->breakers_opened =
        stats_counter(t, "breakers_opened", "Upstreams left alone after failures.");
    s->tasks_released = stats_counter(t, "tasks_released", "Tasks given back unused.");
    s->ticks_claimed = stats_counter(t, "ticks_claimed", "Ticks of schedules that were taken up.");
    s->ticks_started =
        stats_counter(t, "ticks_started", "Ticks of schedules that were carried out.");
    s->tasks_queued = stats_gauge(t, "tasks_queued", "Tasks that could be leased now.");
    s->tasks_leased = stats_gauge(t, "tasks_leased", "Tasks in flight.");
    s->tasks_waiting = stats_gauge(t, "tasks_waiting", "Retries that wait for their time.");
    s->jobs_open = stats_gauge(t, "jobs_open", "Jobs that are not finished.");
}

enum err clockwork_start(struct scheduler *s)
{
    static const char *const channels[] = {"dd_ready", "dd_job", "dd_schedule", NULL};
    struct process *p = s->process;
    const struct db_conf conf = {.url = p->conf->database_url,
                                 .role = "dd_scheduler",
                                 .application_name = p->conf->name,
                                 .stats = p->stats};
    make_counters(s);
    snapshots_start(s);
    retention_start(s);
    progress_start(s);
    s->tick_timer = loop_after(p->loop, 0, on_tick, s);
    s->serve_timer = loop_after(p->loop, SERVE_MS, on_serve, s);
    s->level_timer = loop_after(p->loop, LEVELS_MS, on_levels, s);
    return listener_new(p->loop, &conf, channels, on_notify, s, &s->listener);
}

void clockwork_stop(struct scheduler *s)
{
    loop_cancel(s->process->loop, s->tick_timer);
    loop_cancel(s->process->loop, s->level_timer);
    loop_cancel(s->process->loop, s->serve_timer);
    control_stop(s);
    bulk_stop(s);
    progress_stop(s);
    loop_cancel(s->process->loop, s->wait_timer);
    listener_free(&s->listener);
}
