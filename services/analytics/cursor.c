/*
 * cursor.c - splits cursors. Pure.
 */
#include "services/analytics/cursor.h"

#include <string.h>

bool cursor_split(struct view cursor, char separator, struct view parts[3])
{
    struct view rest = cursor;
    for (int i = 0; i < 2; i++) {
        const char *at = rest.n ? memchr(rest.p, separator, rest.n) : NULL;
        if (!at || at == rest.p)
            return false;
        parts[i] = (struct view){rest.p, (uint32_t)(at - rest.p)};
        rest = (struct view){at + 1, rest.n - parts[i].n - 1};
    }
    parts[2] = rest;
    return rest.n > 0;
}
