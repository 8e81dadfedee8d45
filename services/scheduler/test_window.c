/*
 * test_window.c - the forms of a window's ends.
 */
#include "services/scheduler/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_reads(const char *text, bool last, enum window_kind kind, const char *want)
{
    struct window_end end;
    assert_int_equal(window_read(view_of(text), last, &end), ERR_OK);
    assert_int_equal(end.kind, kind);
    assert_string_equal(end.text, want);
}

static void date_covers_its_whole_day(void **state)
{
    (void)state;
    assert_reads("2026-03-01", false, WINDOW_WALL, "2026-03-01 00:00:00");
    assert_reads("2026-03-01", true, WINDOW_WALL, "2026-03-01 23:59:59");
}

static void wall_clock_is_kept(void **state)
{
    (void)state;
    assert_reads("2026-03-01 07:08:09", true, WINDOW_WALL, "2026-03-01 07:08:09");
    assert_reads("2026-03-01T07:08:09", false, WINDOW_WALL, "2026-03-01 07:08:09");
}

static void instant_is_left_to_the_database(void **state)
{
    (void)state;
    assert_reads("2026-03-01T07:08:09Z", false, WINDOW_INSTANT, "2026-03-01T07:08:09Z");
    assert_reads("2026-03-01T07:08:09+07:00", true, WINDOW_INSTANT, "2026-03-01T07:08:09+07:00");
}

static void absent_end_is_told_as_such(void **state)
{
    (void)state;
    assert_reads("", true, WINDOW_ABSENT, "");
}

static void anything_else_is_refused(void **state)
{
    static const char *const bad[] = {"yesterday",
                                      "2026-02-30",
                                      "2026-03-01 24:00:00",
                                      "2026-03-01 10:00",
                                      "01/03/2026",
                                      "2026-03-01x07:08:09",
                                      "2026-3-1",
                                      "2026-03-01T07:08:09+07:00:00:00:00:00"};
    struct window_end end;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(window_read(view_of(bad[i]), false, &end), ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(date_covers_its_whole_day),
        cmocka_unit_test(wall_clock_is_kept),
        cmocka_unit_test(instant_is_left_to_the_database),
        cmocka_unit_test(absent_end_is_told_as_such),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
