/*
 * figures.c - the statements behind report.prospects: see figures.h.
 */
#include "services/analytics/figures.h"

#include <stddef.h>
#include <string.h>

enum {
    USUAL_TOP = 200,
    MAX_GAP_DAYS = 100000, /* days of dealers that are looked at for gaps */
    MAX_CALL_DAYS = 5000   /* days of dealers whose calls are counted */
};

/* ---- the head ---- */

static struct view text_of(const struct rows *rows, struct arena *a, const char *column)
{
    return arena_copy(a, rows_text(rows, 0, rows_column(rows, column)));
}

static int64_t int_of(const struct rows *rows, const char *column)
{
    return rows_int(rows, 0, rows_column(rows, column));
}

static bool is_null(const struct rows *rows, const char *column)
{
    return rows_null(rows, 0, rows_column(rows, column));
}

static void take_head(const struct rows *rows, struct arena *a, struct counted *c,
                      struct prospect_report *out)
{
    c->dealers = text_of(rows, a, "counted");
    c->found = int_of(rows, "found");
    c->counted = int_of(rows, "dealers");
    c->upstream = is_null(rows, "upstream_id") ? P_NULL : P_INT(int_of(rows, "upstream_id"));
    out->dealer_id = text_of(rows, a, "dealer_id");
    out->dealer_name = text_of(rows, a, "dealer_name");
    out->simulated = rows_bool(rows, 0, rows_column(rows, "simulated"));
    out->today = text_of(rows, a, "today");
    PUT(out, prospect_report, dealers, c->counted);
    PUT(out, prospect_report, left_out, int_of(rows, "left_out"));
    out->stamp.version = int_of(rows, "version");
    if (!is_null(rows, "zone"))
        PUT(&out->stamp, stamp, zone, text_of(rows, a, "zone"));
    if (!is_null(rows, "data_as_of"))
        PUT(&out->stamp, stamp, data_as_of, int_of(rows, "data_as_of"));
    if (!is_null(rows, "fetched_at"))
        PUT(&out->stamp, stamp, fetched_at, int_of(rows, "fetched_at"));
}

enum err figures_head(struct db *db, struct param dealers, struct arena *a, struct counted *c,
                      struct prospect_report *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_ANALYTICS_CHOSEN, PARAMS(dealers), &rows);
    if (!err)
        take_head(rows, a, c, out);
    if (!err && (!c->dealers.p || !out->dealer_id.p || !out->today.p))
        err = ERR_NO_MEMORY;
    rows_free(&rows);
    return err;
}

/* ---- rows to members ---- */

/* One row: a single figure, or an item of a list. */
struct figure {
    struct view kind;
    struct view code;
    struct view label;
    bool has_label;
    int64_t count;
    int64_t more;
};

enum form { SINGLE, CODES, DAYS, STEPS, WORD };

/* Where the rows of a kind go. */
struct target {
    const char *kind;
    enum form form;
    size_t offset;
};

#define REPORT(kind, form, member)                                                                 \
    {                                                                                              \
        kind, form, offsetof(struct prospect_report, member)                                       \
    }
#define PREVIOUS(kind, form, member)                                                               \
    {                                                                                              \
        kind, form, offsetof(struct previous_figures, member)                                      \
    }

static const struct target report_targets[] = {
    REPORT("total", SINGLE, total),
    REPORT("recent", SINGLE, recent),
    REPORT("active", SINGLE, active),
    REPORT("undated", SINGLE, undated),
    REPORT("new", SINGLE, new),
    REPORT("deals", SINGLE, deals),
    REPORT("lost", SINGLE, lost),
    REPORT("day", DAYS, daily_counts),
    REPORT("status", CODES, status_distribution),
    REPORT("unit", CODES, unit_types),
    REPORT("source", CODES, sources.items),
    REPORT("method", CODES, follow_up_methods.items),
    REPORT("follow_up", CODES, follow_up_states.items),
    REPORT("sales", CODES, sales_people.items),
    REPORT("district", CODES, districts.items),
    REPORT("funnel", STEPS, funnel),
    {0},
};

/* A row of kind `rest` names the list in its code. */
static const struct target rest_targets[] = {
    REPORT("source", SINGLE, sources),
    REPORT("method", SINGLE, follow_up_methods),
    REPORT("follow_up", SINGLE, follow_up_states),
    REPORT("sales", SINGLE, sales_people),
    REPORT("district", SINGLE, districts),
    {0},
};

