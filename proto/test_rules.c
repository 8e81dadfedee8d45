/*
 * test_rules.c - holds the table of rules to its own rules.
 */
#include "proto/codec.h"
#include "proto/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void names_are_unique_and_come_back(void **state)
{
    (void)state;
    for (int i = 1; i < RULE_COUNT; i++) {
        const char *name = rule_name((enum rule)i);
        assert_true(*name);
        assert_int_equal(rule_from_name(name, strlen(name)), i);
    }
    assert_int_equal(rule_from_name("future", 6), RULE_NONE);
    assert_int_equal(rule_from_name("", 0), RULE_NONE);
    assert_string_equal(rule_name(RULE_NONE), "");
}

/* A code alone tells no number. */
static void what_is_usual_needs_no_limit(void **state)
{
    (void)state;
    for (int e = 1; e < ERR_COUNT; e++) {
        enum rule rule = rule_usual((enum err)e);
        assert_true(rule_limit(rule) != RULE_LIMIT_MIN && rule_limit(rule) != RULE_LIMIT_MAX);
    }
    assert_int_equal(rule_usual(ERR_MISSING), RULE_MISSING);
    assert_int_equal(rule_usual(ERR_DATABASE), RULE_NONE);
}

/* Every code of a field has a rule, so that a page has words for it. */
static void each_code_of_a_value_has_a_rule(void **state)
{
    (void)state;
    for (int e = 1; e < ERR_COUNT; e++)
        if (strncmp(err_code((enum err)e), "field.", 6) == 0 && e != ERR_MALFORMED &&
            e != ERR_NOTHING_TO_DO)
            assert_int_not_equal(rule_usual((enum err)e), RULE_NONE);
}

static void answers_name_the_rules_of_the_table(void **state)
{
    char words[1024] = "";
    (void)state;
    for (int i = 1; i < RULE_COUNT; i++) {
        size_t n = strlen(words);
        snprintf(words + n, sizeof words - n, "%s%s", n ? "|" : "", rule_name((enum rule)i));
    }
    assert_string_equal(desc_field(&PROBLEM_FIELD, view_of("rule"))->choices, words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique_and_come_back),
        cmocka_unit_test(what_is_usual_needs_no_limit),
        cmocka_unit_test(each_code_of_a_value_has_a_rule),
        cmocka_unit_test(answers_name_the_rules_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
