/*
 * store_flush.h - one transaction: stage the rows, then lock, merge, roll up, complete, commit.
 *
 * DESIGN: few rows travel as arrays with the rest of the transaction in one pipeline, a single
 * round trip. Many go by COPY first, while the answer is read, into tables of this session alone;
 * only then, in one pipeline that doesn't wait for this process, comes what locks anything that
 * others share. The answer is read once: its lists of children wait in spools of their own until
 * the COPY of the records has ended. Nothing here grows with the answer.
 *
 * THREADS: the store's.
 */
#ifndef FETCHER_STORE_FLUSH_H
#define FETCHER_STORE_FLUSH_H

#include "services/fetcher/spool.h"
#include "services/fetcher/stage.h"
#include "services/fetcher/store_session.h"

/* The answer being stored, and its rows as arrays. */
struct flush {
    struct store_session *session; /* borrowed */
    struct store_job *job;         /* counts are filled */
    int64_t copy_rows;             /* so many records go by COPY */
    bool by_copy;
    bool commit_sent; /* out: what became of it is unknown unless there was an answer */
    bool committed;   /* it was answered */
    struct store_job *const *takers; /* of the counts that the pipeline brings, in their order */
    unsigned n_takers;
    struct stage_arrays rows[FEED_MAX_PARTS]; /* by part; not by_copy */
    struct stage_arrays bad;                  /* quarantine: dealer, reason, field, raw */
    int64_t seq;                              /* good records so far, in the order of the answer */
    int64_t n_bad;                            /* set aside so far */
    struct buf lines;                         /* COPY: rows not sent yet */
    struct spool children[FEED_MAX_PARTS];    /* COPY: by part, from 1 on */
};

void flush_init(struct flush *f, struct store_session *s);
void flush_free(struct flush *f);

/* Fills the arrays, or decides for COPY: there are copy_rows records, or they are too large. An
 * error is the answer's, and the session's error says more. */
enum err flush_prepare(struct flush *f, struct store_job *j, int64_t copy_rows) MUST_CHECK;

/* One try on a session that is ready. After an error no transaction is open, or the connection is
 * lost. */
enum err flush_run(struct flush *f) MUST_CHECK;

/* ---- for a transaction of several answers (store_group.h) ---- */

/* Queues the arrays into the staging tables, and what is set aside. */
enum err flush_send_rows(struct flush *f) MUST_CHECK;

/* Queues COMMIT, or reaches its faultpoint first; before_commit gets its answers then. */
enum err flush_send_commit(struct flush *f) MUST_CHECK;

/* Reads all results up to the sync; the counts go to the takers, in their order. */
enum err flush_read(struct flush *f) MUST_CHECK;

/* Enters pipeline mode for these takers, and leaves it. */
enum err flush_begin_pipeline(struct flush *f, struct store_job *const *takers,
                              unsigned n) MUST_CHECK;
enum err flush_end_pipeline(struct flush *f, enum err err) MUST_CHECK;

/* After an error: no transaction is open, or the connection is lost. */
void flush_clean_up(struct flush *f, enum err err);

/* The connection's own error. */
enum err flush_broken(struct flush *f);

#endif
