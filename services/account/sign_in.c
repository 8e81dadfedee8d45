/*
 * sign_in.c - people come and go: passwords, one-time links, the administrator's key, signing out.
 *
 * A wrong login and a wrong password are answered alike and take as long. From the fifth wrong
 * password in a row on, a login is locked for a time that doubles; so it is for logins that nobody
 * has, and for an address from which fifty came. Each sign-in makes a new session, so a token that
 * somebody planted is worth nothing.
 */
#include "services/account/checks.h"
#include "services/account/handlers.h"
#include "services/account/passwords.h"
#include "services/account/tokens.h"
#include "services/daemon/seal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* The user that who holds the administrator's key signs in as; made by the migration. */
static const char admin_id[] = "00000000-0000-7000-8000-000000000001";

/* Who signs in or changes its password, while the hash is made; in the request's arena. */
struct person {
    struct account *service;
    struct request *request;
    struct view login; /* as given; the user's, once that is known */
    struct view tries; /* what wrong passwords are counted under */
    struct view user;  /* id; empty: nobody */
    struct view page;
    struct view hash; /* of the password that is set; empty: none is */
};

static void refuse(struct account *s, struct request *r, const char *text)
{
    counter_add(s->refused, 1);
    request_fail(r, ERR_UNAUTHORIZED, NULL, "%s", text);
}

/* What follows is done on behalf of who signs in, who is nobody yet in the request's own context.
 */
static void speak_for(struct account *s, struct request *r, struct view login)
{
    struct context ctx = *request_context(r);
    PUT(&ctx, context, principal, login);
    db_on_behalf(s->process->db, &ctx, request_name(r));
}

/* ---- a session ---- */

/* `secret` is what the password was compared with; empty when it was not by password. */
static enum err open_session(struct account *s, struct request *r, struct view user,
                             struct view secret, struct view page, struct view token,
                             struct identity *out)
{
    const struct context *ctx = request_context(r);
    char id[37], hash[TOKEN_HASH_HEX];
    struct rows *rows = NULL;
    uuid_v7(id);
    token_hash(token, hash);
    enum err e =
        db_run(s->process->db, SQL_ACCOUNT_SESSION_INSERT,
               PARAMS(P_TEXT(view_of(id)), P_TEXT(view_of(hash)), P_TEXT(user), P_TEXT(page),
                      P_TEXT(HAS(ctx, context, address) ? ctx->address : view_of("")),
                      P_INT(s->conf.session_hours), secret.n ? P_TEXT(secret) : P_NULL),
               &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        e = ERR_UNAUTHORIZED;
    rows_free(&rows);
    if (e != ERR_OK)
        return e;
    return db_get(s->process->db, SQL_ACCOUNT_SESSION_CHECK,
                  PARAMS(P_TEXT(view_of(hash)), P_INT(s->conf.idle_minutes)), &IDENTITY,
                  request_arena(r), out);
}

static enum err login_of(struct account *s, struct request *r, struct view user, struct view *out)
{
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_USER_OF_ID, PARAMS(P_TEXT(user)), &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        e = ERR_UNAUTHORIZED;
    if (e == ERR_OK)
        *out = arena_copy(request_arena(r), rows_text(rows, 0, 0));
    rows_free(&rows);
    return e;
}

/* Lets a user in: the end of every way to sign in. */
static void let_in(struct account *s, struct request *r, struct view user, struct view secret,
                   struct view page)
{
    struct session_opened opened = {0};
    struct view login;
    char token[TOKEN_SIZE];
    token_make("ds_", token);
    enum err e = login_of(s, r, user, &login);
    if (e == ERR_OK) {
        speak_for(s, r, login);
        e = open_session(s, r, user, secret, page, view_of(token), &opened.identity);
    }
    if (e == ERR_OK) {
        opened.token = view_of(token);
        counter_add(s->signed_in, 1);
        log_line(LOG_INFO, request_id(r), "signed in",
                 LOG_FIELDS(KV("user", login), KV("page", page)));
        request_answer(r, &opened);
    } else if (e == ERR_UNAUTHORIZED || e == ERR_NOT_FOUND) {
        refuse(s, r, "This user may not sign in.");
    } else {
        account_refuse(r, e, NULL);
    }
    sodium_memzero(token, sizeof token);
}

/* ---- by password ---- */

/* A login that nobody has may be a password that somebody typed in the wrong field. */
static void note_failure(struct account *s, struct request *r, const struct person *p)
{
    struct rows *rows = NULL;
    int64_t failures = 0;
    struct view login = p->user.n ? p->login : view_of("-");
    if (db_run(s->process->db, SQL_ACCOUNT_SIGN_IN_FAILED, PARAMS(P_TEXT(p->tries)), &rows) ==
        ERR_OK)
        failures = rows_int(rows, 0, 0);
    rows_free(&rows);
    const struct context *ctx = request_context(r);
    if (HAS(ctx, context, address) && db_run(s->process->db, SQL_ACCOUNT_ADDRESS_FAILED,
                                             PARAMS(P_TEXT(ctx->address)), NULL) != ERR_OK)
        log_warn("a wrong password is not counted by its address");
    speak_for(s, r, login);
    struct view told =
        arena_printf(request_arena(r), "{\"wrong_passwords\": %lld}", (long long)failures);
    if (db_run(s->process->db, SQL_ACCOUNT_NOTE,
               PARAMS(P_TEXT(view_of("sign_in")), P_TEXT(login), P_TEXT(told)), NULL) != ERR_OK)
        log_warn("a refused sign-in is not in the audit trail");
    log_line(LOG_WARN, request_id(r), "sign-in refused",
             LOG_FIELDS(KV("user", login), KN("failures", failures)));
}

static void on_compared(void *arg, bool good, const char *hash)
{
    struct person *p = arg;
    struct account *s = p->service;
    (void)hash;
    if (good) {
        if (db_run(s->process->db, SQL_ACCOUNT_SIGN_IN_OK, PARAMS(P_TEXT(p->tries)), NULL) !=
            ERR_OK)
            log_debug("wrong passwords are not forgotten");
        let_in(s, p->request, p->user, p->hash, p->page);
    } else {
        note_failure(s, p->request, p);
        refuse(s, p->request, "Login or password is wrong.");
    }
    db_on_behalf(s->process->db, NULL, "");
}

/* Of a login or an address. False: the request has failed. */
static bool not_locked(struct account *s, struct request *r, enum statement state, struct view key)
{
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, state, PARAMS(P_TEXT(key)), &rows);
    bool locked = e == ERR_OK && rows_count(rows) > 0;
    if (locked) {
        struct remote_error told = {.code = view_of(err_code(ERR_LOCKED)),
                                    .text = view_of(err_text(ERR_LOCKED)),
                                    .retry_after_ms = rows_int(rows, 0, 0)};
        counter_add(s->refused, 1);
        request_fail_fields(r, &told);
    } else if (e != ERR_OK) {
        account_refuse(r, e, NULL);
    }
    rows_free(&rows);
    return e == ERR_OK && !locked;
}

