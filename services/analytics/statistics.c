/*
 * statistics.c - what became of the upstream calls, by day and dealer.
 *
 * Computed from the tasks themselves, so that completing a task writes nothing for it. A million of
 * them take a second or so, which is why this process answers and no scheduler; equal questions
 * within ten seconds find the answer in the cache. What takes longer than a caller waits is refused
 * with what to do about it, also where the last good answer is known: it would never be replaced.
 */
#include "proto/json.h"
#include "services/analytics/analytics.h"
#include "services/analytics/store.h"

#include <stdio.h>

enum {
    MAX_DAYS = 92,
    MAX_ROWS = 5000,
    SAME_ANSWER_MS = 10000,
    LARGE_MS = 3000 /* the gateway waits a second more */
};

static enum err check_days(const struct job_statistics_page *page, struct fault *f)
{
    int64_t days = date_days(page->to) - date_days(page->from);
    if (days < 0)
        return fault_set(f, ERR_RANGE, "to", "The range ends before it begins.");
    if (days >= MAX_DAYS)
        return fault_set(f, ERR_RANGE, "to", "The range is longer than %d days.", MAX_DAYS);
    return ERR_OK;
}

/* Many tasks take longer than other statements may. */
static enum err run_large(struct db *db, const struct job_statistics *m, struct arena *a,
                          struct job_statistics_page *page, struct fault *f)
{
    enum err err = db_patience(db, LARGE_MS);
    if (!err)
        err = store_statistics(db, m, MAX_ROWS + 1, a, page);
    if (err == ERR_DATABASE_TIMEOUT)
        err = fault_set(f, ERR_LIMIT, "to",
                        "So many calls ended in these days that they are not counted within %d s; "
                        "ask for less days, or for one dealer.",
                        LARGE_MS / 1000);
    /* Where it fails the connection is lost, and the next one has the usual patience. */
    enum err after = db_patience(db, 0);
    (void)after;
    return err;
}

static enum err compute(struct analytics *s, const void *ask, struct arena *a, void *out,
                        struct fault *f)
{
    const struct job_statistics *m = ask;
    struct job_statistics_page *page = out;
    enum err err = store_statistics_range(s->process->db, m, a, page);
    if (!err)
        err = check_days(page, f);
    if (!err)
        err = run_large(s->process->db, m, a, page, f);
    if (!err && page->items.n > MAX_ROWS)
        err = fault_set(f, ERR_LIMIT, "to",
                        "There are more than %d days of dealers; ask for one dealer or less days.",
                        MAX_ROWS);
    return err;
}

static void mark_stale(void *out)
{
    PUT((struct job_statistics_page *)out, job_statistics_page, stale, true);
}

static const struct answer_kind kind = {.reply = &JOB_STATISTICS_PAGE,
                                        .compute = compute,
                                        .mark_stale = mark_stale,
                                        .fresh_from_cache = true};

void on_job_statistics(void *service, struct request *r, const void *body)
{
    const struct job_statistics *m = body;
    struct arena *a = request_arena(r);
    struct view key = arena_printf(a, "statistics:%.*s:%.*s:%.*s:%.*s", (int)m->from.n,
                                   m->from.n ? m->from.p : "", (int)m->to.n, m->to.n ? m->to.p : "",
                                   (int)m->dealer_id.n, m->dealer_id.n ? m->dealer_id.p : "",
                                   (int)m->feed.n, m->feed.n ? m->feed.p : "");
    char state[24];
    snprintf(state, sizeof state, "%lld", (long long)(loop_wall_ms() / SAME_ANSWER_MS));
    answer(service, r, &kind, m, key, state);
}
