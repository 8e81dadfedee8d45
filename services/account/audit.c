/*
 * audit.c - who changed what. The services write the trail, by triggers; here it is told and
 * checked.
 */
#include "services/account/handlers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_PAGE = 50, VERIFY_MS = 60000 };

/* A cursor is the number of a page's last entry. */
static bool read_cursor(struct view v, int64_t *out)
{
    char text[24];
    char *end;
    if (v.n == 0 || v.n >= sizeof text)
        return false;
    memcpy(text, v.p, v.n);
    text[v.n] = '\0';
    *out = strtoll(text, &end, 10);
    return *end == '\0' && *out > 0;
}

void on_audit_list(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct audit_list *m = body;
    struct audit_page page = {0};
    int64_t limit = HAS(m, audit_list, limit) ? m->limit : USUAL_PAGE, before = 0;
    if (HAS(m, audit_list, cursor) && !read_cursor(m->cursor, &before)) {
        request_fail(r, ERR_FORMAT, "cursor", "The cursor is none of ours.");
        return;
    }
    enum err e = db_list(
        s->process->db, SQL_ACCOUNT_AUDIT_LIST,
        PARAMS(P_OPT_TEXT(m, audit_list, principal), P_OPT_TEXT(m, audit_list, kind),
               P_OPT_TEXT(m, audit_list, target), P_OPT_TEXT(m, audit_list, action),
               P_OPT_TEXT(m, audit_list, request_id), P_OPT_INT(m, audit_list, from),
               P_OPT_INT(m, audit_list, to), before ? P_INT(before) : P_NULL, P_INT(limit + 1)),
        &AUDIT_ENTRY, request_arena(r), &page.items);
    if (e != ERR_OK) {
        account_refuse(r, e, NULL);
        return;
    }
    if (list_cut(&page.items, limit)) {
        const struct audit_entry *last = LIST_AT(struct audit_entry, &page.items, page.items.n - 1);
        PUT(&page, audit_page, next, arena_printf(request_arena(r), "%" PRId64, last->seq));
    }
    request_answer(r, &page);
}

/* The longest of our statements, and rare: meanwhile this process answers nobody, so there may be
 * several. */
void on_audit_verify(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    struct audit_verdict verdict;
    (void)body;
    enum err e = db_patience(s->process->db, VERIFY_MS);
    if (e == ERR_OK)
        e = db_get(s->process->db, SQL_ACCOUNT_AUDIT_VERIFY, NULL, 0, &AUDIT_VERDICT,
                   request_arena(r), &verdict);
    enum err back = db_patience(s->process->db, 0);
    if (e == ERR_OK)
        e = back;
    if (e != ERR_OK) {
        account_refuse(r, e, NULL);
        return;
    }
    if (!verdict.whole)
        log_error("the audit trail is broken", KN("link", verdict.broken_at),
                  KV("why", verdict.why));
    request_answer(r, &verdict);
}
