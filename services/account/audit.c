/*
 * audit.c - who changed what. The services write the trail, by triggers; here it is told and
 * checked.
 */
#include "services/account/handlers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_PAGE = 50, VERIFY_LINKS = 1000, VERIFY_MS = 60000 };

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

/* ---- the chain ---- */

/* Someone who verifies, while it is done; in the request's arena. */
struct walk {
    struct account *service;
    struct request *request;
    struct audit_verdict verdict;
    int64_t last; /* link */
};

/* What is true of the part is true of all so far. A link may be of very many entries, and the last
 * part looks for entries without one in the whole trail: neither fails by its time. */
static enum err verify_part(struct walk *w, int64_t *found)
{
    struct arena *a = request_arena(w->request);
    struct db *db = w->service->process->db;
    struct audit_verdict *all = &w->verdict, part = {0};
    struct rows *rows = NULL;
    enum err e = db_patience(db, VERIFY_MS);
    if (e == ERR_OK)
        e = db_run(db, SQL_ACCOUNT_AUDIT_VERIFY, PARAMS(P_INT(w->last), P_INT(VERIFY_LINKS)),
                   &rows);
    enum err back = db_patience(db, 0);
    if (e == ERR_OK)
        e = back;
    if (e == ERR_OK)
        e = rows_record(rows, 0, &AUDIT_VERDICT, a, &part);
    if (e == ERR_OK) {
        *found = part.links;
        part.links += all->links;
        if (!*found)
            part.head = all->head;
        *all = part;
        w->last = rows_int(rows, 0, rows_column(rows, "last"));
    }
    rows_free(&rows);
    return e;
}

static void on_part(void *arg)
{
    struct walk *w = arg;
    int64_t found = 0;
    enum err e = request_expired(w->request) ? ERR_TIMEOUT : verify_part(w, &found);
    if (e != ERR_OK) {
        account_refuse(w->request, e, NULL);
    } else if (w->verdict.whole && found == VERIFY_LINKS) {
        if (!loop_after(w->service->process->loop, 0, on_part, w))
            account_refuse(w->request, ERR_NO_MEMORY, NULL);
    } else {
        if (!w->verdict.whole)
            log_error("the audit trail is broken", KN("link", w->verdict.broken_at),
                      KV("why", w->verdict.why));
        request_answer(w->request, &w->verdict);
    }
}

/* The trail may be long: part by part, and others are answered in between. */
void on_audit_verify(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    struct walk *w = arena_take(request_arena(r), sizeof *w);
    (void)body;
    if (!w) {
        account_refuse(r, ERR_NO_MEMORY, NULL);
        return;
    }
    *w = (struct walk){.service = s, .request = r};
    request_keep(r);
    on_part(w);
}
