/*
 * persons.c - what is stored about one person: see persons.h.
 */
#include "services/dealer/persons.h"

#include "services/daemon/reveal.h"

#include <sodium.h>
#include <string.h>

enum {
    KEY_BYTES = 32,
    LEAST_PHONE = 7, /* digits */
    LEAST_KTP = 10,
    PATIENCE_MS = 30000, /* a number is looked for in every row */
    SEAL_TRIES = 2,      /* the master key may be changed between sealing and storing */
};

/* Who is meant, as a statement's parameters. */
struct meant {
    struct param dealer;
    struct param id;
    struct param phone;
    struct param ktp;
};

#define MEANT(m, owner)                                                                            \
    {                                                                                              \
        .dealer = P_OPT_TEXT(m, owner, dealer_id), .id = P_OPT_TEXT(m, owner, id_prospect),        \
        .phone = P_OPT_TEXT(m, owner, phone), .ktp = P_OPT_TEXT(m, owner, ktp)                     \
    }

static unsigned digits(const struct param *p)
{
    unsigned n = 0;
    for (uint32_t i = 0; p->type == PARAM_TEXT && i < p->text.n; i++)
        n += p->text.p[i] >= '0' && p->text.p[i] <= '9';
    return n;
}

/* One way of naming somebody, and enough of it. False: the request has failed. */
static bool named(struct request *r, const struct meant *who)
{
    int ways = (who->id.type == PARAM_TEXT) + (who->phone.type == PARAM_TEXT) +
               (who->ktp.type == PARAM_TEXT);
    const char *wrong = NULL;
    if (ways == 0) {
        request_fail(r, ERR_MISSING, "id_prospect",
                     "Name one: dealer and prospect, a telephone number or an identity number.");
        return false;
    }
    if (ways > 1) {
        request_fail(r, ERR_FORMAT, who->ktp.type == PARAM_TEXT ? "ktp" : "phone",
                     "Somebody is named in one way, not in several.");
        return false;
    }
    if (who->id.type == PARAM_TEXT && who->dealer.type != PARAM_TEXT) {
        request_fail(r, ERR_MISSING, "dealer_id", "A prospect is one of a dealer.");
        return false;
    }
    if (who->phone.type == PARAM_TEXT && digits(&who->phone) < LEAST_PHONE)
        wrong = "phone";
    if (who->ktp.type == PARAM_TEXT && digits(&who->ktp) < LEAST_KTP)
        wrong = "ktp";
    if (wrong)
        request_fail(r, ERR_FORMAT, wrong, "The number is too short to be somebody's.");
    return !wrong;
}

/* ---- the key of erasures ---- */

static enum err make_key(struct dealer_service *s)
{
    unsigned char key[KEY_BYTES];
    char hex[2 * KEY_BYTES + 1], sealed[SEAL_MAX_SEALED + 1];
    randombytes_buf(key, sizeof key);
    sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    seal_refresh(s->seal);
    enum err e = seal_text(s->seal, view_of(hex), sealed);
    seal_wipe(key, sizeof key);
    seal_wipe(hex, sizeof hex);
    if (e != ERR_OK)
        return e;
    return db_run(s->process->db, SQL_DEALER_ERASURE_KEY_PUT, PARAMS(P_TEXT(view_of(sealed))),
                  NULL);
}

