/*
 * store.c - the statements of the dealer service.
 *
 * DESIGN: a dealer and its credential change in one transaction. A credential is found by the keyed
 * hash of its API key, so dealers that share a key share the row. The stored secret of a shared row
 * is replaced only by a secret that was given, never by one that a dealer brings along from before.
 */
#include "services/dealer/store.h"
#include "services/dealer/checks.h"

#include "services/daemon/address.h"
#include "services/daemon/etag.h"

#include <stdio.h>
#include <string.h>

#define P_VIEW(v) ((v).p ? P_TEXT(v) : P_NULL)

/* Which field of the messages a constraint of the tables speaks of. */
static const struct {
    const char *constraint;
    const char *field;
    const char *text;
} constraints[] = {
    {"dealers_dealer_id_key", "dealer_id", "There is a dealer with this code already."},
    {"dealers_pkey", "id", "There is a dealer with this id already."},
    {"upstream_name_key", "name", "Somebody else has just added this upstream."},
};

/* Puts a broken constraint into words. Checks of a column are named <table>_<column>_check. */
static void explain(struct db *db, enum err e, struct fault *f)
{
    const char *name = db_error(db)->constraint;
    for (size_t i = 0; i < sizeof constraints / sizeof *constraints; i++)
        if (strcmp(name, constraints[i].constraint) == 0) {
            fault_set(f, e, constraints[i].field, "%s", constraints[i].text);
            return;
        }
    static const char table[] = "upstream_", suffix[] = "_check";
    size_t n = strlen(name);
    if (n <= sizeof table + sizeof suffix || strncmp(name, table, sizeof table - 1) != 0 ||
        strcmp(name + n - (sizeof suffix - 1), suffix) != 0)
        return;
    fault_set(f, e, name + sizeof table - 1, "The value is outside of what the database accepts.");
    f->field[strlen(f->field) - (sizeof suffix - 1)] = '\0';
}

/* ---- dealers ---- */

enum err store_dealers(struct db *db, const struct dealer_list *m, int64_t limit, struct arena *a,
                       struct list *out, bool *more)
{
    enum err e = db_list(db, SQL_DEALER_LIST,
                         PARAMS(P_OPT_TEXT(m, dealer_list, cursor), P_OPT_TEXT(m, dealer_list, q),
                                P_OPT_BOOL(m, dealer_list, active), P_OPT_INT(m, dealer_list, skip),
                                P_INT(limit + 1)),
                         &DEALER, a, out);
    *more = e == ERR_OK && list_cut(out, limit);
    return e;
}

enum err store_dealer(struct db *db, struct view code, struct arena *a, struct dealer *out)
{
    return db_get(db, SQL_DEALER_GET, PARAMS(P_TEXT(code)), &DEALER, a, out);
}

/* The id of the upstream of that name, or of the only one there is if `name` is NULL. */
static enum err pick_upstream(struct db *db, struct param name, int64_t *id, struct fault *f)
{
    struct rows *rows = NULL;
    enum err e = db_run(db, SQL_DEALER_UPSTREAM_PICK, PARAMS(name), &rows);
    if (e != ERR_OK)
        return e;
    int n = rows_count(rows);
    if (n == 1)
        *id = rows_int(rows, 0, 0);
    else if (n > 1)
        e = fault_set(f, ERR_MISSING, "upstream", "There are several upstreams: name one.");
    else if (name.type == PARAM_NULL)
        e = fault_set(f, ERR_MISSING, "upstream", "No upstream is set up yet.");
    else
        e = fault_set(f, ERR_REFERENCE, "upstream", "There is no such upstream.");
    rows_free(&rows);
    return e;
}

/* What a dealer has before its keys change; texts in the arena. */
struct held {
    bool any;                /* it has a credential */
    int64_t upstream;        /* of the credential */
    struct view fingerprint; /* hex */
    struct view api_key;     /* sealed */
    struct view secret_key;  /* sealed */
    struct view etag;        /* of the dealer */
    struct view hint;        /* p NULL: not known */
    struct list older;       /* fingerprints under older master keys */
};

