/*
 * test_errors.c - holds the error table to its own rules.
 */
#include "proto/errors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool of_area(enum err e, const char *area)
{
    return strncmp(err_code(e), area, strlen(area)) == 0;
}

static void check_sentence(enum err e, const char *text)
{
    size_t n = strlen(text);
    if (n < 10 || n > 300 || text[n - 1] != '.')
        fail_msg("%s: no sentence: %s", err_code(e), text);
}

static void each_error_has_cause_and_advice_in_two_languages(void **state)
{
    (void)state;
    for (int i = 1; i < ERR_COUNT; i++) {
        enum err e = (enum err)i;
        check_sentence(e, err_cause(e, ERR_ENGLISH));
        check_sentence(e, err_advice(e, ERR_ENGLISH));
        check_sentence(e, err_cause(e, ERR_INDONESIAN));
        check_sentence(e, err_advice(e, ERR_INDONESIAN));
        assert_string_not_equal(err_cause(e, ERR_ENGLISH), err_cause(e, ERR_INDONESIAN));
        assert_string_not_equal(err_advice(e, ERR_ENGLISH), err_advice(e, ERR_INDONESIAN));
    }
}

static void codes_and_states_are_unique(void **state)
{
    (void)state;
    for (int a = 1; a < ERR_COUNT; a++) {
        assert_int_equal(err_from_code(err_code((enum err)a), strlen(err_code((enum err)a))), a);
        for (int b = 1; b < a; b++)
            assert_string_not_equal(err_code((enum err)a), err_code((enum err)b));
    }
}

/* What is worth another try by its class is so by its flag, and the other way round. */
static void class_and_flag_agree(void **state)
{
    (void)state;
    for (int e = 1; e < ERR_COUNT; e++)
        assert_int_equal(err_class((enum err)e) == CLASS_LATER, err_retryable((enum err)e));
}

static void only_calls_have_effects(void **state)
{
    (void)state;
    for (int e = 1; e < ERR_COUNT; e++)
        if (err_effect((enum err)e) != EFFECT_NONE)
            assert_true(of_area((enum err)e, "upstream."));
    assert_int_equal(err_effect(ERR_UPSTREAM_CREDENTIAL), EFFECT_FLAG);
    assert_int_equal(err_effect(ERR_UPSTREAM_QUOTA), EFFECT_QUOTA);
    assert_int_equal(err_effect(ERR_UPSTREAM_BUSY), EFFECT_BLOCK);
    assert_string_equal(err_effect_name(err_effect(ERR_UPSTREAM_SERVER)), "breaker");
    assert_string_equal(err_effect_name(EFFECT_NONE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_has_cause_and_advice_in_two_languages),
        cmocka_unit_test(codes_and_states_are_unique),
        cmocka_unit_test(class_and_flag_agree),
        cmocka_unit_test(only_calls_have_effects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
