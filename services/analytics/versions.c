/*
 * versions.c - the sorted table of data versions. Pure.
 */
#include "services/analytics/versions.h"

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
