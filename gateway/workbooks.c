/*
 * workbooks.c - what a workbook is made of is gathered by messages, written, and sent.
 */
#include "gateway/workbooks.h"
#include "gateway/scribe.h"
#include "proto/access.h"

#include <microhttpd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ARENA_BYTES = 96 * 1024 * 1024, PAGE_ROWS = 1000, AGAIN_MS = 3000 };

struct workbooks {
    struct gateway *gateway;
    struct scribe *scribe;
    unsigned busy;
};

/* One workbook. */
struct work {
    struct scribe_task task; /* the scribe's while `writing` */
    struct workbooks *owner;
    struct exchange *exchange; /* NULL: it is over */
    const struct report_prospects *question;
    struct arena arena; /* everything that the book borrows */
    const struct report_dealer *dealers[1000];
    const struct prospect *rows[WORKBOOK_ROWS];
    struct prospect_list list; /* the page that is asked for */
    uint32_t dealer;           /* whose rows it lists */
    uint64_t timer;
    bool writing;
};

static void work_free(struct work *w)
{
    loop_cancel(w->owner->gateway->process->loop, w->timer);
    if (w->task.fd >= 0)
        close(w->task.fd);
    w->owner->busy--;
    arena_free(&w->arena);
    free(w);
}

void workbook_leave(struct exchange *ex)
{
    struct work *w = ex->workbook;
    ex->workbook = NULL;
    w->exchange = NULL;
    if (w->writing)
        atomic_store(&w->task.stop, true);
    else
        work_free(w);
}

static void fail(struct work *w, enum err e)
{
    atomic_store(&w->task.stop, true);
    exchange_fail_err(w->exchange, e);
}

static void on_late(void *arg)
{
    struct work *w = arg;
    struct exchange *ex = w->exchange;
    w->timer = 0;
    if (!ex || ex->state != EXCHANGE_WAITING)
        return;
    if (ex->call)
        client_cancel(ex->client, ex->call);
    ex->call = 0;
    fail(w, ERR_TIMEOUT);
}

/* ---- the answer ---- */

static void finish(struct work *w)
{
    struct exchange *ex = w->exchange;
    time_t now = (time_t)(w->task.book.made_at / 1000);
    struct tm utc = {0};
    char stamp[24];
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    struct view text =
        arena_printf(&ex->arena, "attachment; filename=\"dashboard-%s.xlsx\"%c", stamp, 0);
    ex->answer.disposition = text.n ? text.p : NULL;
    ex->answer.file_bytes = w->task.bytes;
    exchange_text(ex, 200, WORKBOOK_MEDIA_TYPE, (struct view){0});
}

static void on_written(struct scribe_task *task)
{
    struct work *w = (struct work *)(void *)((char *)task - offsetof(struct work, task));
    w->writing = false;
    if (!w->exchange)
        work_free(w);
    else if (w->exchange->state != EXCHANGE_WAITING) /* it was told that this took too long */
        return;
    else if (task->err)
        fail(w, task->err);
    else
        finish(w);
}

struct MHD_Response *workbook_response(struct exchange *ex)
{
    struct work *w = ex->workbook;
    struct MHD_Response *r = MHD_create_response_from_fd(w->task.bytes, w->task.fd);
    if (r)
        w->task.fd = -1; /* the response closes it */
    workbook_leave(ex);
    return r;
}

static void write_it(struct work *w)
{
    struct workbook *b = &w->task.book;
    /* The list of dealers ends after so many; rows of the others are not there. */
    b->more = b->more || (!b->no_rows && b->n_dealers < b->report->dealers);
    b->made_at = loop_wall_ms();
    w->writing = true;
    scribe_give(w->owner->scribe, &w->task);
}

/* ---- what it is made of ---- */

/* The reply as a record that lives as long as the work; NULL: the exchange has failed. */
static void *keep(struct exchange *ex, const struct reply *reply)
{
    struct work *w = ex->workbook;
    struct reply kept = *reply;
    struct fault f;
    if (!exchange_returned(ex, reply))
        return NULL;
    kept.body = arena_copy(&w->arena, reply->body);
    void *record = arena_take(&w->arena, reply->desc->size);
    if (kept.body.p && record && reply_decode(&kept, &w->arena, record, &f) == ERR_OK)
        return record;
    exchange_fail_err(ex, ERR_INTERNAL);
    return NULL;
}

static void on_rows(void *arg, const struct reply *reply);

/* The next page of rows, if there is one that may be seen; else all is there. */
static void ask_rows(struct work *w)
{
    struct exchange *ex = w->exchange;
    struct context ctx;
    struct fault f;
    if (w->task.book.more || w->dealer >= w->task.book.n_dealers) {
        write_it(w);
        return;
    }
    PUT(&w->list, prospect_list, dealer_id, w->dealers[w->dealer]->dealer_id);
    exchange_context(ex, &ctx);
    if (access_check(&ctx, &PROSPECT_LIST, &w->list, &f)) {
        w->task.book.no_rows = true;
        write_it(w);
        return;
    }
    exchange_ask(ex, &PROSPECT_LIST, &w->list, on_rows);
}

