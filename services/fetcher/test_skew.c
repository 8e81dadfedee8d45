/*
 * test_skew.c - when a clock is corrected, how often, and what is told of it.
 */
#include "services/fetcher/skew.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct skew answered(struct skew s, int64_t measured_ms)
{
    s.measured = true;
    s.measured_ms = measured_ms;
    return s;
}

static void refused_time_is_corrected_once(void **state)
{
    (void)state;
    struct skew s = answered(skew_begin(0), 3600000);
    assert_true(skew_correct(&s));
    assert_int_equal(s.used_ms, 3600000);
    assert_false(skew_correct(&s));
    s = answered(s, 7200000);
    assert_false(skew_correct(&s));
    assert_int_equal(skew_report(&s), 7200000);
}

static void refusal_that_the_date_does_not_explain_is_not_corrected(void **state)
{
    (void)state;
    struct skew s = answered(skew_begin(0), 1500);
    assert_false(skew_correct(&s));
    assert_int_equal(skew_report(&s), 0);
    s = skew_begin(0);
    assert_false(skew_correct(&s));
    s = answered(skew_begin(5000), 6000);
    assert_false(skew_correct(&s));
}

static void lease_begins_corrected(void **state)
{
    (void)state;
    struct skew s = skew_begin(-30000);
    assert_int_equal(s.used_ms, -30000);
    s = answered(s, -30400);
    assert_int_equal(skew_report(&s), -30400);
    s.measured = false;
    assert_int_equal(skew_report(&s), -30000);
    assert_int_equal(skew_begin(1999).used_ms, 0);
    assert_int_equal(skew_begin(-2000).used_at_all, false);
}

static void skew_that_is_gone_is_told_as_a_small_one(void **state)
{
    (void)state;
    struct skew s = answered(skew_begin(60000), 0);
    assert_int_equal(skew_report(&s), 1);
    assert_true(skew_correct(&s)); /* sent with a minute too much, and refused */
    assert_int_equal(s.used_ms, 0);
    assert_int_equal(skew_report(&s), 1);
}

static void agreeing_clocks_are_not_worth_a_word(void **state)
{
    (void)state;
    struct skew s = answered(skew_begin(0), 9000);
    assert_int_equal(skew_report(&s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_time_is_corrected_once),
        cmocka_unit_test(refusal_that_the_date_does_not_explain_is_not_corrected),
        cmocka_unit_test(lease_begins_corrected),
        cmocka_unit_test(skew_that_is_gone_is_told_as_a_small_one),
        cmocka_unit_test(agreeing_clocks_are_not_worth_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
