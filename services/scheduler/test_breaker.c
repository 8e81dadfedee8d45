/* test_breaker.c - when an upstream is left alone, and for how long; time is virtual. */
#include "services/scheduler/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct breaker_policy policy = {.failures = 3, .open_ms = 1000, .cap_ms = 5000};

static void failures_in_a_row_open_it(void **state)
{
    struct breaker b = {0};
    (void)state;
    assert_false(breaker_failed(&b, &policy, 10, 0));
    assert_false(breaker_failed(&b, &policy, 20, 0));
    assert_true(breaker_allows(&b, 20, 100));
    assert_true(breaker_failed(&b, &policy, 30, 0));
    assert_int_equal(breaker_state(&b, 30), BREAKER_OPEN);
    assert_false(breaker_allows(&b, 1029, 0));
}

static void a_success_in_between_starts_the_row_anew(void **state)
{
    struct breaker b = {0};
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_false(breaker_failed(&b, &policy, i, 0));
        assert_false(breaker_failed(&b, &policy, i, 0));
        breaker_succeeded(&b);
    }
    assert_int_equal(breaker_state(&b, 100), BREAKER_CLOSED);
}

static void half_open_takes_one_call_alone(void **state)
{
    struct breaker b = {.failures = 3, .opened = 1, .open_until = 1000};
    (void)state;
    assert_int_equal(breaker_state(&b, 1000), BREAKER_HALF_OPEN);
    assert_true(breaker_allows(&b, 1000, 0));
    assert_false(breaker_allows(&b, 1000, 1));
    breaker_succeeded(&b);
    assert_true(breaker_allows(&b, 1000, 100));
}

static void each_failed_probe_doubles_the_time_up_to_the_cap(void **state)
{
    static const int64_t times[] = {1000, 2000, 4000, 5000, 5000, 5000};
    struct breaker b = {.failures = 2};
    int64_t now = 0;
    (void)state;
    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        assert_true(breaker_failed(&b, &policy, now, 0));
        assert_int_equal(b.open_until, now + times[i]);
        now = b.open_until;
    }
    breaker_succeeded(&b);
    b.failures = 2;
    assert_true(breaker_failed(&b, &policy, now, 0));
    assert_int_equal(b.open_until, now + 1000);
}

static void a_failure_while_open_changes_nothing(void **state)
{
    struct breaker b = {.failures = 3, .opened = 1, .open_until = 1000};
    (void)state;
    assert_false(breaker_failed(&b, &policy, 999, 0));
    assert_int_equal(b.failures, 3);
    assert_int_equal(b.open_until, 1000);
}

static void jitter_lengthens_by_a_quarter_at_most(void **state)
{
    int64_t least = INT64_MAX, most = 0;
    (void)state;
    for (uint32_t random = 0; random < 5000; random++) {
        struct breaker b = {.failures = 2};
        assert_true(breaker_failed(&b, &policy, 0, random));
        least = b.open_until < least ? b.open_until : least;
        most = b.open_until > most ? b.open_until : most;
    }
    assert_int_equal(least, 1000);
    assert_int_equal(most, 1250);
}

static void a_time_above_the_cap_is_kept(void **state)
{
    const struct breaker_policy slow = {.failures = 1, .open_ms = 9000, .cap_ms = 5000};
    struct breaker b = {0};
    (void)state;
    assert_true(breaker_failed(&b, &slow, 0, 0));
    assert_int_equal(b.open_until, 9000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_in_a_row_open_it),
        cmocka_unit_test(a_success_in_between_starts_the_row_anew),
        cmocka_unit_test(half_open_takes_one_call_alone),
        cmocka_unit_test(each_failed_probe_doubles_the_time_up_to_the_cap),
        cmocka_unit_test(a_failure_while_open_changes_nothing),
        cmocka_unit_test(jitter_lengthens_by_a_quarter_at_most),
        cmocka_unit_test(a_time_above_the_cap_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
