/*
 * wall.h - times of the simulated main dealer.
 *
 * DESIGN: the main dealer lives at +07:00 without daylight saving. A "wall" time is its local
 * clock as a count of seconds since 1970-01-01 00:00:00 local; a day is that count divided by
 * DAY_S. The simulator has two clocks: the clock of the data (what exists, what "today" is), which
 * can be set, moved and frozen, and the clock that judges X-Request-Time, which is the machine's
 * clock plus a skew. They are apart so that a frozen data set can be pulled by a real client.
 */
#ifndef DGI_SIM_WALL_H
#define DGI_SIM_WALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DAY_S = 86400, WALL_OFFSET_S = 7 * 3600, WALL_TEXT_MAX = 40 };

#define WALL_NONE INT64_MIN /* no time */

enum wall_style {
    WALL_SLASH,    /* 05/03/2026 09:15:00 */
    WALL_ISO,      /* 2026-03-05 09:15:00 */
    WALL_ISO_T,    /* 2026-03-05T09:15:00 */
    WALL_TRAILING, /* 05/03/2026 09:15:00: */
};

struct sim_clock {
    int64_t base_ms; /* data clock, epoch ms, at real_ms */
    int64_t real_ms; /* machine's clock when base_ms was set */
    bool frozen;     /* the data clock stands at base_ms */
    int64_t skew_ms; /* added to the machine's clock to judge X-Request-Time */
};

int64_t wall_day(int year, int month, int day);
void wall_civil(int64_t day, int *year, int *month, int *day_of_month);
int wall_weekday(int64_t day); /* 0 = Sunday */

/* Strict `YYYY-MM-DD HH:MM:SS`. */
bool wall_parse(const char *text, int64_t *wall);

/* The same, or a bare date, which means `bare_seconds` into that day. */
bool wall_parse_loose(const char *text, int64_t bare_seconds, int64_t *wall);

/* RFC 3339 (`Z` or an offset, the main dealer's zone if there is none), a date, or epoch seconds.
 */
bool wall_parse_instant(const char *text, int64_t *epoch_ms);

void wall_write_time(int64_t wall, enum wall_style style, char out[WALL_TEXT_MAX]);
void wall_write_date(int64_t wall, enum wall_style style, char out[WALL_TEXT_MAX]);

int64_t real_now_ms(void);
int64_t mono_now_ms(void);
void clock_set(struct sim_clock *clock, int64_t now_ms, bool frozen);
int64_t clock_now_ms(const struct sim_clock *clock);    /* data clock, epoch ms */
int64_t clock_now_wall(const struct sim_clock *clock);  /* data clock, wall seconds */
int64_t clock_request_s(const struct sim_clock *clock); /* clock for X-Request-Time, epoch s */

#endif
