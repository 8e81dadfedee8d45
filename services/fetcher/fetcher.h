/*
 * fetcher.h - the state of a fetcher.
 *
 * A fetcher leases tasks from a scheduler, calls the upstream for each, and stores what comes back
 * together with the task's completion. It may die at any instant: what it held goes back to the
 * queue when the lease runs out, and what it writes too late is refused by the epoch of the lease.
 *
 * One slot holds one task from its lease to its end. The states of a slot are
 * FREE -> CALLING -> STORING -> FREE, or from CALLING and STORING -> FAILING -> FREE, and once from
 * STORING back to CALLING when the upstream refused our clock; slot_set_state() alone changes them.
 *
 * Files: lease (leases, beats), slot, report (one task and its failure) - call, spool, request,
 * headers, sign, skew, token (a call) - parse, record, answer, dates, text, feeds (an answer) -
 * store, store_session, store_answer, stage, store_flush, store_group, replay (storing), drift -
 * probe, checklist, preview (a test of a connection).
 *
 * THREADS: the loop (bus, calls, timers: everything here) and the store (store.h).
 */
#ifndef FETCHER_H
#define FETCHER_H

#include "services/daemon/seal.h"
#include "services/fetcher/call.h"
#include "services/fetcher/probe.h"
#include "services/fetcher/skew.h"
#include "services/fetcher/store.h"

enum {
    MAX_SLOTS = MAX_HELD_TASKS,
    MAX_BODY_HEAD = 500,
    MAX_BEATS = 32, /* more than can be on their way before the oldest times out */
    SLOT_MAGIC = 0x736c6f74,
};

enum slot_state { SLOT_FREE, SLOT_CALLING, SLOT_STORING, SLOT_FAILING };

/* What is told about a call that failed. */
struct failure {
    enum err err;
    char text[STORE_MAX_TEXT + 1];
    char body_head[MAX_BODY_HEAD + 1]; /* "" = no answer */
    int64_t retry_after_ms;            /* what the upstream asked for; 0 = nothing */
};

struct slot {
    unsigned magic;
    struct fetcher *fetcher; /* borrowed */
    enum slot_state state;
    /* the lease; texts are copies in the arena */
    struct leased_task task;
    struct arena arena; /* of one task */
    char task_text[24]; /* its number, for logs */
    int64_t begun_mono; /* when it came */
    struct skew skew;   /* of the upstream's clock */
    /* the work */
    struct call *call;      /* CALLING */
    struct spool spool;     /* the answer */
    struct store_job job;   /* STORING: the store's */
    struct failure failure; /* FAILING */
    uint64_t retry_timer;   /* FAILING: tells again; 0 = none */
    uint64_t tell_id;       /* FAILING: the task.fail on its way; 0 = none */
    bool told_before;       /* FAILING: one may have arrived without its answer */
    unsigned refusals;      /* FAILING: how often it was refused for good */
};

/* One beat on its way, for its answer. */
struct beat {
    struct fetcher *fetcher; /* borrowed */
    int64_t sent_mono;       /* the lease lasts from then, at least */
};

struct fetcher_conf {
    int64_t slots;      /* tasks at the same time */
    int64_t max_value;  /* bytes of one value; longer ones are set aside */
    int64_t copy_rows;  /* answers with at least so many records go by COPY */
    int64_t group;      /* at most so many small answers in one transaction */
    char *spool_folder; /* of large answers */
    char *stop_at;      /* faultpoint.h; "" = nowhere */
    bool faultpoints;   /* stop_at and no_calls are allowed */
    bool no_calls;      /* for benches: an empty answer is stored instead of a call */
};

struct counters {
    struct counter_cell *leases;
    struct counter_cell *leases_lost;
    struct counter_cell *tasks_cancelled;
    struct counter_cell *tasks_released;
    struct counter_cell *tasks_stored;
    struct counter_cell *tasks_failed;
    struct counter_cell *calls;
    struct counter_cell *call_errors;
    struct counter_cell *probes;
    struct counter_cell *clock_corrections;
    struct counter_cell *bytes;
    struct counter_cell *rows_read;
    struct counter_cell *rows_quarantined;
    struct counter_cell *rows_foreign;
    struct counter_cell *stores_fenced;
    struct counter_cell *stores_dropped;
    struct counter_cell *slots_busy; /* gauge */
};

struct fetcher {
    struct process *process;  /* borrowed */
    struct fetcher_conf conf; /* settings */
    struct seal *seal;        /* opens the credentials */
    struct caller *caller;
    struct store *store;
    struct client *scheduler;
    struct slot slots[MAX_SLOTS];
    struct probe probes[MAX_PROBES]; /* tests of connections */
    unsigned n_slots;                /* in use by configuration */
    unsigned n_busy;                 /* not FREE */
    uint64_t lease_id;               /* the task.lease on its way; 0 = none */
    uint64_t late_lease_id;          /* of a lease that timed out; 0 = none */
    uint64_t lease_timer;            /* when the next one may go; 0 = none */
    uint64_t gather_timer;        /* when it goes for the slots that are free by then; 0 = none */
    uint64_t beat_timer;          /* 0 = none */
    struct beat beats[MAX_BEATS]; /* the latest ones, in turn */
    unsigned n_beats;             /* so far */
    uint64_t drain_timer;         /* when calls are given up while draining; 0 = none */
    unsigned n_releases;          /* task.release on their way */
    int64_t lease_ms;             /* life of a lease, as of the last grant */
    bool draining;
    struct counters counters;
};

/* ---- lease.c: leases, beats, giving back ---- */
enum err lease_start(struct fetcher *f) MUST_CHECK;
void lease_stop(struct fetcher *f);
void lease_drain(struct fetcher *f);
/* Asks for work if slots are free and nothing has been asked for yet. */
void lease_ask(struct fetcher *f);

/* ---- slot.c: one task from its lease to its end ---- */
void slot_init(struct fetcher *f, struct slot *s, const char *spool_folder);
void slot_close(struct slot *s);
/* Takes the task (everything is copied) and begins its call. The slot is free. */
void slot_begin(struct slot *s, const struct leased_task *task, int64_t lease_until_mono);
/* Ends what a slot does; the task belongs to somebody else, or to nobody, from now on. */
void slot_abandon(struct slot *s);
/* A call that is running is ended, and the slot is free. */
void slot_drop_call(struct slot *s);
/* What a beat says of a slot that is not free: phase, bytes, rows. */
void slot_tell(const struct slot *s, struct held_task *out);
void slot_stored(void *fetcher, struct store_job *job);
struct slot *slot_of_task(struct fetcher *f, int64_t task_id, int64_t epoch); /* NULL: none */
struct slot *slot_free_one(struct fetcher *f);                                /* NULL: none */

/* ---- report.c: telling a failure until somebody has heard it ---- */
void report_failure(struct slot *s);
void report_stop(struct slot *s);

/* slot.c: the only place that changes a slot's state. */
void slot_set_state(struct slot *s, enum slot_state state);

#endif