static void take_rows(struct work *w, const struct prospect_page *page)
{
    struct workbook *book = &w->task.book;
    for (uint32_t i = 0; i < page->items.n && !book->more; i++) {
        if (book->n_rows == WORKBOOK_ROWS)
            book->more = true;
        else
            w->rows[book->n_rows++] = LIST_AT(struct prospect, &page->items, i);
    }
    if (HAS(page, prospect_page, next) && page->next.n) {
        PUT(&w->list, prospect_list, cursor, page->next);
        book->more = book->more || w->arena.used_bytes > ROW_BYTES;
        return;
    }
    w->list.has &= ~(UINT64_C(1) << prospect_list_cursor_index);
    w->dealer++;
    book->more = book->more || (w->arena.used_bytes > ROW_BYTES && w->dealer < book->n_dealers);
}

static void on_rows(void *arg, const struct reply *reply)
{
    struct exchange *ex = arg;
    struct work *w = ex->workbook;
    if (reply->err == ERR_FORBIDDEN) {
        ex->call = 0;
        w->task.book.no_rows = true;
        write_it(w);
        return;
    }
    const struct prospect_page *page = keep(ex, reply);
    if (!page)
        return;
    take_rows(w, page);
    ask_rows(w);
}

static bool is_asked(const struct report_prospects *q, const struct report_dealer *d)
{
    bool any = HAS(q, report_prospects, dealer_id);
    struct view id = d->dealer_id;
    if (any && q->dealer_id.n == id.n && memcmp(q->dealer_id.p, id.p, id.n) == 0)
        return true;
    for (uint32_t i = 0; HAS(q, report_prospects, dealer_ids) && i < q->dealer_ids.n; i++) {
        struct view one = *LIST_AT(struct view, &q->dealer_ids, i);
        any = true;
        if (one.n == id.n && memcmp(one.p, id.p, id.n) == 0)
            return true;
    }
    return !any;
}

/* Those that the figures count: simulated ones do not beside real ones. */
static void choose_dealers(struct work *w, const struct report_dealer_page *page)
{
    bool real = false;
    for (uint32_t i = 0; i < page->items.n; i++) {
        const struct report_dealer *d = LIST_AT(struct report_dealer, &page->items, i);
        real = real || (!d->simulated && is_asked(w->question, d));
    }
    for (uint32_t i = 0; i < page->items.n; i++) {
        const struct report_dealer *d = LIST_AT(struct report_dealer, &page->items, i);
        if (is_asked(w->question, d) && !(real && d->simulated))
            w->dealers[w->task.book.n_dealers++] = d;
    }
}

static void on_dealers(void *arg, const struct reply *reply)
{
    struct exchange *ex = arg;
    struct work *w = ex->workbook;
    const struct report_dealer_page *page = keep(ex, reply);
    if (!page)
        return;
    choose_dealers(w, page);
    ask_rows(w);
}

static void on_report(void *arg, const struct reply *reply)
{
    static const struct report_dealers all;
    struct exchange *ex = arg;
    struct work *w = ex->workbook;
    const struct prospect_report *r = keep(ex, reply);
    if (!r)
        return;
    w->task.book.report = r;
    if (HAS(r, prospect_report, from))
        PUT(&w->list, prospect_list, from, r->from);
    if (HAS(r, prospect_report, to))
        PUT(&w->list, prospect_list, to, r->to);
    exchange_ask(ex, &REPORT_DEALERS, &all, on_dealers);
}

void workbook_begin(struct exchange *ex, const void *message)
{
    static const struct remote_error again = {.retry_after_ms = AGAIN_MS};
    struct workbooks *all = ex->gateway->workbooks;
    struct work *w = NULL;
    if (all->busy >= MAX_WORKBOOKS) {
        struct remote_error e = again;
        e.code = view_of(err_code(ERR_RATE));
        e.text = view_of("As many workbooks as can be are being made: try again in a moment.");
        exchange_fail(ex, &e);
        return;
    }
    w = calloc(1, sizeof *w);
    if (!w) {
        exchange_fail_err(ex, ERR_NO_MEMORY);
        return;
    }
    all->busy++;
    ex->workbook = w;
    w->owner = all;
    w->exchange = ex;
    w->question = message;
    w->task.fd = -1;
    w->task.book.dealers = w->dealers;
    w->task.book.rows = w->rows;
    w->task.book.indonesian =
        HAS(w->question, report_prospects, lang) && view_is(w->question->lang, "id");
    if (HAS(w->question, report_prospects, lang))
        PUT(&w->list, prospect_list, lang, w->question->lang);
    PUT(&w->list, prospect_list, limit, PAGE_ROWS);
    arena_init(&w->arena, ARENA_BYTES);
    w->timer = loop_after(ex->gateway->process->loop, WORKBOOK_MS, on_late, w);
    exchange_ask(ex, &REPORT_PROSPECTS, message, on_report);
}

enum err workbooks_new(struct gateway *g, struct workbooks **out)
{
    const struct shared_conf *c = g->process->conf;
    char folder[240];
    struct workbooks *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_NO_MEMORY;
    *out = w;
    w->gateway = g;
    if ((size_t)snprintf(folder, sizeof folder, "%s/%s.books", c->run, c->name) >= sizeof folder)
        return ERR_CONFIG;
    return scribe_new(g->process->loop, folder, on_written, &w->scribe);
}

void workbooks_free(struct workbooks **w)
{
    if (!*w)
        return;
    scribe_free(&(*w)->scribe);
    free(*w);
    *w = NULL;
}
