/*
 * test_address.c - addresses, networks, chains of proxies, origins, and token buckets.
 */
#include "gateway/address.h"
#include "gateway/cors.h"
#include "gateway/limits.h"
#include "proto/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct address at(const char *text)
{
    struct address a;
    assert_true(address_parse(view_of(text), &a));
    return a;
}

static void addresses(void **state)
{
    static const char *const wrong[] = {"",      "1.2.3",   "1.2.3.256", " 1.2.3.4", "1.2.3.4 ",
                                        "::1::", "fe80::g", "[::1]",     "host",     "1.2.3.4:80"};
    struct address a;
    char text[ADDRESS_TEXT];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(address_parse(view_of(wrong[i]), &a));
    a = at("2001:DB8::0:1");
    address_text(&a, text);
    assert_string_equal(text, "2001:db8::1");
    a = at("::ffff:10.0.0.1");
    address_text(&a, text);
    assert_string_equal(text, "10.0.0.1");
    a = at("127.8.9.1");
    assert_true(address_is_loopback(&a));
    a = at("::1");
    assert_true(address_is_loopback(&a));
    a = at("128.0.0.1");
    assert_false(address_is_loopback(&a));
}

static bool inside(const char *list, const char *address)
{
    struct networks n;
    struct address a = at(address);
    assert_true(networks_parse(list, &n));
    return networks_has(&n, &a);
}

static void networks(void **state)
{
    static const char *const wrong[] = {
        "10.0.0.0/33",  "10.0.0.1/8",   "10.0.0.0/", "10.0.0.0/-1", "fd00::/129",
        "10.0.0.0/08x", "10.0.0.0/8/8", "all",       "/8",          "1.2.3.4;1.2.3.5"};
    struct networks n;
    char many[70 * 9] = "";
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(networks_parse(wrong[i], &n));
    assert_false(inside("", "127.0.0.1"));
    assert_true(inside("10.0.0.0/8, 192.168.1.0/24", "192.168.1.77"));
    assert_false(inside("10.0.0.0/8,192.168.1.0/25", "192.168.1.128"));
    assert_true(inside("fd00::/8 ::1", "fd12::7"));
    assert_true(inside("::1", "::1"));
    assert_false(inside("::1", "::2"));
    assert_true(inside("0.0.0.0/0", "203.0.113.9"));
    assert_false(inside("0.0.0.0/0", "2001:db8::1"));
    assert_true(inside("::/0", "203.0.113.9"));
    for (int i = 0; i < 65; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "1.2.3.%d,", i);
    assert_false(networks_parse(many, &n));
}

/* The client of a request from `peer`, as text. */
static const char *client(const char *peer, const char *list, const char *pairs)
{
    static char text[ADDRESS_TEXT];
    struct networks trusted;
    assert_true(networks_parse("10.0.0.0/8 ::1", &trusted));
    struct address a = client_address(&trusted, at(peer), view_of(list), view_of(pairs));
    address_text(&a, text);
    return text;
}

static void clients_behind_proxies(void **state)
{
    (void)state;
    assert_string_equal(client("203.0.113.5", "198.51.100.1", ""), "203.0.113.5");
    assert_string_equal(client("10.0.0.1", "", ""), "10.0.0.1");
    assert_string_equal(client("10.0.0.1", "198.51.100.1", ""), "198.51.100.1");
    /* What a client wrote by itself stands left of what the proxy saw. */
    assert_string_equal(client("10.0.0.1", "1.1.1.1, 198.51.100.1", ""), "198.51.100.1");
    assert_string_equal(client("10.0.0.1", "1.1.1.1,198.51.100.1 , 10.9.9.9", ""), "198.51.100.1");
    assert_string_equal(client("10.0.0.1", "10.2.2.2, 10.9.9.9", ""), "10.2.2.2");
    assert_string_equal(client("10.0.0.1", "198.51.100.1:4711", ""), "198.51.100.1");
    assert_string_equal(client("::1", "[2001:db8::7]:99", ""), "2001:db8::7");
    assert_string_equal(client("::1", "2001:db8::7", ""), "2001:db8::7");
    /* A hop that cannot be read hides everything behind it. */
    assert_string_equal(client("10.0.0.1", "198.51.100.1, unknown", ""), "10.0.0.1");
    assert_string_equal(client("10.0.0.1", "198.51.100.1,,10.1.1.1", ""), "10.1.1.1");
    assert_string_equal(client("10.0.0.1", "198.51.100.1,", ""), "10.0.0.1");
}

