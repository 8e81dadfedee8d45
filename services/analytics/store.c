/*
 * store.c - the statements of the analytics service.
 */
#include "services/analytics/store.h"

#include "proto/json.h"

#include "services/analytics/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_text(char *out, size_t size, struct view v)
{
    snprintf(out, size, "%.*s", (int)v.n, v.p);
}

enum err store_versions(struct db *db, struct version **out, unsigned *n)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_ANALYTICS_VERSIONS, NULL, 0, &rows);
    if (err)
        return err;
    unsigned count = (unsigned)rows_count(rows);
    struct version *list = calloc(count ? count : 1, sizeof *list);
    for (unsigned i = 0; list && i < count; i++) {
        copy_text(list[i].dealer, sizeof list[i].dealer, rows_text(rows, (int)i, 0));
        list[i].number = rows_int(rows, (int)i, 1);
        copy_text(list[i].state, sizeof list[i].state, rows_text(rows, (int)i, 2));
    }
    rows_free(&rows);
    *out = list;
    *n = count;
    return list ? ERR_OK : ERR_NO_MEMORY;
}

/* ---- lists ---- */

enum err store_dealers(struct db *db, const struct report_dealers *ask, struct arena *a,
                       struct list *out)
{
    return db_list(db, SQL_ANALYTICS_DEALERS, PARAMS(P_OPT_BOOL(ask, report_dealers, active)),
                   &REPORT_DEALER, a, out);
}

enum err store_fetches(struct db *db, const struct report_fetches *ask, int64_t limit,
                       struct arena *a, struct list *out, struct view *next)
{
    struct view at[3];
    struct rows *rows = NULL;
    bool on = HAS(ask, report_fetches, cursor) && ask->cursor.n;
    if (on && !cursor_split(ask->cursor, '.', at))
        return ERR_FORMAT;
    enum err err = db_run(db, SQL_ANALYTICS_FETCHES,
                          PARAMS(P_OPT_TEXT(ask, report_fetches, dealer_id),
                                 P_OPT_TEXT(ask, report_fetches, status),
                                 on ? P_TEXT(at[0]) : P_NULL, on ? P_TEXT(at[1]) : P_NULL,
                                 on ? P_TEXT(at[2]) : P_NULL, P_INT(limit + 1), P_INT(ask->skip)),
                          &rows);
    if (!err)
        err = rows_list(rows, &FETCH, a, out);
    if (!err && list_cut(out, limit))
        *next = arena_copy(a, rows_text(rows, (int)limit - 1, rows_column(rows, "cursor")));
    rows_free(&rows);
    return err;
}

enum err store_reveal(struct db *db, const struct prospect_list *ask, struct arena *a)
{
    struct prospect_list copy = {.reason = ask->reason};
    struct buf json;
    buf_init(&json, 4096);
    SET(&copy, prospect_list, reason);
    enum err err = json_encode(&PROSPECT_LIST, &copy, &json);
    struct view text = arena_copy(a, buf_view(&json));
    buf_free(&json);
    if (err || !text.p)
        return err ? err : ERR_NO_MEMORY;
    return db_run(
        db, SQL_ANALYTICS_REVEAL,
        PARAMS(HAS(ask, prospect_list, dealer_id) ? P_TEXT(ask->dealer_id) : P_TEXT(view_of("*")),
               P_TEXT(text)),
        NULL);
}

enum err store_prospects(struct db *db, const struct prospect_list *ask, int64_t limit,
                         struct arena *a, struct list *out, struct view *next)
{
    struct view at[3];
    bool on = HAS(ask, prospect_list, cursor) && ask->cursor.n;
    if (on && !cursor_split(ask->cursor, ':', at))
        return ERR_FORMAT;
    enum err err = db_list(
        db, SQL_ANALYTICS_PROSPECTS,
        PARAMS(P_OPT_TEXT(ask, prospect_list, dealer_id), P_OPT_TEXT(ask, prospect_list, from),
               P_OPT_TEXT(ask, prospect_list, to), on ? P_TEXT(at[0]) : P_NULL,
               on ? P_TEXT(at[1]) : P_NULL, on ? P_TEXT(at[2]) : P_NULL, P_INT(limit + 1),
               P_INT(ask->skip), P_BOOL(HAS(ask, prospect_list, reveal) && ask->reveal)),
        &PROSPECT, a, out);
    if (err || !list_cut(out, limit))
        return err;
    const struct prospect *last = LIST_AT(struct prospect, out, out->n - 1);
    struct view day =
        HAS(last, prospect, tanggal_prospect) ? last->tanggal_prospect : view_of("-infinity");
    *next = arena_printf(a, "%.*s:%.*s:%.*s", (int)last->dealer_id.n, last->dealer_id.p, (int)day.n,
                         day.p, (int)last->id_prospect.n, last->id_prospect.p);
    return next->p ? ERR_OK : ERR_NO_MEMORY;
}

/* ---- statistics ---- */

enum err store_statistics_range(struct db *db, const struct job_statistics *ask, struct arena *a,
                                struct job_statistics_page *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(
        db, SQL_ANALYTICS_JOB_STATISTICS_RANGE,
        PARAMS(P_OPT_TEXT(ask, job_statistics, from), P_OPT_TEXT(ask, job_statistics, to)), &rows);
    if (!err) {
        out->from = arena_copy(a, rows_text(rows, 0, 0));
        out->to = arena_copy(a, rows_text(rows, 0, 1));
        err = out->from.p && out->to.p ? ERR_OK : ERR_NO_MEMORY;
    }
    rows_free(&rows);
    return err;
}

/* The first row tells all of them together. */
static void take_totals(struct job_statistics_page *out)
{
    if (out->items.n == 0)
        return;
    out->totals = *LIST_AT(struct task_figures, &out->items, 0);
    out->items.items = LIST_AT(struct task_figures, &out->items, 1);
    out->items.n--;
}

enum err store_statistics(struct db *db, const struct job_statistics *ask, int64_t limit,
                          struct arena *a, struct job_statistics_page *out)
{
    const struct param params[] = {P_TEXT(out->from), P_TEXT(out->to),
                                   P_OPT_TEXT(ask, job_statistics, dealer_id),
                                   P_OPT_TEXT(ask, job_statistics, feed), P_INT(limit + 1)};
    enum err err =
        db_list(db, SQL_ANALYTICS_JOB_STATISTICS, params, 5, &TASK_FIGURES, a, &out->items);
    if (err)
        return err;
    take_totals(out);
    return db_list(db, SQL_ANALYTICS_JOB_STATISTICS_ERRORS, params, 4, &CODE_FAILURES, a,
                   &out->errors);
}
