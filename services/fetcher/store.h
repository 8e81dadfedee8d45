/*
 * store.h - the store thread: takes complete answers, leaves committed rows.
 *
 * DESIGN: the loop hands over one job per answer and gets it back with an outcome. The thread reads
 * the spool and stages its rows as it goes, judges the answer at its end, and flushes the rows with
 * the completion of the task in one transaction. When several small answers wait, one transaction
 * takes them all; if that fails for whatever reason, each is stored by itself. A deadlock repeats
 * the transaction, not the call. While PostgreSQL is away the job waits within its lease. A COMMIT
 * without an answer is asked after on a new connection before anything is said; then either the
 * task is done, or nothing of it is stored.
 *
 * THREADS: store_submit, store_abandon, store_free: the loop's. Everything else is the store's own
 * thread; the two are joined by an inproc pair. A job belongs to the thread that has it, except
 * for its atomic members.
 */
#ifndef FETCHER_STORE_H
#define FETCHER_STORE_H

#include "services/daemon/process.h"
#include "services/fetcher/call.h"
#include "services/fetcher/record.h"

#include <stdatomic.h>

enum { STORE_MAX_TEXT = 500 };

/* Which thread a job belongs to. */
enum store_holder { WITH_LOOP, WITH_STORE };

enum store_outcome {
    STORE_DONE,    /* committed */
    STORE_FENCED,  /* refused: the task belongs to another lease */
    STORE_FAILED,  /* nothing stored; err and text say why */
    STORE_DROPPED, /* given up without a word: abandoned, or the lease has run out meanwhile */
};

struct store_job {
    /* given */
    const struct feed *feed;
    int64_t task_id;
    int64_t epoch;
    struct dealer_set dealers;  /* asked for */
    int64_t requested_at_ms;    /* wall clock: when the call began */
    struct view upstream;       /* its address: tells upstreams apart */
    int64_t max_value;          /* bytes of one value */
    bool replay;                /* no call was made: the records come from the quarantine */
    struct drift_answer *drift; /* the store's: which fields the answer had; NULL = not looked at */
    int http_status;
    struct timings timings;
    int64_t skew_ms;                  /* the upstream's clock minus ours, corrected; 0 = was not */
    struct spool *spool;              /* the answer */
    _Atomic int64_t lease_until_mono; /* moved on by beats */
    _Atomic int64_t rows_so_far;      /* read from the answer */
    atomic_bool parsed;               /* the answer is read, its rows are being stored */
    atomic_bool abandoned;            /* lost or cancelled: stop if that is still possible */
    /* Changed before the job is handed over, checked after: says to whoever reads the code, and to
     * a race detector that knows nothing of the pair, that one side is done before the other. */
    atomic_int holder;
    /* result */
    enum store_outcome outcome;
    enum err err;
    char text[STORE_MAX_TEXT + 1];
    int64_t elements; /* of the answer's data */
    int64_t rows_read;
    int64_t rows_new;
    int64_t rows_changed;
    int64_t rows_same;
    int64_t rows_quarantined;
    int64_t rows_foreign; /* of other dealers, dropped */
    int64_t store_us;     /* from the complete answer in the store's hands to the end of COMMIT */
};

struct store;

typedef void store_done_fn(void *arg, struct store_job *job);

struct store_conf {
    struct process *process; /* borrowed */
    int64_t copy_rows;       /* answers with at least so many records go by COPY */
    int64_t group;           /* at most so many small answers in one transaction */
    store_done_fn *done;     /* called by the loop */
    void *arg;
};

enum err store_new(const struct store_conf *conf, struct store **out) MUST_CHECK;
/* Ends what runs as soon as it can be ended; jobs in hand don't come back. */
void store_free(struct store **s);

void store_submit(struct store *s, struct store_job *job);

/* Wakes the store, which drops the job, or cancels its transaction. The job still comes back. */
void store_abandon(struct store *s, struct store_job *job);

#endif
