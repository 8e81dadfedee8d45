/*
 * schedule_store.h - every SQL call about schedules and ticks, one function per statement.
 *
 * All return ERR_OK or the database's error; db_error() tells what PostgreSQL said.
 */
#ifndef SCHEDULER_SCHEDULE_STORE_H
#define SCHEDULER_SCHEDULE_STORE_H

#include "services/daemon/database.h"
#include "services/scheduler/catchup.h"

/* A schedule as it lies in its row; texts in the arena. */
struct stored_schedule {
    struct schedule told;
    int64_t version; /* changes count only on top of the version that they were computed from */
    int64_t next_ms; /* the earliest tick that nobody claimed */
    int64_t due_ms;  /* the same with jitter */
    int64_t now_ms;  /* the database's clock as of the reading */
};

/* A tick that waits, locked until the transaction's end. */
struct waiting_tick {
    struct schedule told; /* id, dealers, feeds, overlap and who made it; no more */
    int64_t at_ms;
};

/* The id of a schedule to be, and the zone of the dealers' upstream; now_ms is filled, too. */
enum err store_schedule_begin(struct db *db, const struct list *dealers, struct arena *a,
                              struct stored_schedule *out) MUST_CHECK;
enum err store_schedule_add(struct db *db, const struct stored_schedule *x) MUST_CHECK;
/* ERR_DATABASE_CONFLICT when somebody else changed it since it was read. */
enum err store_schedule_change(struct db *db, const struct stored_schedule *x,
                               struct view who) MUST_CHECK;
enum err store_schedule_remove(struct db *db, int64_t id) MUST_CHECK;
enum err store_schedule(struct db *db, int64_t id, struct arena *a,
                        struct stored_schedule *out) MUST_CHECK;

/* Lists of struct stored_schedule; the first with one row more than asked for if there is one. */
enum err store_schedules(struct db *db, const struct schedule_list *ask, struct arena *a,
                         struct list *out) MUST_CHECK;
enum err store_schedules_due(struct db *db, int limit, struct arena *a,
                             struct list *out) MUST_CHECK;

/* *done: false = another scheduler was faster. */
enum err store_ticks_claim(struct db *db, const struct stored_schedule *x,
                           const struct catchup *plan, bool *done) MUST_CHECK;

/* Within a transaction. ERR_NOT_FOUND: no further schedule has a tick that may start now. */
enum err store_tick_lock(struct db *db, int64_t after_schedule, struct arena *a,
                         struct waiting_tick *out) MUST_CHECK;
/* job NULL: it is skipped for `reason`. */
enum err store_tick_end(struct db *db, const struct waiting_tick *t, const char *job,
                        const char *reason) MUST_CHECK;
enum err store_ticks(struct db *db, const struct tick_list *ask, int64_t before_ms, struct arena *a,
                     struct list *out) MUST_CHECK;

#endif
