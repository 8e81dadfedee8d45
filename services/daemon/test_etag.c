/*
 * test_etag.c - which If-Match lists an etag fits.
 */
#include "services/daemon/etag.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void etags_fit_if_one_of_the_list_does(void **state)
{
    (void)state;
    struct view etag = view_of("5f1c8a0b9d3e7c42");
    static const char *const good[] = {"*", " * ", "\"5f1c8a0b9d3e7c42\"", "5f1c8a0b9d3e7c42",
                                       "\"a\", \"5f1c8a0b9d3e7c42\" ,\"b\""};
    static const char *const bad[] = {"",    "\"\"", "\"5f1c\"", "W/\"5f1c8a0b9d3e7c42\"",
                                      "a,*", ",",    "\"",       "\"5f1c8a0b9d3e7c42"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(etag_fits(view_of(good[i]), etag));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(etag_fits(view_of(bad[i]), etag));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(etags_fit_if_one_of_the_list_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