static enum err read_key(struct dealer_service *s, char hex[SEAL_MAX_PLAIN + 1])
{
    struct rows *rows = NULL;
    enum err e = db_run(s->process->db, SQL_DEALER_ERASURE_KEY, NULL, 0, &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = seal_unseal(s->seal, rows_text(rows, 0, 0), hex);
    rows_free(&rows);
    return e;
}

/* In hex; the first one to ask makes it. The caller wipes it. */
static enum err erasure_key(struct dealer_service *s, char hex[SEAL_MAX_PLAIN + 1])
{
    enum err e = read_key(s, hex);
    if (e != ERR_NOT_FOUND)
        return e;
    e = ERR_KEY_RETIRED;
    for (int i = 0; i < SEAL_TRIES && e == ERR_KEY_RETIRED; i++)
        e = make_key(s);
    return e == ERR_OK ? read_key(s, hex) : e;
}

/* ---- answers ---- */

static void refuse(struct dealer_service *s, struct request *r, enum err e)
{
    if (err_http(e) >= 500)
        log_line(LOG_WARN, request_id(r), "not done",
                 LOG_FIELDS(K("message", request_name(r)), K("error", err_code(e)),
                            K("detail", db_error(s->process->db)->message)));
    request_fail_err(r, e);
}

static void told(struct request *r, const char *what, int64_t prospects, int64_t set_aside)
{
    log_line(LOG_INFO, request_id(r), what,
             LOG_FIELDS(KN("prospects", prospects), KN("set_aside", set_aside),
                        KV("principal", request_principal(r))));
}

/* Runs a statement about somebody; `rest`: its parameters behind the five that say who. */
static enum err run(struct dealer_service *s, enum statement statement, const struct meant *who,
                    const struct param *rest, int n_rest, struct rows **rows)
{
    char key[SEAL_MAX_PLAIN + 1];
    struct param params[8] = {P_NULL, who->dealer, who->id, who->phone, who->ktp};
    enum err e = erasure_key(s, key);
    *rows = NULL;
    if (e == ERR_OK) {
        params[0] = P_TEXT(view_of(key));
        for (int i = 0; i < n_rest; i++)
            params[5 + i] = rest[i];
        e = db_patience(s->process->db, PATIENCE_MS);
    }
    if (e == ERR_OK) {
        e = db_run(s->process->db, statement, params, 5 + n_rest, rows);
        struct db_error kept = *db_error(s->process->db);
        if (db_patience(s->process->db, 0) != ERR_OK && e == ERR_OK)
            log_warn("the usual patience is not set again", K("detail", kept.message));
    }
    seal_wipe(key, sizeof key);
    return e;
}

void on_person_find(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct person_find *m = body;
    const struct meant who = MEANT(m, person_find);
    struct person_page page = {0};
    struct rows *rows = NULL;
    if (!named(r, &who))
        return;
    enum err e = run(s, SQL_DEALER_PERSON_FIND, &who, NULL, 0, &rows);
    if (e == ERR_OK) {
        page.set_aside = rows_int(rows, 0, rows_column(rows, "set_aside"));
        if (!rows_null(rows, 0, rows_column(rows, "dealer_id")))
            e = rows_list(rows, &PERSON_FOUND, request_arena(r), &page.items);
    }
    rows_free(&rows);
    if (e != ERR_OK) {
        refuse(s, r, e);
        return;
    }
    told(r, "person looked for", page.items.n, page.set_aside);
    request_answer(r, &page);
}

void on_person_export(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct person_export *m = body;
    const struct meant who = MEANT(m, person_export);
    const struct param reason = P_TEXT(m->reason);
    struct person_document answer = {0};
    struct rows *rows = NULL;
    if (!named(r, &who) || !reason_given(r, "reason", true, m->reason))
        return;
    enum err e = run(s, SQL_DEALER_PERSON_EXPORT, &who, &reason, 1, &rows);
    if (e == ERR_OK)
        e = rows_record(rows, 0, &PERSON_DOCUMENT, request_arena(r), &answer);
    rows_free(&rows);
    if (e != ERR_OK) {
        refuse(s, r, e);
        return;
    }
    told(r, "person told", answer.prospects, answer.set_aside);
    request_answer(r, &answer);
}

void on_person_erase(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    const struct person_erase *m = body;
    const struct meant who = MEANT(m, person_erase);
    bool dry = HAS(m, person_erase, dry_run) && m->dry_run;
    const struct param rest[] = {P_TEXT(m->reason), P_BOOL(dry)};
    struct person_erased answer = {0};
    struct rows *rows = NULL;
    if (!named(r, &who) || !reason_given(r, "reason", true, m->reason))
        return;
    if (!dry && !(HAS(m, person_erase, confirm) && m->confirm)) {
        request_fail(r, ERR_MISSING, "confirm", "What is erased is gone: confirm it.");
        return;
    }
    enum err e = run(s, SQL_DEALER_PERSON_ERASE, &who, rest, 2, &rows);
    if (e == ERR_OK)
        e = rows_record(rows, 0, &PERSON_ERASED, request_arena(r), &answer);
    rows_free(&rows);
    if (e != ERR_OK) {
        refuse(s, r, e);
        return;
    }
    answer.dry_run = dry;
    told(r, dry ? "person counted" : "person erased", answer.prospects, answer.set_aside);
    request_answer(r, &answer);
}
