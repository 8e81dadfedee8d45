/*
 * test_cron.c - unit tests of cron expressions and zones.
 */
#include "services/scheduler/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

/* ---- zones, as the tz database has them for 2026 ---- */

static const struct zone utc = {1, {{0, 0}}};
static const struct zone jakarta = {1, {{0, 7 * HOUR}}};
static const struct zone jayapura = {1, {{0, 9 * HOUR}}};
static const struct zone berlin = {3,
                                   {{0, 1 * HOUR},
                                    {INT64_C(1774746000000), 2 * HOUR},   /* 2026-03-29 01:00Z */
                                    {INT64_C(1792890000000), 1 * HOUR}}}; /* 2026-10-25 01:00Z */
static const struct zone new_york = {3,
                                     {{0, -5 * HOUR},
                                      {INT64_C(1772953200000), -4 * HOUR},   /* 2026-03-08 07:00Z */
                                      {INT64_C(1793512800000), -5 * HOUR}}}; /* 2026-11-01 06:00Z */

/* ---- times as text ---- */

static int64_t at(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d %H:%M", &tm);
    assert_non_null(end);
    return (int64_t)timegm(&tm) * 1000;
}

static void show(int64_t ms, char out[20])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(out, 20, "%Y-%m-%d %H:%M", &tm);
}

static void assert_runs(const char *expression, const struct zone *z, const char *after,
                        const char *const *runs)
{
    struct cron cron;
    struct cron_fault fault;
    char found[20];
    assert_int_equal(cron_parse(view_of(expression), &cron, &fault), ERR_OK);
    int64_t t = at(after);
    for (; *runs; runs++) {
        t = cron_next(&cron, z, t);
        show(t, found);
        assert_string_equal(found, *runs);
    }
}
#define RUNS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void each_field_restricts(void **state)
{
    (void)state;
    assert_runs("30 8 * * *", &utc, "2026-01-01 08:30",
                RUNS("2026-01-02 08:30", "2026-01-03 08:30"));
    assert_runs("*/20 * * * *", &utc, "2026-01-01 23:30",
                RUNS("2026-01-01 23:40", "2026-01-02 00:00", "2026-01-02 00:20"));
    assert_runs("5,10-12,50-59/5 6 * * *", &utc, "2026-01-01 06:05",
                RUNS("2026-01-01 06:10", "2026-01-01 06:11", "2026-01-01 06:12", "2026-01-01 06:50",
                     "2026-01-01 06:55", "2026-01-02 06:05"));
    assert_runs("0 0 1 jan *", &utc, "2026-01-01 00:00", RUNS("2027-01-01 00:00"));
    assert_runs("0 0 * * mon", &utc, "2026-03-01 00:00",
                RUNS("2026-03-02 00:00", "2026-03-09 00:00"));
    assert_runs("0 0 29 2 *", &utc, "2026-01-01 00:00", RUNS("2028-02-29 00:00"));
    assert_runs("0 12 31 * *", &utc, "2026-01-31 12:00",
                RUNS("2026-03-31 12:00", "2026-05-31 12:00"));
}

static void names_and_seven_are_understood(void **state)
{
    (void)state;
    assert_runs("0 0 * * 7", &utc, "2026-03-01 00:00", RUNS("2026-03-08 00:00"));
    assert_runs(
        "0 0 * * Fri-SUN", &utc, "2026-03-02 00:00",
        RUNS("2026-03-06 00:00", "2026-03-07 00:00", "2026-03-08 00:00", "2026-03-13 00:00"));
    assert_runs(
        "0 0 1 FEB,apr-Jun *", &utc, "2026-02-01 00:00",
        RUNS("2026-04-01 00:00", "2026-05-01 00:00", "2026-06-01 00:00", "2027-02-01 00:00"));
}

static void words_stand_for_expressions(void **state)
{
    (void)state;
    assert_runs("@hourly", &utc, "2026-01-01 00:00", RUNS("2026-01-01 01:00"));
    assert_runs(" @daily ", &jakarta, "2026-01-01 00:00", RUNS("2026-01-01 17:00"));
    assert_runs("@weekly", &utc, "2026-01-01 00:00", RUNS("2026-01-04 00:00"));
    assert_runs("@monthly", &utc, "2026-01-01 00:00", RUNS("2026-02-01 00:00"));
}

static void restricted_days_are_either_or(void **state)
{
    (void)state;
    assert_runs("0 0 13 * fri", &utc, "2026-02-01 00:00",
                RUNS("2026-02-06 00:00", "2026-02-13 00:00", "2026-02-20 00:00", "2026-02-27 00:00",
                     "2026-03-06 00:00", "2026-03-13 00:00"));
    assert_runs("0 0 */2 * mon", &utc, "2026-03-01 00:00",
                RUNS("2026-03-09 00:00", "2026-03-23 00:00"));
}

