/*
 * test_checks.c - what is accepted as a code, name, key and address, and which field is named.
 */
#include "services/dealer/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct fault fault;

static void texts_lose_white_space_and_empty_ones_become_absent(void **state)
{
    (void)state;
    struct dealer_create m = {.dealer_id = view_of("  12284\t"), .dealer_name = view_of(" \r\n ")};
    m.has |= 3;
    PUT(&m, dealer_create, api_key, view_of("   "));
    PUT(&m, dealer_create, secret_key, view_of(" s "));
    PUT(&m, dealer_create, is_active, false);
    trim_texts(&DEALER_CREATE, &m);
    assert_true(view_is(m.dealer_id, "12284"));
    assert_true(view_is(m.dealer_name, ""));
    assert_true(HAS(&m, dealer_create, dealer_name)); /* required: present, and then refused */
    assert_false(HAS(&m, dealer_create, api_key));
    assert_true(view_is(m.secret_key, "s"));
    assert_true(HAS(&m, dealer_create, is_active));
}

static void codes_are_short_words(void **state)
{
    (void)state;
    static const char *const good[] = {"1", "12284", "A-b_9", "0123456789"};
    static const char *const bad[] = {"",           "01234567890", "12 84", "12/84",
                                      "12\xc3\xa4", "a.b",         "..",    "%41"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(check_code("dealer_id", view_of(good[i]), &fault), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(check_code("dealer_id", view_of(bad[i]), &fault), ERR_FORMAT);
    assert_string_equal(fault.field, "dealer_id");
}

static void names_are_one_line(void **state)
{
    (void)state;
    assert_int_equal(
        check_name("dealer_name", view_of("PT \xc3\x84hre & \"S\xc3\xb6hne\""), &fault), ERR_OK);
    assert_int_equal(check_name("dealer_name", view_of(""), &fault), ERR_FORMAT);
    assert_int_equal(check_name("dealer_name", view_of("a\nb"), &fault), ERR_FORMAT);
    assert_int_equal(check_name("dealer_name", view_of("a\x7f"), &fault), ERR_FORMAT);
}

static void keys_fit_into_a_header_and_are_never_quoted(void **state)
{
    (void)state;
    assert_int_equal(check_key("api_key", view_of("dgi-key-sim:group-a~!"), &fault), ERR_OK);
    assert_int_equal(check_key("api_key", view_of("abc\r\nX-Evil: 1"), &fault), ERR_FORMAT);
    assert_null(strstr(fault.text, "Evil"));
    assert_int_equal(check_key("api_key", view_of("a b"), &fault), ERR_FORMAT);
    assert_int_equal(check_key("api_key", view_of("\xc3\xa4"), &fault), ERR_FORMAT);
}

static void addresses_are_plain_http_urls(void **state)
{
    (void)state;
    static const char *const good[] = {"http://127.0.0.1:8090/dgi-api/v1.3", "https://example.com",
                                       "HTTPS://Example.com:443/a%20b", "http://[::1]:80/x",
                                       "http://host_1.local/"};
    static const char *const bad[] = {"",
                                      "ftp://x",
                                      "example.com",
                                      "http://",
                                      "https:///path",
                                      "http://:80/",
                                      "http://x:0",
                                      "http://x:65536",
                                      "http://x:80a",
                                      "http://x:",
                                      "http://u:p@x/",
                                      "http://x/?a=1",
                                      "http://x/#f",
                                      "http://x y",
                                      "http://x\n",
                                      "http://[::1",
                                      "http://[]/",
                                      "http://[g::1]/",
                                      "http://.x/",
                                      "http://x/\\",
                                      "http://x/<>",
                                      "http:/x",
                                      "file:///etc"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct view v = view_of(good[i]);
        if (check_base_url("base_url", &v, &fault) != ERR_OK)
            fail_msg("refused %s: %s", good[i], fault.text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct view v = view_of(bad[i]);
        if (check_base_url("base_url", &v, &fault) != ERR_FORMAT)
            fail_msg("accepted %s", bad[i]);
        assert_string_equal(fault.field, "base_url");
    }
    struct view v = view_of("http://x/dgi-api/v1.3///");
    assert_int_equal(check_base_url("base_url", &v, &fault), ERR_OK);
    assert_true(view_is(v, "http://x/dgi-api/v1.3"));
}

static void a_new_dealer_has_both_keys_or_none(void **state)
{
    (void)state;
    struct dealer_create m = {.dealer_id = view_of("1"), .dealer_name = view_of("x")};
    assert_int_equal(check_dealer_create(&m, &fault), ERR_OK);
    PUT(&m, dealer_create, upstream, view_of("sim"));
    assert_int_equal(check_dealer_create(&m, &fault), ERR_MISSING);
    assert_string_equal(fault.field, "api_key");
    PUT(&m, dealer_create, api_key, view_of("k"));
    assert_int_equal(check_dealer_create(&m, &fault), ERR_MISSING);
    assert_string_equal(fault.field, "secret_key");
    PUT(&m, dealer_create, secret_key, view_of("s"));
    assert_int_equal(check_dealer_create(&m, &fault), ERR_OK);
    struct dealer_create secret = {.dealer_id = view_of("1"), .dealer_name = view_of("x")};
    PUT(&secret, dealer_create, secret_key, view_of("s"));
    assert_int_equal(check_dealer_create(&secret, &fault), ERR_MISSING);
    assert_string_equal(fault.field, "api_key");
}

static void an_update_changes_something(void **state)
{
    (void)state;
    struct dealer_update m = {.has = 1, .dealer_id = view_of("1")};
    assert_int_equal(check_dealer_update(&m, &fault), ERR_NOTHING_TO_DO);
    PUT(&m, dealer_update, is_active, false);
    assert_int_equal(check_dealer_update(&m, &fault), ERR_OK);
    PUT(&m, dealer_update, upstream_dealer_id, view_of("a b"));
    assert_int_equal(check_dealer_update(&m, &fault), ERR_FORMAT);
    assert_string_equal(fault.field, "upstream_dealer_id");
}

static void upstreams_have_plain_names(void **state)
{
    (void)state;
    struct upstream_set m = {.name = view_of("dgi.main-1")};
    assert_int_equal(check_upstream_set(&m, &fault), ERR_OK);
    m.name = view_of("a/b");
    assert_int_equal(check_upstream_set(&m, &fault), ERR_FORMAT);
    assert_string_equal(fault.field, "name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_lose_white_space_and_empty_ones_become_absent),
        cmocka_unit_test(codes_are_short_words),
        cmocka_unit_test(names_are_one_line),
        cmocka_unit_test(keys_fit_into_a_header_and_are_never_quoted),
        cmocka_unit_test(addresses_are_plain_http_urls),
        cmocka_unit_test(a_new_dealer_has_both_keys_or_none),
        cmocka_unit_test(an_update_changes_something),
        cmocka_unit_test(upstreams_have_plain_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
