/*
 * paging.c - cursors.
 */
#include "services/scheduler/paging.h"

#include "proto/check.h"

#include <inttypes.h>

enum { MAX_DIGITS = 18, UUID_TEXT = 36 };

void cursor_refuse(struct request *r)
{
    request_fail(r, ERR_FORMAT, "cursor", "The cursor is none of ours.");
}

static bool accept(struct request *r, bool ours)
{
    if (!ours)
        cursor_refuse(r);
    return ours;
}

static bool is_number(struct view v)
{
    for (uint32_t i = 0; i < v.n; i++)
        if (v.p[i] < '0' || v.p[i] > '9')
            return false;
    return v.n > 0 && v.n <= MAX_DIGITS;
}

bool cursor_is_number(struct request *r, struct view cursor)
{
    return accept(r, cursor.n == 0 || is_number(cursor));
}

bool cursor_is_uuid(struct request *r, struct view cursor)
{
    return accept(r, cursor.n == 0 || uuid_valid(cursor));
}

static bool is_uuid_and_number(struct view v)
{
    return v.n > UUID_TEXT + 1 && v.p[UUID_TEXT] == ':' &&
           uuid_valid((struct view){v.p, UUID_TEXT}) &&
           is_number((struct view){v.p + UUID_TEXT + 1, v.n - UUID_TEXT - 1});
}

bool cursor_is_uuid_and_number(struct request *r, struct view cursor)
{
    return accept(r, cursor.n == 0 || is_uuid_and_number(cursor));
}

struct view cursor_of_number(struct request *r, int64_t number)
{
    return arena_printf(request_arena(r), "%" PRId64, number);
}

struct param cursor_param(struct view cursor)
{
    return cursor.n ? P_TEXT(cursor) : P_NULL;
}
