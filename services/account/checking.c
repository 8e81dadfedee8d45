/*
 * checking.c - what gateways ask: whose a session or key is, and what they have to forget.
 */
#include "services/account/handlers.h"
#include "services/account/tokens.h"

enum { NEWS_MOST = 500 };

void on_account_check(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct account_check *m = body;
    char hash[TOKEN_HASH_HEX];
    struct identity identity;
    if (!hash_hex(m->hash, hash)) {
        request_fail(r, ERR_FORMAT, "hash", "Must be 32 bytes.");
        return;
    }
    enum err e = view_is(m->kind, "key")
                     ? db_get(s->process->db, SQL_ACCOUNT_KEY_CHECK, PARAMS(P_TEXT(view_of(hash))),
                              &IDENTITY, request_arena(r), &identity)
                     : db_get(s->process->db, SQL_ACCOUNT_SESSION_CHECK,
                              PARAMS(P_TEXT(view_of(hash)), P_INT(s->conf.idle_minutes)), &IDENTITY,
                              request_arena(r), &identity);
    if (e == ERR_OK)
        request_answer(r, &identity);
    else
        account_refuse(r, e == ERR_NOT_FOUND ? ERR_UNAUTHORIZED : e, NULL);
}

static enum err last_change(struct account *s, int64_t *seq)
{
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_CHANGES_LAST, NULL, 0, &rows);
    if (e == ERR_OK)
        *seq = rows_int(rows, 0, 0);
    rows_free(&rows);
    return e;
}

void on_account_changes(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct account_changes *m = body;
    struct account_news news = {0};
    struct rows *rows = NULL;
    bool known = HAS(m, account_changes, since);
    enum err e = ERR_OK;
    if (known)
        e = db_run(s->process->db, SQL_ACCOUNT_CHANGES,
                   PARAMS(P_INT(m->since), P_INT(NEWS_MOST + 1)), &rows);
    int n = e == ERR_OK && known ? rows_count(rows) : 0;
    bool all = !known || n > NEWS_MOST;
    if (e == ERR_OK && !all)
        e = rows_list(rows, &ACCOUNT_CHANGE, request_arena(r), &news.items);
    if (e == ERR_OK && n > 0 && !all)
        news.seq = rows_int(rows, n - 1, rows_column(rows, "seq"));
    else if (e == ERR_OK)
        e = last_change(s, &news.seq);
    rows_free(&rows);
    /* Fewer than were known: another database, or an older one. */
    if (all || (known && news.seq < m->since))
        PUT(&news, account_news, all, true);
    if (e == ERR_OK)
        request_answer(r, &news);
    else
        account_refuse(r, e, NULL);
}
