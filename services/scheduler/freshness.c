/*
 * freshness.c - see freshness.h.
 *
 * DESIGN: one statement looks at targets, keeps their state and says what is to be done; only the
 * scheduler that looked at a target acts on it. One that dies before it has acted leaves a target
 * that is asked for again after a tenth of its time; the margin before a target's end covers that.
 */
#include "services/scheduler/freshness.h"
#include "services/scheduler/paging.h"
#include "services/scheduler/submit.h"

#include <string.h>

enum {
    USUAL_PAGE = 100,
    MAX_TARGETS = 30, /* looked at in a second */
    BUSY_MS = 300,    /* then the rest is left to its next turn */
    PRIORITY = 2,
    MAX_MEMORY = 32 * 1024 * 1024
};

/* ---- ticking ---- */

/* The columns of scheduler_freshness_check. */
enum { C_DEALER, C_FEED, C_CREDENTIAL, C_MINUTES, C_AGE, C_REASON, C_LATE, C_ASK };

static void tell_late(struct scheduler *s, const struct rows *rows, int row)
{
    struct freshness_late event = {.dealer_id = rows_text(rows, row, C_DEALER),
                                   .feed = rows_text(rows, row, C_FEED),
                                   .minutes = rows_int(rows, row, C_MINUTES),
                                   .reason = rows_text(rows, row, C_REASON)};
    if (!rows_null(rows, row, C_AGE))
        PUT(&event, freshness_late, age_minutes, rows_int(rows, row, C_AGE));
    publish(s->process->events, &FRESHNESS_LATE, &event);
    log_warn("data are older than allowed", KV("dealer", event.dealer_id), KV("feed", event.feed),
             KN("minutes", event.minutes), KV("reason", event.reason));
}

static bool same_group(const struct rows *rows, int row, int other)
{
    struct view a = rows_text(rows, row, C_FEED);
    struct view b = rows_text(rows, other, C_FEED);
    return rows_int(rows, row, C_CREDENTIAL) == rows_int(rows, other, C_CREDENTIAL) && a.n == b.n &&
           memcmp(a.p, b.p, a.n) == 0;
}

/* One job for dealers that share a credential. */
static void fetch(struct scheduler *s, struct list dealers, struct view feed, struct arena *a)
{
    const struct list feeds = {&feed, 1};
    const struct incremental what = {.dealers = &dealers,
                                     .feeds = &feeds,
                                     .kind = "freshness",
                                     .overlap_hours = -1,
                                     .priority = PRIORITY,
                                     .requested_by = view_of("freshness")};
    struct submitted made = {0};
    enum err err = submit_incremental(s, &what, a, &made);
    if (!err && *made.job)
        err = db_run(s->process->db, SQL_SCHEDULER_FRESHNESS_NOTE,
                     PARAMS(P_WORDS(dealers), P_TEXT(feed), P_TEXT(view_of(made.job))), NULL);
    if (err)
        log_warn("no fetch for freshness", KV("feed", feed), KN("dealers", dealers.n),
                 K("error", err_code(err)), K("detail", db_error(s->process->db)->message));
}

static void act(struct scheduler *s, const struct rows *rows, struct arena *a)
{
    int n = rows_count(rows);
    int64_t until = loop_now_ms() + BUSY_MS;
    struct view *group = arena_take(a, (size_t)n * sizeof *group);
    uint32_t members = 0;
    for (int i = 0; i < n; i++)
        if (rows_bool(rows, i, C_LATE))
            tell_late(s, rows, i);
    for (int i = 0; group && i < n && loop_now_ms() < until; i++) {
        if (rows_bool(rows, i, C_ASK))
            group[members++] = rows_text(rows, i, C_DEALER);
        if (members && (i + 1 == n || !same_group(rows, i, i + 1))) {
            fetch(s, (struct list){group, members}, rows_text(rows, i, C_FEED), a);
            members = 0;
        }
    }
}