static void clients_by_forwarded(void **state)
{
    (void)state;
    assert_string_equal(client("10.0.0.1", "", "for=198.51.100.1;proto=https;by=10.0.0.1"),
                        "198.51.100.1");
    assert_string_equal(client("10.0.0.1", "", "for=1.1.1.1, FOR=\"[2001:db8::7]:80\""),
                        "2001:db8::7");
    assert_string_equal(client("10.0.0.1", "", "proto=https; for=198.51.100.1 , for=10.3.3.3"),
                        "198.51.100.1");
    assert_string_equal(client("10.0.0.1", "", "for=_hidden"), "10.0.0.1");
    assert_string_equal(client("10.0.0.1", "", "for=1.1.1.1;for=2.2.2.2"), "10.0.0.1");
    assert_string_equal(client("10.0.0.1", "", "by=198.51.100.1"), "10.0.0.1");
    assert_string_equal(client("10.0.0.1", "", "for=\"a,b\""), "10.0.0.1");
    /* Both: they have to agree. */
    assert_string_equal(client("10.0.0.1", "198.51.100.1", "for=198.51.100.1"), "198.51.100.1");
    assert_string_equal(client("10.0.0.1", "198.51.100.1", "for=198.51.100.2"), "10.0.0.1");
}

static void origins_are_exact(void **state)
{
    static const char *const wrong[] = {"*",
                                        "null",
                                        "app.example.com",
                                        "https://",
                                        "https://app.example.com/",
                                        "https://App.example.com",
                                        "https://*.example.com",
                                        "ftp://app.example.com",
                                        "https://a https://b/x"};
    struct origins o;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(origins_parse(wrong[i], &o));
    assert_true(origins_parse("", &o) && o.n == 0);
    assert_false(origins_has(&o, view_of("https://app.example.com")));
    assert_true(origins_parse("https://app.example.com, http://localhost:5173", &o) && o.n == 2);
    assert_true(origins_has(&o, view_of("http://localhost:5173")));
    assert_false(origins_has(&o, view_of("http://localhost:51730")));
    assert_false(origins_has(&o, view_of("http://localhost")));
    assert_false(origins_has(&o, view_of("https://app.example.com.evil.example")));
    assert_false(origins_has(&o, view_of("")));
}

enum { SECOND = 1000000 };

static void buckets_empty_and_fill(void **state)
{
    struct limits *l = limits_new();
    struct address a = at("198.51.100.1"), b = at("198.51.100.2");
    struct rate r;
    int64_t now = 1000 * (int64_t)SECOND;
    (void)state;
    for (int i = 59; i >= 0; i--) {
        assert_true(limits_take_address(l, &a, 60, now, &r));
        assert_int_equal(r.limit, 60);
        assert_int_equal(r.remaining, i);
        assert_int_equal(r.reset_s, 60 - i);
    }
    assert_int_equal(r.retry_s, 1);
    assert_false(limits_take_address(l, &a, 60, now, &r));
    assert_false(limits_take_address(l, &a, 60, now + SECOND / 2, &r));
    assert_int_equal(r.retry_s, 1);
    assert_true(limits_take_address(l, &b, 60, now, &r));
    assert_true(limits_take_address(l, &a, 60, now + SECOND, &r));
    assert_false(limits_take_address(l, &a, 60, now + SECOND, &r));
    now += 3600 * (int64_t)SECOND;
    assert_true(limits_take_address(l, &a, 60, now, &r));
    assert_int_equal(r.remaining, 59);
    assert_true(limits_take_address(l, &a, 0, now, &r));
    assert_int_equal(r.limit, 0);
    limits_free(&l);
}

static void who_shares_a_bucket(void **state)
{
    struct limits *l = limits_new();
    struct address one = at("2001:db8:0:1::1"), two = at("2001:db8:0:1:ffff::2"),
                   other = at("2001:db8:0:2::1");
    struct rate r;
    (void)state;
    assert_true(limits_take_address(l, &one, 1, SECOND, &r));
    assert_false(limits_take_address(l, &two, 1, SECOND, &r));
    assert_int_equal(r.retry_s, 60);
    assert_true(limits_take_address(l, &other, 1, SECOND, &r));
    assert_true(limits_take_name(l, "admin", 1, SECOND, &r));
    assert_false(limits_take_name(l, "admin", 1, SECOND, &r));
    assert_true(limits_take_name(l, "anybody", 1, SECOND, &r));
    limits_free(&l);
}

/* More clients than places: those who ask much stay known before those who ask once. */
static void the_table_is_bounded(void **state)
{
    struct limits *l = limits_new();
    struct address busy = at("198.51.100.1");
    struct rate r;
    int64_t now = SECOND;
    (void)state;
    for (int i = 0; i < 60; i++)
        assert_true(limits_take_address(l, &busy, 60, now, &r));
    for (uint32_t i = 0; i < 200000; i++) {
        struct address a = at("10.0.0.0");
        memcpy(a.b + 13, (uint8_t[]){(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}, 3);
        assert_true(limits_take_address(l, &a, 60, now, &r));
    }
    assert_false(limits_take_address(l, &busy, 60, now, &r));
    limits_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(networks),
        cmocka_unit_test(clients_behind_proxies),
        cmocka_unit_test(clients_by_forwarded),
        cmocka_unit_test(origins_are_exact),
        cmocka_unit_test(buckets_empty_and_fill),
        cmocka_unit_test(who_shares_a_bucket),
        cmocka_unit_test(the_table_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