/* False: the request has failed. */
static bool may_try(struct account *s, struct request *r, struct view tries)
{
    const struct context *ctx = request_context(r);
    return not_locked(s, r, SQL_ACCOUNT_SIGN_IN_STATE, tries) &&
           (!HAS(ctx, context, address) ||
            not_locked(s, r, SQL_ACCOUNT_ADDRESS_STATE, ctx->address));
}

/* What a login's password is compared with. */
static enum err find_person(struct account *s, struct person *p)
{
    struct arena *a = request_arena(p->request);
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_USER_SECRET, PARAMS(P_TEXT(p->login)), &rows);
    if (e == ERR_OK && rows_count(rows) > 0) {
        p->user = arena_copy(a, rows_text(rows, 0, 0));
        p->login = arena_copy(a, rows_text(rows, 0, 1));
        p->hash = arena_copy(a, rows_text(rows, 0, 2));
        /* Without it a user with a password would pass for one without. */
        if (!p->hash.n && !rows_null(rows, 0, 2))
            e = ERR_NO_MEMORY;
    }
    rows_free(&rows);
    p->tries = p->login;
    if (e == ERR_OK && !p->user.n) {
        char text[TOKEN_HASH_HEX];
        token_hash(p->login, text);
        p->tries = arena_copy(a, view_of(text));
    }
    return e;
}

static struct person *person_new(struct account *s, struct request *r, struct view login,
                                 struct view page)
{
    struct person *p = arena_take(request_arena(r), sizeof *p);
    if (!p)
        return NULL;
    *p = (struct person){.service = s,
                         .request = r,
                         .login = arena_copy(request_arena(r), login),
                         .page = arena_copy(request_arena(r), page)};
    return p->login.p && p->page.p ? p : NULL;
}

static void by_password(struct account *s, struct request *r, const struct session_open *m)
{
    struct fault f = {0};
    if (check_login(m->login, &f) != ERR_OK) {
        refuse(s, r, "Login or password is wrong.");
        return;
    }
    struct person *p = person_new(s, r, m->login, m->page);
    enum err e = p ? find_person(s, p) : ERR_NO_MEMORY;
    if (e == ERR_OK && !may_try(s, r, p->tries))
        return;
    if (e == ERR_OK)
        e = passwords_work(s->passwords, p->hash, m->password.p ? m->password : view_of(""),
                           (struct view){0}, on_compared, p);
    if (e == ERR_OK)
        request_keep(r);
    else
        account_refuse(r, e, NULL);
}

/* ---- by link, by key ---- */

static enum err use_link(struct account *s, const struct session_open *m, struct rows **rows)
{
    char hash[TOKEN_HASH_HEX];
    struct link_claim claim;
    token_hash(m->token, hash);
    if (!memchr(m->token.p, '.', m->token.n))
        return db_run(s->process->db, SQL_ACCOUNT_LINK_USE, PARAMS(P_TEXT(view_of(hash))), rows);
    if (!s->admin || link_verify(s->admin, m->token, loop_wall_ms(), &claim) != ERR_OK ||
        !view_is(m->page, claim.role))
        return ERR_UNAUTHORIZED;
    return db_run(s->process->db, SQL_ACCOUNT_LINK_SIGNED,
                  PARAMS(P_TEXT(view_of(hash)), P_TEXT(m->page), P_INT(claim.expires_at)), rows);
}

