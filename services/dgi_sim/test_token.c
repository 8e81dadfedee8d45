/*
 * test_token.c - the published vectors of both formulas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/dgi_sim/token.h"

struct vector {
    const char *key;
    const char *secret;
    const char *seconds;
    enum token_formula formula;
    const char *token;
};

static const struct vector vectors[] = {
    {"dgi-key-test:example0001", "dgi-secret-test:example0002", "1700000000", TOKEN_CONCAT,
     "a1d47184219733b03c2a42dd9e48d49c20f5fb83401a8bc1ed3ecb0d1602d43f"},
    {"dgi-key-test:example0001", "dgi-secret-test:example0002", "1700000000", TOKEN_COLON,
     "d98b6c485c700b9eb8fc4678431152fe96d5fe26dfa324ce8b19123e8864990a"},
    {"11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000", "1767225600",
     TOKEN_CONCAT, "930f25e01a682e83b691ba02f07dc2a45e4521f9e72568eabf31450c549ac903"},
    {"11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000", "1767225600",
     TOKEN_COLON, "755ae824527eb669fefebee7e8a95d898f2356623231e7e96329f1633e29a895"},
};

static void vectors_hold(void **state)
{
    char hex[TOKEN_HEX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *v = &vectors[i];

        assert_true(token_make(v->formula, v->key, v->secret, v->seconds, hex));
        assert_string_equal(hex, v->token);
    }
}

static void a_newline_makes_another_token(void **state)
{
    char hex[TOKEN_HEX + 1];

    (void)state;
    assert_true(token_make(TOKEN_CONCAT, vectors[0].key, vectors[0].secret, "1700000000\n", hex));
    assert_memory_equal(hex, "01ce8140", 8);
    assert_memory_equal(hex + TOKEN_HEX - 6, "cfd6de", 6);
}

static void an_endless_header_is_refused(void **state)
{
    char hex[TOKEN_HEX + 1], seconds[2000];

    (void)state;
    memset(seconds, '1', sizeof seconds - 1);
    seconds[sizeof seconds - 1] = '\0';
    assert_false(token_make(TOKEN_CONCAT, "key", "secret", seconds, hex));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_hold),
        cmocka_unit_test(a_newline_makes_another_token),
        cmocka_unit_test(an_endless_header_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
