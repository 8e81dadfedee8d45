/*
 * test_retry.c - behaviour of the back-off.
 */
#include "services/scheduler/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct retry_policy policy = {.max_attempts = 5, .base_ms = 1000, .cap_ms = 6000};

static struct retry_verdict after(enum err error, int attempt, int64_t wish, uint32_t random)
{
    const struct retry_case c = {.error = error,
                                 .attempt = attempt,
                                 .retry_after_ms = wish,
                                 .left_ms = RETRY_NO_DEADLINE,
                                 .can_split = true,
                                 .random = random};
    return retry_decide(&policy, &c);
}

static void delay_doubles_up_to_the_cap(void **state)
{
    static const int64_t full[] = {1000, 2000, 4000, 6000};
    (void)state;
    for (int attempt = 1; attempt <= 4; attempt++)
        for (uint32_t random = 0; random < 100000; random += 37) {
            struct retry_verdict v = after(ERR_UPSTREAM_SERVER, attempt, 0, random);
            assert_int_equal(v.what, RETRY_WAIT);
            assert_true(v.delay_ms >= full[attempt - 1] / 2 && v.delay_ms <= full[attempt - 1]);
        }
}

static void last_attempt_gives_up(void **state)
{
    (void)state;
    assert_int_equal(after(ERR_UPSTREAM_SERVER, 4, 0, 1).what, RETRY_WAIT);
    assert_int_equal(after(ERR_UPSTREAM_SERVER, 5, 0, 1).what, RETRY_FAIL);
    assert_false(after(ERR_UPSTREAM_SERVER, 5, 0, 1).late);
}

static void each_class_has_its_own_end(void **state)
{
    static const struct {
        enum err err;
        enum retry_what what;
    } expected[] = {
        {ERR_UPSTREAM_CONNECT, RETRY_WAIT},
        {ERR_UPSTREAM_CONNECT_TIMEOUT, RETRY_WAIT},
        {ERR_UPSTREAM_FIRST_BYTE_TIMEOUT, RETRY_WAIT},
        {ERR_UPSTREAM_BODY_TIMEOUT, RETRY_WAIT},
        {ERR_UPSTREAM_TOTAL_TIMEOUT, RETRY_WAIT},
        {ERR_UPSTREAM_NETWORK, RETRY_WAIT},
        {ERR_UPSTREAM_SERVER, RETRY_WAIT},
        {ERR_UPSTREAM_BUSY, RETRY_WAIT},
        {ERR_UPSTREAM_QUOTA, RETRY_WAIT},
        {ERR_UPSTREAM_CLOCK, RETRY_WAIT},
        {ERR_UPSTREAM_NOT_JSON, RETRY_WAIT},
        {ERR_UPSTREAM_TRUNCATED, RETRY_WAIT},
        {ERR_UPSTREAM_RANGE, RETRY_SPLIT},
        {ERR_UPSTREAM_TOO_LARGE, RETRY_SPLIT},
        {ERR_UPSTREAM_CREDENTIAL, RETRY_FAIL},
        {ERR_UPSTREAM_ENVELOPE, RETRY_FAIL},
        {ERR_UPSTREAM_REFUSED, RETRY_FAIL},
        {ERR_UPSTREAM_NOT_FOUND, RETRY_FAIL},
        {ERR_UPSTREAM_ADDRESS, RETRY_FAIL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(after(expected[i].err, 1, 0, 1).what, expected[i].what);
}

static void what_cannot_be_halved_fails(void **state)
{
    struct retry_case c = {.error = ERR_UPSTREAM_RANGE, .attempt = 1, .left_ms = RETRY_NO_DEADLINE};
    (void)state;
    assert_int_equal(retry_decide(&policy, &c).what, RETRY_FAIL);
    c.can_split = true;
    c.attempt = 99; /* halving ends by itself: it needs no number of tries */
    assert_int_equal(retry_decide(&policy, &c).what, RETRY_SPLIT);
}

static void longer_wish_of_the_upstream_wins_up_to_a_day(void **state)
{
    (void)state;
    assert_int_equal(after(ERR_UPSTREAM_BUSY, 1, 30000, 1).delay_ms, 30000);
    assert_true(after(ERR_UPSTREAM_BUSY, 4, 10, 1).delay_ms >= 3000);
    assert_int_equal(after(ERR_UPSTREAM_BUSY, 1, 99LL * 86400000, 1).delay_ms, 86400000);
}

static void no_try_begins_after_the_deadline(void **state)
{
    struct retry_case c = {
        .error = ERR_UPSTREAM_SERVER, .attempt = 1, .left_ms = 1001, .can_split = true};
    (void)state;
    for (c.random = 0; c.random < 2000; c.random++)
        assert_int_equal(retry_decide(&policy, &c).what, RETRY_WAIT);
    c.left_ms = 500; /* the shortest delay: it would begin at the deadline */
    for (c.random = 0; c.random < 2000; c.random++) {
        struct retry_verdict v = retry_decide(&policy, &c);
        assert_true(v.what == RETRY_FAIL && v.late && v.delay_ms == 0);
    }
    c.left_ms = 60000;
    c.retry_after_ms = 60000;
    assert_true(retry_decide(&policy, &c).late);
    c.error = ERR_UPSTREAM_RANGE;
    assert_int_equal(retry_decide(&policy, &c).what, RETRY_SPLIT);
    c.left_ms = -1;
    assert_true(retry_decide(&policy, &c).late);
    c.error = ERR_UPSTREAM_REFUSED; /* would have failed anyhow */
    assert_false(retry_decide(&policy, &c).late);
}

static void jitter_spreads_over_the_upper_half(void **state)
{
    (void)state;
    int low = 0;
    int high = 0;
    for (uint32_t random = 0; random < 10000; random++) {
        int64_t delay = after(ERR_UPSTREAM_NETWORK, 1, 0, random * 2654435761u).delay_ms;
        low += delay < 750;
        high += delay >= 750;
    }
    assert_true(low > 4000 && high > 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delay_doubles_up_to_the_cap),
        cmocka_unit_test(last_attempt_gives_up),
        cmocka_unit_test(each_class_has_its_own_end),
        cmocka_unit_test(what_cannot_be_halved_fails),
        cmocka_unit_test(longer_wish_of_the_upstream_wins_up_to_a_day),
        cmocka_unit_test(no_try_begins_after_the_deadline),
        cmocka_unit_test(jitter_spreads_over_the_upper_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
