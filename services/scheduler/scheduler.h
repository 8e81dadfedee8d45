/*
 * scheduler.h - the state of a scheduler.
 *
 * The scheduler accepts jobs, hands their tasks to fetchers under a lease, decides about retries
 * and tells the history. All truth is in PostgreSQL, and every change of state is one SQL function,
 * so any number of schedulers may run side by side and any of them may die at any instant.
 *
 * Files: handlers (the table of messages) - planner, window, retry, breaker, cron, catchup, zone
 * (pure) - submit, planning, plan_told, rerun (how jobs come to be) - waiting, failures, control
 * (running calls: leases, errors, cancel and pause), bulk (many jobs at once), feed_policy (how
 * often they are tried) - schedules, ticking, freshness, zones (work by the clock), clockwork (what
 * is done each second) - history, progress, snapshots, coverage, quarantine, retention (what became
 * of it) - store, control_store, schedule_store (statements).
 *
 * THREADS: one. Statements block, bounded by statement_timeout.
 */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include "services/daemon/process.h"
#include "services/scheduler/progress.h"
#include "services/scheduler/zones.h"

enum { MAX_WAITING = 256 };

/* A fetcher's request for work that waits until there is some. */
struct waiting {
    struct request *request; /* kept; owned */
    char instance[37];       /* the fetcher */
    int want;                /* free slots */
    int64_t until_ms;        /* monotonic: then it is answered with nothing */
};

/* Deleting what is old: retention.c. */
enum { SWEEP_KINDS = 5 };
struct sweep {
    int64_t due_ms; /* monotonic: next step */
    int64_t rows;   /* of one kind that a step may take */
    struct counter_cell *swept[SWEEP_KINDS];
};

/* Jobs as last told, in Redis: snapshots.c. */
struct snapshots {
    char prefix[32];            /* of the keys: tells systems apart */
    struct counter_cell *found; /* answers that needed no database */
    struct counter_cell *stale; /* answers while the database was away */
};

struct scheduler_conf {
    int64_t lease_ms;      /* life of a lease without a beat */
    int64_t retry_base_ms; /* first back-off */
    int64_t retry_max;     /* tries of a task in all */
    int64_t warn_days;     /* holes that the upstream drops within so many days */
    int64_t retry_cap_ms;  /* longest back-off */
    int64_t task_deadline_min;
    int64_t sweep_ms; /* rest of the sweep when nothing old is left */
};

struct scheduler {
    struct process *process;             /* borrowed */
    struct scheduler_conf conf;          /* settings */
    struct listener *listener;           /* dd_ready, dd_job, dd_schedule */
    struct waiting waiting[MAX_WAITING]; /* oldest first */
    unsigned n_waiting;                  /* in use */
    struct progress progress;            /* telling the pages */
    uint64_t wait_timer;                 /* when the next waiting request ends, 0 = none */
    uint64_t tick_timer;                 /* reap, promote, settle */
    uint64_t cancel_timer;               /* the next step of cancelling, 0 = none */
    uint64_t bulk_timer;                 /* the next step of what is done to many jobs, 0 = none */
    uint64_t serve_timer;                /* looks for work for those who wait */
    int64_t last_tick_ms;                /* monotonic: last tick that reached the database */
    int64_t grace_until_ms;              /* monotonic: nothing is reaped before */
    uint64_t level_timer;                /* gauges */
    int64_t next_forget_ms;              /* monotonic: old keys are removed */
    int64_t next_warning_ms;             /* monotonic: holes are looked for */
    struct zones zones;                  /* tables of time zones */
    struct counter_cell *jobs_accepted;  /* counters; owned by stats */
    struct counter_cell *leases_granted;
    struct counter_cell *leases_reaped;
    struct counter_cell *leases_lost;
    struct counter_cell *tasks_retried;
    struct counter_cell *tasks_split;
    struct counter_cell *tasks_failed;
    struct counter_cell *tasks_fenced;
    struct counter_cell *tasks_released;
    struct counter_cell *ticks_claimed;
    struct counter_cell *ticks_started;
    struct counter_cell *tasks_cancelled;
    struct counter_cell *breakers_opened;
    struct counter_cell *tasks_queued; /* gauges */
    struct counter_cell *tasks_leased;
    struct counter_cell *tasks_waiting;
    struct counter_cell *jobs_open;
    struct sweep sweep;
    struct snapshots snapshots;
};

extern const struct conf_row scheduler_conf_rows[];
extern const struct handler scheduler_handlers[];

/* ---- clockwork.c: timers, the listener, counters; started and stopped with the process ---- */
enum err clockwork_start(struct scheduler *s) MUST_CHECK;
void clockwork_stop(struct scheduler *s);

/* ---- waiting.c: requests for work that wait ---- */

/* Answers at once when there is work, else keeps the request for at most two seconds. */
void waiting_add(struct scheduler *s, struct request *r, const struct task_lease *ask);
/* Tries again for everybody who waits, the oldest first. */
void waiting_serve(struct scheduler *s);
/* Answers everybody with nothing. */
void waiting_end(struct scheduler *s);

#endif