/* Locks the dealer's row until the end of the transaction. */
static enum err lock_dealer(struct db *db, struct view code, struct arena *a, struct held *out,
                            struct fault *f)
{
    struct rows *rows = NULL;
    enum err e = db_run(db, SQL_DEALER_LOCK, PARAMS(P_TEXT(code)), &rows);
    if (e != ERR_OK)
        return e;
    *out = (struct held){0};
    if (rows_count(rows) == 0)
        e = fault_set(f, ERR_NOT_FOUND, "dealer_id", "There is no such dealer.");
    else
        out->etag = arena_copy(a, rows_text(rows, 0, 5));
    if (e == ERR_OK && !rows_null(rows, 0, 0)) {
        out->any = true;
        out->upstream = rows_int(rows, 0, 0);
        out->fingerprint = arena_copy(a, rows_text(rows, 0, 1));
        out->api_key = arena_copy(a, rows_text(rows, 0, 2));
        out->secret_key = arena_copy(a, rows_text(rows, 0, 3));
        if (!rows_null(rows, 0, 4))
            out->hint = arena_copy(a, rows_text(rows, 0, 4));
    }
    rows_free(&rows);
    return e;
}

/* The API key that was given in place of what was held. */
static void take_key(struct held *pair, const struct sealed_keys *keys)
{
    pair->api_key = keys->api_key;
    pair->fingerprint = keys->fingerprint;
    pair->older = keys->older;
    pair->hint = keys->hint;
}

