/*
 * etag.c - If-Match: see etag.h.
 */
#include "services/daemon/etag.h"

#include <string.h>

bool etag_fits(struct view list, struct view etag)
{
    if (view_is(view_trimmed(list), "*"))
        return true;
    while (list.n) {
        const char *comma = memchr(list.p, ',', list.n);
        uint32_t n = comma ? (uint32_t)(comma - list.p) : list.n;
        struct view tag = view_trimmed((struct view){list.p, n});
        if (tag.n >= 2 && tag.p[0] == '"' && tag.p[tag.n - 1] == '"')
            tag = (struct view){tag.p + 1, tag.n - 2};
        if (tag.n && tag.n == etag.n && memcmp(tag.p, etag.p, tag.n) == 0)
            return true;
        list.p += comma ? n + 1 : n;
        list.n -= comma ? n + 1 : n;
    }
    return false;
}