static void indonesian_zones_have_one_offset(void **state)
{
    (void)state;
    assert_runs("15 9 * * *", &jakarta, "2026-03-05 00:00",
                RUNS("2026-03-05 02:15", "2026-03-06 02:15"));
    assert_runs("15 9 * * *", &jayapura, "2026-03-05 00:00",
                RUNS("2026-03-05 00:15", "2026-03-06 00:15"));
    assert_runs("0 3 1 * *", &jayapura, "2026-02-27 00:00", RUNS("2026-02-28 18:00"));
}

static void skipped_time_runs_at_the_next_that_exists(void **state)
{
    (void)state;
    assert_runs("30 2 * * *", &berlin, "2026-03-28 00:00",
                RUNS("2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"));
    assert_runs("*/30 2,3 * * *", &berlin, "2026-03-29 00:00",
                RUNS("2026-03-29 01:00", "2026-03-29 01:30", "2026-03-30 00:00"));
    assert_runs("15 2 * * *", &new_york, "2026-03-07 12:00",
                RUNS("2026-03-08 07:00", "2026-03-09 06:15"));
}

static void repeated_time_runs_once(void **state)
{
    (void)state;
    assert_runs("30 2 * * *", &berlin, "2026-10-24 12:00",
                RUNS("2026-10-25 00:30", "2026-10-26 01:30"));
    assert_runs("30 1 * * *", &new_york, "2026-10-31 12:00",
                RUNS("2026-11-01 05:30", "2026-11-02 06:30"));
    assert_runs("0 * * * *", &berlin, "2026-10-24 23:30",
                RUNS("2026-10-25 00:00", "2026-10-25 02:00", "2026-10-25 03:00"));
    /* asked within the second pass */
    assert_runs("30 2 * * *", &berlin, "2026-10-25 01:10", RUNS("2026-10-26 01:30"));
}

static void never_is_found_within_bounds(void **state)
{
    static const char *const never[] = {"0 0 31 2 *", "0 0 30 feb *", "0 0 31 4,6,9,11 *"};
    struct cron cron;
    struct cron_fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_int_equal(cron_parse(view_of(never[i]), &cron, &fault), ERR_OK);
        assert_true(cron_next(&cron, &berlin, at("2026-01-01 00:00")) == CRON_NEVER);
    }
}

static void faults_name_field_and_position(void **state)
{
    static const struct {
        const char *expression;
        const char *field;
        unsigned position;
    } bad[] = {
        {"", "minute", 1},
        {"60 * * * *", "minute", 1},
        {"* 24 * * *", "hour", 3},
        {"* * 0 * *", "day of month", 5},
        {"* * * 13 *", "month", 7},
        {"* * * * 8", "day of week", 9},
        {"0 0 * janx *", "month", 7},
        {"0 0 * * monday", "day of week", 9},
        {"mon * * * *", "minute", 1},
        {"5-1 * * * *", "minute", 1},
        {"0,5-1 * * * *", "minute", 3},
        {"1,,2 * * * *", "minute", 3},
        {"1- * * * *", "minute", 3},
        {"5/2 * * * *", "minute", 2},
        {"*/0 * * * *", "minute", 3},
        {"*/60 * * * *", "minute", 3},
        {"*5 * * * *", "minute", 2},
        {"0 0 * *", "day of week", 8},
        {"0 0 * * * *", "", 11},
        {"99999999999999999999 * * * *", "minute", 1},
        {"@yesterday", "", 1},
        {"  @yesterday", "", 3},
        {"-1 * * * *", "minute", 1},
        {"0 0 * * sun-mon-tue", "day of week", 16},
    };
    struct cron cron;
    struct cron_fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(cron_parse(view_of(bad[i].expression), &cron, &fault), ERR_FORMAT);
        assert_string_equal(fault.field, bad[i].field);
        assert_int_equal(fault.position, bad[i].position);
        assert_true(strlen(fault.text) > 0);
    }
}

static void long_expressions_are_refused(void **state)
{
    char text[CRON_MAX_BYTES + 2];
    struct cron cron;
    struct cron_fault fault;
    (void)state;
    memset(text, ' ', sizeof text);
    assert_int_equal(cron_parse((struct view){text, sizeof text}, &cron, &fault), ERR_FORMAT);
    assert_int_equal(fault.position, CRON_MAX_BYTES + 1);
}

/* ---- against brute force: no arithmetic on calendars or zones in common with cron.c ---- */

enum { DAYS = 400, MINUTES = DAYS * 1440 };

struct field {
    bool set[60];
    bool star;
    char text[48];
};

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

