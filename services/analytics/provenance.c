/*
 * provenance.c - report.provenance: the calls behind stored rows.
 *
 * A cursor is `task.epoch` of the last item.
 */
#include "services/analytics/analytics.h"
#include "services/analytics/question.h"

#include <string.h>

enum { USUAL_CALLS = 100 };

/* Both numbers of a cursor, as text. */
static bool split(struct view cursor, struct view *task, struct view *epoch)
{
    const char *dot = cursor.n ? memchr(cursor.p, '.', cursor.n) : NULL;
    if (!dot || dot == cursor.p || dot - cursor.p > 18 || dot + 1 == cursor.p + cursor.n ||
        cursor.p + cursor.n - dot > 10)
        return false;
    for (const char *p = cursor.p; p < cursor.p + cursor.n; p++)
        if (p != dot && (*p < '0' || *p > '9'))
            return false;
    *task = (struct view){cursor.p, (uint32_t)(dot - cursor.p)};
    *epoch = (struct view){dot + 1, (uint32_t)(cursor.p + cursor.n - dot - 1)};
    return true;
}

void on_report_provenance(void *service, struct request *r, const void *body)
{
    struct analytics *s = service;
    const struct report_provenance *m = body;
    struct provenance_page page = {0};
    struct view task = {0}, epoch = {0};
    bool both = HAS(m, report_provenance, from) && HAS(m, report_provenance, to);
    bool on = HAS(m, report_provenance, cursor) && m->cursor.n;
    int64_t limit = HAS(m, report_provenance, limit) ? m->limit : USUAL_CALLS;
    if (!question_range(r, both, m->from, m->to))
        return;
    if (on && !split(m->cursor, &task, &epoch)) {
        request_fail(r, ERR_FORMAT, "cursor", "The cursor is none of ours.");
        return;
    }
    enum err err = db_list(s->process->db, SQL_ANALYTICS_PROVENANCE,
                           PARAMS(P_TEXT(m->dealer_id), P_OPT_TEXT(m, report_provenance, from),
                                  P_OPT_TEXT(m, report_provenance, to), on ? P_TEXT(task) : P_NULL,
                                  on ? P_TEXT(epoch) : P_NULL, P_INT(limit + 1)),
                           &PROVENANCE, request_arena(r), &page.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (list_cut(&page.items, limit)) {
        const struct provenance *last = LIST_AT(struct provenance, &page.items, limit - 1);
        PUT(&page, provenance_page, next,
            arena_printf(request_arena(r), "%lld.%lld", (long long)last->task_id,
                         (long long)last->epoch));
    }
    request_answer(r, &page);
}
