/*
 * fields.c - values of header fields: see fields.h. Pure, no I/O.
 */
#include "gateway/fields.h"

#include <string.h>
#include <strings.h>

struct view field_trim(struct view v)
{
    while (v.n && (v.p[0] == ' ' || v.p[0] == '\t')) {
        v.p++;
        v.n--;
    }
    while (v.n && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
        v.n--;
    return v;
}

bool cookie_next(struct view header, uint32_t *at, struct view *name, struct view *value)
{
    while (*at < header.n) {
        const char *begin = header.p + *at;
        uint32_t left = header.n - *at;
        const char *semicolon = memchr(begin, ';', left);
        uint32_t n = semicolon ? (uint32_t)(semicolon - begin) : left;
        const char *equal = n ? memchr(begin, '=', n) : NULL;
        *at += n + 1;
        if (!equal)
            continue;
        *name = field_trim((struct view){begin, (uint32_t)(equal - begin)});
        *value = field_trim((struct view){equal + 1, n - (uint32_t)(equal - begin) - 1});
        return true;
    }
    return false;
}

bool origin_allowed(struct view sec_fetch_site, struct view origin, struct view host)
{
    if (sec_fetch_site.n)
        return view_is(sec_fetch_site, "same-origin") || view_is(sec_fetch_site, "none");
    uint32_t scheme = origin.n > 8 && memcmp(origin.p, "https://", 8) == 0  ? 8
                      : origin.n > 7 && memcmp(origin.p, "http://", 7) == 0 ? 7
                                                                            : 0;
    return scheme && host.n && origin.n - scheme == host.n &&
           strncasecmp(origin.p + scheme, host.p, host.n) == 0;
}

struct view bearer_of(struct view authorization)
{
    if (authorization.n < 8 || strncasecmp(authorization.p, "Bearer ", 7) != 0)
        return (struct view){0};
    return field_trim((struct view){authorization.p + 7, authorization.n - 7});
}
