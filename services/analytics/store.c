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

/* ---- the report ---- */

/* One row of the statement: a single figure, or an item of a list. */
struct figure {
    struct view kind;
    struct view code;
    struct view label;
    bool has_label;
    int64_t count;
};

static struct figure figure_at(const struct rows *rows, int row)
{
    return (struct figure){.kind = rows_text(rows, row, 0),
                           .code = rows_text(rows, row, 1),
                           .label = rows_text(rows, row, 2),
                           .has_label = !rows_null(rows, row, 2),
                           .count = rows_int(rows, row, 3)};
}

static bool set_single(struct prospect_report *out, const struct figure *f)
{
    const struct {
        const char *kind;
        int64_t *at;
    } singles[] = {{"total", &out->total},
                   {"recent", &out->recent},
                   {"active", &out->active},
                   {"undated", &out->undated}};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (view_is(f->kind, singles[i].kind)) {
            *singles[i].at = f->count;
            return true;
        }
    return false;
}

static enum err add_day(struct arena *a, struct list *days, const struct figure *f)
{
    struct day_count *d = LIST_AT(struct day_count, days, days->n);
    d->date = arena_copy(a, f->code);
    d->count = f->count;
    days->n++;
    return d->date.p ? ERR_OK : ERR_NO_MEMORY;
}

static enum err add_code(struct arena *a, struct list *codes, const struct figure *f)
{
    struct code_count *c = LIST_AT(struct code_count, codes, codes->n);
    c->code = arena_copy(a, f->code);
    c->count = f->count;
    if (f->has_label)
        PUT(c, code_count, label, arena_copy(a, f->label));
    codes->n++;
    return c->code.p || f->code.n == 0 ? ERR_OK : ERR_NO_MEMORY;
}

static enum err fill_figures(const struct rows *rows, struct arena *a, struct prospect_report *out)
{
    size_t n = (size_t)rows_count(rows);
    enum err err = ERR_OK;
    out->daily_counts.items = arena_take(a, n * sizeof(struct day_count));
    out->status_distribution.items = arena_take(a, n * sizeof(struct code_count));
    out->unit_types.items = arena_take(a, n * sizeof(struct code_count));
    if (!out->daily_counts.items || !out->status_distribution.items || !out->unit_types.items)
        return ERR_NO_MEMORY;
    for (int i = 0; !err && i < (int)n; i++) {
        struct figure f = figure_at(rows, i);
        if (set_single(out, &f))
            continue;
        if (view_is(f.kind, "day"))
            err = add_day(a, &out->daily_counts, &f);
        else
            err = add_code(
                a, view_is(f.kind, "status") ? &out->status_distribution : &out->unit_types, &f);
    }
    return err;
}

/* The head's columns fill the report and its stamp; what the statement lacks is set here. */
static enum err read_head(struct db *db, const struct report_prospects *ask, struct arena *a,
                          struct prospect_report *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_ANALYTICS_DEALER, PARAMS(P_TEXT(ask->dealer_id)), &rows);
    if (!err && rows_count(rows) == 0)
        err = ERR_NOT_FOUND;
    if (!err) {
        out->dealer_id = arena_copy(a, rows_text(rows, 0, rows_column(rows, "dealer_id")));
        out->dealer_name = arena_copy(a, rows_text(rows, 0, rows_column(rows, "dealer_name")));
        out->simulated = rows_bool(rows, 0, rows_column(rows, "simulated"));
        out->today = arena_copy(a, rows_text(rows, 0, rows_column(rows, "today")));
        out->stamp.version = rows_int(rows, 0, rows_column(rows, "version"));
        int as_of = rows_column(rows, "data_as_of");
        int fetched = rows_column(rows, "fetched_at");
        if (!rows_null(rows, 0, as_of))
            PUT(&out->stamp, stamp, data_as_of, rows_int(rows, 0, as_of));
        if (!rows_null(rows, 0, fetched))
            PUT(&out->stamp, stamp, fetched_at, rows_int(rows, 0, fetched));
    }
    rows_free(&rows);
    return err;
}

enum err store_report(struct db *db, const struct report_prospects *ask, struct arena *a,
                      struct prospect_report *out)
{
    struct rows *rows = NULL;
    enum err err = read_head(db, ask, a, out);
    if (err)
        return err;
    err = db_run(db, SQL_ANALYTICS_PROSPECT_FIGURES,
                 PARAMS(P_TEXT(ask->dealer_id), P_OPT_TEXT(ask, report_prospects, from),
                        P_OPT_TEXT(ask, report_prospects, to), P_TEXT(out->today)),
                 &rows);
    if (!err)
        err = fill_figures(rows, a, out);
    rows_free(&rows);
    return err;
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
    if (on &&
        !(cursor_split(ask->cursor, ':', at) && (date_valid(at[1]) || view_is(at[1], "-infinity"))))
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
