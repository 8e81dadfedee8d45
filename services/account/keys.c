/*
 * keys.c - API keys: made, told, replaced, taken back.
 */
#include "services/account/handlers.h"
#include "services/account/tokens.h"

#include <sodium.h>

enum { USUAL_PAGE = 50, OVERLAP_HOURS = 24 };

void on_key_list(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct key_list *m = body;
    struct api_key_page page = {0};
    int64_t limit = HAS(m, key_list, limit) ? m->limit : USUAL_PAGE;
    enum err e = db_list(s->process->db, SQL_ACCOUNT_KEY_LIST,
                         PARAMS(P_OPT_TEXT(m, key_list, cursor), P_INT(limit + 1)), &API_KEY,
                         request_arena(r), &page.items);
    if (e != ERR_OK) {
        account_refuse(r, e, NULL);
        return;
    }
    if (list_cut(&page.items, limit))
        PUT(&page, api_key_page, next, LIST_AT(struct api_key, &page.items, page.items.n - 1)->id);
    request_answer(r, &page);
}

/* A new key is told whole, this once. */
static void answer_made(struct request *r, enum err e, const struct fault *f, struct api_key *key,
                        char *whole)
{
    if (e == ERR_OK) {
        PUT(key, api_key, key, view_of(whole));
        log_line(LOG_INFO, request_id(r), "key made",
                 LOG_FIELDS(KV("key", key->id), KV("principal", request_principal(r))));
        request_answer(r, key);
    } else {
        account_refuse(r, e, f);
    }
    sodium_memzero(whole, TOKEN_SIZE);
}

void on_key_create(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct key_create *m = body;
    char id[KEY_ID_SIZE], whole[TOKEN_SIZE], hash[TOKEN_HASH_HEX];
    struct fault f = {0};
    struct api_key key;
    bool dealers = HAS(m, key_create, dealers);
    key_make(id, whole);
    token_hash(view_of(whole), hash);
    enum err e = ERR_OK;
    if (HAS(m, key_create, expires_at) && m->expires_at <= loop_wall_ms())
        e = fault_set(&f, ERR_RANGE, "expires_at", "Lies in the past.");
    if (e == ERR_OK)
        e = account_check_dealers(s, dealers, &m->dealers, &f);
    if (e == ERR_OK)
        e = db_get(s->process->db, SQL_ACCOUNT_KEY_INSERT,
                   PARAMS(P_TEXT(view_of(id)), P_TEXT(view_of(hash)), P_TEXT(m->name),
                          P_TEXT(m->role), P_OPT_BOOL(m, key_create, all_dealers),
                          dealers ? P_WORDS(m->dealers) : P_NULL,
                          P_OPT_INT(m, key_create, expires_at), P_TEXT(request_principal(r))),
                   &API_KEY, request_arena(r), &key);
    answer_made(r, e, &f, &key, whole);
}

void on_key_rotate(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct key_rotate *m = body;
    char id[KEY_ID_SIZE], whole[TOKEN_SIZE], hash[TOKEN_HASH_HEX];
    struct fault f = {0};
    struct api_key key;
    key_make(id, whole);
    token_hash(view_of(whole), hash);
    enum err e =
        db_get(s->process->db, SQL_ACCOUNT_KEY_ROTATE,
               PARAMS(P_TEXT(m->id),
                      P_INT(HAS(m, key_rotate, overlap_hours) ? m->overlap_hours : OVERLAP_HOURS),
                      P_TEXT(view_of(id)), P_TEXT(view_of(hash)), P_TEXT(request_principal(r))),
               &API_KEY, request_arena(r), &key);
    if (e == ERR_NOT_FOUND)
        fault_set(&f, e, "id", "There is no such key, or it is over or replaced already.");
    answer_made(r, e, &f, &key, whole);
}

void on_key_revoke(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct key_revoke *m = body;
    struct empty done = {0};
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_KEY_REVOKE, PARAMS(P_TEXT(m->id)), &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        request_fail(r, ERR_NOT_FOUND, "id", "There is no such key.");
    else if (e != ERR_OK)
        account_refuse(r, e, NULL);
    else
        request_answer(r, &done);
    rows_free(&rows);
}
