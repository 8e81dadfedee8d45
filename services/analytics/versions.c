/*
 * versions.c - the sorted table of data versions. Pure.
 */
#include "services/analytics/versions.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct versions *versions_new(void)
{
    return calloc(1, sizeof(struct versions));
}

void versions_free(struct versions **v)
{
    if (!*v)
        return;
    free((*v)->rows);
    free(*v);
    *v = NULL;
}

static int by_code(const void *a, const void *b)
{
    return strcmp(((const struct version *)a)->dealer, ((const struct version *)b)->dealer);
}

static const struct version *find(const struct versions *v, const struct version *key)
{
    return v->n ? bsearch(key, v->rows, v->n, sizeof *v->rows, by_code) : NULL;
}

bool versions_replace(struct versions *v, struct version *rows, unsigned n, version_changed_fn *fn,
                      void *arg)
{
    bool changed = false;
    for (unsigned i = 0; i < n; i++) {
        const struct version *before = find(v, &rows[i]);
        if (before && before->number == rows[i].number)
            continue;
        changed = true;
        if (fn)
            fn(arg, &rows[i]);
    }
    free(v->rows);
    v->rows = rows;
    v->n = n;
    v->known = true;
    return changed;
}

const char *versions_state(const struct versions *v, struct view dealer)
{
    struct version key = {0};
    if (!v->known || dealer.n >= sizeof key.dealer)
        return NULL;
    memcpy(key.dealer, dealer.p, dealer.n);
    const struct version *found = find(v, &key);
    return found ? found->state : NULL;
}

static void digest_row(crypto_generichash_state *h, const char *dealer, size_t n, const char *state)
{
    crypto_generichash_update(h, (const unsigned char *)dealer, n);
    crypto_generichash_update(h, (const unsigned char *)"=", 1);
    crypto_generichash_update(h, (const unsigned char *)state, strlen(state) + 1);
}

bool versions_digest(const struct versions *v, const struct list *dealers,
                     char out[VERSIONS_DIGEST])
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state h;
    if (!v->known)
        return false;
    crypto_generichash_init(&h, NULL, 0, sizeof hash);
    for (uint32_t i = 0; dealers && i < dealers->n; i++) {
        struct view code = *LIST_AT(struct view, dealers, i);
        const char *state = versions_state(v, code);
        digest_row(&h, code.p, code.n, state ? state : "");
    }
    for (unsigned i = 0; !dealers && i < v->n; i++)
        digest_row(&h, v->rows[i].dealer, strlen(v->rows[i].dealer), v->rows[i].state);
    crypto_generichash_final(&h, hash, sizeof hash);
    sodium_bin2hex(out, VERSIONS_DIGEST, hash, sizeof hash);
    return true;
}