static const struct target previous_targets[] = {
    PREVIOUS("from", WORD, from),
    PREVIOUS("to", WORD, to),
    PREVIOUS("until", WORD, until),
    PREVIOUS("total", SINGLE, total),
    PREVIOUS("recent", SINGLE, recent),
    PREVIOUS("active", SINGLE, active),
    PREVIOUS("new", SINGLE, new),
    PREVIOUS("deals", SINGLE, deals),
    PREVIOUS("lost", SINGLE, lost),
    PREVIOUS("day", DAYS, daily_counts),
    {0},
};

static struct figure figure_at(const struct rows *rows, int row)
{
    return (struct figure){.kind = rows_text(rows, row, 0),
                           .code = rows_text(rows, row, 1),
                           .label = rows_text(rows, row, 2),
                           .has_label = !rows_null(rows, row, 2),
                           .count = rows_int(rows, row, 3),
                           .more = rows_int(rows, row, 4)};
}

static const struct target *target_of(const struct target *t, struct view kind)
{
    while (t->kind && !view_is(kind, t->kind))
        t++;
    return t->kind ? t : NULL;
}

static void put_day(struct day_count *d, const struct figure *f)
{
    *d = (struct day_count){.date = f->code, .count = f->count};
}

static void put_code(struct code_count *c, const struct figure *f)
{
    *c = (struct code_count){.code = f->code, .count = f->count};
    if (f->has_label)
        PUT(c, code_count, label, f->label);
}

static void put_step(struct funnel_step *s, const struct figure *f)
{
    *s = (struct funnel_step){.code = f->code, .count = f->count, .reached = f->more};
    if (f->has_label)
        PUT(s, funnel_step, label, f->label);
}

/* Memory for the items of a list; NULL when there is none. */
static void *begin_list(struct list *l, size_t n, struct arena *a)
{
    static const size_t widest = sizeof(struct funnel_step);
    *l = (struct list){arena_take(a, n * widest), (uint32_t)n};
    return l->items;
}

/* The rows first .. first + n - 1 are of one kind. */
static enum err take_run(const struct rows *rows, int first, int n, const struct target *t,
                         struct arena *a, void *out)
{
    char *at = (char *)out + t->offset;
    struct list list = {0};
    if (t->form >= CODES && t->form <= STEPS && !begin_list(&list, (size_t)n, a))
        return ERR_NO_MEMORY;
    for (int i = 0; i < n; i++) {
        struct figure f = figure_at(rows, first + i);
        f.code = arena_copy(a, f.code);
        f.label = arena_copy(a, f.label);
        if (!f.code.p || !f.label.p)
            return ERR_NO_MEMORY;
        if (t->form == SINGLE)
            memcpy(at, &f.count, sizeof f.count);
        else if (t->form == WORD)
            memcpy(at, &f.code, sizeof f.code);
        else if (t->form == DAYS)
            put_day(LIST_AT(struct day_count, &list, i), &f);
        else if (t->form == CODES)
            put_code(LIST_AT(struct code_count, &list, i), &f);
        else
            put_step(LIST_AT(struct funnel_step, &list, i), &f);
    }
    if (t->form >= CODES && t->form <= STEPS)
        memcpy(at, &list, sizeof list);
    return ERR_OK;
}

static void take_rest(const struct rows *rows, int row, struct prospect_report *out)
{
    struct figure f = figure_at(rows, row);
    const struct target *t = target_of(rest_targets, f.code);
    struct breakdown *b = t ? (void *)((char *)out + t->offset) : NULL;
    if (b) {
        b->rest = f.count;
        b->rest_codes = f.more;
    }
}

