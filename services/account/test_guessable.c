/*
 * test_guessable.c - which passwords are tried first, and which are nobody's guess.
 */
#include "services/account/guessable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_table_is_sorted_and_plain(void **state)
{
    (void)state;
    assert_true(guessable_count > 300);
    for (unsigned i = 0; i < guessable_count; i++) {
        const char *w = guessable_words[i];
        if (i)
            assert_true(strcmp(guessable_words[i - 1], w) < 0);
        assert_null(strpbrk(w, " -_.ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    }
}

static void each_common_one_is_found_with_what_people_add(void **state)
{
    static const char *const guessed[] = {
        "password1234",     "Password2026!",
        "P@ssw0rd2026",     "p4$$w0rd!!!!",
        "passwordpassword", "123456789012",
        "1234567890123",    "987654321098",
        "qwertyuiop123",    "1q2w3e4r5t6y",
        "1qaz2wsx3edc",     "Admin-Admin-12",
        "administrator1",   "letmein letmein",
        "change.me.now.1",  "iloveyou12345",
        "aaaaaaaaaaaa",     "abcabcabcabc",
        "121212121212",     "abcdefghijkl",
        "zyxwvutsrqpo",     "Dealer Dashboard",
        "2026hondadealer",  "astra_honda_motor",
        "112233445566",     "correct horse battery staple",
    };
    (void)state;
    for (size_t i = 0; i < sizeof guessed / sizeof *guessed; i++)
        if (!password_guessable(view_of(guessed[i]), view_of("ann")))
            fail_msg("%s is not found", guessed[i]);
}

static void the_login_with_something_added_is_found(void **state)
{
    (void)state;
    assert_true(password_guessable(view_of("annexample12"), view_of("AnnExample")));
    assert_true(password_guessable(view_of("2026-Ann.Example!"), view_of("ann.example")));
    assert_true(password_guessable(view_of("annannannann"), view_of("ann")));
    assert_true(password_guessable(view_of("robertarobertarobert"
                                           "a"),
                                   view_of("roberta7")));
    assert_false(password_guessable(view_of("annexample12"), view_of("bob")));
}

static void others_are_nobodys_guess(void **state)
{
    static const char *const good[] = {
        "correct horse battery", "correct horse battery!",  "x7Kq-92mv-Lp0z",
        "kuda biru makan awan",  "the sun is a tomato",     "902817465530",
        "ünïcödé pässwörter",    "honda was my first bike",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (password_guessable(view_of(good[i]), view_of("ann")))
            fail_msg("%s is refused", good[i]);
}

static void the_longest_one_is_looked_at_whole(void **state)
{
    char text[201];
    (void)state;
    memset(text, 'a', 200);
    text[200] = '\0';
    assert_true(password_guessable(view_of(text), view_of("ann")));
    memcpy(text + 190, "0b1c2d3e4f", 10);
    assert_false(password_guessable(view_of(text), view_of("ann")));
    assert_true(password_guessable(view_of(""), view_of("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted_and_plain),
        cmocka_unit_test(each_common_one_is_found_with_what_people_add),
        cmocka_unit_test(the_login_with_something_added_is_found),
        cmocka_unit_test(others_are_nobodys_guess),
        cmocka_unit_test(the_longest_one_is_looked_at_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
