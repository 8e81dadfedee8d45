/*
 * feed_policy.c - the feeds, and how often the calls of each are tried: told and changed.
 *
 * DESIGN: a feed is a row of jobs.feed. What it leaves open is this scheduler's setting, which is
 * told beside it. Nothing is kept here: failures.c reads the row with each failed call, so a change
 * holds from the next one on.
 *
 * THREADS: one. OWNERSHIP: all that is told lives as long as its request.
 */
#include "services/scheduler/feed_policy.h"

#include "proto/errors.h"
#include "services/daemon/database.h"
#include "services/daemon/etag.h"

static void add_usual(const struct scheduler_conf *conf, struct feed_policy *f)
{
    f->usual_max_attempts = conf->retry_max;
    f->usual_retry_base_ms = conf->retry_base_ms;
    f->usual_retry_cap_ms = conf->retry_cap_ms;
    f->usual_deadline_minutes = conf->task_deadline_min;
}

static enum err read_feed(struct scheduler *s, enum statement statement, struct view name,
                          struct arena *a, struct feed_policy *out)
{
    enum err err = db_get(s->process->db, statement, PARAMS(P_TEXT(name)), &FEED_POLICY, a, out);
    if (!err)
        add_usual(&s->conf, out);
    return err;
}

void on_feed_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct feed_list *m = body;
    struct feed_policy_page page = {0};
    enum err err =
        db_list(s->process->db, SQL_SCHEDULER_FEED_LIST, PARAMS(P_OPT_TEXT(m, feed_list, feed)),
                &FEED_POLICY, request_arena(r), &page.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    for (uint32_t i = 0; i < page.items.n; i++)
        add_usual(&s->conf, LIST_AT(struct feed_policy, &page.items, i));
    request_answer(r, &page);
}

static void refuse(struct request *r, enum err err, struct view name)
{
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "feed", "There is no feed %.*s.", (int)name.n, name.p);
    else if (err == ERR_CHANGED)
        request_fail(r, err, "if_match", "%s", err_text(err));
    else
        request_fail_err(r, err);
}

void on_feed_get(void *service, struct request *r, const void *body)
{
    const struct feed_get *m = body;
    struct feed_policy feed;
    enum err err = read_feed(service, SQL_SCHEDULER_FEED_LIST, m->feed, request_arena(r), &feed);
    if (err)
        refuse(r, err, m->feed);
    else
        request_answer(r, &feed);
}

/* ---- changing ---- */

static bool gives_something(const struct feed_update *m)
{
    return HAS(m, feed_update, max_attempts) || HAS(m, feed_update, retry_base_ms) ||
           HAS(m, feed_update, retry_cap_ms) || HAS(m, feed_update, deadline_minutes);
}

/* Given one by one, two numbers may not fit each other: what counts is the row that both make. */
static bool waits_fit(const struct feed_policy *f)
{
    int64_t base = HAS(f, feed_policy, retry_base_ms) ? f->retry_base_ms : f->usual_retry_base_ms;
    int64_t cap = HAS(f, feed_policy, retry_cap_ms) ? f->retry_cap_ms : f->usual_retry_cap_ms;
    return base <= cap;
}

/* In a transaction. ERR_RANGE: the first wait would be longer than the longest. */
static enum err change(struct scheduler *s, const struct feed_update *m, struct view who,
                       struct arena *a, struct feed_policy *out)
{
    bool waits = HAS(m, feed_update, retry_base_ms) || HAS(m, feed_update, retry_cap_ms);
    enum err err = read_feed(s, SQL_SCHEDULER_FEED_LOCK, m->feed, a, out);
    if (err)
        return err;
    if (HAS(m, feed_update, if_match) && !etag_fits(m->if_match, out->etag))
        return ERR_CHANGED;
    err = db_run(s->process->db, SQL_SCHEDULER_FEED_CHANGE,
                 PARAMS(P_TEXT(m->feed), P_OPT_INT(m, feed_update, max_attempts),
                        P_OPT_INT(m, feed_update, retry_base_ms),
                        P_OPT_INT(m, feed_update, retry_cap_ms),
                        P_OPT_INT(m, feed_update, deadline_minutes), P_TEXT(who)),
                 NULL);
    if (!err)
        err = read_feed(s, SQL_SCHEDULER_FEED_LIST, m->feed, a, out);
    return !err && waits && !waits_fit(out) ? ERR_RANGE : err;
}

static enum err change_and_commit(struct scheduler *s, const struct feed_update *m, struct view who,
                                  struct arena *a, struct feed_policy *out)
{
    enum err err = db_begin(s->process->db);
    if (err)
        return err;
    err = change(s, m, who, a, out);
    if (!err)
        return db_commit(s->process->db);
    db_rollback(s->process->db);
    return err;
}

void on_feed_update(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct feed_update *m = body;
    struct view who = request_principal(r);
    struct feed_policy feed;
    if (!gives_something(m)) {
        request_fail(r, ERR_NOTHING_TO_DO, "", "%s", err_text(ERR_NOTHING_TO_DO));
        return;
    }
    enum err err = change_and_commit(s, m, who, request_arena(r), &feed);
    if (err == ERR_RANGE)
        request_fail(r, err, HAS(m, feed_update, retry_base_ms) ? "retry_base_ms" : "retry_cap_ms",
                     "The first wait may not be longer than the longest one.");
    else if (err)
        refuse(r, err, m->feed);
    if (err)
        return;
    log_line(LOG_INFO, request_id(r), "feed changed",
             LOG_FIELDS(KV("feed", m->feed), KV("principal", who)));
    request_answer(r, &feed);
}
