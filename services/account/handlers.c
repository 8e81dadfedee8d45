/*
 * handlers.c - what an account process answers. The table is at the end.
 */
#include "services/account/handlers.h"

void account_refuse(struct request *r, enum err e, const struct fault *f)
{
    const struct account *s = request_service(r);
    if (err_http(e) >= 500)
        log_line(LOG_WARN, request_id(r), "not done",
                 LOG_FIELDS(K("message", request_name(r)), K("error", err_code(e)),
                            K("detail", db_error(s->process->db)->message)));
    if (f && f->code != ERR_OK)
        request_fail_fault(r, f);
    else
        request_fail_err(r, e);
}

enum err account_check_dealers(struct account *s, bool given, const struct list *dealers,
                               struct fault *f)
{
    struct rows *rows = NULL;
    if (!given || dealers->n == 0)
        return ERR_OK;
    enum err e =
        db_run(s->process->db, SQL_ACCOUNT_DEALERS_UNKNOWN, PARAMS(P_WORDS(*dealers)), &rows);
    if (e == ERR_OK && rows_count(rows) > 0) {
        e = fault_set(f, ERR_REFERENCE, "", "There is no such dealer.");
        fault_within(f, "dealers", (long)rows_int(rows, 0, 0));
    }
    rows_free(&rows);
    return e;
}

const struct handler account_handlers[] = {
    {.msg = &SESSION_OPEN, .fn = on_session_open},
    {.msg = &SESSION_CLOSE, .fn = on_session_close},
    {.msg = &OWN_SIGN_OUT, .fn = on_own_sign_out},
    {.msg = &PASSWORD_CHANGE, .fn = on_password_change},
    {.msg = &ACCOUNT_CHECK, .fn = on_account_check},
    {.msg = &ACCOUNT_CHANGES, .fn = on_account_changes},
    {.msg = &USER_LIST, .fn = on_user_list},
    {.msg = &USER_GET, .fn = on_user_get},
    {.msg = &USER_CREATE, .fn = on_user_create},
    {.msg = &USER_UPDATE, .fn = on_user_update},
    {.msg = &USER_LINK, .fn = on_user_link},
    {.msg = &USER_SIGN_OUT, .fn = on_user_sign_out},
    {.msg = &USER_UNLOCK, .fn = on_user_unlock},
    {.msg = &KEY_LIST, .fn = on_key_list},
    {.msg = &KEY_CREATE, .fn = on_key_create},
    {.msg = &KEY_ROTATE, .fn = on_key_rotate},
    {.msg = &KEY_REVOKE, .fn = on_key_revoke},
    {.msg = &AUDIT_LIST, .fn = on_audit_list},
    {.msg = &AUDIT_VERIFY, .fn = on_audit_verify},
    {0},
};
