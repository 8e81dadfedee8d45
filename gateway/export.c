/*
 * export.c - lists as files of CSV.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/export.h"
#include "gateway/csv.h"
#include "gateway/pages.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE_BYTES = 64 * 1024 * 1024, CURSOR_BYTES = 256 };

struct export
{
    void *message;                  /* borrowed from the exchange's arena */
    const struct field_desc *items; /* of the reply */
    struct arena arena;             /* one page */
    int64_t rows;                   /* written */
    int64_t max_rows;
    struct view next; /* cursor of the following page, in `cursor` */
    char cursor[CURSOR_BYTES];
};

static void on_page(void *arg, const struct reply *reply);

/* A page is as long as the service makes it; a limit of the caller is one for the file. */
static void set_limit(struct export *x, const struct desc *msg)
{
    const struct field_desc *limit = desc_field(msg, view_of("limit"));
    x->max_rows = EXPORT_ROWS;
    if (!limit || limit->type != F_INT)
        return;
    char *at = (char *)x->message + limit->offset;
    if (field_present(msg, limit, x->message)) {
        memcpy(&x->max_rows, at, sizeof x->max_rows);
        return;
    }
    memcpy(at, &limit->max, sizeof limit->max);
    field_set_present(msg, limit, x->message);
}

void export_begin(struct exchange *ex, void *message)
{
    const struct route *r = ex->match.route;
    struct export *x = ex->gateway->exports < MAX_EXPORTS ? calloc(1, sizeof *x) : NULL;
    if (!x) {
        exchange_fail_err(ex, ERR_BUSY);
        return;
    }
    ex->gateway->exports++;
    ex->export = x;
    x->message = message;
    x->items = page_items(r);
    arena_init(&x->arena, PAGE_BYTES);
    set_limit(x, r->msg);
    if (csv_header(x->items->of, &ex->out))
        exchange_fail_err(ex, ERR_INTERNAL);
    else
        exchange_call(ex, message, on_page);
}

void export_end(struct exchange *ex)
{
    arena_free(&ex->export->arena);
    free(ex->export);
    ex->export = NULL;
    ex->gateway->exports--;
}

/* The last part of the path that is no parameter: what the file holds. */
static struct view subject(const char *path)
{
    struct view name = {0};
    for (const char *p = path; *p; p++)
        if (*p == '/' && p[1] != '{')
            name = (struct view){p + 1, (uint32_t)strcspn(p + 1, "/")};
    return name;
}

static void finish(struct exchange *ex)
{
    struct export *x = ex->export;
    struct view name = subject(ex->match.route->path);
    time_t now = (time_t)(loop_wall_ms() / 1000);
    struct tm utc = {0};
    char stamp[24];
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    struct view text = arena_printf(&ex->arena, "attachment; filename=\"%.*s-%s.csv\"%c",
                                    (int)name.n, name.p, stamp, 0);
    ex->answer.disposition = text.n ? text.p : NULL;
    if (x->next.n)
        ex->answer.link = page_link(ex->query, x->next, &ex->arena);
    exchange_text(ex, 200, "text/csv; charset=utf-8; header=present", buf_view(&ex->out));
}

/* Writes a page's rows and notes where the next one begins. */
static enum err take_page(struct exchange *ex, const struct reply *reply)
{
    struct export *x = ex->export;
    struct fault f;
    struct list items;
    struct view next;
    arena_reset(&x->arena);
    void *page = arena_take(&x->arena, reply->desc->size);
    enum err e = page ? reply_decode(reply, &x->arena, page, &f) : ERR_NO_MEMORY;
    if (e)
        return e;
    memcpy(&items, (char *)page + x->items->offset, sizeof items);
    for (uint32_t i = 0; i < items.n && !e; i++)
        e = csv_row(x->items->of, (char *)items.items + (size_t)i * x->items->of->size, &ex->out);
    x->rows += items.n;
    x->next = (struct view){0};
    if (!e && page_next(reply->desc, reply->body, &next) && next.n <= sizeof x->cursor) {
        memcpy(x->cursor, next.p, next.n);
        x->next = (struct view){x->cursor, next.n};
    }
    return e;
}

static bool go_on(struct exchange *ex)
{
    struct export *x = ex->export;
    const struct desc *msg = ex->match.route->msg;
    const struct field_desc *cursor = desc_field(msg, view_of("cursor"));
    if (!x->next.n || !cursor || x->rows >= x->max_rows || ex->out.n >= EXPORT_BYTES)
        return false;
    memcpy((char *)x->message + cursor->offset, &x->next, sizeof x->next);
    field_set_present(msg, cursor, x->message);
    return true;
}

static void on_page(void *arg, const struct reply *reply)
{
    struct exchange *ex = arg;
    if (!exchange_returned(ex, reply))
        return;
    if (take_page(ex, reply) != ERR_OK)
        exchange_fail_err(ex, ERR_INTERNAL);
    else if (go_on(ex))
        exchange_call(ex, ex->export->message, on_page);
    else
        finish(ex);
}
