/*
 * finding.c - prospect.find: people by name or telephone number, for those who look at figures.
 *
 * DESIGN: person.find of the dealer service is an administrator's, who answers a person's request;
 * this is an operator's search, of the dealers in sight. It stands here, and not there, so that the
 * dashboard goes on without any other service: one statement of the owner's (feed.find_prospects)
 * looks, counts how often this principal did, and writes the entry of the audit trail. Nothing is
 * cached, and what is typed stands in the message alone.
 */
#include "services/analytics/analytics.h"
#include "services/daemon/database.h"
#include "services/daemon/reveal.h"

enum { USUAL_FOUND = 20, LEAST_NAME = 3, LEAST_PHONE = 7 };

/* Characters but for spaces. */
static unsigned letters(struct view v)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < v.n; i++)
        n += (unsigned char)v.p[i] > ' ' && ((unsigned char)v.p[i] & 0xc0) != 0x80;
    return n;
}

static unsigned digits(struct view v)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < v.n; i++)
        n += v.p[i] >= '0' && v.p[i] <= '9';
    return n;
}

/* One way of naming somebody, and enough of it. False: the request has failed. */
static bool named(struct request *r, const struct prospect_find *m)
{
    bool name = HAS(m, prospect_find, name), phone = HAS(m, prospect_find, phone);
    if (!name && !phone)
        request_fail(r, ERR_MISSING, "name", "Say a name or a telephone number.");
    else if (name && phone)
        request_fail(r, ERR_FORMAT, "phone", "Somebody is named in one way, not in several.");
    else if (name && letters(m->name) < LEAST_NAME)
        request_fail(r, ERR_FORMAT, "name", "At least %d characters are needed.", LEAST_NAME);
    else if (phone && digits(m->phone) < LEAST_PHONE)
        request_fail(r, ERR_FORMAT, "phone", "The number is too short to be somebody's.");
    else
        return true;
    return false;
}

void on_prospect_find(void *service, struct request *r, const void *body)
{
    struct analytics *s = service;
    const struct prospect_find *m = body;
    struct prospects_found found = {0};
    struct rows *rows = NULL;
    int64_t limit = HAS(m, prospect_find, limit) ? m->limit : USUAL_FOUND;
    if (!named(r, m) || !reason_given(r, "reason", true, m->reason))
        return;
    enum err err =
        db_run(s->process->db, SQL_ANALYTICS_PROSPECT_FIND,
               PARAMS(P_OPT_TEXT(m, prospect_find, dealer_id), P_OPT_TEXT(m, prospect_find, name),
                      P_OPT_TEXT(m, prospect_find, phone), P_TEXT(m->reason), P_INT(limit),
                      P_TEXT(HAS(m, prospect_find, lang) ? m->lang : view_of("en"))),
               &rows);
    if (!err) {
        found.whole = rows_bool(rows, 0, rows_column(rows, "whole"));
        if (!rows_null(rows, 0, rows_column(rows, "id")))
            err = rows_list(rows, &PROSPECT, request_arena(r), &found.items);
    }
    rows_free(&rows);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    found.more = list_cut(&found.items, limit);
    log_line(LOG_INFO, request_id(r), "prospects looked for",
             LOG_FIELDS(KN("found", found.items.n), KV("principal", request_principal(r))));
    request_answer(r, &found);
}
