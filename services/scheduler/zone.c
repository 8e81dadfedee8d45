/*
 * zone.c - see zone.h. Pure.
 */
#include "services/scheduler/zone.h"

int64_t zone_offset(const struct zone *z, int64_t at_ms)
{
    unsigned i = z->n - 1;
    while (i > 0 && z->changes[i].at_ms > at_ms)
        i--;
    return z->changes[i].offset_ms;
}

int64_t zone_instant(const struct zone *z, int64_t wall_ms)
{
    /* The first period that ends after it: where a time comes twice, that is the earlier one. */
    unsigned i = 0;
    while (i + 1 < z->n && wall_ms >= z->changes[i + 1].at_ms + z->changes[i].offset_ms)
        i++;
    int64_t at = wall_ms - z->changes[i].offset_ms;
    return i > 0 && at < z->changes[i].at_ms ? z->changes[i].at_ms : at;
}
