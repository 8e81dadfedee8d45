/* test_seal.c - secrets at rest, UUID v7, sign-in links. */
#include "services/daemon/link.h"
#include "services/daemon/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char master[] = "/tmp/test_seal_master_XXXXXX";
static char admin[] = "/tmp/test_seal_admin_XXXXXX";
static const char admin_key[] = "dd_00112233445566778899aabbccddeeff";

static void write_file(char *file, const char *text)
{
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static struct seal *opened(void)
{
    struct seal *s;
    assert_int_equal(seal_open_key("", master, &s), ERR_OK);
    return s;
}

static void sealed_text_opens_again(void **state)
{
    struct seal *s = opened();
    char sealed[SEAL_MAX_SEALED + 1], plain[SEAL_MAX_PLAIN + 1], text[SEAL_MAX_PLAIN + 1];
    (void)state;
    memset(text, 'k', sizeof text);
    for (uint32_t n = 0; n <= SEAL_MAX_PLAIN; n++) {
        assert_int_equal(seal_text(s, (struct view){text, n}, sealed), ERR_OK);
        assert_true(strlen(sealed) <= SEAL_MAX_SEALED);
        assert_int_equal(seal_unseal(s, view_of(sealed), plain), ERR_OK);
        assert_int_equal(strlen(plain), n);
        assert_memory_equal(plain, text, n);
    }
    assert_int_equal(seal_text(s, (struct view){text, SEAL_MAX_PLAIN + 1}, sealed), ERR_LIMIT);
    seal_free(&s);
    assert_null(s);
}

static void a_changed_or_foreign_text_does_not_open(void **state)
{
    struct seal *s = opened();
    char sealed[SEAL_MAX_SEALED + 1], plain[SEAL_MAX_PLAIN + 1];
    (void)state;
    assert_int_equal(seal_text(s, view_of("secret"), sealed), ERR_OK);
    for (size_t i = 0; i < strlen(sealed); i++) {
        char before = sealed[i];
        sealed[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(seal_unseal(s, view_of(sealed), plain),
                         i < SEAL_KEY_ID ? ERR_KEY_RETIRED : ERR_FORMAT);
        sealed[i] = before;
    }
    assert_int_equal(seal_unseal(s, view_of(""), plain), ERR_FORMAT);
    assert_int_equal(seal_unseal(s, view_of("AAAA"), plain), ERR_FORMAT);
    assert_int_equal(seal_unseal(s, view_of("no base64!"), plain), ERR_FORMAT);
    seal_free(&s);
}

static void equal_texts_have_equal_fingerprints(void **state)
{
    struct seal *s = opened();
    unsigned char a[SEAL_FINGERPRINT], b[SEAL_FINGERPRINT];
    (void)state;
    seal_fingerprint(s, 0, view_of("one"), a);
    seal_fingerprint(s, 0, view_of("one"), b);
    assert_memory_equal(a, b, sizeof a);
    seal_fingerprint(s, 0, view_of("two"), b);
    assert_memory_not_equal(a, b, sizeof a);
    seal_free(&s);
}

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_C "e00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct seal *with_keys(const char *keys)
{
    struct seal *s;
    assert_int_equal(seal_open_key(keys, "/nowhere", &s), ERR_OK);
    return s;
}

static void the_first_key_seals_and_all_open(void **state)
{
    struct seal *a = with_keys(KEY_A), *ba = with_keys(KEY_B " ," KEY_A), *c = with_keys(KEY_C);
    char old[SEAL_MAX_SEALED + 1], new[SEAL_MAX_SEALED + 1], plain[SEAL_MAX_PLAIN + 1];
    unsigned char x[SEAL_FINGERPRINT], y[SEAL_FINGERPRINT];
    (void)state;
    assert_int_equal(seal_n_keys(ba), 2);
    assert_string_equal(seal_key_id(ba, 1), seal_key_id(a, 0));
    assert_int_equal(seal_text(a, view_of("one"), old), ERR_OK);
    assert_int_equal(seal_text(ba, view_of("two"), new), ERR_OK);
    assert_memory_equal(old, seal_key_id(a, 0), SEAL_KEY_ID);
    assert_memory_equal(new, seal_key_id(ba, 0), SEAL_KEY_ID);
    assert_int_equal(seal_unseal(ba, view_of(old), plain), ERR_OK);
    assert_string_equal(plain, "one");
    assert_int_equal(seal_unseal(ba, view_of(new), plain), ERR_OK);
    assert_int_equal(seal_unseal(a, view_of(new), plain), ERR_KEY_RETIRED);
    assert_int_equal(seal_unseal(c, view_of(old), plain), ERR_KEY_RETIRED);
    /* Without a name, as before there were several keys. */
    assert_int_equal(seal_unseal(ba, view_of(old + SEAL_KEY_ID + 1), plain), ERR_OK);
    assert_int_equal(seal_unseal(c, view_of(old + SEAL_KEY_ID + 1), plain), ERR_FORMAT);
    seal_fingerprint(a, 0, view_of("k"), x);
    seal_fingerprint(ba, 1, view_of("k"), y);
    assert_memory_equal(x, y, sizeof x);
    seal_fingerprint(ba, 0, view_of("k"), y);
    assert_memory_not_equal(x, y, sizeof x);
    seal_free(&a);
    seal_free(&ba);
    seal_free(&c);
}

static void replace(const char *file, const char *text)
{
    char fresh[] = "/tmp/test_seal_fresh_XXXXXX";
    write_file(fresh, text);
    assert_int_equal(rename(fresh, file), 0);
}

static void a_changed_file_is_read_again_and_forgets_nothing(void **state)
{
    char file[] = "/tmp/test_seal_turn_XXXXXX";
    char old[SEAL_MAX_SEALED + 1], new[SEAL_MAX_SEALED + 1], plain[SEAL_MAX_PLAIN + 1];
    struct seal *s, *b = with_keys(KEY_B);
    (void)state;
    write_file(file, KEY_A "\n");
    assert_int_equal(seal_open_key("", file, &s), ERR_OK);
    assert_int_equal(seal_text(s, view_of("one"), old), ERR_OK);
    assert_int_equal(seal_text(b, view_of("two"), new), ERR_OK);
    assert_int_equal(seal_unseal(s, view_of(new), plain), ERR_KEY_RETIRED);
    replace(file, KEY_B "\n" KEY_A "\n");
    assert_int_equal(seal_unseal(s, view_of(new), plain), ERR_OK); /* looks by itself */
    assert_string_equal(seal_key_id(s, 0), seal_key_id(b, 0));
    replace(file, KEY_B "\n");
    seal_refresh(s);
    assert_int_equal(seal_n_keys(s), 2);
    assert_int_equal(seal_unseal(s, view_of(old), plain), ERR_OK);
    replace(file, "rubbish");
    seal_refresh(s);
    assert_int_equal(seal_unseal(s, view_of(old), plain), ERR_OK);
    unlink(file);
    seal_refresh(s);
    assert_int_equal(seal_unseal(s, view_of(new), plain), ERR_OK);
    seal_free(&s);
    seal_free(&b);
}

static void what_is_no_list_of_keys_is_refused(void **state)
{
    static const char *const bad[] = {KEY_A KEY_B, KEY_A " x", " ,",
                                      "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
                                      "1d1e1f",
                                      KEY_A " " KEY_A " " KEY_A " " KEY_A " " KEY_A};
    struct seal *s;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(seal_open_key(bad[i], "/nowhere", &s), ERR_CONFIG);
}

static void a_key_file_must_hold_a_key(void **state)
{
    struct seal *s;
    char file[] = "/tmp/test_seal_bad_XXXXXX";
    (void)state;
    write_file(file, "0123");
    assert_int_equal(seal_open_key("", file, &s), ERR_CONFIG);
    assert_null(s);
    unlink(file);
    assert_int_equal(seal_open_key("", file, &s), ERR_CONFIG);
}

static void uuids_rise_and_have_the_right_form(void **state)
{
    char before[37] = "", now[37];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        uuid_v7(now);
        assert_int_equal(strlen(now), 36);
        assert_int_equal(now[14], '7');
        assert_non_null(strchr("89ab", now[19]));
        assert_true(strcmp(before, now) < 0);
        memcpy(before, now, sizeof now);
    }
}

static struct link_keys *keys(void)
{
    struct link_keys *k;
    assert_int_equal(link_open_key(admin, &k), ERR_OK);
    return k;
}

static void a_link_is_good_until_it_expires(void **state)
{
    struct link_keys *k = keys();
    struct link_claim c;
    char token[LINK_MAX_TOKEN];
    (void)state;
    assert_int_equal(link_make(k, "analytics", 1000, 500, token), ERR_OK);
    assert_int_equal(link_verify(k, view_of(token), 1499, &c), ERR_OK);
    assert_string_equal(c.role, "analytics");
    assert_int_equal(c.expires_at, 1500);
    assert_int_equal(strlen(c.nonce), 32);
    assert_int_equal(link_verify(k, view_of(token), 1500, &c), ERR_UNAUTHORIZED);
    link_free(&k);
}

static void a_link_is_no_session(void **state)
{
    struct link_keys *k = keys();
    struct link_claim c;
    char token[LINK_MAX_TOKEN];
    (void)state;
    assert_int_equal(link_make(k, "admin", 0, 500, token), ERR_OK);
    assert_int_equal(session_verify(k, view_of(token), 1, &c), ERR_UNAUTHORIZED);
    assert_int_equal(session_make(k, "admin", 0, 500, token), ERR_OK);
    assert_int_equal(session_verify(k, view_of(token), 1, &c), ERR_OK);
    assert_int_equal(link_verify(k, view_of(token), 1, &c), ERR_UNAUTHORIZED);
    link_free(&k);
}

/* Who remembers a token that was used must not meet it again in another spelling. */
static void a_token_has_one_spelling(void **state)
{
    struct link_keys *k = keys();
    struct link_claim c;
    char token[LINK_MAX_TOKEN], *last;
    (void)state;
    do
        assert_int_equal(link_make(k, "admin", 0, 500, token), ERR_OK);
    while (!(last = strchr(token, '_')));
    assert_int_equal(link_verify(k, view_of(token), 1, &c), ERR_OK);
    *last = (char)0xc3;
    assert_int_equal(link_verify(k, view_of(token), 1, &c), ERR_UNAUTHORIZED);
    link_free(&k);
}

static void forged_tokens_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        ".",
        "a.b",
        "no dot at all",
        "AAAA.AAAA",
        "....",
        "MTAwMC54LmFkbWlu.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct link_keys *k = keys();
    struct link_claim c;
    char token[LINK_MAX_TOKEN];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(link_verify(k, view_of(bad[i]), 1, &c), ERR_UNAUTHORIZED);
    assert_int_equal(link_make(k, "admin", 0, 500, token), ERR_OK);
    for (size_t i = 0; i < strlen(token); i++) {
        char before = token[i];
        token[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(link_verify(k, view_of(token), 1, &c), ERR_UNAUTHORIZED);
        token[i] = before;
    }
    link_free(&k);
}

static void the_admin_key_is_known(void **state)
{
    struct link_keys *k = keys();
    (void)state;
    assert_true(link_is_admin_key(k, view_of(admin_key)));
    assert_false(link_is_admin_key(k, view_of("dd_00112233445566778899aabbccddeefe")));
    assert_false(link_is_admin_key(k, (struct view){NULL, 0}));
    link_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_text_opens_again),
        cmocka_unit_test(a_changed_or_foreign_text_does_not_open),
        cmocka_unit_test(equal_texts_have_equal_fingerprints),
        cmocka_unit_test(the_first_key_seals_and_all_open),
        cmocka_unit_test(a_changed_file_is_read_again_and_forgets_nothing),
        cmocka_unit_test(what_is_no_list_of_keys_is_refused),
        cmocka_unit_test(a_key_file_must_hold_a_key),
        cmocka_unit_test(uuids_rise_and_have_the_right_form),
        cmocka_unit_test(a_link_is_good_until_it_expires),
        cmocka_unit_test(a_link_is_no_session),
        cmocka_unit_test(a_token_has_one_spelling),
        cmocka_unit_test(forged_tokens_are_refused),
        cmocka_unit_test(the_admin_key_is_known),
    };
    write_file(master, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    write_file(admin, admin_key);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(master);
    unlink(admin);
    return failed;
}
