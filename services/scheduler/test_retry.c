/*
 * test_retry.c - behaviour of the back-off.
 */
#include "services/scheduler/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct retry_policy policy = {.max_attempts = 5, .base_ms = 1000, .cap_ms = 6000};

static void delay_doubles_up_to_the_cap(void **state)
{
    static const int64_t full[] = {1000, 2000, 4000, 6000};
    (void)state;
    for (int attempt = 1; attempt <= 4; attempt++)
        for (uint32_t random = 0; random < 100000; random += 37) {
            int64_t delay = retry_delay(&policy, ERR_UPSTREAM_SERVER, attempt, 0, random);
            assert_true(delay >= full[attempt - 1] / 2 && delay <= full[attempt - 1]);
        }
}

static void last_attempt_gives_up(void **state)
{
    (void)state;
    assert_true(retry_delay(&policy, ERR_UPSTREAM_SERVER, 4, 0, 1) > 0);
    assert_int_equal(retry_delay(&policy, ERR_UPSTREAM_SERVER, 5, 0, 1), -1);
}

static void refused_credential_is_not_tried_again(void **state)
{
    (void)state;
    assert_int_equal(retry_delay(&policy, ERR_UPSTREAM_CREDENTIAL, 1, 0, 1), -1);
    assert_int_equal(retry_delay(&policy, ERR_UPSTREAM_RANGE, 1, 0, 1), -1);
}

static void longer_wish_of_the_upstream_wins(void **state)
{
    (void)state;
    assert_int_equal(retry_delay(&policy, ERR_UPSTREAM_BUSY, 1, 30000, 1), 30000);
    assert_true(retry_delay(&policy, ERR_UPSTREAM_BUSY, 4, 10, 1) >= 3000);
}

static void jitter_spreads_over_the_upper_half(void **state)
{
    (void)state;
    int low = 0;
    int high = 0;
    for (uint32_t random = 0; random < 10000; random++) {
        int64_t delay = retry_delay(&policy, ERR_UPSTREAM_NETWORK, 1, 0, random * 2654435761u);
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
        cmocka_unit_test(refused_credential_is_not_tried_again),
        cmocka_unit_test(longer_wish_of_the_upstream_wins),
        cmocka_unit_test(jitter_spreads_over_the_upper_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
