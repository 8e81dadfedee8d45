/*
 * principals.c - the table of checked sessions and keys: see principals.h.
 */
#include "gateway/principals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct principals {
    struct principal rows[PRINCIPAL_PLACES][PRINCIPAL_WAYS];
};

struct principals *principals_new(void)
{
    return calloc(1, sizeof(struct principals));
}

/* A row that was never used is not even read from the system's zeros. */
static void clear(struct principal *row)
{
    if (!row->used && !row->codes && !row->dealers.items)
        return;
    free(row->codes);
    free(row->dealers.items);
    *row = (struct principal){0};
}

void principals_forget_all(struct principals *p)
{
    for (unsigned i = 0; i < PRINCIPAL_PLACES; i++)
        for (unsigned k = 0; k < PRINCIPAL_WAYS; k++)
            clear(&p->rows[i][k]);
}

void principals_free(struct principals **p)
{
    if (!*p)
        return;
    principals_forget_all(*p);
    free(*p);
    *p = NULL;
}

/* A hash is as good as random, so its first bytes choose the place. */
static struct principal *place_of(struct principals *p, const unsigned char *hash)
{
    unsigned at = (unsigned)hash[0] | (unsigned)hash[1] << 8;
    return p->rows[at % PRINCIPAL_PLACES];
}

struct principal *principals_find(struct principals *p, const unsigned char hash[PRINCIPAL_HASH])
{
    struct principal *rows = place_of(p, hash);
    for (unsigned k = 0; k < PRINCIPAL_WAYS; k++)
        if (rows[k].used && memcmp(rows[k].hash, hash, PRINCIPAL_HASH) == 0)
            return &rows[k];
    return NULL;
}

void principals_forget(struct principals *p, const unsigned char hash[PRINCIPAL_HASH])
{
    struct principal *row = principals_find(p, hash);
    if (row)
        clear(row);
}

static void put(char *out, size_t size, struct view v)
{
    snprintf(out, size, "%.*s", (int)v.n, v.n ? v.p : "");
}

static bool keep_dealers(struct principal *row, const struct list *dealers)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < dealers->n; i++)
        bytes += LIST_AT(struct view, dealers, i)->n;
    row->codes = malloc(bytes);
    row->dealers.items = calloc(dealers->n + 1u, sizeof(struct view));
    if (!row->codes || !row->dealers.items)
        return false;
    char *at = row->codes;
    for (uint32_t i = 0; i < dealers->n; i++) {
        const struct view *v = LIST_AT(struct view, dealers, i);
        if (v->n)
            memcpy(at, v->p, v->n);
        *LIST_AT(struct view, &row->dealers, i) = (struct view){at, v->n};
        at += v->n;
    }
    row->dealers.n = dealers->n;
    return true;
}

static struct principal *row_for(struct principals *p, const unsigned char *hash)
{
    struct principal *rows = place_of(p, hash), *chosen = principals_find(p, hash);
    for (unsigned k = 0; k < PRINCIPAL_WAYS && !chosen; k++)
        if (!rows[k].used)
            chosen = &rows[k];
    if (chosen)
        return chosen;
    chosen = &rows[0];
    for (unsigned k = 1; k < PRINCIPAL_WAYS; k++)
        if (rows[k].checked < chosen->checked)
            chosen = &rows[k];
    return chosen;
}

struct principal *principals_keep(struct principals *p, const unsigned char hash[PRINCIPAL_HASH],
                                  const struct identity *identity, int64_t now_mono)
{
    struct principal *row = row_for(p, hash);
    clear(row);
    row->limited = HAS(identity, identity, dealers);
    if (row->limited && !keep_dealers(row, &identity->dealers)) {
        clear(row);
        return NULL;
    }
    memcpy(row->hash, hash, PRINCIPAL_HASH);
    row->used = true;
    put(row->name, sizeof row->name, identity->principal);
    put(row->owner, sizeof row->owner, identity->owner_id);
    put(row->role, sizeof row->role, identity->role);
    if (HAS(identity, identity, session_id))
        put(row->session, sizeof row->session, identity->session_id);
    row->has_password = HAS(identity, identity, has_password) && identity->has_password;
    row->until = HAS(identity, identity, expires_at) ? identity->expires_at : 0;
    row->checked = now_mono;
    return row;
}

void principals_forget_changed(struct principals *p, struct view kind, struct view target)
{
    bool session = view_is(kind, "session");
    for (unsigned i = 0; i < PRINCIPAL_PLACES; i++)
        for (unsigned k = 0; k < PRINCIPAL_WAYS; k++) {
            struct principal *row = &p->rows[i][k];
            if (row->used && view_is(target, session ? row->session : row->owner))
                clear(row);
        }
}
