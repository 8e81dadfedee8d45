/*
 * users.c - users: told, added, changed, let in by a link, signed out.
 *
 * A password is hashed in the other thread first, so a message that brings one is kept and goes on
 * in on_hashed(). What it says is copied into the request's arena for that.
 */
#include "services/account/checks.h"
#include "services/account/handlers.h"
#include "services/account/passwords.h"
#include "services/account/tokens.h"
#include "services/daemon/seal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { USUAL_PAGE = 50, LINK_HOURS = 24 };

/* A change that waits for its password's hash; in the request's arena. */
struct pending {
    struct account *service;
    struct request *request;
    union {
        struct user_create create;
        struct user_update update;
    } m;
    void (*go_on)(struct pending *p, struct view hash);
};

static enum err no_such_user(struct fault *f)
{
    return fault_set(f, ERR_NOT_FOUND, "login", "There is no such user.");
}

static void answer_user(struct account *s, struct request *r, struct view login)
{
    struct user user;
    enum err e = db_get(s->process->db, SQL_ACCOUNT_USER_GET, PARAMS(P_TEXT(login)), &USER,
                        request_arena(r), &user);
    if (e == ERR_OK)
        request_answer(r, &user);
    else if (e == ERR_NOT_FOUND)
        request_fail(r, e, "login", "There is no such user.");
    else
        account_refuse(r, e, NULL);
}

void on_user_list(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct user_list *m = body;
    struct user_page page = {0};
    int64_t limit = HAS(m, user_list, limit) ? m->limit : USUAL_PAGE;
    enum err e = db_list(s->process->db, SQL_ACCOUNT_USER_LIST,
                         PARAMS(P_OPT_TEXT(m, user_list, cursor), P_INT(limit + 1)), &USER,
                         request_arena(r), &page.items);
    if (e != ERR_OK) {
        account_refuse(r, e, NULL);
        return;
    }
    if (list_cut(&page.items, limit))
        PUT(&page, user_page, next, LIST_AT(struct user, &page.items, page.items.n - 1)->login);
    request_answer(r, &page);
}

void on_user_get(void *service, struct request *r, const void *body)
{
    const struct user_get *m = body;
    answer_user(service, r, m->login);
}

/* ---- with or without a password to hash ---- */

static void on_hashed(void *arg, bool good, const char *hash)
{
    struct pending *p = arg;
    struct account *s = p->service;
    struct request *r = p->request;
    db_on_behalf(s->process->db, request_context(r), request_name(r));
    if (good)
        p->go_on(p, view_of(hash));
    else
        request_fail_err(r, ERR_NO_MEMORY);
    db_on_behalf(s->process->db, NULL, "");
}

static void begin(struct pending *p, bool has_password, struct view password)
{
    struct request *r = p->request;
    if (!has_password) {
        p->go_on(p, (struct view){0});
        return;
    }
    enum err e = passwords_work(p->service->passwords, (struct view){0}, (struct view){0}, password,
                                on_hashed, p);
    if (e == ERR_OK)
        request_keep(r);
    else
        request_fail_err(r, e);
}

/* NULL, and the request has failed: no memory. */
static struct pending *pending_new(struct account *s, struct request *r,
                                   void (*go_on)(struct pending *p, struct view hash))
{
    struct pending *p = arena_take(request_arena(r), sizeof *p);
    if (!p) {
        request_fail_err(r, ERR_NO_MEMORY);
        return NULL;
    }
    *p = (struct pending){.service = s, .request = r, .go_on = go_on};
    return p;
}

static bool keep_text(struct request *r, struct view *v)
{
    *v = arena_copy(request_arena(r), *v);
    return v->p || !v->n;
}

static bool keep_words(struct request *r, struct list *words)
{
    bool kept = true;
    for (uint32_t i = 0; i < words->n; i++)
        kept = keep_text(r, LIST_AT(struct view, words, i)) && kept;
    return kept;
}

/* ---- adding ---- */

