/*
 * test_cursor.c - places in lists.
 */
#include "services/analytics/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void three_parts_are_found_and_the_last_keeps_separators(void **state)
{
    struct view p[3];
    (void)state;
    assert_true(cursor_split(view_of("12284:2026-03-05:Z9Z/1:2"), ':', p));
    assert_true(view_is(p[0], "12284"));
    assert_true(view_is(p[1], "2026-03-05"));
    assert_true(view_is(p[2], "Z9Z/1:2"));
}

static void too_few_or_empty_parts_are_refused(void **state)
{
    static const char *const bad[] = {"", "a", "a:b", "a:b:", ":b:c", "a::c", "::"};
    struct view p[3];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cursor_split(view_of(bad[i]), ':', p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_parts_are_found_and_the_last_keeps_separators),
        cmocka_unit_test(too_few_or_empty_parts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