/* Finds or makes the credential of an upstream and a key; replaces the secret if one was given. */
static enum err put_credential(struct db *db, int64_t upstream, const struct held *pair,
                               bool secret_given, struct param *id, struct fault *f)
{
    struct rows *rows = NULL;
    enum err e = db_run(db, SQL_DEALER_CREDENTIAL_PUT,
                        PARAMS(P_INT(upstream), P_TEXT(pair->fingerprint), P_TEXT(pair->api_key),
                               P_TEXT(pair->secret_key), P_BOOL(secret_given), P_WORDS(pair->older),
                               P_VIEW(pair->hint)),
                        &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        e = fault_set(f, ERR_FORBIDDEN, "secret_key",
                      "Other dealers use this key too: its secret is for those who may see them.");
    else if (e == ERR_OK)
        *id = P_INT(rows_int(rows, 0, 0));
    rows_free(&rows);
    return e;
}

/* The end of a transaction that went well or not so far. */
static enum err finish(struct db *db, enum err e, struct fault *f)
{
    if (e == ERR_OK)
        return db_commit(db);
    if (f->code == ERR_OK)
        explain(db, e, f);
    db_rollback(db);
    return e;
}

static enum err insert_dealer(struct db *db, const struct dealer_create *m,
                              const struct sealed_keys *keys, struct arena *a, struct dealer *out,
                              struct fault *f)
{
    struct param credential = P_NULL;
    enum err e = ERR_OK;
    if (keys->api_key.p) {
        int64_t upstream = 0;
        struct held pair = {.any = true, .secret_key = keys->secret_key};
        take_key(&pair, keys);
        e = pick_upstream(db, P_OPT_TEXT(m, dealer_create, upstream), &upstream, f);
        if (e == ERR_OK)
            e = put_credential(db, upstream, &pair, true, &credential, f);
    }
    if (e == ERR_OK)
        e = db_run(db, SQL_DEALER_INSERT,
                   PARAMS(P_OPT_TEXT(m, dealer_create, id), P_TEXT(m->dealer_id),
                          P_TEXT(m->dealer_name), P_VIEW(keys->api_key), P_VIEW(keys->api_token),
                          P_VIEW(keys->secret_key), P_OPT_BOOL(m, dealer_create, is_active),
                          P_OPT_TEXT(m, dealer_create, upstream_dealer_id), credential),
                   NULL);
    return e == ERR_OK ? store_dealer(db, m->dealer_id, a, out) : e;
}

enum err store_create(struct db *db, const struct dealer_create *m, const struct sealed_keys *keys,
                      struct arena *a, struct dealer *out, struct fault *f)
{
    enum err e = db_begin(db);
    if (e != ERR_OK)
        return e;
    return finish(db, insert_dealer(db, m, keys, a, out, f), f);
}

/* The credential that follows from what a dealer has and what is given; P_NULL: as it is. */
static enum err change_credential(struct db *db, const struct dealer_update *m,
                                  const struct sealed_keys *keys, struct held *held,
                                  struct param *id, struct fault *f)
{
    int64_t upstream = held->upstream;
    enum err e = ERR_OK;
    *id = P_NULL;
    if (!keys->api_key.p && !keys->secret_key.p && !HAS(m, dealer_update, upstream))
        return ERR_OK;
    if (!held->any && !keys->api_key.p)
        return fault_set(f, ERR_MISSING, "api_key", "The dealer has no API key so far: give one.");
    if (!held->any && !keys->secret_key.p)
        return fault_set(f, ERR_MISSING, "secret_key",
                         "The dealer has no secret so far: give one with the API key.");
    if (HAS(m, dealer_update, upstream) || !held->any)
        e = pick_upstream(db, P_OPT_TEXT(m, dealer_update, upstream), &upstream, f);
    if (keys->api_key.p)
        take_key(held, keys);
    if (keys->secret_key.p)
        held->secret_key = keys->secret_key;
    return e == ERR_OK ? put_credential(db, upstream, held, keys->secret_key.p != NULL, id, f) : e;
}

static enum err change_dealer(struct db *db, const struct dealer_update *m,
                              const struct sealed_keys *keys, struct arena *a, struct dealer *out,
                              struct fault *f)
{
    struct held held;
    struct param credential;
    enum err e = lock_dealer(db, m->dealer_id, a, &held, f);
    /* The row is locked: nobody changes it between this look and our own change. */
    if (e == ERR_OK && HAS(m, dealer_update, if_match) && !etag_fits(m->if_match, held.etag))
        e = fault_set(f, ERR_CHANGED, "if_match", "%s", err_text(ERR_CHANGED));
    if (e == ERR_OK)
        e = change_credential(db, m, keys, &held, &credential, f);
    if (e == ERR_OK)
        e = db_run(db, SQL_DEALER_UPDATE,
                   PARAMS(P_TEXT(m->dealer_id), P_OPT_TEXT(m, dealer_update, dealer_name),
                          P_VIEW(keys->api_key), P_VIEW(keys->api_token), P_VIEW(keys->secret_key),
                          P_OPT_BOOL(m, dealer_update, is_active),
                          P_OPT_TEXT(m, dealer_update, upstream_dealer_id), credential),
                   NULL);
    return e == ERR_OK ? store_dealer(db, m->dealer_id, a, out) : e;
}

enum err store_update(struct db *db, const struct dealer_update *m, const struct sealed_keys *keys,
                      struct arena *a, struct dealer *out, struct fault *f)
{
    enum err e = db_begin(db);
    if (e != ERR_OK)
        return e;
    return finish(db, change_dealer(db, m, keys, a, out, f), f);
}

/* ---- upstreams ---- */

enum err store_upstreams(struct db *db, const struct upstream_list *m, struct arena *a,
                         struct list *out)
{
    return db_list(db, SQL_DEALER_UPSTREAM_LIST, PARAMS(P_OPT_TEXT(m, upstream_list, name)),
                   &UPSTREAM, a, out);
}

static enum err check_zone(struct db *db, struct view zone, struct fault *f)
{
    struct rows *rows = NULL;
    enum err e = db_run(db, SQL_DEALER_ZONE_KNOWN, PARAMS(P_TEXT(zone)), &rows);
    if (e == ERR_OK && !rows_bool(rows, 0, 0))
        e = fault_set(f, ERR_CHOICE, "zone", "Must be an IANA zone such as Asia/Jakarta.");
    rows_free(&rows);
    return e;
}

/* Address and permission may come one by one: what counts is the row that both make. */
static enum err check_reach(const struct upstream_set *m, const struct upstream *u, struct fault *f)
{
    const char *wrong = address_url_fault(u->base_url, u->allow_private);
    if (!wrong)
        return ERR_OK;
    return fault_set(f, ERR_FORMAT, HAS(m, upstream_set, base_url) ? "base_url" : "allow_private",
                     "%s", wrong);
}

/* The row stays locked: nobody changes it between this look and our own change. */
static enum err check_version(struct db *db, const struct upstream_set *m, struct fault *f)
{
    struct rows *rows = NULL;
    enum err e = db_run(db, SQL_DEALER_UPSTREAM_LOCK, PARAMS(P_TEXT(m->name)), &rows);
    if (e == ERR_OK && (rows_count(rows) == 0 || !etag_fits(m->if_match, rows_text(rows, 0, 0))))
        e = fault_set(f, ERR_CHANGED, "if_match", "%s", err_text(ERR_CHANGED));
    rows_free(&rows);
    return e;
}

static enum err put_upstream(struct db *db, const struct upstream_set *m, struct view who,
                             struct arena *a, struct upstream *out, struct fault *f)
{
    const struct param params[] = {
        P_TEXT(m->name),
        P_OPT_TEXT(m, upstream_set, base_url),
        P_OPT_TEXT(m, upstream_set, formula),
        P_OPT_TEXT(m, upstream_set, zone),
        P_OPT_INT(m, upstream_set, max_days),
        P_OPT_INT(m, upstream_set, history_days),
        P_OPT_INT(m, upstream_set, quota),
        P_OPT_INT(m, upstream_set, concurrency),
        P_OPT_INT(m, upstream_set, connect_timeout_ms),
        P_OPT_INT(m, upstream_set, first_byte_timeout_ms),
        P_OPT_INT(m, upstream_set, total_timeout_ms),
        P_OPT_INT(m, upstream_set, max_body_bytes),
        P_OPT_BOOL(m, upstream_set, allow_private),
        P_OPT_BOOL(m, upstream_set, simulated),
        P_OPT_INT(m, upstream_set, quota_reserve),
        P_OPT_INT(m, upstream_set, credential_concurrency),
        P_OPT_INT(m, upstream_set, dealer_concurrency),
        P_OPT_INT(m, upstream_set, calls_per_minute),
        P_OPT_INT(m, upstream_set, burst),
        P_OPT_INT(m, upstream_set, breaker_failures),
        P_OPT_INT(m, upstream_set, breaker_seconds),
        P_OPT_BOOL(m, upstream_set, group_calls),
        P_OPT_INT(m, upstream_set, overlap_hours),
        P_OPT_INT(m, upstream_set, body_timeout_ms),
        P_TEXT(who),
    };
    const int n = sizeof params / sizeof *params;
    enum err e = ERR_OK;
    if (HAS(m, upstream_set, zone))
        e = check_zone(db, m->zone, f);
    if (e == ERR_OK && HAS(m, upstream_set, if_match))
        e = check_version(db, m, f);
    if (e == ERR_OK)
        e = db_get(db, SQL_DEALER_UPSTREAM_UPDATE, params, n, &UPSTREAM, a, out);
    if (e == ERR_NOT_FOUND) {
        if (!HAS(m, upstream_set, base_url))
            return fault_set(f, ERR_MISSING, "base_url", "A new upstream needs its address.");
        e = db_get(db, SQL_DEALER_UPSTREAM_INSERT, params, n, &UPSTREAM, a, out);
    }
    return e == ERR_OK ? check_reach(m, out, f) : e;
}

enum err store_upstream_set(struct db *db, const struct upstream_set *m, struct view who,
                            struct arena *a, struct upstream *out, struct fault *f)
{
    enum err e = db_begin(db);
    if (e != ERR_OK)
        return e;
    return finish(db, put_upstream(db, m, who, a, out, f), f);
}

/* ---- tests of connections ---- */

/* By all the names that the key has, or null for the stored one. */
static struct param all_fingerprints(const struct sealed_keys *keys, struct arena *a)
{
    uint32_t n = keys->older.n + 1;
    struct view *all = keys->api_key.p ? arena_take(a, n * sizeof *all) : NULL;
    if (!all)
        return P_NULL;
    all[0] = keys->fingerprint;
    for (uint32_t i = 1; i < n; i++)
        all[i] = *LIST_AT(struct view, &keys->older, i - 1);
    const struct list list = {all, n};
    return P_WORDS(list);
}

enum err store_probe_begin(struct db *db, const struct dealer_test *m,
                           const struct sealed_keys *keys, struct arena *a, struct probe_plan *out)
{
    struct rows *rows = NULL;
    struct view feed = HAS(m, dealer_test, feed) ? m->feed : view_of("prsp");
    enum err e =
        db_run(db, SQL_DEALER_PROBE_BEGIN,
               PARAMS(P_TEXT(m->dealer_id), P_OPT_TEXT(m, dealer_test, upstream),
                      all_fingerprints(keys, a), P_TEXT(feed), P_OPT_TEXT(m, dealer_test, day)),
               &rows);
    if (e == ERR_OK && rows_count(rows) == 0)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = rows_record(rows, 0, &FETCHER_PROBE, a, &out->ask);
    if (e == ERR_OK) {
        int credential = rows_column(rows, "credential_id"), waits = rows_column(rows, "waits_for");
        out->has_credential = !rows_null(rows, 0, credential);
        out->credential_id = out->has_credential ? rows_int(rows, 0, credential) : 0;
        if (!rows_null(rows, 0, waits))
            out->waits_for = arena_copy(a, rows_text(rows, 0, waits));
    }
    rows_free(&rows);
    return e;
}

enum err store_probe_count(struct db *db, int64_t credential_id, int64_t calls)
{
    return db_run(db, SQL_DEALER_PROBE_COUNT, PARAMS(P_INT(credential_id), P_INT(calls)), NULL);
}

enum err store_fetchers(struct db *db, struct arena *a, struct list *out)
{
    struct rows *rows = NULL;
    enum err e = db_run(db, SQL_DEALER_FETCHERS, NULL, 0, &rows);
    if (e != ERR_OK)
        return e;
    struct view *items = arena_take(a, (size_t)(rows_count(rows) + 1) * sizeof *items);
    for (int i = 0; items && i < rows_count(rows); i++) {
        struct view where = rows_text(rows, i, 0);
        items[i] = arena_printf(a, "%.*s", (int)where.n, where.p);
        if (items[i].p)
            out->n++;
    }
    out->items = items;
    rows_free(&rows);
    return items ? ERR_OK : ERR_NO_MEMORY;
}

/* ---- processes ---- */

enum err store_processes(struct db *db, int64_t seen_within_ms, struct arena *a, struct list *out)
{
    return db_list(db, SQL_PROCESS_LIST, PARAMS(P_INT(seen_within_ms)), &PROCESS_INFO, a, out);
}

enum err store_endpoint(struct db *db, struct view name, char *endpoint, size_t size,
                        char instance[37])
{
    struct rows *rows = NULL;
    enum err e = db_run(db, SQL_DEALER_PROCESS_ENDPOINT, PARAMS(P_TEXT(name)), &rows);
    if (e == ERR_OK && rows_count(rows) != 1)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK) {
        struct view where = rows_text(rows, 0, 0), who = rows_text(rows, 0, 1);
        snprintf(endpoint, size, "%.*s", (int)where.n, where.p);
        snprintf(instance, 37, "%.*s", (int)who.n, who.p);
    }
    rows_free(&rows);
    return e;
}

enum err store_process(struct db *db, const struct process_info *p)
{
    return db_run(db, SQL_PROCESS_REPORT,
                  PARAMS(P_TEXT(p->instance), P_TEXT(p->name), P_TEXT(p->service),
                         P_TEXT(p->endpoint), P_INT(p->pid), P_TEXT(p->version), P_TEXT(p->state),
                         P_INT(p->started)),
                  NULL);
}
