/*
 * zones.c - see zones.h.
 */
#include "services/scheduler/zones.h"

#include <stdio.h>
#include <string.h>

enum { KEEP_MS = 6 * 3600 * 1000 };

static enum err read_zone(struct db *db, struct view name, struct zone *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_ZONE_OFFSETS, PARAMS(P_TEXT(name)), &rows);
    bool refused = err == ERR_DATABASE && strcmp(db_error(db)->sqlstate, "22023") == 0;
    if (refused || (!err && rows_count(rows) == 0))
        err = ERR_NOT_FOUND;
    out->n = 0;
    for (int i = 0; !err && i < rows_count(rows) && i < ZONE_MAX_CHANGES; i++)
        out->changes[out->n++] = (struct zone_change){rows_int(rows, i, 0), rows_int(rows, i, 1)};
    rows_free(&rows);
    return err;
}

enum err zones_get(struct zones *z, struct db *db, struct view name, const struct zone **out)
{
    int64_t now = loop_now_ms();
    unsigned place = MAX_ZONES;
    if (name.n == 0 || name.n > ZONE_NAME_BYTES)
        return ERR_NOT_FOUND;
    for (unsigned i = 0; i < MAX_ZONES; i++)
        if (view_is(name, z->rows[i].name))
            place = i;
    if (place < MAX_ZONES && now < z->rows[place].until_ms) {
        *out = &z->rows[place].zone;
        return ERR_OK;
    }
    struct zone fresh;
    enum err err = read_zone(db, name, &fresh);
    if (err)
        return err;
    if (place == MAX_ZONES) {
        place = z->next;
        z->next = (z->next + 1) % MAX_ZONES;
    }
    z->rows[place].zone = fresh;
    z->rows[place].until_ms = now + KEEP_MS;
    snprintf(z->rows[place].name, sizeof z->rows[place].name, "%.*s", (int)name.n, name.p);
    *out = &z->rows[place].zone;
    return ERR_OK;
}
