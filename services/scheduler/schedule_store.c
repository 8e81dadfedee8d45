/*
 * schedule_store.c - see schedule_store.h.
 */
#include "services/scheduler/schedule_store.h"
#include "services/scheduler/paging.h"

static int64_t number(const struct rows *rows, int row, const char *column)
{
    return rows_int(rows, row, rows_column(rows, column));
}

static bool is_true(const struct rows *rows)
{
    return rows_count(rows) == 1 && !rows_null(rows, 0, 0) && rows_bool(rows, 0, 0);
}

enum err store_schedule_begin(struct db *db, const struct list *dealers, struct arena *a,
                              struct stored_schedule *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_SCHEDULE_BEGIN, PARAMS(P_WORDS(*dealers)), &rows);
    if (!err) {
        out->told.id = number(rows, 0, "id");
        out->now_ms = number(rows, 0, "now_ms");
        out->told.zone = arena_copy(a, rows_text(rows, 0, rows_column(rows, "zone")));
    }
    rows_free(&rows);
    return err;
}

/* The parameters that adding and changing share. */
#define COLUMNS(x, who)                                                                            \
    P_INT((x)->told.id), P_TEXT((x)->told.name), P_TEXT((x)->told.kind), P_TEXT((x)->told.cron),   \
        P_TEXT((x)->told.zone), P_INT((x)->told.jitter_seconds), P_TEXT((x)->told.catch_up),       \
        P_BOOL((x)->told.all_dealers), P_WORDS((x)->told.dealer_ids), P_WORDS((x)->told.feeds),    \
        P_OPT_INT(&(x)->told, schedule, overlap_hours), P_TEXT((x)->told.overlap_policy),          \
        P_BOOL((x)->told.active), P_TEXT(who), P_INT((x)->next_ms), P_INT((x)->due_ms)

enum err store_schedule_add(struct db *db, const struct stored_schedule *x)
{
    return db_run(db, SQL_SCHEDULER_SCHEDULE_ADD, PARAMS(COLUMNS(x, x->told.created_by)), NULL);
}

enum err store_schedule_change(struct db *db, const struct stored_schedule *x, struct view who)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_SCHEDULE_CHANGE,
                          PARAMS(COLUMNS(x, who), P_INT(x->version)), &rows);
    if (!err && !is_true(rows))
        err = ERR_DATABASE_CONFLICT;
    rows_free(&rows);
    return err;
}

enum err store_schedule_remove(struct db *db, int64_t id)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_SCHEDULE_REMOVE, PARAMS(P_INT(id)), &rows);
    if (!err && !is_true(rows))
        err = ERR_NOT_FOUND;
    rows_free(&rows);
    return err;
}

static enum err read_row(const struct rows *rows, int row, struct arena *a,
                         struct stored_schedule *out)
{
    enum err err = rows_record(rows, row, &SCHEDULE, a, &out->told);
    if (err)
        return err;
    out->version = number(rows, row, "version");
    out->next_ms = number(rows, row, "next_ms");
    out->due_ms = number(rows, row, "due_ms");
    out->now_ms = number(rows, row, "now_ms");
    return ERR_OK;
}

/* Takes the rows. */
static enum err read_rows(struct rows *rows, struct arena *a, struct list *out)
{
    int n = rows_count(rows);
    struct stored_schedule *items = arena_take(a, (size_t)n * sizeof *items);
    enum err err = items ? ERR_OK : ERR_TOO_LARGE;
    for (int i = 0; !err && i < n; i++)
        err = read_row(rows, i, a, &items[i]);
    *out = (struct list){items, err ? 0 : (uint32_t)n};
    rows_free(&rows);
    return err;
}

enum err store_schedule(struct db *db, int64_t id, struct arena *a, struct stored_schedule *out)
{
    struct rows *rows = NULL;
    struct list all = {0};
    enum err err = db_run(db, SQL_SCHEDULER_SCHEDULE_GET, PARAMS(P_INT(id)), &rows);
    if (!err)
        err = read_rows(rows, a, &all);
    if (!err && all.n == 0)
        err = ERR_NOT_FOUND;
    if (!err)
        *out = *LIST_AT(struct stored_schedule, &all, 0);
    return err;
}

enum err store_schedules(struct db *db, const struct schedule_list *ask, struct arena *a,
                         struct list *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_SCHEDULE_LIST,
                          PARAMS(P_OPT_TEXT(ask, schedule_list, dealer_id),
                                 P_OPT_BOOL(ask, schedule_list, active),
                                 P_OPT_BOOL(ask, schedule_list, single), cursor_param(ask->cursor),
                                 P_OPT_INT(ask, schedule_list, skip), P_INT(ask->limit + 1)),
                          &rows);
    return err ? err : read_rows(rows, a, out);
}

enum err store_schedules_due(struct db *db, int limit, struct arena *a, struct list *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_SCHEDULES_DUE, PARAMS(P_INT(limit)), &rows);
    return err ? err : read_rows(rows, a, out);
}

/* ---- ticks ---- */

enum err store_ticks_claim(struct db *db, const struct stored_schedule *x,
                           const struct catchup *plan, bool *done)
{
    static const char *const reasons[] = {
        [TICK_RUNS] = "", [TICK_MISSED] = "missed", [TICK_MERGED] = "merged"};
    int64_t at[CATCHUP_MAX_TICKS];
    int64_t due[CATCHUP_MAX_TICKS];
    struct view why[CATCHUP_MAX_TICKS];
    struct rows *rows = NULL;
    for (unsigned i = 0; i < plan->n; i++) {
        at[i] = plan->ticks[i].at_ms;
        due[i] = plan->ticks[i].due_ms;
        why[i] = view_of(reasons[plan->ticks[i].verdict]);
    }
    const struct list words = {why, plan->n};
    enum err err = db_run(db, SQL_SCHEDULER_TICKS_CLAIM,
                          PARAMS(P_INT(x->told.id), P_INT(x->version), P_INTS(at, plan->n),
                                 P_INTS(due, plan->n), P_WORDS(words), P_INT(plan->next_ms),
                                 P_INT(plan->next_due_ms)),
                          &rows);
    *done = !err && is_true(rows);
    rows_free(&rows);
    return err;
}

enum err store_tick_lock(struct db *db, int64_t after_schedule, struct arena *a,
                         struct waiting_tick *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_TICK_LOCK, PARAMS(P_INT(after_schedule)), &rows);
    if (!err && rows_count(rows) == 0)
        err = ERR_NOT_FOUND;
    if (!err)
        err = rows_record(rows, 0, &SCHEDULE, a, &out->told);
    if (!err)
        out->at_ms = number(rows, 0, "at_ms");
    rows_free(&rows);
    return err;
}

enum err store_tick_end(struct db *db, const struct waiting_tick *t, const char *job,
                        const char *reason)
{
    return db_run(db, SQL_SCHEDULER_TICK_END,
                  PARAMS(P_INT(t->told.id), P_INT(t->at_ms), job ? P_TEXT(view_of(job)) : P_NULL,
                         reason ? P_TEXT(view_of(reason)) : P_NULL),
                  NULL);
}

enum err store_ticks(struct db *db, const struct tick_list *ask, int64_t before_ms, struct arena *a,
                     struct list *out)
{
    return db_list(db, SQL_SCHEDULER_TICK_LIST,
                   PARAMS(P_INT(ask->schedule_id), before_ms ? P_INT(before_ms) : P_NULL,
                          P_INT(ask->limit + 1)),
                   &TICK, a, out);
}
