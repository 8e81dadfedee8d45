/*
 * analytics.h - the state of an analytics process.
 *
 * It answers the dashboards from rollup tables, caches the answers in Redis for at most five
 * minutes, and keeps the last good ones for when PostgreSQL is away. It only reads, so any number
 * of them may run side by side.
 *
 * THREADS: one. Statements block, bounded by statement_timeout, so one answer is computed at a time
 * and equal requests that arrive meanwhile find it in the cache: that is the single flight.
 */
#ifndef ANALYTICS_H
#define ANALYTICS_H

#include "services/analytics/versions.h"
#include "services/daemon/process.h"

struct analytics_conf {
    int64_t cache_s; /* longest life of a cached answer, seconds */
};

struct analytics {
    struct process *process;     /* borrowed */
    struct analytics_conf conf;  /* settings */
    struct versions *versions;   /* what the answers of each dealer depend on */
    struct listener *listener;   /* dd_data, dd_dealer */
    uint64_t poll_timer;         /* reads the versions every second */
    uint64_t hint_timer;         /* reads them soon after a notification or change, 0 = none */
    int64_t hint_ms;             /* when hint_timer ends; monotonic */
    char prefix[32];             /* of the keys in Redis: tells systems apart */
    struct counter_cell *cached; /* counters; owned by stats */
    struct counter_cell *computed;
    struct counter_cell *stale;
};

extern const struct conf_row analytics_conf_rows[];
extern const struct handler analytics_handlers[];

/* ---- answers.c: from the cache, or computed and cached ---- */

/* One kind of answer. */
struct answer_kind {
    const struct desc *reply; /* what is cached, encoded */
    /* Fills `out` (reply->size bytes, zeroed) from the database. The error may name a field. */
    enum err (*compute)(struct analytics *s, const void *ask, struct arena *a, void *out,
                        struct fault *f);
    void (*mark_stale)(void *out); /* before a last good answer goes out */
    bool fresh_from_cache;         /* false: always computed, kept for when the database is away */
};

/* Answers r. `key` names the question; `state` what the answer depends on, NULL or "" if that is
 * not known at present. */
void answer(struct analytics *s, struct request *r, const struct answer_kind *kind, const void *ask,
            struct view key, const char *state);

/* ---- report.c ---- */
void on_report_prospects(void *service, struct request *r, const void *body);

/* ---- group.c ---- */
void on_report_group(void *service, struct request *r, const void *body);

/* ---- finding.c ---- */
void on_prospect_find(void *service, struct request *r, const void *body);

/* ---- provenance.c ---- */
void on_report_provenance(void *service, struct request *r, const void *body);

/* ---- statistics.c ---- */
void on_job_statistics(void *service, struct request *r, const void *body);

/* ---- watch.c: follows the versions, tells data.changed ---- */
enum err watch_start(struct analytics *s) MUST_CHECK;
void watch_stop(struct analytics *s);

#endif
