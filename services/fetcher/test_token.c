/*
 * test_token.c - the token against published vectors.
 */
#include "services/fetcher/token.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *key;
    const char *secret;
    int64_t second;
    enum token_formula formula;
    const char *token;
} vectors[] = {
    {"dgi-key-test:example0001", "dgi-secret-test:example0002", 1700000000, TOKEN_CONCAT,
     "a1d47184219733b03c2a42dd9e48d49c20f5fb83401a8bc1ed3ecb0d1602d43f"},
    {"dgi-key-test:example0001", "dgi-secret-test:example0002", 1700000000, TOKEN_COLON,
     "d98b6c485c700b9eb8fc4678431152fe96d5fe26dfa324ce8b19123e8864990a"},
    {"11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000", 1767225600,
     TOKEN_CONCAT, "930f25e01a682e83b691ba02f07dc2a45e4521f9e72568eabf31450c549ac903"},
    {"11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000", 1767225600,
     TOKEN_COLON, "755ae824527eb669fefebee7e8a95d898f2356623231e7e96329f1633e29a895"},
};

static void vectors_give_the_published_tokens(void **state)
{
    char token[TOKEN_LENGTH + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        assert_int_equal(token_make(vectors[i].formula, view_of(vectors[i].key),
                                    view_of(vectors[i].secret), vectors[i].second, token),
                         ERR_OK);
        assert_string_equal(token, vectors[i].token);
    }
}

static void formula_words_are_read(void **state)
{
    enum token_formula f = TOKEN_COLON;

    (void)state;
    assert_int_equal(token_formula_read(view_of("concat"), &f), ERR_OK);
    assert_int_equal(f, TOKEN_CONCAT);
    assert_int_equal(token_formula_read(view_of("colon"), &f), ERR_OK);
    assert_int_equal(f, TOKEN_COLON);
    assert_int_equal(token_formula_read(view_of("Concat"), &f), ERR_CHOICE);
    assert_int_equal(token_formula_read((struct view){NULL, 0}, &f), ERR_CHOICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_give_the_published_tokens),
        cmocka_unit_test(formula_words_are_read),
    };
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
