/*
 * cron.c - reads cron expressions and finds their next run: see cron.h. Pure.
 */
#include "services/scheduler/cron.h"

#include "proto/calendar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MINUTE_MS = 60000, MINUTES_A_DAY = 1440, FIELDS = 5, NAME_BYTES = 3 };

struct rule {
    const char *field;
    unsigned min;
    unsigned max;
    const char *names; /* three letters each, the first one is `min`; "" = none */
};

static const struct rule rules[FIELDS] = {
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of week", 0, 7, "sunmontuewedthufrisat"},
};

static const struct {
    const char *word;
    const char *means;
} words[] = {
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
};

struct reader {
    struct view text;
    uint32_t at; /* the next character */
    const struct rule *rule;
    struct cron_fault *fault;
};

static char peek(const struct reader *r)
{
    return r->at < r->text.n ? r->text.p[r->at] : '\0';
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum err wrong(struct reader *r, uint32_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum err wrong(struct reader *r, uint32_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->fault->text, sizeof r->fault->text, format, args);
    va_end(args);
    r->fault->field = r->rule ? r->rule->field : "";
    r->fault->position = at + 1;
    return ERR_FORMAT;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum err read_name(struct reader *r, unsigned *out)
{
    uint32_t start = r->at;
    while (is_letter(peek(r)))
        r->at++;
    for (unsigned i = 0; r->rule->names[i]; i += NAME_BYTES)
        if (r->at - start == NAME_BYTES &&
            strncasecmp(r->text.p + start, r->rule->names + i, NAME_BYTES) == 0) {
            *out = r->rule->min + i / NAME_BYTES;
            return ERR_OK;
        }
    return wrong(r, start, "there is no such name");
}

static enum err read_number(struct reader *r, unsigned min, unsigned max, unsigned *out)
{
    uint32_t start = r->at;
    unsigned value = 0;
    while (is_digit(peek(r))) {
        if (value <= max)
            value = value * 10 + (unsigned)(peek(r) - '0');
        r->at++;
    }
    if (r->at == start)
        return wrong(r, start, "a number is missing");
    if (value < min || value > max)
        return wrong(r, start, "the number must be from %u to %u", min, max);
    *out = value;
    return ERR_OK;
}

static enum err read_value(struct reader *r, unsigned *out)
{
    if (is_letter(peek(r)))
        return read_name(r, out);
    return read_number(r, r->rule->min, r->rule->max, out);
}

/* `*`, a value or a range, and a step; adds its bits. */
static enum err read_item(struct reader *r, uint64_t *bits)
{
    unsigned first = r->rule->min;
    unsigned last = r->rule->max;
    unsigned step = 1;
    uint32_t start = r->at;
    bool single = false;
    enum err err = ERR_OK;
    if (peek(r) == '*') {
        r->at++;
    } else {
        err = read_value(r, &first);
        last = first;
        single = peek(r) != '-';
        if (!err && !single) {
            r->at++;
            err = read_value(r, &last);
        }
    }
    if (!err && last == 0 && first > 0 && r->rule->max == 7)
        last = 7; /* mon-sun */
    if (!err && last < first)
        err = wrong(r, start, "the range goes backwards");
    if (!err && peek(r) == '/') {
        if (single)
            return wrong(r, r->at, "a step needs a range or *");
        r->at++;
        err = read_number(r, 1, r->rule->max, &step);
    }
    for (unsigned i = first; !err && i <= last; i += step)
        *bits |= UINT64_C(1) << i;
    return err;
}

static enum err read_field(struct reader *r, uint64_t *bits)
{
    *bits = 0;
    for (;;) {
        enum err err = read_item(r, bits);
        if (err)
            return err;
        if (peek(r) != ',')
            break;
        r->at++;
    }
    if (r->at < r->text.n && !blank(peek(r)))
        return wrong(r, r->at, "this character does not belong here");
    return ERR_OK;
}

static void skip_blanks(struct reader *r)
{
    while (blank(peek(r)))
        r->at++;
}

static enum err read_word(struct reader *r)
{
    struct view rest = {r->text.p + r->at, r->text.n - r->at};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (view_is(rest, words[i].word)) {
            r->text = view_of(words[i].means);
            r->at = 0;
            return ERR_OK;
        }
    return wrong(r, r->at, "the words are @hourly, @daily, @weekly and @monthly");
}

enum err cron_parse(struct view text, struct cron *out, struct cron_fault *fault)
{
    struct reader r = {.text = text, .fault = fault};
    uint64_t bits[FIELDS];
    bool restricted[FIELDS];
    enum err err = ERR_OK;
    *fault = (struct cron_fault){.field = ""};
    if (text.n > CRON_MAX_BYTES)
        return wrong(&r, CRON_MAX_BYTES, "the expression is longer than %d", CRON_MAX_BYTES);
    while (r.text.n && blank(r.text.p[r.text.n - 1]))
        r.text.n--;
    skip_blanks(&r);
    if (peek(&r) == '@')
        err = read_word(&r);
    for (int i = 0; !err && i < FIELDS; i++) {
        r.rule = &rules[i];
        skip_blanks(&r);
        restricted[i] = peek(&r) != '*';
        err = r.at < r.text.n ? read_field(&r, &bits[i]) : wrong(&r, r.at, "the field is missing");
    }
    if (err)
        return err;
    skip_blanks(&r);
    r.rule = NULL;
    if (r.at < r.text.n)
        return wrong(&r, r.at, "there are more than five fields");
    *out = (struct cron){.minutes = bits[0],
                         .hours = (uint32_t)bits[1],
                         .days = (uint32_t)bits[2],
                         .months = (uint32_t)bits[3],
                         .weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 0x7f),
                         .either_day = restricted[2] && restricted[4]};
    return ERR_OK;
}

/* ---- the next run ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool day_matches(const struct cron *c, int64_t day)
{
    int year;
    int month;
    int of_month;
    date_of_day(day, &year, &month, &of_month);
    unsigned weekday = (unsigned)((day % 7 + 11) % 7); /* 1970 began on a Thursday */
    if (!(c->months >> month & 1))
        return false;
    bool by_month = c->days >> of_month & 1;
    bool by_week = c->weekdays >> weekday & 1;
    return c->either_day ? by_month || by_week : by_month && by_week;
}