static void insert(struct pending *p, struct view hash)
{
    const struct user_create *m = &p->m.create;
    struct account *s = p->service;
    struct request *r = p->request;
    char id[37];
    struct fault f = {0};
    uuid_v7(id);
    enum err e =
        db_run(s->process->db, SQL_ACCOUNT_USER_INSERT,
               PARAMS(P_TEXT(view_of(id)), P_TEXT(m->login), P_OPT_TEXT(m, user_create, name),
                      P_TEXT(m->role), P_OPT_BOOL(m, user_create, all_dealers),
                      HAS(m, user_create, dealers) ? P_WORDS(m->dealers) : P_NULL,
                      hash.n ? P_TEXT(hash) : P_NULL, P_TEXT(request_principal(r))),
               NULL);
    if (e == ERR_EXISTS)
        fault_set(&f, e, "login", "There is a user with this login already.");
    if (e != ERR_OK) {
        account_refuse(r, e, &f);
        return;
    }
    log_line(LOG_INFO, request_id(r), "user added",
             LOG_FIELDS(KV("user", m->login), KV("principal", request_principal(r))));
    answer_user(s, r, m->login);
}

void on_user_create(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct user_create *m = body;
    struct fault f = {0};
    bool password = HAS(m, user_create, password);
    enum err e = check_login(m->login, &f);
    if (e == ERR_OK && password)
        e = check_password(m->password, m->login, &f);
    if (e == ERR_OK)
        e = account_check_dealers(s, HAS(m, user_create, dealers), &m->dealers, &f);
    if (e != ERR_OK) {
        account_refuse(r, e, &f);
        return;
    }
    struct pending *p = pending_new(s, r, insert);
    if (!p)
        return;
    p->m.create = *m;
    p->m.create.password = (struct view){0};
    if (!keep_text(r, &p->m.create.login) || !keep_text(r, &p->m.create.name) ||
        !keep_text(r, &p->m.create.role) || !keep_words(r, &p->m.create.dealers))
        request_fail_err(r, ERR_NO_MEMORY);
    else
        begin(p, password, m->password);
}

/* ---- changing ---- */

/* Would the change leave nobody who may do everything? The administrators are held meanwhile. */
static enum err keep_an_administrator(struct account *s, const struct user_update *m,
                                      struct fault *f)
{
    bool lessens = (HAS(m, user_update, role) && !view_is(m->role, "admin")) ||
                   (HAS(m, user_update, all_dealers) && !m->all_dealers) ||
                   (HAS(m, user_update, is_active) && !m->is_active);
    struct rows *rows = NULL;
    if (!lessens)
        return ERR_OK;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_USER_LOCK, PARAMS(P_TEXT(m->login)), &rows);
    if (e == ERR_OK && !rows_bool(rows, 0, 0))
        e = fault_set(f, ERR_CHECK, "login", "Nobody else may do everything: this one has to.");
    rows_free(&rows);
    return e;
}

