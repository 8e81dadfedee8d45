/*
 * reseal.c - everything that is sealed, sealed anew: see reseal.h.
 */
#include "services/ddctl/reseal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    BATCH = 20,           /* rows of one transaction: few enough that nobody waits for them */
    PATIENCE_MS = 60000,  /* for locks, and for a database that is away */
    PAUSE_MS = 200,       /* between two tries */
    MAX_SCRATCH = 1 << 20 /* texts of one batch */
};

/* Seals one text anew; none stays none. ERR_FORMAT: no key opens it. */
static enum err anew(struct reseal *r, bool given, struct view sealed, struct arena *a,
                     struct param *out)
{
    char plain[SEAL_MAX_PLAIN + 1], text[SEAL_MAX_SEALED + 1];
    *out = P_NULL;
    if (!given)
        return ERR_OK;
    enum err err = seal_unseal(r->seal, sealed, plain);
    if (!err)
        err = seal_text(r->seal, view_of(plain), text);
    seal_wipe(plain, sizeof plain);
    if (err)
        return err;
    *out = P_TEXT(arena_copy(a, view_of(text)));
    return out->text.p ? ERR_OK : ERR_NO_MEMORY;
}

static enum err fingerprint(struct reseal *r, struct view sealed_key, struct arena *a,
                            struct param *out)
{
    char plain[SEAL_MAX_PLAIN + 1], hex[2 * SEAL_FINGERPRINT + 1];
    unsigned char hash[SEAL_FINGERPRINT];
    enum err err = seal_unseal(r->seal, sealed_key, plain);
    if (err)
        return err;
    seal_fingerprint(r->seal, 0, view_of(plain), hash);
    seal_wipe(plain, sizeof plain);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    *out = P_TEXT(arena_copy(a, view_of(hex)));
    return out->text.p ? ERR_OK : ERR_NO_MEMORY;
}

/* What cannot be opened is told and passed over. */
static enum err passed_over(struct reseal *r, enum err err, const char *what, struct view which)
{
    if (err != ERR_FORMAT && err != ERR_KEY_RETIRED)
        return err;
    r->unreadable++;
    complain(r->c, ERR_FORMAT, what, "%.*s: no master key opens it", (int)which.n, which.p);
    return ERR_OK;
}

static enum err credential(struct reseal *r, const struct rows *rows, int i, struct arena *a)
{
    struct param key, secret, hash;
    struct view id = rows_text(rows, i, 0);
    enum err err = anew(r, true, rows_text(rows, i, 1), a, &key);
    if (!err)
        err = anew(r, true, rows_text(rows, i, 2), a, &secret);
    if (!err)
        err = fingerprint(r, rows_text(rows, i, 1), a, &hash);
    if (err)
        return passed_over(r, err, "credential", id);
    r->credentials++;
    return db_run(r->db, SQL_DDCTL_SEAL_CREDENTIAL, PARAMS(P_TEXT(id), hash, key, secret), NULL);
}

static enum err dealer(struct reseal *r, const struct rows *rows, int i, struct arena *a)
{
    struct param texts[3];
    struct view code = rows_text(rows, i, 0);
    enum err err = ERR_OK;
    for (int k = 0; k < 3 && !err; k++)
        err = anew(r, !rows_null(rows, i, k + 1), rows_text(rows, i, k + 1), a, &texts[k]);
    if (err)
        return passed_over(r, err, "dealer", code);
    r->dealers++;
    return db_run(r->db, SQL_DDCTL_SEAL_DEALER, PARAMS(P_TEXT(code), texts[0], texts[1], texts[2]),
                  NULL);
}

/* The one row: the key of erasures. */
static enum err erasure_key(struct reseal *r, const struct rows *rows, int i, struct arena *a)
{
    struct param text;
    enum err err = anew(r, true, rows_text(rows, i, 1), a, &text);
    if (err)
        return passed_over(r, err, "erasures", rows_text(rows, i, 0));
    return db_run(r->db, SQL_DDCTL_SEAL_ERASURE, PARAMS(text), NULL);
}

