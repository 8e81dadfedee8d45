/*
 * control_store.h - the statements of control.c and breaker: cancelling, pauses, manners.
 *
 * All return ERR_OK or the database's error; db_error() tells what PostgreSQL said.
 */
#ifndef SCHEDULER_CONTROL_STORE_H
#define SCHEDULER_CONTROL_STORE_H

#include "services/daemon/database.h"
#include "services/scheduler/breaker.h"

/* ERR_NOT_FOUND: there is no such job; ERR_JOB_ENDED. */
enum err store_cancel(struct db *db, struct view job, struct view by) MUST_CHECK;
enum err store_cancel_step(struct db *db, int64_t most, int64_t *cancelled) MUST_CHECK;

enum err store_pauses(struct db *db, const struct pause_list *ask, struct arena *a,
                      struct list *out) MUST_CHECK;
enum err store_pause_set(struct db *db, const struct pause_set *m, struct view by, struct arena *a,
                         struct pause *out) MUST_CHECK;
enum err store_pause_clear(struct db *db, const struct pause_clear *m) MUST_CHECK;

enum err store_upstream_health(struct db *db, struct view name, struct arena *a,
                               struct upstream_health *out) MUST_CHECK;
enum err store_unflag(struct db *db, int64_t credential) MUST_CHECK;

/* The breaker of a task's upstream; times in ms of the database's clock. */
struct store_breaker {
    int64_t upstream;
    char name[65];
    struct breaker breaker;
    struct breaker_policy policy; /* without the cap */
    int64_t now;
};
enum err store_breaker(struct db *db, int64_t task, struct store_breaker *out) MUST_CHECK;
/* Puts `next` if the breaker still is as it was read; *put tells. */
enum err store_breaker_put(struct db *db, const struct store_breaker *was,
                           const struct breaker *next, bool *put) MUST_CHECK;

#endif
