/*
 * zones.h - tables of time zones, as PostgreSQL has them.
 *
 * DESIGN: a table is read at its first use and again after six hours, since it begins 40 days ago
 * and rules change. OWNERSHIP: a table lies in the cache and is valid until MAX_ZONES other zones
 * were asked for.
 */
#ifndef SCHEDULER_ZONES_H
#define SCHEDULER_ZONES_H

#include "services/daemon/database.h"
#include "services/scheduler/zone.h"

enum { MAX_ZONES = 32, ZONE_NAME_BYTES = 64 };

struct zones {
    struct {
        char name[ZONE_NAME_BYTES + 1]; /* "" = free */
        int64_t until_ms;               /* monotonic: then it is read again */
        struct zone zone;
    } rows[MAX_ZONES];
    unsigned next; /* the row that is replaced next */
};

/* ERR_NOT_FOUND: there is no zone of this name. */
enum err zones_get(struct zones *z, struct db *db, struct view name,
                   const struct zone **out) MUST_CHECK;

#endif