void freshness_tick(struct scheduler *s)
{
    struct arena a;
    struct rows *rows = NULL;
    arena_init(&a, MAX_MEMORY);
    if (db_run(s->process->db, SQL_SCHEDULER_FRESHNESS_CHECK, PARAMS(P_INT(MAX_TARGETS)), &rows) ==
        ERR_OK)
        act(s, rows, &a);
    rows_free(&rows);
    arena_free(&a);
}

/* ---- messages ---- */

/* Two words: dealer and feed. False: the cursor is none of ours. */
static bool split_cursor(struct view cursor, struct view *dealer, struct view *feed)
{
    const char *slash = cursor.n ? memchr(cursor.p, '/', cursor.n) : NULL;
    *dealer = *feed = (struct view){0};
    if (!slash)
        return cursor.n == 0;
    *dealer = (struct view){cursor.p, (uint32_t)(slash - cursor.p)};
    *feed = (struct view){slash + 1, cursor.n - dealer->n - 1};
    return true;
}

#define P_GIVEN(v) ((v).p ? P_TEXT(v) : P_NULL)

void on_freshness_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct freshness_list *m = body;
    struct freshness_page page = {0};
    struct view dealer;
    struct view feed;
    int64_t limit = HAS(m, freshness_list, limit) ? m->limit : USUAL_PAGE;
    if (!split_cursor(m->cursor, &dealer, &feed)) {
        cursor_refuse(r);
        return;
    }
    enum err err = db_list(s->process->db, SQL_SCHEDULER_FRESHNESS_LIST,
                           PARAMS(P_OPT_TEXT(m, freshness_list, dealer_id),
                                  P_OPT_TEXT(m, freshness_list, state), P_NULL, P_GIVEN(dealer),
                                  P_GIVEN(feed), P_INT(limit + 1)),
                           &FRESHNESS, request_arena(r), &page.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (list_cut(&page.items, limit)) {
        const struct freshness *last = LIST_AT(struct freshness, &page.items, page.items.n - 1);
        PUT(&page, freshness_page, next,
            arena_printf(request_arena(r), "%.*s/%.*s", (int)last->dealer_id.n, last->dealer_id.p,
                         (int)last->feed.n, last->feed.p));
    }
    request_answer(r, &page);
}

static void answer(struct scheduler *s, struct request *r, struct view dealer, struct view feed)
{
    struct freshness told;
    enum err err = db_get(s->process->db, SQL_SCHEDULER_FRESHNESS_LIST,
                          PARAMS(P_TEXT(dealer), P_NULL, P_TEXT(feed), P_NULL, P_NULL, P_INT(1)),
                          &FRESHNESS, request_arena(r), &told);
    if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &told);
}

void on_freshness_set(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct freshness_set *m = body;
    struct view who = request_principal(r);
    struct view feed = HAS(m, freshness_set, feed) ? m->feed : view_of("prsp");
    bool active = !HAS(m, freshness_set, active) || m->active;
    enum err err = db_run(
        s->process->db, SQL_SCHEDULER_FRESHNESS_SET,
        PARAMS(P_TEXT(m->dealer_id), P_TEXT(feed), P_INT(m->minutes), P_BOOL(active), P_TEXT(who)),
        NULL);
    const char *detail = db_error(s->process->db)->message;
    if (err == ERR_UNKNOWN_DEALER)
        request_fail_said(r, err, "dealer_id", detail);
    else if (err == ERR_UNKNOWN_FEED)
        request_fail_said(r, err, "feed", detail);
    else if (err)
        request_fail_err(r, err);
    else
        answer(s, r, m->dealer_id, feed);
}

void on_freshness_clear(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct freshness_clear *m = body;
    struct rows *rows = NULL;
    struct empty done = {0};
    enum err err =
        db_run(s->process->db, SQL_SCHEDULER_FRESHNESS_CLEAR,
               PARAMS(P_TEXT(m->dealer_id), P_OPT_TEXT(m, freshness_clear, feed)), &rows);
    int64_t gone = err ? 0 : rows_int(rows, 0, 0);
    rows_free(&rows);
    if (err)
        request_fail_err(r, err);
    else if (gone == 0)
        request_fail(r, ERR_NOT_FOUND, "dealer_id", "The dealer has no such target.");
    else
        request_answer(r, &done);
}