static void by_link(struct account *s, struct request *r, const struct session_open *m)
{
    struct rows *rows = NULL;
    enum err e = m->token.n ? use_link(s, m, &rows) : ERR_UNAUTHORIZED;
    if (e == ERR_OK && rows_count(rows) > 0)
        let_in(s, r, rows_text(rows, 0, 0), (struct view){0}, m->page);
    else if (e == ERR_OK || e == ERR_UNAUTHORIZED)
        refuse(s, r, "The link is not valid, was used before, or has expired.");
    else
        account_refuse(r, e, NULL);
    rows_free(&rows);
}

void on_session_open(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct session_open *m = body;
    if (HAS(m, session_open, login))
        by_password(s, r, m);
    else if (HAS(m, session_open, token))
        by_link(s, r, m);
    else if (HAS(m, session_open, key) && s->admin && link_is_admin_key(s->admin, m->key))
        let_in(s, r, view_of(admin_id), (struct view){0}, m->page);
    else if (HAS(m, session_open, key))
        refuse(s, r, "The key is not valid.");
    else
        request_fail(r, ERR_MISSING, "login", "A login with its password, or the token of a link.");
}

/* ---- out ---- */

void on_session_close(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct session_close *m = body;
    struct empty done = {0};
    char hash[TOKEN_HASH_HEX];
    enum err e = hash_hex(m->hash, hash) ? ERR_OK : ERR_FORMAT;
    if (e == ERR_OK)
        e = db_run(s->process->db, SQL_ACCOUNT_SESSION_END, PARAMS(P_TEXT(view_of(hash))), NULL);
    if (e == ERR_OK)
        request_answer(r, &done);
    else
        account_refuse(r, e, NULL);
}

void on_own_sign_out(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    struct empty done = {0};
    (void)body;
    enum err e = db_run(s->process->db, SQL_ACCOUNT_SESSION_END_ALL,
                        PARAMS(P_TEXT(request_principal(r))), NULL);
    if (e == ERR_OK)
        request_answer(r, &done);
    else
        account_refuse(r, e, NULL);
}

/* ---- a new password ---- */

/* ERR_NOT_FOUND: another one was set while this one was compared. */
static enum err store_password(struct account *s, const struct person *p, const char *hash)
{
    struct db *db = s->process->db;
    struct rows *rows = NULL;
    enum err e = db_begin(db);
    if (e != ERR_OK)
        return e;
    e = db_run(db, SQL_ACCOUNT_USER_UPDATE,
               PARAMS(P_TEXT(p->login), P_NULL, P_NULL, P_NULL, P_NULL, P_NULL,
                      P_TEXT(view_of(hash)), p->hash.n ? P_TEXT(p->hash) : P_NULL),
               &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        e = ERR_NOT_FOUND;
    rows_free(&rows);
    if (e == ERR_OK)
        e = db_run(db, SQL_ACCOUNT_SESSION_END_ALL, PARAMS(P_TEXT(p->login)), NULL);
    if (e == ERR_OK)
        return db_commit(db);
    db_rollback(db);
    return e;
}

static void on_changed(void *arg, bool good, const char *hash)
{
    struct person *p = arg;
    struct account *s = p->service;
    struct request *r = p->request;
    struct empty done = {0};
    db_on_behalf(s->process->db, request_context(r), request_name(r));
    if (!good) {
        note_failure(s, r, p);
        request_fail(r, ERR_CHECK, "current", "This is not the password.");
    } else {
        enum err e = store_password(s, p, hash);
        if (e == ERR_OK)
            request_answer(r, &done);
        else if (e == ERR_NOT_FOUND)
            request_fail(r, ERR_CHECK, "current", "This is not the password.");
        else
            account_refuse(r, e, NULL);
    }
    db_on_behalf(s->process->db, NULL, "");
}

void on_password_change(void *service, struct request *r, const void *body)
{
    struct account *s = service;
    const struct password_change *m = body;
    struct fault f = {0};
    enum err e = check_password(m->password, request_principal(r), &f);
    if (e != ERR_OK) {
        account_refuse(r, e, &f);
        return;
    }
    if (!may_try(s, r, request_principal(r)))
        return;
    struct person *p = person_new(s, r, request_principal(r), view_of("api"));
    e = p ? find_person(s, p) : ERR_NO_MEMORY;
    if (e == ERR_OK && !p->user.n)
        e = fault_set(&f, ERR_FORBIDDEN, "", "This is for users: a key has no password.");
    if (e == ERR_OK && p->hash.n && !HAS(m, password_change, current))
        e = fault_set(&f, ERR_MISSING, "current", "The password until now is required.");
    if (e == ERR_OK)
        e = passwords_work(s->passwords, p->hash, p->hash.n ? m->current : (struct view){0},
                           m->password, on_changed, p);
    if (e == ERR_OK)
        request_keep(r);
    else
        account_refuse(r, e, &f);
}
