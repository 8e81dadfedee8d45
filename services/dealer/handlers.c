/*
 * handlers.c - what a dealer process answers. The table is at the end.
 *
 * DESIGN: a message is copied, trimmed and checked; its secrets are sealed; then the store does the
 * rest in one transaction. The plain secrets are in the received frame alone, which the bus wipes.
 */
#include "proto/access.h"
#include "services/dealer/checks.h"
#include "services/dealer/dealer.h"
#include "services/dealer/keys.h"
#include "services/dealer/labels.h"
#include "services/dealer/persons.h"
#include "services/dealer/settings.h"
#include "services/dealer/store.h"
#include "services/dealer/testing.h"

#include <string.h>

enum {
    USUAL_PAGE = 100,
    USUAL_SEEN_MS = 60000,
    DRAIN_MS = 1500,
    SEAL_TRIES = 2, /* the master key may be changed between sealing and storing */
};

static const struct fault no_fault;

/* The fault if there is one, else what the table says of the error. */
static void refuse(struct request *r, enum err e, const struct fault *f)
{
    const struct dealer_service *s = request_service(r);
    if (err_http(e) >= 500)
        log_line(LOG_WARN, request_id(r), "not done",
                 LOG_FIELDS(K("message", request_name(r)), K("error", err_code(e)),
                            K("detail", db_error(s->process->db)->message)));
    if (f->code != ERR_OK)
        request_fail_fault(r, f);
    else
        request_fail_err(r, e);
}

/* ---- dealers ---- */

static void on_dealer_list(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    struct dealer_list m = *(const struct dealer_list *)body;
    struct dealer_page page = {0};
    struct fault f = {0};
    bool more = false;
    trim_texts(&DEALER_LIST, &m);
    int64_t limit = HAS(&m, dealer_list, limit) ? m.limit : USUAL_PAGE;
    enum err e = ERR_OK;
    if (HAS(&m, dealer_list, cursor) && check_code("cursor", m.cursor, &f) != ERR_OK)
        e = fault_set(&f, ERR_FORMAT, "cursor", "The cursor is none of ours.");
    if (e == ERR_OK)
        e = store_dealers(s->process->db, &m, limit, request_arena(r), &page.items, &more);
    if (e != ERR_OK) {
        refuse(r, e, &f);
        return;
    }
    if (more)
        PUT(&page, dealer_page, next,
            LIST_AT(struct dealer, &page.items, page.items.n - 1)->dealer_id);
    request_answer(r, &page);
}

static void on_dealer_get(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct dealer_get *m = body;
    struct dealer dealer;
    enum err e = store_dealer(s->process->db, m->dealer_id, request_arena(r), &dealer);
    if (e == ERR_OK)
        request_answer(r, &dealer);
    else if (e == ERR_NOT_FOUND)
        request_fail(r, e, "dealer_id", "There is no such dealer.");
    else
        refuse(r, e, &no_fault);
}

/* Seals the secrets of a dealer.create or dealer.update. */
#define SEAL_KEYS(s, m, owner, a, keys)                                                            \
    keys_seal(s, HAS(m, owner, api_key), (m)->api_key, HAS(m, owner, secret_key), (m)->secret_key, \
              HAS(m, owner, api_token), (m)->api_token, a, keys)

/* Answers with the dealer as it is now, and tells everybody. */
static void changed(struct dealer_service *s, struct request *r, const struct dealer *dealer,
                    const char *what)
{
    struct dealer_changed event = {.dealer_id = dealer->dealer_id};
    log_line(LOG_INFO, request_id(r), what,
             LOG_FIELDS(KV("dealer", dealer->dealer_id),
                        KV("principal", request_context(r)->principal)));
    publish(s->process->events, &DEALER_CHANGED, &event);
    request_answer(r, dealer);
}

static void on_dealer_create(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    struct dealer_create m = *(const struct dealer_create *)body;
    struct sealed_keys keys;
    struct dealer dealer;
    struct fault f = {0};
    trim_texts(&DEALER_CREATE, &m);
    enum err e = check_dealer_create(&m, &f);
    for (int i = 0; i < SEAL_TRIES && (i == 0 ? e == ERR_OK : e == ERR_KEY_RETIRED); i++) {
        e = SEAL_KEYS(s->seal, &m, dealer_create, request_arena(r), &keys);
        if (e == ERR_OK)
            e = store_create(s->process->db, &m, &keys, request_arena(r), &dealer, &f);
    }
    if (e == ERR_OK)
        changed(s, r, &dealer, "dealer added");
    else
        refuse(r, e, &f);
}

/* Where a dealer's data come from decides whose they are: under another code, or at another
 * upstream, a key of a group fetches what somebody else's dealer holds. */
static enum err check_reach(const struct context *ctx, const struct dealer_update *m,
                            struct fault *f)
{
    const char *field = HAS(m, dealer_update, upstream_dealer_id) ? "upstream_dealer_id"
                        : HAS(m, dealer_update, upstream)         ? "upstream"
                                                                  : NULL;
    if (!field || !access_dealers(ctx))
        return ERR_OK;
    return fault_set(f, ERR_FORBIDDEN, field, "This is for those who may see all dealers.");
}