static enum err change(struct account *s, const struct user_update *m, struct view hash,
                       struct fault *f)
{
    struct db *db = s->process->db;
    struct rows *rows = NULL;
    bool ends = hash.n || (HAS(m, user_update, is_active) && !m->is_active);
    enum err e = db_begin(db);
    if (e != ERR_OK)
        return e;
    e = keep_an_administrator(s, m, f);
    if (e == ERR_OK)
        e = db_run(db, SQL_ACCOUNT_USER_UPDATE,
                   PARAMS(P_TEXT(m->login), P_OPT_TEXT(m, user_update, name),
                          P_OPT_TEXT(m, user_update, role), P_OPT_BOOL(m, user_update, all_dealers),
                          HAS(m, user_update, dealers) ? P_WORDS(m->dealers) : P_NULL,
                          P_OPT_BOOL(m, user_update, is_active), hash.n ? P_TEXT(hash) : P_NULL,
                          P_NULL),
                   &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        e = no_such_user(f);
    rows_free(&rows);
    if (e == ERR_OK && ends)
        e = db_run(db, SQL_ACCOUNT_SESSION_END_ALL, PARAMS(P_TEXT(m->login)), NULL);
    if (e == ERR_OK)
        return db_commit(db);
    db_rollback(db);
    return e;
}

static void update(struct pending *p, struct view hash)
{
    const struct user_update *m = &p->m.update;
    struct request *r = p->request;
    struct fault f = {0};
    enum err e = change(p->service, m, hash, &f);
    if (e != ERR_OK) {
        account_refuse(r, e, &f);
        return;
    }
    log_line(LOG_INFO, request_id(r), "user changed",
             LOG_FIELDS(KV("user", m->login), KV("principal", request_principal(r))));
    answer_user(p->service, r, m->login);
}

void on_user_update(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct user_update *m = body;
    struct fault f = {0};
    bool password = HAS(m, user_update, password);
    enum err e = ERR_OK;
    if ((m->has & ~(UINT64_C(1) << user_update_login_index)) == 0)
        e = fault_set(&f, ERR_NOTHING_TO_DO, "", "%s", err_text(ERR_NOTHING_TO_DO));
    if (e == ERR_OK && password)
        e = check_password(m->password, m->login, &f);
    if (e == ERR_OK)
        e = account_check_dealers(s, HAS(m, user_update, dealers), &m->dealers, &f);
    if (e != ERR_OK) {
        account_refuse(r, e, &f);
        return;
    }
    struct pending *p = pending_new(s, r, update);
    if (!p)
        return;
    p->m.update = *m;
    p->m.update.password = (struct view){0};
    if (!keep_text(r, &p->m.update.login) || !keep_text(r, &p->m.update.name) ||
        !keep_text(r, &p->m.update.role) || !keep_words(r, &p->m.update.dealers))
        request_fail_err(r, ERR_NO_MEMORY);
    else
        begin(p, password, m->password);
}

/* ---- links and sessions ---- */

void on_user_link(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct user_link *m = body;
    struct user_link_made made;
    char token[TOKEN_SIZE], hash[TOKEN_HASH_HEX];
    token_make("dl_", token);
    token_hash(view_of(token), hash);
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_LINK_INSERT,
                        PARAMS(P_TEXT(view_of(hash)), P_TEXT(m->login), P_INT(LINK_HOURS)), &rows);
    if (e == ERR_OK && rows_count(rows) == 0) {
        request_fail(r, ERR_NOT_FOUND, "login", "There is no such user, or it may not sign in.");
    } else if (e == ERR_OK) {
        made = (struct user_link_made){.token = view_of(token), .expires_at = rows_int(rows, 0, 0)};
        request_answer(r, &made);
    } else {
        account_refuse(r, e, NULL);
    }
    rows_free(&rows);
    sodium_memzero(token, sizeof token);
}

void on_user_sign_out(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct user_sign_out *m = body;
    struct user user;
    struct empty done = {0};
    enum err e = db_get(s->process->db, SQL_ACCOUNT_USER_GET, PARAMS(P_TEXT(m->login)), &USER,
                        request_arena(r), &user);
    if (e == ERR_OK)
        e = db_run(s->process->db, SQL_ACCOUNT_SESSION_END_ALL, PARAMS(P_TEXT(m->login)), NULL);
    if (e == ERR_OK)
        request_answer(r, &done);
    else if (e == ERR_NOT_FOUND)
        request_fail(r, e, "login", "There is no such user.");
    else
        account_refuse(r, e, NULL);
}

void on_user_unlock(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct user_unlock *m = body;
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_USER_UNLOCK, PARAMS(P_TEXT(m->login)), &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        request_fail(r, ERR_NOT_FOUND, "login", "There is no such user.");
    else if (e != ERR_OK)
        account_refuse(r, e, NULL);
    else
        answer_user(s, r, m->login);
    rows_free(&rows);
}