typedef enum err row_fn(struct reseal *r, const struct rows *rows, int i, struct arena *a);

static enum err batch(struct reseal *r, enum statement page, row_fn *fn, struct arena *a,
                      struct view *last, int *n)
{
    struct rows *rows = NULL;
    struct view current = view_of(seal_key_id(r->seal, 0));
    enum err err = db_run(r->db, page, PARAMS(P_TEXT(*last), P_TEXT(current), P_INT(BATCH)), &rows);
    *n = err ? 0 : rows_count(rows);
    for (int i = 0; i < *n && !err; i++)
        err = fn(r, rows, i, a);
    if (!err && *n > 0)
        *last = arena_copy(&r->c->arena, rows_text(rows, *n - 1, 0));
    rows_free(&rows);
    return err;
}

/* A lock that others hold longer than a statement waits (55P03) is no reason to give up either. */
static bool worth_another_try(struct reseal *r, enum err err, int64_t until_ms)
{
    const struct timespec nap = {.tv_nsec = PAUSE_MS * 1000000L};
    bool waits = (err_retryable(err) && err != ERR_KEY_RETIRED) || err == ERR_EXISTS ||
                 strcmp(db_error(r->db)->sqlstate, "55P03") == 0;
    if (!waits || loop_now_ms() >= until_ms)
        return false;
    nanosleep(&nap, NULL);
    return true;
}

/* One transaction, until it has gone through. */
static enum err whole_batch(struct reseal *r, enum statement page, row_fn *fn, struct view *last,
                            int *n)
{
    int64_t until_ms = loop_now_ms() + PATIENCE_MS;
    const struct reseal before = *r;
    enum err err;
    do {
        struct view next = *last;
        struct arena a;
        *r = before;
        arena_init(&a, MAX_SCRATCH);
        err = db_begin(r->db);
        if (!err)
            err = batch(r, page, fn, &a, &next, n);
        if (!err)
            err = db_commit(r->db);
        else
            db_rollback(r->db);
        arena_free(&a);
        if (!err)
            *last = next;
    } while (err && worth_another_try(r, err, until_ms));
    return err;
}

static enum err all_rows(struct reseal *r, enum statement page, row_fn *fn, const char *first)
{
    struct view last = view_of(first);
    enum err err = ERR_OK;
    for (int n = 1; n > 0 && !err;)
        err = whole_batch(r, page, fn, &last, &n);
    return err;
}

static enum err retire(struct reseal *r)
{
    struct view older[SEAL_MAX_KEYS];
    struct list retired = {older, 0};
    int64_t until_ms = loop_now_ms() + PATIENCE_MS;
    struct context ctx = {.has = 0};
    enum err err;
    for (unsigned i = 1; i < seal_n_keys(r->seal); i++)
        older[retired.n++] = view_of(seal_key_id(r->seal, i));
    /* The audit trail tells that a key was given up, not each text that is sealed anew. */
    PUT(&ctx, context, principal, view_of("ddctl"));
    PUT(&ctx, context, role, view_of("admin"));
    db_on_behalf(r->db, &ctx, "key.reseal");
    do
        err = db_run(r->db, SQL_DDCTL_SEAL_RETIRE,
                     PARAMS(P_TEXT(view_of(seal_key_id(r->seal, 0))), P_WORDS(retired)), NULL);
    while (err && worth_another_try(r, err, until_ms));
    db_on_behalf(r->db, NULL, "");
    return err;
}

int reseal_all(struct reseal *r)
{
    enum err err = retire(r);
    if (!err)
        err = all_rows(r, SQL_DDCTL_SEAL_CREDENTIALS, credential, "0");
    if (!err)
        err = all_rows(r, SQL_DDCTL_SEAL_DEALERS, dealer, "");
    if (!err)
        err = all_rows(r, SQL_DDCTL_SEAL_ERASURES, erasure_key, "");
    if (err)
        return complain(r->c, err, "", "%s; run it again to go on", db_error(r->db)->message);
    if (r->unreadable > 0)
        return complain(r->c, ERR_FORMAT, "", "%" PRId64 " rows stay as they are", r->unreadable);
    return DONE;
}