static void on_dealer_update(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    struct dealer_update m = *(const struct dealer_update *)body;
    bool name_given = HAS(&m, dealer_update, dealer_name);
    struct sealed_keys keys;
    struct dealer dealer;
    struct fault f = {0};
    trim_texts(&DEALER_UPDATE, &m);
    enum err e = name_given && !HAS(&m, dealer_update, dealer_name)
                     ? check_name("dealer_name", m.dealer_name, &f)
                     : check_dealer_update(&m, &f);
    if (e == ERR_OK)
        e = check_reach(request_context(r), &m, &f);
    for (int i = 0; i < SEAL_TRIES && (i == 0 ? e == ERR_OK : e == ERR_KEY_RETIRED); i++) {
        e = SEAL_KEYS(s->seal, &m, dealer_update, request_arena(r), &keys);
        if (e == ERR_OK)
            e = store_update(s->process->db, &m, &keys, request_arena(r), &dealer, &f);
    }
    if (e == ERR_OK)
        changed(s, r, &dealer, "dealer changed");
    else
        refuse(r, e, &f);
}

/* ---- upstreams ---- */

static void on_upstream_list(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    struct upstream_page page = {0};
    enum err e = store_upstreams(s->process->db, body, request_arena(r), &page.items);
    if (e == ERR_OK)
        request_answer(r, &page);
    else
        refuse(r, e, &no_fault);
}

static void on_upstream_set(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    struct upstream_set m = *(const struct upstream_set *)body;
    struct upstream upstream;
    struct fault f = {0};
    trim_texts(&UPSTREAM_SET, &m);
    enum err e = check_upstream_set(&m, &f);
    if (e == ERR_OK)
        e = store_upstream_set(s->process->db, &m, request_principal(r), request_arena(r),
                               &upstream, &f);
    if (e != ERR_OK) {
        refuse(r, e, &f);
        return;
    }
    log_line(
        LOG_INFO, request_id(r), "upstream set",
        LOG_FIELDS(KV("upstream", upstream.name), KV("principal", request_context(r)->principal)));
    request_answer(r, &upstream);
}

/* ---- processes ---- */

static void on_process_list(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct process_list *m = body;
    struct process_page page = {0};
    int64_t within = HAS(m, process_list, seen_within_ms) ? m->seen_within_ms : USUAL_SEEN_MS;
    enum err e = store_processes(s->process->db, within, request_arena(r), &page.items);
    if (e == ERR_OK)
        request_answer(r, &page);
    else
        refuse(r, e, &no_fault);
}

/* A rare order of an operator: it may wait for the process's answer. */
static void on_process_drain(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct process_drain *m = body;
    const struct context *ctx = request_context(r);
    struct sys_drain drain = {0};
    struct empty done = {0};
    struct fault f = {0};
    char endpoint[256], instance[37];
    enum err e = store_endpoint(s->process->db, m->name, endpoint, sizeof endpoint, instance);
    if (e == ERR_NOT_FOUND) {
        request_fail(r, e, "name", "No process of this name answers.");
        return;
    }
    if (e == ERR_OK && strcmp(instance, s->process->instance) == 0)
        e = fault_set(&f, ERR_CHOICE, "name", "This process answers you: send it SIGTERM.");
    PUT(&drain, sys_drain, reason,
        HAS(m, process_drain, reason) ? m->reason : view_of("asked by an operator"));
    if (e == ERR_OK)
        e = db_run(s->process->db, SQL_DEALER_NOTE_DRAIN, PARAMS(P_TEXT(m->name)), NULL);
    if (e == ERR_OK)
        e = call_and_wait(s->process->bus, endpoint, &SYS_DRAIN, &drain, "dealer", DRAIN_MS,
                          request_arena(r), &done, &f);
    if (e != ERR_OK) {
        refuse(r, e, &f);
        return;
    }
    log_line(LOG_INFO, request_id(r), "process drains",
             LOG_FIELDS(KV("process", m->name), KV("principal", ctx->principal)));
    request_answer(r, &done);
}

static void on_process_report(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct process_report *m = body;
    struct empty done = {0};
    enum err e = store_process(s->process->db, &m->process);
    if (e == ERR_OK)
        request_answer(r, &done);
    else
        refuse(r, e, &no_fault);
}

const struct handler dealer_handlers[] = {
    {.msg = &DEALER_LIST, .fn = on_dealer_list},
    {.msg = &DEALER_GET, .fn = on_dealer_get},
    {.msg = &DEALER_CREATE, .fn = on_dealer_create},
    {.msg = &DEALER_UPDATE, .fn = on_dealer_update},
    {.msg = &DEALER_TEST, .fn = on_dealer_test},
    {.msg = &UPSTREAM_LIST, .fn = on_upstream_list},
    {.msg = &UPSTREAM_SET, .fn = on_upstream_set},
    {.msg = &SETTING_LIST, .fn = on_setting_list},
    {.msg = &SETTING_SET, .fn = on_setting_set},
    {.msg = &PERSON_FIND, .fn = on_person_find},
    {.msg = &PERSON_EXPORT, .fn = on_person_export},
    {.msg = &PERSON_ERASE, .fn = on_person_erase},
    {.msg = &LABEL_LIST, .fn = on_label_list},
    {.msg = &LABEL_SET, .fn = on_label_set},
    {.msg = &LABEL_REMOVE, .fn = on_label_remove},
    {.msg = &LABEL_IMPORT, .fn = on_label_import},
    {.msg = &PROCESS_LIST, .fn = on_process_list},
    {.msg = &PROCESS_DRAIN, .fn = on_process_drain},
    {.msg = &PROCESS_REPORT, .fn = on_process_report},
    {0},
};
