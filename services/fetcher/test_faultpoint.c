/*
 * test_faultpoint.c - a faultpoint is off unless it is asked for twice.
 */
#include "services/fetcher/faultpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void settings_are_read(void **state)
{
    (void)state;
    assert_int_equal(faultpoint_set("", false), ERR_OK);
    assert_int_equal(faultpoint_set("leased", true), ERR_OK);
    assert_true(faultpoint_armed(FAULT_LEASED));
    assert_false(faultpoint_armed(FAULT_IN_COPY));
    assert_int_equal(faultpoint_set("in_copy:3", true), ERR_OK);
    assert_int_equal(faultpoint_set("before_commit:2:stop", true), ERR_OK);
    assert_true(faultpoint_armed(FAULT_BEFORE_COMMIT));
}

static void wrong_or_forbidden_settings_end_the_start(void **state)
{
    static const char *const wrong[] = {"nowhere",       "leased:", "leased:0",        "leased:x",
                                        "leased:1:kill", "leasedx", "in_copy:1:stop:2"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(faultpoint_set(wrong[i], true), ERR_CONFIG);
        assert_false(faultpoint_armed(FAULT_LEASED));
    }
    assert_int_equal(faultpoint_set("leased", false), ERR_CONFIG);
    assert_false(faultpoint_armed(FAULT_LEASED));
}

static void nothing_happens_elsewhere_or_before_the_count(void **state)
{
    (void)state;
    assert_int_equal(faultpoint_set("after_commit:3", true), ERR_OK);
    faultpoint_reach(FAULT_LEASED);
    faultpoint_reach(FAULT_AFTER_COMMIT);
    faultpoint_reach(FAULT_AFTER_COMMIT);
    assert_true(faultpoint_armed(FAULT_AFTER_COMMIT));
    assert_int_equal(faultpoint_set("", true), ERR_OK);
    faultpoint_reach(FAULT_AFTER_COMMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(wrong_or_forbidden_settings_end_the_start),
        cmocka_unit_test(nothing_happens_elsewhere_or_before_the_count),
    };
    return cmocka_run_group_tests_name("faultpoint", tests, NULL, NULL);
}
