/*
 * group.c - report.group: dealers side by side, and all of them together.
 */
#include "services/analytics/analytics.h"
#include "services/analytics/question.h"

#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUP_DAYS = 366, MAX_SERIES = 92 };

/* What a group is computed from. */
struct group_question {
    const struct report_group *m;
    struct chosen chosen;
};

/* ---- totals ---- */

static void add_series(int64_t sums[MAX_SERIES], struct view series)
{
    int day = 0;
    int64_t n = 0;
    for (uint32_t i = 0; i <= series.n && day < MAX_SERIES; i++) {
        if (i < series.n && series.p[i] != ',') {
            n = n * 10 + (series.p[i] - '0');
            continue;
        }
        sums[day++] += n;
        n = 0;
    }
}

static struct view write_series(const int64_t sums[MAX_SERIES], int64_t days, struct arena *a)
{
    struct buf text;
    buf_init(&text, 4096);
    for (int64_t i = 0; i < days && i < MAX_SERIES; i++)
        buf_printf(&text, "%s%lld", i ? "," : "", (long long)sums[i]);
    struct view out = arena_copy(a, buf_view(&text));
    buf_free(&text);
    return out;
}

static void add_row(struct group_row *t, const struct group_row *row)
{
    t->total += row->total;
    t->recent += row->recent;
    t->active += row->active;
    t->new += row->new;
    t->deals += row->deals;
    t->lost += row->lost;
    if (HAS(row, group_row, previous_total))
        PUT(t, group_row, previous_total, t->previous_total + row->previous_total);
    if (HAS(row, group_row, gaps))
        PUT(t, group_row, gaps, t->gaps + row->gaps);
    if (HAS(row, group_row, so_far) && row->so_far)
        PUT(t, group_row, so_far, true);
    if (HAS(row, group_row, fetched_at) &&
        (!HAS(t, group_row, fetched_at) || row->fetched_at < t->fetched_at))
        PUT(t, group_row, fetched_at, row->fetched_at);
    t->simulated = t->simulated && row->simulated;
}

static enum err add_up(struct group_report *out, struct arena *a)
{
    struct group_row *t = &out->totals;
    int64_t sums[MAX_SERIES] = {0};
    t->is_active = true;
    t->simulated = out->items.n > 0;
    for (uint32_t i = 0; i < out->items.n; i++) {
        const struct group_row *row = LIST_AT(struct group_row, &out->items, i);
        if (row->left_out)
            continue;
        add_row(t, row);
        add_series(sums, row->series);
    }
    if (t->deals + t->lost)
        PUT(t, group_row, deal_rate, (double)t->deals / (double)(t->deals + t->lost));
    if (t->previous_total)
        PUT(t, group_row, change, (double)t->total / (double)t->previous_total - 1);
    t->series = write_series(sums, date_days(out->to) - date_days(out->series_from) + 1, a);
    return t->series.p ? ERR_OK : ERR_NO_MEMORY;
}

/* ---- the answer ---- */

static struct view text_of(const struct rows *rows, const char *column, struct arena *a)
{
    return arena_copy(a, rows_text(rows, 0, rows_column(rows, column)));
}

static enum err check_found(const struct group_question *q, int found, struct fault *f)
{
    if (q->chosen.named && (uint32_t)found < q->chosen.dealers.n)
        return fault_set(f, ERR_NOT_FOUND, q->m->dealer_ids.n ? "dealer_ids" : "dealer_id",
                         "There is no such dealer.");
    if (found > MAX_CHOSEN)
        return fault_set(f, ERR_LIMIT, "dealer_ids",
                         "There are more than %d dealers: name those that are meant.", MAX_CHOSEN);
    if (found == 0)
        return fault_set(f, ERR_NOT_FOUND, "dealer_ids", "There is no dealer to look at.");
    return ERR_OK;
}

static enum err take_rows(const struct rows *rows, struct arena *a, struct group_report *out)
{
    enum err err = rows_list(rows, &GROUP_ROW, a, &out->items);
    out->from = text_of(rows, "first_day", a);
    out->to = text_of(rows, "last_day", a);
    out->series_from = text_of(rows, "series_day", a);
    if (!rows_null(rows, 0, rows_column(rows, "zone")))
        PUT(out, group_report, zone, text_of(rows, "zone", a));
    if (!err && !(out->from.p && out->to.p && out->series_from.p))
        err = ERR_NO_MEMORY;
    return err ? err : add_up(out, a);
}

static enum err compute(struct analytics *s, const void *ask, struct arena *a, void *out,
                        struct fault *f)
{
    const struct group_question *q = ask;
    const struct report_group *m = q->m;
    struct group_report *report = out;
    struct rows *rows = NULL;
    report->cached_at = loop_wall_ms();
    enum err err =
        db_run(s->process->db, SQL_ANALYTICS_GROUP,
               PARAMS(q->chosen.dealers_or_null, P_OPT_TEXT(m, report_group, from),
                      P_OPT_TEXT(m, report_group, to), P_OPT_TEXT(m, report_group, compare),
                      P_TEXT(HAS(m, report_group, sort) ? m->sort : view_of("total")),
                      P_BOOL(!HAS(m, report_group, order) || view_is(m->order, "desc")),
                      P_INT(MAX_CHOSEN + 1)),
               &rows);
    if (!err)
        err = check_found(q, rows_count(rows), f);
    if (!err)
        err = take_rows(rows, a, report);
    rows_free(&rows);
    return err;
}

static void mark_stale(void *out)
{
    PUT((struct group_report *)out, group_report, stale, true);
}

static const struct answer_kind kind = {
    .reply = &GROUP_REPORT, .compute = compute, .mark_stale = mark_stale, .fresh_from_cache = true};

static bool check_days(struct request *r, const struct report_group *m)
{
    bool both = HAS(m, report_group, from) && HAS(m, report_group, to);
    if (!both && HAS(m, report_group, from)) {
        request_fail(r, ERR_MISSING, "to", "A first day needs a last one.");
        return false;
    }
    if (!question_range(r, both, m->from, m->to) || !question_reaches_back(r, m->from, m->to))
        return false;
    if (!both || date_days(m->to) - date_days(m->from) < MAX_GROUP_DAYS)
        return true;
    request_fail(r, ERR_RANGE, "to", "The range is longer than %d days.", MAX_GROUP_DAYS);
    return false;
}

void on_report_group(void *service, struct request *r, const void *body)
{
    struct analytics *s = service;
    const struct report_group *m = body;
    struct group_question q = {.m = m};
    if (!check_days(r, m) || !question_dealers(s, r, m->dealer_id, &m->dealer_ids, &q.chosen))
        return;
    struct view key = arena_printf(
        request_arena(r), "group:%.*s:%.*s:%.*s:%.*s:%.*s:%.*s", (int)q.chosen.key.n,
        q.chosen.key.p, (int)m->from.n, m->from.n ? m->from.p : "", (int)m->to.n,
        m->to.n ? m->to.p : "", (int)m->compare.n, m->compare.n ? m->compare.p : "", (int)m->sort.n,
        m->sort.n ? m->sort.p : "", (int)m->order.n, m->order.n ? m->order.p : "");
    answer(s, r, &kind, &q, key, q.chosen.state);
}