/* A random field, as the set of its values and as text. */
static void make_field(unsigned *seed, unsigned min, unsigned max, struct field *f)
{
    memset(f, 0, sizeof *f);
    unsigned kind = draw(seed, 4);
    f->star = kind == 0 || kind == 3;
    unsigned step = kind == 3 ? 1 + draw(seed, max) : 1;
    unsigned first = f->star ? min : min + draw(seed, max - min + 1);
    unsigned last = f->star ? max : kind == 1 ? first : first + draw(seed, max - first + 1);
    for (unsigned v = first; v <= last; v += step)
        f->set[v] = true;
    if (kind == 0)
        snprintf(f->text, sizeof f->text, "*");
    else if (kind == 3)
        snprintf(f->text, sizeof f->text, "*/%u", step);
    else if (kind == 1)
        snprintf(f->text, sizeof f->text, "%u", first);
    else
        snprintf(f->text, sizeof f->text, "%u-%u", first, last);
    if (!f->star && draw(seed, 2)) { /* and one value more */
        unsigned more = min + draw(seed, max - min + 1);
        size_t n = strlen(f->text);
        f->set[more] = true;
        snprintf(f->text + n, sizeof f->text - n, ",%u", more);
    }
}

/* The wall clock, by asking for the latest change. */
static int64_t wall_of(const struct zone *z, int64_t t)
{
    int64_t offset = z->changes[0].offset_ms;
    for (unsigned i = 1; i < z->n; i++)
        if (t >= z->changes[i].at_ms)
            offset = z->changes[i].offset_ms;
    return t + offset;
}

static bool wall_matches(const struct field *f, int64_t wall)
{
    time_t seconds = (time_t)(wall / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    bool day = f[2].set[tm.tm_mday];
    bool week = f[4].set[tm.tm_wday];
    bool either = !f[2].star && !f[4].star;
    return f[0].set[tm.tm_min] && f[1].set[tm.tm_hour] && f[3].set[tm.tm_mon + 1] &&
           (either ? day || week : day && week);
}

/* Marks the minutes after `start` at which the expression runs: walks over all instants, and over
 * the wall-clock minutes that an instant's clock passes for the first time. */
static void brute_force(const struct field *f, const struct zone *z, int64_t start, char *runs)
{
    int64_t passed = wall_of(z, start - MINUTE);
    for (int i = 0; i < MINUTES; i++) {
        int64_t wall = wall_of(z, start + (int64_t)i * MINUTE);
        runs[i] = 0;
        for (; passed < wall; passed += MINUTE)
            if (wall_matches(f, passed + MINUTE))
                runs[i] = 1;
    }
}

static void compare(const struct field *f, const struct zone *z, int64_t start, char *runs)
{
    struct cron cron;
    struct cron_fault fault;
    char text[600];
    snprintf(text, sizeof text, "%s %s %s %s %s", f[0].text, f[1].text, f[2].text, f[3].text,
             f[4].text);
    assert_int_equal(cron_parse(view_of(text), &cron, &fault), ERR_OK);
    brute_force(f, z, start, runs);
    int64_t t = start - MINUTE;
    int64_t next = cron_next(&cron, z, t);
    for (int i = 0; i < MINUTES; i++) {
        t = start + (int64_t)i * MINUTE;
        if (runs[i] != (next == t)) {
            char found[20];
            show(t, found);
            fail_msg("\"%s\" at %s: %s", text, found, runs[i] ? "does not run" : "runs");
        }
        if (next == t)
            next = cron_next(&cron, z, t);
    }
}

static void agrees_with_brute_force(void **state)
{
    static const struct zone *const zones[] = {&jakarta, &jayapura, &berlin, &new_york};
    static const unsigned mins[] = {0, 0, 1, 1, 0};
    static const unsigned maxs[] = {59, 23, 31, 12, 6};
    char *runs = malloc(MINUTES);
    unsigned seed = 20260305;
    (void)state;
    assert_non_null(runs);
    for (int round = 0; round < 40; round++) {
        struct field f[5];
        for (int i = 0; i < 5; i++)
            make_field(&seed, mins[i], maxs[i], &f[i]);
        compare(f, zones[round % 4], at("2025-12-01 00:00"), runs);
    }
    free(runs);
}

static void later_question_never_gets_an_earlier_answer(void **state)
{
    struct cron cron;
    struct cron_fault fault;
    (void)state;
    assert_int_equal(cron_parse(view_of("*/7 1-3 * * *"), &cron, &fault), ERR_OK);
    for (int64_t t = at("2026-10-24 22:00"); t < at("2026-10-25 04:00"); t += 13000) {
        int64_t next = cron_next(&cron, &berlin, t);
        assert_true(next > t && next <= cron_next(&cron, &berlin, t + 13000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_restricts),
        cmocka_unit_test(names_and_seven_are_understood),
        cmocka_unit_test(words_stand_for_expressions),
        cmocka_unit_test(restricted_days_are_either_or),
        cmocka_unit_test(indonesian_zones_have_one_offset),
        cmocka_unit_test(skipped_time_runs_at_the_next_that_exists),
        cmocka_unit_test(repeated_time_runs_once),
        cmocka_unit_test(never_is_found_within_bounds),
        cmocka_unit_test(faults_name_field_and_position),
        cmocka_unit_test(long_expressions_are_refused),
        cmocka_unit_test(agrees_with_brute_force),
        cmocka_unit_test(later_question_never_gets_an_earlier_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
