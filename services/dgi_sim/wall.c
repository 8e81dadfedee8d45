/*
 * wall.c - see wall.h. Calendar arithmetic is our own: proleptic Gregorian, days since 1970-01-01.
 */
#include "services/dgi_sim/wall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t wall_day(int year, int month, int day)
{
    /* Years begin in March, so that the leap day is the last of its year. */
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void wall_civil(int64_t day, int *year, int *month, int *day_of_month)
{
    int64_t z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t d = z - era * 146097;
    int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t of_year = d - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *day_of_month = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

int wall_weekday(int64_t day)
{
    int64_t weekday = (day + 4) % 7; /* 1970-01-01 was a Thursday */

    return (int)(weekday < 0 ? weekday + 7 : weekday);
}

/* `count` digits at *p, moved past; -1 when there are none. */
static int digits(const char **p, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if ((*p)[i] < '0' || (*p)[i] > '9')
            return -1;
        value = value * 10 + ((*p)[i] - '0');
    }
    *p += count;
    return value;
}

static bool skip(const char **p, const char *any)
{
    if (**p == '\0' || strchr(any, **p) == NULL)
        return false;
    (*p)++;
    return true;
}

static bool parse_date(const char **p, int64_t *day)
{
    int year = digits(p, 4), month, of_month, y, m, d;

    if (year < 1970 || !skip(p, "-") || (month = digits(p, 2)) < 1 || month > 12 || !skip(p, "-") ||
        (of_month = digits(p, 2)) < 1)
        return false;
    *day = wall_day(year, month, of_month);
    wall_civil(*day, &y, &m, &d); /* 31 February comes back as another date */
    return y == year && m == month && d == of_month;
}

static bool parse_clock(const char **p, int64_t *seconds)
{
    int hour, minute, second;

    if ((hour = digits(p, 2)) < 0 || hour > 23 || !skip(p, ":") || (minute = digits(p, 2)) < 0 ||
        minute > 59 || !skip(p, ":") || (second = digits(p, 2)) < 0 || second > 59)
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

bool wall_parse(const char *text, int64_t *wall)
{
    int64_t day, seconds;

    if (text == NULL || !parse_date(&text, &day) || !skip(&text, " ") ||
        !parse_clock(&text, &seconds) || *text != '\0')
        return false;
    *wall = day * DAY_S + seconds;
    return true;
}

bool wall_parse_loose(const char *text, int64_t bare_seconds, int64_t *wall)
{
    int64_t day;
    const char *p = text;

    if (text == NULL)
        return false;
    if (parse_date(&p, &day) && *p == '\0') {
        *wall = day * DAY_S + bare_seconds;
        return true;
    }
    return wall_parse(text, wall);
}

/* What follows the seconds of RFC 3339: fraction, then `Z`, an offset or nothing. */
static bool parse_offset(const char **p, int64_t *offset_s)
{
    bool minus;
    int hours, minutes;

    if (skip(p, "."))
        while (**p >= '0' && **p <= '9')
            (*p)++;
    *offset_s = WALL_OFFSET_S;
    if (**p == '\0')
        return true;
    *offset_s = 0;
    if (skip(p, "Zz"))
        return **p == '\0';
    minus = **p == '-';
    if (!skip(p, "+-") || (hours = digits(p, 2)) < 0 || hours > 23 || !skip(p, ":") ||
        (minutes = digits(p, 2)) < 0 || minutes > 59)
        return false;
    *offset_s = (minus ? -1 : 1) * (hours * 3600 + minutes * 60);
    return **p == '\0';
}

bool wall_parse_instant(const char *text, int64_t *epoch_ms)
{
    int64_t day, seconds = 0, offset_s = WALL_OFFSET_S;
    const char *p = text;
    char *end = NULL;
    long long epoch;

    if (text == NULL || *text == '\0')
        return false;
    if (parse_date(&p, &day)) {
        if (*p != '\0' &&
            (!skip(&p, "Tt ") || !parse_clock(&p, &seconds) || !parse_offset(&p, &offset_s)))
            return false;
        *epoch_ms = (day * DAY_S + seconds - offset_s) * 1000;
        return true;
    }
    epoch = strtoll(text, &end, 10);
    if (*end != '\0' || epoch < 0 || epoch > 32503680000) /* the year 3000 */
        return false;
    *epoch_ms = epoch * 1000;
    return true;
}

static int64_t day_of(int64_t wall)
{
    return (wall >= 0 ? wall : wall - (DAY_S - 1)) / DAY_S;
}

void wall_write_date(int64_t wall, enum wall_style style, char out[WALL_TEXT_MAX])
{
    int year, month, day;

    wall_civil(day_of(wall), &year, &month, &day);
    if (style == WALL_SLASH || style == WALL_TRAILING)
        snprintf(out, WALL_TEXT_MAX, "%02d/%02d/%04d", day, month, year);
    else
        snprintf(out, WALL_TEXT_MAX, "%04d-%02d-%02d", year, month, day);
}

void wall_write_time(int64_t wall, enum wall_style style, char out[WALL_TEXT_MAX])
{
    char date[WALL_TEXT_MAX];
    int s = (int)(wall - day_of(wall) * DAY_S);

    wall_write_date(wall, style, date);
    snprintf(out, WALL_TEXT_MAX, "%.10s%c%02d:%02d:%02d%s", date, style == WALL_ISO_T ? 'T' : ' ',
             s / 3600, s / 60 % 60, s % 60, style == WALL_TRAILING ? ":" : "");
}

static int64_t now_ms(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t real_now_ms(void)
{
    return now_ms(CLOCK_REALTIME);
}

int64_t mono_now_ms(void)
{
    return now_ms(CLOCK_MONOTONIC);
}

void clock_set(struct sim_clock *clock, int64_t ms, bool frozen)
{
    clock->base_ms = ms;
    clock->real_ms = real_now_ms();
    clock->frozen = frozen;
}

int64_t clock_now_ms(const struct sim_clock *clock)
{
    return clock->frozen ? clock->base_ms : clock->base_ms + real_now_ms() - clock->real_ms;
}

int64_t clock_now_wall(const struct sim_clock *clock)
{
    return clock_now_ms(clock) / 1000 + WALL_OFFSET_S;
}

int64_t clock_request_s(const struct sim_clock *clock)
{
    return (real_now_ms() + clock->skew_ms) / 1000;
}
