/*
 * check.c - what a field's value must be like, faults and their paths, times and dates as text.
 *
 * DESIGN: codec and JSON read different forms but end in the same field_check(), so a rule of the
 * tables is written once. A fault never quotes the value: it may be a secret. Pure, no state.
 */
#include "proto/check.h"
#include "proto/calendar.h"

#include "proto/codec.h"
#include "proto/json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z */
#define TIME_MIN INT64_C(-62167219200000)
#define TIME_MAX INT64_C(253402300799999)
#define MS_PER_DAY INT64_C(86400000)

/* ---- faults ---- */

/* Cutting a text to its room may have split a character. */
static void drop_split_character(char *s)
{
    size_t n = strlen(s);
    for (int i = 0; i < 3 && n > 0 && !text_valid((struct view){s, (uint32_t)n}); i++)
        s[--n] = '\0';
}

static void fill(struct fault *f, const char *field, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void fill(struct fault *f, const char *field, const char *format, va_list args)
{
    snprintf(f->field, sizeof f->field, "%s", field);
    vsnprintf(f->text, sizeof f->text, format, args);
    drop_split_character(f->field);
    drop_split_character(f->text);
    f->choices = NULL;
}

enum err fault_set(struct fault *f, enum err code, const char *field, const char *format, ...)
{
    va_list args;
    f->code = code;
    f->rule = RULE_NONE;
    f->limit = 0;
    va_start(args, format);
    fill(f, field, format, args);
    va_end(args);
    return code;
}

enum err fault_rule(struct fault *f, enum rule rule, int64_t limit, const char *field,
                    const char *format, ...)
{
    va_list args;
    f->code = rule_code(rule);
    f->rule = rule;
    f->limit = limit;
    va_start(args, format);
    fill(f, field, format, args);
    va_end(args);
    return f->code;
}

void fault_within(struct fault *f, const char *prefix, long index)
{
    char path[2 * sizeof f->field];
    const char *dot = f->field[0] ? "." : "";
    if (index < 0)
        snprintf(path, sizeof path, "%s%s%s", prefix, dot, f->field);
    else
        snprintf(path, sizeof path, "%s[%ld]%s%s", prefix, index, dot, f->field);
    memcpy(f->field, path, sizeof f->field - 1);
    f->field[sizeof f->field - 1] = '\0';
    drop_split_character(f->field);
}

/* ---- text ---- */

/* Bytes of the sequence at p that is not ASCII; 0 if it is none. */
static size_t utf8_sequence(const unsigned char *p, const unsigned char *end)
{
    unsigned b = p[0];
    size_t n = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
    if (b < 0xc2 || b > 0xf4 || (size_t)(end - p) < n)
        return 0;
    /* overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte */
    unsigned low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
    unsigned high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

uint32_t text_character(struct view v)
{
    const unsigned char *p = (const unsigned char *)v.p;
    if (v.n == 0)
        return 0;
    return *p < 0x80 ? 1 : (uint32_t)utf8_sequence(p, p + v.n);
}

bool text_valid(struct view v)
{
    if (v.n == 0)
        return true;
    const unsigned char *p = (const unsigned char *)v.p;
    const unsigned char *end = p + v.n;
    while (p < end) {
        if (end - p >= 8) {
            uint64_t word;
            memcpy(&word, p, sizeof word);
            /* neither a high bit nor a zero byte among the eight */
            if (((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) ==
                0) {
                p += 8;
                continue;
            }
        }
        if (*p == 0)
            return false;
        size_t n = *p < 0x80 ? 1 : utf8_sequence(p, end);
        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

bool choice_valid(const char *choices, struct view v)
{
    while (*choices) {
        size_t n = strcspn(choices, "|");
        if (n == v.n && memcmp(choices, v.p, n) == 0)
            return true;
        choices += n;
        choices += *choices == '|';
    }
    return false;
}

bool uuid_valid(struct view v)
{
    if (v.n != 36)
        return false;
    for (uint32_t i = 0; i < 36; i++) {
        char c = v.p[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

/* ---- dates and times ---- */

/* A number of exactly n digits at p; -1 if it is none. */
static int digits(const char *p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

static int days_in_month(int year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool read_date(struct view v, int *year, int *month, int *day)
{
    if (v.n < 10 || v.p[4] != '-' || v.p[7] != '-')
        return false;
    *year = digits(v.p, 4);
    *month = digits(v.p + 5, 2);
    *day = digits(v.p + 8, 2);
    return *year >= 0 && *month >= 1 && *month <= 12 && *day >= 1 &&
           *day <= days_in_month(*year, *month);
}

bool date_valid(struct view v)
{
    int year, month, day;
    return v.n == 10 && read_date(v, &year, &month, &day);
}

int64_t date_days(struct view v)
{
    int year, month, day;
    bool valid = read_date(v, &year, &month, &day);
    assert(valid);
    return day_of_date(year, month, day);
}

/* n digits of v and what follows them; where the next text goes. */
static char *put_digits(char *p, int v, int n, char after)
{
    for (int i = n - 1; i >= 0; i--) {
        p[i] = (char)('0' + v % 10);
        v /= 10;
    }
    p[n] = after;
    return p + n + 1;
}

void time_to_text(int64_t ms, char *out, size_t size)
{
    char text[32];
    if (ms < TIME_MIN || ms > TIME_MAX) {
        snprintf(out, size, "%s", "");
        return;
    }
    int64_t days = ms / MS_PER_DAY;
    int64_t of_day = ms % MS_PER_DAY;
    if (of_day < 0) {
        of_day += MS_PER_DAY;
        days--;
    }
    int year, month, day;
    date_of_day(days, &year, &month, &day);
    int seconds = (int)(of_day / 1000);
    int millis = (int)(of_day % 1000);
    char *p = put_digits(text, year, 4, '-');
    p = put_digits(p, month, 2, '-');
    p = put_digits(p, day, 2, 'T');
    p = put_digits(p, seconds / 3600, 2, ':');
    p = put_digits(p, seconds / 60 % 60, 2, ':');
    p = put_digits(p, seconds % 60, 2, millis ? '.' : 'Z');
    if (millis)
        p = put_digits(p, millis, 3, 'Z');
    size_t n = (size_t)(p - text);
    if (size > 0) {
        n = n < size ? n : size - 1;
        memcpy(out, text, n);
        out[n] = '\0';
    }
}

/* `.123456` at *p: ms, further digits are cut off; 0 without a point, -1 for a point alone. */
static int read_fraction(const char **p, const char *end)
{
    if (*p == end || **p != '.')
        return 0;
    int ms = 0, n = 0;
    for (++*p; *p < end && **p >= '0' && **p <= '9'; ++*p, n++)
        if (n < 3)
            ms = ms * 10 + (**p - '0');
    for (int i = n; i < 3; i++)
        ms *= 10;
    return n ? ms : -1;
}

/* `Z` or `+07:00` from p to end: minutes. */
static bool read_offset(const char *p, const char *end, int *minutes)
{
    *minutes = 0;
    if (end - p == 1 && (*p == 'Z' || *p == 'z'))
        return true;
    if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':')
        return false;
    int h = digits(p + 1, 2), m = digits(p + 4, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59)
        return false;
    *minutes = *p == '-' ? -(h * 60 + m) : h * 60 + m;
    return true;
}

bool time_from_text(struct view v, int64_t *ms)
{
    int year, month, day, offset;
    if (v.n < 20 || !read_date(v, &year, &month, &day) || !strchr("Tt ", v.p[10]) || !v.p[10] ||
        v.p[13] != ':' || v.p[16] != ':')
        return false;
    int h = digits(v.p + 11, 2), m = digits(v.p + 14, 2), s = digits(v.p + 17, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
        return false;
    const char *p = v.p + 19;
    const char *end = v.p + v.n;
    int fraction = read_fraction(&p, end);
    if (fraction < 0 || !read_offset(p, end, &offset))
        return false;
    int64_t seconds = day_of_date(year, month, day) * 86400 + h * 3600 + m * 60 + s;
    seconds -= (int64_t)offset * 60;
    /* a leap second ends a UTC day; like POSIX it counts as the next day's first */
    if (s == 60 && seconds % 86400 != 0)
        return false;
    *ms = seconds * 1000 + fraction;
    return *ms >= TIME_MIN && *ms <= TIME_MAX;
}

/* ---- fields ---- */

static enum err check_text(const struct field_desc *f, struct view v, int64_t max,
                           struct fault *fault)
{
    if (v.n > max)
        return fault_rule(fault, RULE_TOO_LONG, max, f->name, "At most %lld bytes are allowed.",
                          (long long)max);
    if (!text_valid(v))
        return fault_set(fault, ERR_UTF8, f->name, "Must be UTF-8 without NUL characters.");
    return ERR_OK;
}

static enum err check_items(const struct field_desc *f, const struct list *l, struct fault *fault)
{
    if (l->n > f->max)
        return fault_rule(fault, RULE_TOO_MANY, f->max, f->name, "At most %lld items are allowed.",
                          (long long)f->max);
    if (f->type == F_LIST)
        return ERR_OK;
    for (uint32_t i = 0; i < l->n; i++) {
        enum err e = check_text(f, ((const struct view *)l->items)[i], f->item_max, fault);
        if (e != ERR_OK) {
            fault->field[0] = '\0';
            fault_within(fault, f->name, (long)i);
            return e;
        }
    }
    return ERR_OK;
}

static enum err check_number(const struct field_desc *f, const void *at, struct fault *fault)
{
    int64_t v = *(const int64_t *)at;
    if (f->type == F_TIME)
        return v >= TIME_MIN && v <= TIME_MAX
                   ? ERR_OK
                   : fault_set(fault, ERR_RANGE, f->name, "Must be a time in the years 0 to 9999.");
    if (v < f->min)
        return fault_rule(fault, RULE_TOO_SMALL, f->min, f->name, "Must be %lld or more.",
                          (long long)f->min);
    if (v > f->max)
        return fault_rule(fault, RULE_TOO_LARGE, f->max, f->name, "Must be %lld or less.",
                          (long long)f->max);
    return ERR_OK;
}

static enum err check_choice(const struct field_desc *f, struct view v, struct fault *fault)
{
    if (choice_valid(f->choices, v))
        return ERR_OK;
    enum err e = fault_rule(fault, RULE_CHOICE, 0, f->name, "Must be one of %s.", f->choices);
    fault->choices = f->choices;
    return e;
}

enum err field_check(const struct field_desc *f, const void *at, struct fault *fault)
{
    const struct view *v = at;
    switch ((enum field_type)f->type) {
    case F_TEXT:
        return check_text(f, *v, f->max, fault);
    case F_BLOB:
        return v->n <= f->max ? ERR_OK
                              : fault_rule(fault, RULE_TOO_LONG, f->max, f->name,
                                           "At most %lld bytes are allowed.", (long long)f->max);
    case F_INT:
    case F_TIME:
        return check_number(f, at, fault);
    case F_REAL:
        return isfinite(*(const double *)at)
                   ? ERR_OK
                   : fault_set(fault, ERR_RANGE, f->name, "Must be a finite number.");
    case F_DATE:
        return date_valid(*v) ? ERR_OK
                              : fault_rule(fault, RULE_DATE, 0, f->name,
                                           "Must be a date of the form YYYY-MM-DD.");
    case F_UUID:
        return uuid_valid(*v) ? ERR_OK
                              : fault_rule(fault, RULE_UUID, 0, f->name, "Must be a UUID.");
    case F_ENUM:
        return check_choice(f, *v, fault);
    case F_LIST:
    case F_WORDS:
        return check_items(f, at, fault);
    case F_BOOL:
    case F_SUB:
        return ERR_OK;
    }
    return ERR_OK;
}
