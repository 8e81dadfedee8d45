/*
 * test_faults.c - the queue of faults: what fits, how often, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/dgi_sim/faults.h"
#include "services/dgi_sim/json_in.h"
#include "services/dgi_sim/profile.h"

static const char *add(struct faults *f, const char *order)
{
    yajl_val tree = json_read(order, strlen(order));
    int64_t id = 0;
    const char *wrong = faults_add(f, tree, &id);

    yajl_tree_free(tree);
    return wrong;
}

static enum fault_kind take(struct faults *f, int profile, const char *dealer, const char *subject)
{
    return faults_take(f, profile, dealer, subject).kind;
}

static void a_fault_fits_by_profile_dealer_and_text(void **state)
{
    struct faults *f = faults_new();

    (void)state;
    assert_null(add(f, "{\"kind\":\"drop\",\"profile\":\"legacy\",\"dealer\":\"99901\","
                       "\"match\":\"2026-03-02\"}"));
    assert_int_equal(take(f, PROFILE_SPEC13, "99901", "/x 2026-03-02"), FAULT_NONE);
    assert_int_equal(take(f, PROFILE_LEGACY, "12284", "/x 2026-03-02"), FAULT_NONE);
    assert_int_equal(take(f, PROFILE_LEGACY, "99901", "/x 2026-03-03"), FAULT_NONE);
    assert_int_equal(take(f, PROFILE_LEGACY, "99901", "/x 2026-03-02"), FAULT_DROP);
    assert_int_equal(take(f, PROFILE_LEGACY, "99901", "/x 2026-03-02"), FAULT_NONE);
    faults_free(&f);
}

static void times_and_skip_are_counted(void **state)
{
    struct faults *f = faults_new();

    (void)state;
    assert_null(add(f, "{\"kind\":\"empty\",\"times\":2,\"skip\":1}"));
    assert_null(add(f, "{\"kind\":\"hang\",\"times\":-1}"));
    assert_int_equal(take(f, 0, "", ""), FAULT_HANG);
    assert_int_equal(take(f, 0, "", ""), FAULT_EMPTY);
    assert_int_equal(take(f, 0, "", ""), FAULT_EMPTY);
    for (int i = 0; i < 10; i++)
        assert_int_equal(take(f, 0, "", ""), FAULT_HANG);
    assert_int_equal(faults_remove(f, 0), 1);
    assert_int_equal(take(f, 0, "", ""), FAULT_NONE);
    faults_free(&f);
}

static void wrong_orders_are_refused(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "{\"kind\":\"none\"}",
        "{\"kind\":\"explode\"}",
        "{\"kind\":\"drop\",\"profile\":\"spec14\"}",
        "{\"kind\":\"drop\",\"times\":0}",
        "{\"kind\":\"drop\",\"delay_ms\":-1}",
        "{\"kind\":\"status\",\"value\":99}",
        "{\"kind\":\"drop\",\"dealer\":\"12345678901234567890\"}",
    };
    struct faults *f = faults_new();

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_non_null(add(f, wrong[i]));
    for (int i = 0; i < 256; i++)
        assert_null(add(f, "{\"kind\":\"drop\"}"));
    assert_non_null(add(f, "{\"kind\":\"drop\"}"));
    faults_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_fits_by_profile_dealer_and_text),
        cmocka_unit_test(times_and_skip_are_counted),
        cmocka_unit_test(wrong_orders_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
