/*
 * dates.c - the upstream's dates in all their spellings; the forms are listed in dates.h.
 */
#include "services/fetcher/dates.h"

#include "services/fetcher/text.h"

/* A cursor over the text. */
struct cursor {
    const char *p;
    const char *end;
};

struct moment {
    unsigned year;
    unsigned month;
    unsigned day;
    unsigned hour;
    unsigned minute;
    unsigned second;
};

static bool is_digit(const struct cursor *c)
{
    return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

static bool take(struct cursor *c, char wanted)
{
    if (c->p >= c->end || *c->p != wanted)
        return false;
    c->p++;
    return true;
}

/* Exactly n digits. */
static bool number(struct cursor *c, unsigned n, unsigned *out)
{
    *out = 0;
    for (unsigned i = 0; i < n; i++) {
        if (!is_digit(c))
            return false;
        *out = *out * 10 + (unsigned)(*c->p++ - '0');
    }
    return true;
}

static bool separator(struct cursor *c, char *kind)
{
    if (c->p >= c->end || (*c->p != '/' && *c->p != '-'))
        return false;
    if (*kind != '\0' && *kind != *c->p)
        return false;
    *kind = *c->p++;
    return true;
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool day_of(struct cursor *c, struct moment *m)
{
    struct cursor begin = *c;
    char kind = '\0';

    if (number(c, 4, &m->year)) {
        if (!separator(c, &kind) || !number(c, 2, &m->month) || !separator(c, &kind) ||
            !number(c, 2, &m->day))
            return false;
    } else {
        *c = begin;
        if (!number(c, 2, &m->day) || !separator(c, &kind) || !number(c, 2, &m->month) ||
            !separator(c, &kind) || !number(c, 4, &m->year))
            return false;
    }
    return !is_digit(c) && m->year >= 1900 && m->year <= 2199 && m->month >= 1 && m->month <= 12 &&
           m->day >= 1 && m->day <= days_of(m->year, m->month);
}

static bool offset(struct cursor *c)
{
    unsigned hours = 0;
    unsigned minutes = 0;

    if (take(c, 'Z') || take(c, 'z'))
        return true;
    if (!take(c, '+') && !take(c, '-'))
        return true;
    if (!number(c, 2, &hours))
        return false;
    (void)take(c, ':');
    if (is_digit(c) && !number(c, 2, &minutes))
        return false;
    return hours <= 15 && minutes < 60;
}

static bool time_of(struct cursor *c, struct moment *m)
{
    if (!number(c, 2, &m->hour) || !take(c, ':') || !number(c, 2, &m->minute))
        return false;
    if (take(c, ':') && c->p < c->end) {
        if (!number(c, 2, &m->second))
            return false;
        if (take(c, '.') || take(c, ',')) {
            if (!is_digit(c))
                return false;
            while (is_digit(c))
                c->p++;
        }
    }
    if (!offset(c))
        return false;
    (void)take(c, ':');
    return m->hour < 24 && m->minute < 60 && m->second < 60;
}

static bool moment_read(struct view v, struct moment *m)
{
    v = text_trim(v);
    if (v.n == 0)
        return false;
    struct cursor c = {v.p, v.p + v.n};
    *m = (struct moment){0};
    if (!day_of(&c, m))
        return false;
    if (c.p < c.end && !take(&c, ':')) {
        if (!take(&c, 'T') && !take(&c, 't') && !take(&c, ' '))
            return false;
        while (take(&c, ' '))
            continue;
        if (!time_of(&c, m))
            return false;
    }
    return c.p == c.end;
}

/* Two digits. */
static char *put(char *p, unsigned n)
{
    *p++ = (char)('0' + n / 10);
    *p++ = (char)('0' + n % 10);
    return p;
}

/* Every record has several, and printf takes its time. */
static char *put_date(char *p, const struct moment *m)
{
    p = put(p, m->year / 100);
    p = put(p, m->year % 100);
    *p++ = '-';
    p = put(p, m->month);
    *p++ = '-';
    return put(p, m->day);
}

bool date_read(struct view v, char out[11])
{
    struct moment m;

    if (!moment_read(v, &m))
        return false;
    *put_date(out, &m) = '\0';
    return true;
}

bool datetime_read(struct view v, char out[20])
{
    struct moment m;

    if (!moment_read(v, &m))
        return false;
    char *p = put_date(out, &m);
    *p++ = ' ';
    p = put(p, m.hour);
    *p++ = ':';
    p = put(p, m.minute);
    *p++ = ':';
    *put(p, m.second) = '\0';
    return true;
}
