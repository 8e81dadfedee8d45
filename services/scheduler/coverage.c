/*
 * coverage.c - which changes are stored. The rules are SQL (0014_coverage); here they are told.
 */
#include "services/scheduler/coverage.h"

#include "services/daemon/database.h"
#include "services/scheduler/paging.h"

#include <string.h>

enum {
    USUAL_ITEMS = 50,
    WARN_MS = 60000,
    WARN_SOON_MS = 1000,
    MOST_WARNINGS = 1000, /* that one look finds: as jobs.warn_holes() says */
    MAX_MEMORY = 1024 * 1024,
};

static enum err read_items(struct scheduler *s, const struct coverage_list *m, struct arena *a,
                           struct list *out)
{
    return db_list(s->process->db, SQL_SCHEDULER_COVERAGE_LIST,
                   PARAMS(P_OPT_TEXT(m, coverage_list, dealer_id),
                          P_OPT_TEXT(m, coverage_list, feed), P_OPT_TEXT(m, coverage_list, from),
                          P_OPT_TEXT(m, coverage_list, to), cursor_param(m->cursor),
                          P_INT(m->limit + 1)),
                   &COVERAGE, a, out);
}

/* One dealer: each of its items with its days. */
static enum err read_days(struct scheduler *s, const struct coverage_list *m, struct arena *a,
                          struct list *items)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; !err && i < items->n; i++) {
        struct coverage *c = LIST_AT(struct coverage, items, i);
        err = db_list(s->process->db, SQL_SCHEDULER_COVERAGE_DAYS,
                      PARAMS(P_TEXT(c->dealer_id), P_TEXT(c->feed),
                             P_OPT_TEXT(m, coverage_list, from), P_OPT_TEXT(m, coverage_list, to)),
                      &COVERED_DAY, a, &c->days);
        SET(c, coverage, days);
    }
    return err;
}

void on_coverage_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    struct coverage_list m = *(const struct coverage_list *)body;
    struct coverage_page page = {0};
    bool one = HAS(&m, coverage_list, dealer_id);
    m.limit = HAS(&m, coverage_list, limit) ? m.limit : USUAL_ITEMS;
    if (m.cursor.n && !memchr(m.cursor.p, ' ', m.cursor.n)) {
        cursor_refuse(r);
        return;
    }
    if (m.from.n && m.to.n && memcmp(m.to.p, m.from.p, m.to.n) < 0) {
        request_fail(r, ERR_RANGE, "to", "The range ends before it begins.");
        return;
    }
    enum err err = read_items(s, &m, request_arena(r), &page.items);
    bool more = !err && list_cut(&page.items, m.limit);
    if (!err && one)
        err = read_days(s, &m, request_arena(r), &page.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (more) {
        const struct coverage *last = LIST_AT(struct coverage, &page.items, page.items.n - 1);
        PUT(&page, coverage_page, next,
            arena_printf(request_arena(r), "%.*s %.*s", (int)last->dealer_id.n, last->dealer_id.p,
                         (int)last->feed.n, last->feed.p));
    }
    request_answer(r, &page);
}

static void tell_hole(struct scheduler *s, struct coverage_warning *w)
{
    publish(s->process->events, &COVERAGE_WARNING, w);
    log_warn("changes are not fetched and will be lost", KV("dealer", w->dealer_id),
             KV("feed", w->feed), KV("day", w->day), KN("days_left", w->days_left));
}

void coverage_tick(struct scheduler *s)
{
    struct arena a;
    struct list holes = {0};
    if (loop_now_ms() < s->next_warning_ms)
        return;
    arena_init(&a, MAX_MEMORY);
    enum err err = db_list(s->process->db, SQL_SCHEDULER_WARN_HOLES,
                           PARAMS(P_INT(s->conf.warn_days)), &COVERAGE_WARNING, &a, &holes);
    for (uint32_t i = 0; !err && i < holes.n; i++)
        tell_hole(s, LIST_AT(struct coverage_warning, &holes, i));
    arena_free(&a);
    bool soon = !err && holes.n == MOST_WARNINGS;
    s->next_warning_ms = loop_now_ms() + (soon ? WARN_SOON_MS : WARN_MS);
}
