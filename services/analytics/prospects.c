/*
 * prospects.c - the rows behind a figure: filters, order, cursor, count.
 *
 * A cursor is `dealer:day:rest`. Sorted by date the rest is the id; else `bytes:value` and the id
 * right behind it, where the value is what is sorted by.
 */
#include "proto/json.h"
#include "services/analytics/cursor.h"
#include "services/analytics/store.h"

#include <string.h>

enum { MOST_COUNTED = 10000, MOST_VALUE = 2000, MOST_CURSOR = 2100 };

static const struct view by_date = {"date", 4};

static struct view sort_of(const struct prospect_list *ask)
{
    return HAS(ask, prospect_list, sort) ? ask->sort : by_date;
}

static bool is_dated(const struct prospect_list *ask)
{
    return view_is(sort_of(ask), "date");
}

/* ---- cursors ---- */

/* A number in front of a colon; the rest begins behind it. */
static bool split_number(struct view *rest, uint32_t *n)
{
    uint32_t i = 0;
    for (*n = 0; i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9'; i++)
        if ((*n = *n * 10 + (uint32_t)(rest->p[i] - '0')) > MOST_VALUE)
            return false;
    if (i == 0 || i == rest->n || rest->p[i] != ':')
        return false;
    *rest = (struct view){rest->p + i + 1, rest->n - i - 1};
    return true;
}

/* dealer, value, day, id, as the statement takes them. */
static bool read_cursor(const struct prospect_list *ask, struct view out[4])
{
    struct view part[3];
    uint32_t n = 0;
    if (!cursor_split(ask->cursor, ':', part) ||
        !(date_valid(part[1]) || view_is(part[1], "-infinity")))
        return false;
    if (!is_dated(ask) && (!split_number(&part[2], &n) || n >= part[2].n))
        return false;
    out[0] = part[0];
    out[1] = (struct view){part[2].p, n};
    out[2] = part[1];
    out[3] = (struct view){part[2].p + n, part[2].n - n};
    return true;
}

static enum err write_cursor(const struct prospect_list *ask, const struct prospect *last,
                             struct view value, struct arena *a, struct prospect_page *out)
{
    struct view day =
        HAS(last, prospect, tanggal_prospect) ? last->tanggal_prospect : view_of("-infinity");
    struct view head =
        arena_printf(a, "%.*s:%.*s:", (int)last->dealer_id.n, last->dealer_id.p, (int)day.n, day.p);
    struct view rest = is_dated(ask) ? arena_copy(a, view_of(""))
                                     : arena_printf(a, "%u:%.*s", (unsigned)value.n, (int)value.n,
                                                    value.n ? value.p : "");
    struct view next = arena_printf(a, "%.*s%.*s%.*s", (int)head.n, head.p, (int)rest.n, rest.p,
                                    (int)last->id_prospect.n, last->id_prospect.p);
    PUT(out, prospect_page, next, next);
    if (!(head.p && rest.p && next.p))
        return ERR_NO_MEMORY;
    return next.n <= MOST_CURSOR ? ERR_OK : ERR_LIMIT;
}

/* ---- filters ---- */

/* Those that are codes of the rollups, by the names of their dimensions, as JSON. */
static enum err write_codes(const struct prospect_list *ask, struct arena *a, struct view *out)
{
    struct prospect_list codes = *ask;
    struct prospect_list wanted = {0};
    struct buf json;
    SET(&wanted, prospect_list, status);
    SET(&wanted, prospect_list, source);
    SET(&wanted, prospect_list, unit);
    SET(&wanted, prospect_list, method);
    SET(&wanted, prospect_list, follow_up);
    SET(&wanted, prospect_list, sales);
    SET(&wanted, prospect_list, district);
    codes.has &= wanted.has;
    buf_init(&json, 64 * 1024);
    enum err err = json_encode(&PROSPECT_LIST, &codes, &json);
    *out = arena_copy(a, buf_view(&json));
    buf_free(&json);
    return err ? err : out->p ? ERR_OK : ERR_NO_MEMORY;
}

static enum err read_count(struct db *db, const struct prospect_list *ask, struct view codes,
                           struct prospect_page *out)
{
    struct rows *rows = NULL;
    if (!HAS(ask, prospect_list, count) || !ask->count)
        return ERR_OK;
    enum err err = db_run(
        db, SQL_ANALYTICS_PROSPECTS_COUNT,
        PARAMS(P_OPT_TEXT(ask, prospect_list, dealer_id), P_OPT_TEXT(ask, prospect_list, from),
               P_OPT_TEXT(ask, prospect_list, to), P_BOOL(ask->undated), P_TEXT(codes),
               P_OPT_TEXT(ask, prospect_list, q), P_INT(MOST_COUNTED + 1)),
        &rows);
    if (!err && !rows_null(rows, 0, 0)) {
        int64_t n = rows_int(rows, 0, 0);
        PUT(out, prospect_page, count, n > MOST_COUNTED ? MOST_COUNTED : n);
        PUT(out, prospect_page, count_more, n > MOST_COUNTED);
    }
    rows_free(&rows);
    return err;
}

enum err store_prospects(struct db *db, const struct prospect_list *ask, int64_t limit,
                         struct arena *a, struct prospect_page *out)
{
    struct view at[4];
    struct view codes;
    struct rows *rows = NULL;
    bool on = HAS(ask, prospect_list, cursor) && ask->cursor.n;
    if (on && !read_cursor(ask, at))
        return ERR_FORMAT;
    enum err err = write_codes(ask, a, &codes);
    if (!err)
        err =
            db_run(db, SQL_ANALYTICS_PROSPECTS,
                   PARAMS(P_OPT_TEXT(ask, prospect_list, dealer_id),
                          P_OPT_TEXT(ask, prospect_list, from), P_OPT_TEXT(ask, prospect_list, to),
                          on ? P_WORDS(((struct list){at, 4})) : P_NULL, P_INT(limit + 1),
                          P_INT(ask->skip), P_BOOL(HAS(ask, prospect_list, reveal) && ask->reveal),
                          P_BOOL(ask->undated), P_TEXT(codes), P_OPT_TEXT(ask, prospect_list, q),
                          P_TEXT(sort_of(ask)),
                          P_BOOL(HAS(ask, prospect_list, order) && view_is(ask->order, "asc")),
                          P_TEXT(HAS(ask, prospect_list, lang) ? ask->lang : view_of("en"))),
                   &rows);
    if (!err)
        err = rows_list(rows, &PROSPECT, a, &out->items);
    if (!err && list_cut(&out->items, limit))
        err = write_cursor(ask, LIST_AT(struct prospect, &out->items, limit - 1),
                           rows_text(rows, (int)limit - 1, rows_column(rows, "sorted_by")), a, out);
    rows_free(&rows);
    return err ? err : read_count(db, ask, codes, out);
}