/* The first minute of a day, from `from` on, that matches; -1 = none. */
static int minute_of_day(const struct cron *c, int from)
{
    for (int hour = from / 60; hour < 24; hour++) {
        if (!(c->hours >> hour & 1))
            continue;
        for (int minute = hour == from / 60 ? from % 60 : 0; minute < 60; minute++)
            if (c->minutes >> minute & 1)
                return hour * 60 + minute;
    }
    return -1;
}

/* Moves on to the first matching minute, itself included. False: none up to the last day. */
static bool next_minute(const struct cron *c, int64_t *minute, int64_t last_day)
{
    int64_t day = floor_div(*minute, MINUTES_A_DAY);
    int from = (int)(*minute - day * MINUTES_A_DAY);
    for (; day <= last_day; day++, from = 0) {
        int found = day_matches(c, day) ? minute_of_day(c, from) : -1;
        if (found >= 0) {
            *minute = day * MINUTES_A_DAY + found;
            return true;
        }
    }
    return false;
}

int64_t cron_next(const struct cron *c, const struct zone *z, int64_t after_ms)
{
    /* zone_instant() never falls, so no earlier minute of the wall clock can come later. */
    int64_t minute = floor_div(after_ms + zone_offset(z, after_ms), MINUTE_MS);
    int64_t last_day = floor_div(minute, MINUTES_A_DAY) + CRON_HORIZON_DAYS;
    for (; next_minute(c, &minute, last_day); minute++) {
        int64_t at = zone_instant(z, minute * MINUTE_MS);
        if (at > after_ms)
            return at;
    }
    return CRON_NEVER;
}
