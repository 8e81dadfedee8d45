/*
 * handlers.h - the handlers of an account process, by file; their table is in handlers.c.
 */
#ifndef ACCOUNT_HANDLERS_H
#define ACCOUNT_HANDLERS_H

#include "services/account/account.h"

/* sign_in.c */
void on_session_open(void *service, struct request *r, const void *body);
void on_session_close(void *service, struct request *r, const void *body);
void on_own_sign_out(void *service, struct request *r, const void *body);
void on_password_change(void *service, struct request *r, const void *body);

/* checking.c */
void on_account_check(void *service, struct request *r, const void *body);
void on_account_changes(void *service, struct request *r, const void *body);

/* users.c */
void on_user_list(void *service, struct request *r, const void *body);
void on_user_get(void *service, struct request *r, const void *body);
void on_user_create(void *service, struct request *r, const void *body);
void on_user_update(void *service, struct request *r, const void *body);
void on_user_link(void *service, struct request *r, const void *body);
void on_user_sign_out(void *service, struct request *r, const void *body);
void on_user_unlock(void *service, struct request *r, const void *body);

/* keys.c */
void on_key_list(void *service, struct request *r, const void *body);
void on_key_create(void *service, struct request *r, const void *body);
void on_key_rotate(void *service, struct request *r, const void *body);
void on_key_revoke(void *service, struct request *r, const void *body);

/* audit.c */
void on_audit_list(void *service, struct request *r, const void *body);
void on_audit_verify(void *service, struct request *r, const void *body);

/* The fault if there is one, else what the table says of the error. */
void account_refuse(struct request *r, enum err e, const struct fault *f);

/* Each of the codes has to be a dealer's; else a fault that names the first that is not. */
enum err account_check_dealers(struct account *s, bool given, const struct list *dealers,
                               struct fault *f) MUST_CHECK;

#endif
