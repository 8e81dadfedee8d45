/*
 * report.c - report.prospects: the figures of one dealer, of several, or of all in sight.
 */
#include "services/analytics/analytics.h"
#include "services/analytics/figures.h"
#include "services/analytics/question.h"

/* What a report is computed from. */
struct report_question {
    const struct report_prospects *m;
    struct chosen chosen;
};

static enum err check_found(const struct report_question *q, const struct counted *c,
                            struct fault *f)
{
    if (q->chosen.named && c->found < q->chosen.dealers.n)
        return fault_set(f, ERR_NOT_FOUND, q->m->dealer_ids.n ? "dealer_ids" : "dealer_id",
                         "There is no such dealer.");
    if (c->found > MAX_CHOSEN)
        return fault_set(f, ERR_LIMIT, "dealer_ids",
                         "There are more than %d dealers: name those that are meant.", MAX_CHOSEN);
    return ERR_OK;
}

static enum err compute(struct analytics *s, const void *ask, struct arena *a, void *out,
                        struct fault *f)
{
    const struct report_question *q = ask;
    struct prospect_report *report = out;
    struct counted counted;
    if (HAS(q->m, report_prospects, from))
        PUT(report, prospect_report, from, q->m->from);
    if (HAS(q->m, report_prospects, to))
        PUT(report, prospect_report, to, q->m->to);
    report->stamp.cached_at = loop_wall_ms();
    enum err err = figures_head(s->process->db, q->chosen.dealers_or_null, a, &counted, report);
    if (!err)
        err = check_found(q, &counted, f);
    if (!err)
        err = figures_fill(s->process->db, q->m, &counted, a, report);
    return err;
}

static void mark_stale(void *out)
{
    ((struct prospect_report *)out)->stamp.stale = true;
}

static const struct answer_kind kind = {.reply = &PROSPECT_REPORT,
                                        .compute = compute,
                                        .mark_stale = mark_stale,
                                        .fresh_from_cache = true};

/* What is compared with begins somewhere. */
static bool check_compare(struct request *r, const struct report_prospects *m)
{
    if (!HAS(m, report_prospects, compare))
        return true;
    if (HAS(m, report_prospects, from))
        return question_reaches_back(r, m->from, m->to);
    request_fail(r, ERR_MISSING, "from", "A range that is compared needs a first day.");
    return false;
}

void on_report_prospects(void *service, struct request *r, const void *body)
{
    struct analytics *s = service;
    const struct report_prospects *m = body;
    struct report_question q = {.m = m};
    bool both = HAS(m, report_prospects, from) && HAS(m, report_prospects, to);
    if (!question_range(r, both, m->from, m->to) || !check_compare(r, m) ||
        !question_dealers(s, r, m->dealer_id, &m->dealer_ids, &q.chosen))
        return;
    struct view key = arena_printf(request_arena(r), "prospects:%.*s:%.*s:%.*s:%.*s:%lld:%.*s",
                                   (int)q.chosen.key.n, q.chosen.key.p, (int)m->from.n,
                                   m->from.n ? m->from.p : "", (int)m->to.n, m->to.n ? m->to.p : "",
                                   (int)m->compare.n, m->compare.n ? m->compare.p : "",
                                   (long long)m->top, (int)m->lang.n, m->lang.n ? m->lang.p : "");
    answer(s, r, &kind, &q, key, q.chosen.state);
}
