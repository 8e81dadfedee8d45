/*
 * calendar.c - see calendar.h.
 */
#include "tests/simulation/calendar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void draw_zone(struct run *r, struct zone *z, int64_t from_ms, int64_t to_ms)
{
    static const int64_t jumps[] = {30, 60, 60, 60, 60, 120, 1440};
    int64_t offset = between(r, -24, 28) * 30 * MINUTE_MS;
    memset(z, 0, sizeof *z);
    z->n = 1;
    z->changes[0] = (struct zone_change){.at_ms = INT64_MIN / 2, .offset_ms = offset};
    int64_t at = from_ms - DAY_MS;
    for (int i = 0; i < 2 && chance(r, 60); i++) {
        at += between(r, 3 * 24, 60 * 24) * HOUR_MS / 24;
        if (at > to_ms)
            break;
        int64_t jump = jumps[between(r, 0, 6)] * MINUTE_MS;
        offset += chance(r, 50) ? jump : -jump;
        z->changes[z->n++] =
            (struct zone_change){.at_ms = at - at % MINUTE_MS, .offset_ms = offset};
    }
}

/* A field of the expression: `*`, a step, a value, a list or a range. */
static void draw_field(struct run *r, char *out, size_t size, int low, int high, int star_percent)
{
    int a = (int)between(r, low, high);
    int b = (int)between(r, low, high);
    if (chance(r, star_percent))
        snprintf(out, size, "*");
    else if (chance(r, 25))
        snprintf(out, size, "*/%d", (int)between(r, 2, high > 30 ? 30 : high));
    else if (chance(r, 30))
        snprintf(out, size, "%d,%d", a, b);
    else if (chance(r, 30))
        snprintf(out, size, "%d-%d", a < b ? a : b, a < b ? b : a);
    else
        snprintf(out, size, "%d", a);
}

bool draw_cron(struct run *r, struct cron *c)
{
    char fields[5][16];
    char text[CRON_MAX_BYTES];
    struct cron_fault fault;
    draw_field(r, fields[0], sizeof fields[0], 0, 59, 15);
    draw_field(r, fields[1], sizeof fields[1], 0, 23, 50);
    draw_field(r, fields[2], sizeof fields[2], 1, 31, 75);
    draw_field(r, fields[3], sizeof fields[3], 1, 12, 85);
    draw_field(r, fields[4], sizeof fields[4], 0, 7, 75);
    snprintf(text, sizeof text, "%s %s %s %s %s", fields[0], fields[1], fields[2], fields[3],
             fields[4]);
    struct view v = {text, (uint32_t)strlen(text)};
    enum err err = cron_parse(v, c, &fault);
    return claim(r, err == ERR_OK, "\"%s\" is refused: %s", text, fault.text);
}

bool names_minute(const struct cron *c, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    if (!(c->minutes >> t.tm_min & 1) || !(c->hours >> t.tm_hour & 1) ||
        !(c->months >> (t.tm_mon + 1) & 1))
        return false;
    bool day = c->days >> t.tm_mday & 1;
    bool weekday = c->weekdays >> t.tm_wday & 1;
    return c->either_day ? day || weekday : day && weekday;
}

int64_t first_instant(const struct zone *z, int64_t wall_ms)
{
    for (unsigned i = 0; i < z->n; i++) {
        int64_t at = wall_ms - z->changes[i].offset_ms;
        if (at < z->changes[i].at_ms)
            return z->changes[i].at_ms; /* skipped: the clock has passed it by this change */
        if (i + 1 == z->n || at < z->changes[i + 1].at_ms)
            return at;
    }
    return INT64_MIN;
}
