/*
 * handlers.c - what an analytics process answers. The table is at the end.
 */
#include "proto/access.h"
#include "services/analytics/analytics.h"
#include "services/analytics/question.h"
#include "services/analytics/store.h"
#include "services/daemon/reveal.h"

#include <string.h>

enum { USUAL_FETCHES = 20, USUAL_PROSPECTS = 100 };

/* ---- report.dealers ---- */

static enum err compute_dealers(struct analytics *s, const void *ask, struct arena *a, void *out,
                                struct fault *f)
{
    (void)f;
    return store_dealers(s->process->db, ask, a, &((struct report_dealer_page *)out)->items);
}

static void mark_dealers_stale(void *out)
{
    PUT((struct report_dealer_page *)out, report_dealer_page, stale, true);
}

static const struct answer_kind dealers_kind = {
    .reply = &REPORT_DEALER_PAGE, .compute = compute_dealers, .mark_stale = mark_dealers_stale};

/* What is kept is everybody's: who may see some dealers alone gets a list made for it. */
static void answer_own_dealers(struct analytics *s, struct request *r,
                               const struct report_dealers *m)
{
    struct report_dealer_page page = {0};
    enum err err = store_dealers(s->process->db, m, request_arena(r), &page.items);
    if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &page);
}

static void on_report_dealers(void *service, struct request *r, const void *body)
{
    const struct report_dealers *m = body;
    if (access_dealers(request_context(r))) {
        answer_own_dealers(service, r, m);
        return;
    }
    const char *which = !HAS(m, report_dealers, active) ? "all" : m->active ? "active" : "inactive";
    answer(service, r, &dealers_kind, m, arena_printf(request_arena(r), "dealers:%s", which), NULL);
}

/* ---- report.fetches ---- */

static enum err compute_fetches(struct analytics *s, const void *ask, struct arena *a, void *out,
                                struct fault *f)
{
    const struct report_fetches *m = ask;
    struct fetch_page *page = out;
    struct view next = {0};
    int64_t limit = HAS(m, report_fetches, limit) ? m->limit : USUAL_FETCHES;
    enum err err = store_fetches(s->process->db, m, limit, a, &page->items, &next);
    if (err == ERR_FORMAT)
        fault_set(f, err, "cursor", "The cursor is none of ours.");
    if (!err && next.n)
        PUT(page, fetch_page, next, next);
    return err;
}

static void mark_fetches_stale(void *out)
{
    PUT((struct fetch_page *)out, fetch_page, stale, true);
}

static const struct answer_kind fetches_kind = {
    .reply = &FETCH_PAGE, .compute = compute_fetches, .mark_stale = mark_fetches_stale};

static void on_report_fetches(void *service, struct request *r, const void *body)
{
    const struct report_fetches *m = body;
    struct view key = arena_printf(
        request_arena(r), "fetches:%.*s:%.*s:%lld:%lld:%.*s", (int)m->dealer_id.n,
        m->dealer_id.n ? m->dealer_id.p : "", (int)m->status.n, m->status.n ? m->status.p : "",
        (long long)m->limit, (long long)m->skip, (int)m->cursor.n, m->cursor.n ? m->cursor.p : "");
    answer(service, r, &fetches_kind, m, key, NULL);
}

/* ---- prospect.list ---- */

/* False: the request has failed. Who reveals personal data says why, and is in the trail before
 * anything is shown. */
static bool may_reveal(struct analytics *s, struct request *r, const struct prospect_list *m)
{
    if (!HAS(m, prospect_list, reveal) || !m->reveal)
        return true;
    if (!reveal_allowed(r, HAS(m, prospect_list, reason), m->reason))
        return false;
    enum err err = store_reveal(s->process->db, m, request_arena(r));
    if (err)
        request_fail_err(r, err);
    return !err;
}

static void on_prospect_list(void *service, struct request *r, const void *body)
{
    struct analytics *s = service;
    const struct prospect_list *m = body;
    struct prospect_page page = {0};
    int64_t limit = HAS(m, prospect_list, limit) ? m->limit : USUAL_PROSPECTS;
    bool both = HAS(m, prospect_list, from) && HAS(m, prospect_list, to);
    if (!question_range(r, both, m->from, m->to) || !may_reveal(s, r, m))
        return;
    if (m->undated && (HAS(m, prospect_list, from) || HAS(m, prospect_list, to))) {
        request_fail(r, ERR_RANGE, "undated", "What has no date is in no range.");
        return;
    }
    enum err err = store_prospects(s->process->db, m, limit, request_arena(r), &page);
    if (err == ERR_FORMAT) {
        request_fail(r, err, "cursor", "The cursor is none of ours.");
        return;
    }
    if (err == ERR_LIMIT) {
        request_fail(r, err, "sort", "The ids are too long to go on in this order: sort by date.");
        return;
    }
    if (err) {
        request_fail_err(r, err);
        return;
    }
    request_answer(r, &page);
}

const struct handler analytics_handlers[] = {
    {.msg = &REPORT_PROSPECTS, .fn = on_report_prospects},
    {.msg = &REPORT_GROUP, .fn = on_report_group},
    {.msg = &REPORT_PROVENANCE, .fn = on_report_provenance},
    {.msg = &REPORT_DEALERS, .fn = on_report_dealers},
    {.msg = &REPORT_FETCHES, .fn = on_report_fetches},
    {.msg = &PROSPECT_LIST, .fn = on_prospect_list},
    {.msg = &PROSPECT_FIND, .fn = on_prospect_find},
    {.msg = &JOB_STATISTICS, .fn = on_job_statistics},
    {0},
};
