/*
 * settings.c - business settings: told and changed.
 *
 * DESIGN: a setting is a row of dealer.setting with its limits, its usual value and what it does,
 * so a new one is a row of a migration. Whoever needs one reads the table; nothing is kept here.
 */
#include "services/dealer/settings.h"

#include "services/daemon/database.h"

#include <string.h>

void on_setting_list(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct setting_list *m = body;
    struct setting_page page = {0};
    enum err e = db_list(s->process->db, SQL_DEALER_SETTING_LIST,
                         PARAMS(P_OPT_TEXT(m, setting_list, prefix)), &SETTING, request_arena(r),
                         &page.items);
    if (e == ERR_OK)
        request_answer(r, &page);
    else
        request_fail_err(r, e);
}

void on_setting_set(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct setting_set *m = body;
    struct view who = request_principal(r);
    struct setting setting;
    enum err e = db_get(s->process->db, SQL_DEALER_SETTING_SET,
                        PARAMS(P_TEXT(m->name), P_INT(m->value), P_TEXT(who)), &SETTING,
                        request_arena(r), &setting);
    if (e == ERR_NOT_FOUND) {
        request_fail(r, e, "name", "There is no such setting.");
        return;
    }
    if (e == ERR_CHECK) {
        request_fail(r, ERR_RANGE, "value", "The value is outside of the setting's limits.");
        return;
    }
    if (e != ERR_OK) {
        request_fail_err(r, e);
        return;
    }
    log_line(
        LOG_INFO, request_id(r), "setting changed",
        LOG_FIELDS(KV("name", setting.name), KN("value", setting.value), KV("principal", who)));
    request_answer(r, &setting);
}
