/*
 * test_wall.c - calendar, parsing and writing of times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "services/dgi_sim/wall.h"

static void days_go_there_and_back(void **state)
{
    int year, month, day;

    (void)state;
    for (int64_t d = -1000; d < 60000; d++) {
        wall_civil(d, &year, &month, &day);
        assert_int_equal(wall_day(year, month, day), d);
    }
    assert_int_equal(wall_day(1970, 1, 1), 0);
    assert_int_equal(wall_day(2000, 2, 29), 11016);
    assert_int_equal(wall_weekday(wall_day(2026, 11, 23)), 1);
}

static void only_the_exact_form_is_a_time(void **state)
{
    static const char *const wrong[] = {
        "",
        "2026-02-30 00:00:00",
        "2026-13-01 00:00:00",
        "2026-01-01 24:00:00",
        "2026-01-01 00:60:00",
        "2026-01-01",
        "2026-01-01 00:00",
        "2026-01-01 00:00:00 ",
        " 2026-01-01 00:00:00",
        "01/02/2026 00:00:00",
        "2026-01-01T00:00:00",
        "2026-1-1 00:00:00",
    };
    int64_t wall;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(wall_parse(wrong[i], &wall));
    assert_false(wall_parse(NULL, &wall));
    assert_true(wall_parse("2026-02-28 23:59:59", &wall));
    assert_int_equal(wall, wall_day(2026, 3, 1) * DAY_S - 1);
    assert_true(wall_parse_loose("2026-02-28", DAY_S - 1, &wall));
    assert_int_equal(wall, wall_day(2026, 3, 1) * DAY_S - 1);
}

static void instants_know_their_zone(void **state)
{
    static const char *const same[] = {
        "2025-12-31T17:00:00Z", "2026-01-01T00:00:00+07:00", "2026-01-01T00:00:00",
        "2026-01-01",           "2025-12-31T16:00:00-01:00", "2026-01-01T00:00:00.250+07:00",
        "1767200400",
    };
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_true(wall_parse_instant(same[i], &ms));
        assert_int_equal(ms, 1767200400000);
    }
    assert_false(wall_parse_instant("yesterday", &ms));
    assert_false(wall_parse_instant("2026-01-01T00:00:00+7", &ms));
    assert_false(wall_parse_instant("99999999999999", &ms));
}

static void styles_differ(void **state)
{
    int64_t wall = wall_day(2026, 3, 5) * DAY_S + 9 * 3600 + 15 * 60;
    char text[WALL_TEXT_MAX];

    (void)state;
    wall_write_time(wall, WALL_SLASH, text);
    assert_string_equal(text, "05/03/2026 09:15:00");
    wall_write_time(wall, WALL_ISO_T, text);
    assert_string_equal(text, "2026-03-05T09:15:00");
    wall_write_time(wall, WALL_TRAILING, text);
    assert_string_equal(text, "05/03/2026 09:15:00:");
    wall_write_date(wall, WALL_ISO, text);
    assert_string_equal(text, "2026-03-05");
}

static void a_frozen_clock_stands(void **state)
{
    struct sim_clock clock = {0};
    struct timespec pause = {.tv_nsec = 5000000};

    (void)state;
    clock_set(&clock, 1767200400000, true);
    nanosleep(&pause, NULL);
    assert_int_equal(clock_now_ms(&clock), 1767200400000);
    assert_int_equal(clock_now_wall(&clock), wall_day(2026, 1, 1) * DAY_S);
    clock_set(&clock, 1767200400000, false);
    nanosleep(&pause, NULL);
    assert_true(clock_now_ms(&clock) > 1767200400000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_go_there_and_back),   cmocka_unit_test(only_the_exact_form_is_a_time),
        cmocka_unit_test(instants_know_their_zone), cmocka_unit_test(styles_differ),
        cmocka_unit_test(a_frozen_clock_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