static bool same(struct view a, struct view b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static enum err take_rows(const struct rows *rows, const struct target *targets, struct arena *a,
                          void *out)
{
    int n = rows_count(rows);
    enum err err = ERR_OK;
    for (int first = 0, run; !err && first < n; first += run) {
        struct view kind = rows_text(rows, first, 0);
        run = 1;
        while (first + run < n && same(rows_text(rows, first + run, 0), kind))
            run++;
        const struct target *t = target_of(targets, kind);
        if (t)
            err = take_run(rows, first, run, t, a, out);
        for (int i = 0; !t && i < run; i++)
            take_rest(rows, first + i, out);
    }
    return err;
}

/* ---- the report ---- */

static void set_present(struct prospect_report *out)
{
    SET(out, prospect_report, new);
    SET(out, prospect_report, deals);
    SET(out, prospect_report, lost);
    SET(out, prospect_report, sources);
    SET(out, prospect_report, follow_up_methods);
    SET(out, prospect_report, follow_up_states);
    SET(out, prospect_report, sales_people);
    SET(out, prospect_report, districts);
    SET(out, prospect_report, funnel);
    if (out->deals + out->lost)
        PUT(out, prospect_report, deal_rate, (double)out->deals / (double)(out->deals + out->lost));
}

static enum err fill_figures(struct db *db, const struct report_prospects *ask,
                             const struct counted *c, struct arena *a, struct prospect_report *out)
{
    struct rows *rows = NULL;
    struct view lang = HAS(ask, report_prospects, lang) ? ask->lang : view_of("en");
    int64_t top = HAS(ask, report_prospects, top) ? ask->top : USUAL_TOP;
    enum err err = db_run(db, SQL_ANALYTICS_PROSPECT_FIGURES,
                          PARAMS(P_TEXT(c->dealers), P_OPT_TEXT(ask, report_prospects, from),
                                 P_OPT_TEXT(ask, report_prospects, to), P_TEXT(out->today),
                                 P_INT(top), P_TEXT(lang), c->upstream),
                          &rows);
    if (!err)
        err = take_rows(rows, report_targets, a, out);
    rows_free(&rows);
    set_present(out);
    return err;
}

/* The days that are shown: first and last of daily_counts. */
static struct view shown_day(const struct prospect_report *out, bool last)
{
    if (!out->daily_counts.n)
        return out->today;
    return LIST_AT(struct day_count, &out->daily_counts, last ? out->daily_counts.n - 1 : 0)->date;
}

static enum err fill_calls(struct db *db, const struct report_prospects *ask,
                           const struct counted *c, struct prospect_report *out)
{
    struct rows *rows = NULL;
    if (c->counted * out->daily_counts.n > MAX_CALL_DAYS)
        return ERR_OK;
    enum err err = db_run(db, SQL_ANALYTICS_FETCH_SUCCESS,
                          PARAMS(P_TEXT(c->dealers), P_OPT_TEXT(ask, report_prospects, from),
                                 P_OPT_TEXT(ask, report_prospects, to)),
                          &rows);
    if (!err) {
        PUT(out, prospect_report, calls_succeeded, rows_int(rows, 0, 0));
        PUT(out, prospect_report, calls_failed, rows_int(rows, 0, 1));
        int64_t ended = out->calls_succeeded + out->calls_failed;
        if (ended)
            PUT(out, prospect_report, fetch_success, (double)out->calls_succeeded / (double)ended);
    }
    rows_free(&rows);
    return err;
}

static enum err fill_gaps(struct db *db, const struct counted *c, struct arena *a,
                          struct prospect_report *out)
{
    if (c->counted * out->daily_counts.n > MAX_GAP_DAYS)
        return ERR_OK;
    SET(out, prospect_report, gaps);
    return db_list(
        db, SQL_ANALYTICS_GAPS,
        PARAMS(P_TEXT(c->dealers), P_TEXT(shown_day(out, false)), P_TEXT(shown_day(out, true))),
        &GAP, a, &out->gaps);
}

static enum err fill_previous(struct db *db, const struct report_prospects *ask,
                              const struct counted *c, struct arena *a, struct prospect_report *out)
{
    struct rows *rows = NULL;
    struct previous_figures *p = &out->previous;
    struct view to = HAS(ask, report_prospects, to) ? ask->to : out->today;
    if (!HAS(ask, report_prospects, compare) || !c->counted)
        return ERR_OK;
    enum err err = db_run(
        db, SQL_ANALYTICS_PROSPECT_PREVIOUS,
        PARAMS(P_TEXT(c->dealers), P_TEXT(ask->from), P_TEXT(to), P_TEXT(ask->compare)), &rows);
    if (!err)
        err = take_rows(rows, previous_targets, a, p);
    rows_free(&rows);
    if (p->deals + p->lost)
        PUT(p, previous_figures, deal_rate, (double)p->deals / (double)(p->deals + p->lost));
    SET(out, prospect_report, previous);
    return err;
}

enum err figures_fill(struct db *db, const struct report_prospects *ask, const struct counted *c,
                      struct arena *a, struct prospect_report *out)
{
    enum err err = fill_figures(db, ask, c, a, out);
    if (!err)
        err = fill_previous(db, ask, c, a, out);
    if (!err)
        err = fill_calls(db, ask, c, out);
    if (!err)
        err = fill_gaps(db, c, a, out);
    return err;
}
