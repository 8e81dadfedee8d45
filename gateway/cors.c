/*
 * cors.c - the list of allowed origins. Pure, no I/O.
 */
#include "gateway/cors.h"

#include <string.h>

/* scheme://host[:port] in lower case and nothing behind it: what a browser sends. */
static bool is_origin(struct view v)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        uint32_t n = (uint32_t)strlen(schemes[i]);
        if (v.n <= n || memcmp(v.p, schemes[i], n) != 0)
            continue;
        for (uint32_t k = n; k < v.n; k++)
            if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-:[]", v.p[k]))
                return false;
        return true;
    }
    return false;
}

bool origins_parse(const char *text, struct origins *out)
{
    out->n = 0;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, ", \t");
        struct view row = {p, (uint32_t)n};
        p += n ? n : 1;
        if (!n)
            continue;
        if (out->n == MAX_ORIGINS || !is_origin(row))
            return false;
        out->rows[out->n++] = row;
    }
    return true;
}

bool origins_has(const struct origins *o, struct view origin)
{
    for (unsigned i = 0; i < o->n; i++)
        if (o->rows[i].n == origin.n && memcmp(o->rows[i].p, origin.p, origin.n) == 0)
            return true;
    return false;
}
