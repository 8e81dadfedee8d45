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
    {&SESSION_OPEN, on_session_open},
    {&SESSION_CLOSE, on_session_close},
    {&OWN_SIGN_OUT, on_own_sign_out},
    {&PASSWORD_CHANGE, on_password_change},
    {&ACCOUNT_CHECK, on_account_check},
    {&ACCOUNT_CHANGES, on_account_changes},
    {&USER_LIST, on_user_list},
    {&USER_GET, on_user_get},
    {&USER_CREATE, on_user_create},
    {&USER_UPDATE, on_user_update},
    {&USER_LINK, on_user_link},
    {&USER_SIGN_OUT, on_user_sign_out},
    {&USER_UNLOCK, on_user_unlock},
    {&KEY_LIST, on_key_list},
    {&KEY_CREATE, on_key_create},
    {&KEY_ROTATE, on_key_rotate},
    {&KEY_REVOKE, on_key_revoke},
    {&AUDIT_LIST, on_audit_list},
    {&AUDIT_VERIFY, on_audit_verify},
    {NULL, NULL},
};
