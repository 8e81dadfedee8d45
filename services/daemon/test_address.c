/*
 * test_address.c - which addresses we may call.
 */
#include "services/daemon/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

static const struct {
    const char *text;
    bool is_public;
} addresses[] = {
    {"8.8.8.8", true},
    {"1.1.1.1", true},
    {"172.32.0.1", true},
    {"100.128.0.1", true},
    {"2404:6800:4003::1", true},
    {"64:ff9b::808:808", true},
    {"2002:808:808::1", true},
    {"127.0.0.1", false},
    {"127.255.255.255", false},
    {"0.0.0.0", false},
    {"10.1.2.3", false},
    {"172.16.0.1", false},
    {"172.31.255.255", false},
    {"192.168.1.1", false},
    {"169.254.169.254", false},
    {"100.64.0.1", false},
    {"224.0.0.1", false},
    {"255.255.255.255", false},
    {"198.18.0.1", false},
    {"::1", false},
    {"::", false},
    {"fe80::1", false},
    {"fc00::1", false},
    {"fd12::1", false},
    {"ff02::1", false},
    {"::ffff:127.0.0.1", false},
    {"::ffff:8.8.8.8", false},
    {"::ffff:0:127.0.0.1", false},
    {"::127.0.0.1", false},
    {"::8.8.8.8", false},
    {"64:ff9b::7f00:1", false},
    {"64:ff9b::a9fe:a9fe", false},
    {"64:ff9b:1::808:808", false},
    {"2002:a9fe:a9fe::", false},
    {"3fff::1", false},
    {"fd00:ec2::254", false},
    {"fec0::1", false},
    {"192.88.99.1", false},
    {"192.0.2.1", false},
    {"203.0.113.9", false},
    {"0x7f.1", false},
    {"127.1", false},
    {"010.0.0.1", false},
    {"8.8.8.8.", false},
    {"fe80::1%lo", false},
    {"64:ff9b::a00:1", false},
    {"2002:7f00:1::", false},
    {"2001:db8::1", false},
    {"2001::1", false},
    {"localhost", false},
    {"", false},
};

static void public_addresses_are_told_from_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        if (address_public_text(addresses[i].text) != addresses[i].is_public)
            fail_msg("%s", addresses[i].text);
}

/* What is wrong with a URL: nothing; nothing if private ones are allowed; something in any case. */
enum verdict { GOOD, PRIVATE, BAD };

static const struct {
    const char *url;
    enum verdict verdict;
} urls[] = {
    {"https://dgi.example.com/dgi-api/v1.3", GOOD},
    {"HTTPS://Example.com:443/a%20b", GOOD},
    {"http://example.com", GOOD},
    {"http://example.com?x=1", GOOD},
    {"http://example.com#part", GOOD},
    {"http://example.com./x", GOOD},
    {"http://host_1.example/", GOOD},
    {"http://8.8.8.8/", GOOD},
    {"http://8.8.8.8:8080", GOOD},
    {"http://[2404:6800:4003::1]:443/x", GOOD},
    {"http://1.2.3.4.example/", GOOD},
    {"http://0x7f.example/", GOOD},
    {"http://localhost.example/", GOOD},
    {"http://notlocalhost/", GOOD},
    {"http://x/@y", GOOD},
    {"http://127.0.0.1", PRIVATE},
    {"http://127.0.0.1:8090/dgi-api/v1.3", PRIVATE},
    {"http://127.255.255.254/", PRIVATE},
    {"http://0.0.0.0/", PRIVATE},
    {"http://10.0.0.1/", PRIVATE},
    {"http://172.16.0.1/", PRIVATE},
    {"http://192.168.0.1/", PRIVATE},
    {"http://100.64.0.1/", PRIVATE},
    {"http://169.254.169.254/latest/meta-data/", PRIVATE},
    {"http://224.0.0.1/", PRIVATE},
    {"http://255.255.255.255/", PRIVATE},
    {"http://localhost/", PRIVATE},
    {"http://LOCALHOST:80/", PRIVATE},
    {"http://localhost./", PRIVATE},
    {"http://a.localhost/", PRIVATE},
    {"http://[::1]/", PRIVATE},
    {"http://[::]/", PRIVATE},
    {"http://[0:0:0:0:0:0:0:1]/", PRIVATE},
    {"http://[::ffff:127.0.0.1]/", PRIVATE},
    {"http://[::ffff:7f00:1]/", PRIVATE},
    {"http://[::ffff:8.8.8.8]/", PRIVATE},
    {"http://[::127.0.0.1]/", PRIVATE},
    {"http://[64:ff9b::7f00:1]/", PRIVATE},
    {"http://[64:ff9b::808:808]/", PRIVATE},
    {"http://[2002:7f00:1::]/", PRIVATE},
    {"http://[2002:808:808::]/", PRIVATE},
    {"http://[fe80::1]/", PRIVATE},
    {"http://[fd00:ec2::254]/", PRIVATE},
    {"http://[ff02::1]/", PRIVATE},
    {"http://0x7f.1/", BAD},
    {"http://0x7f.0.0.1/", BAD},
    {"http://0x7f000001/", BAD},
    {"http://0X7F000001/", BAD},
    {"http://017700000001/", BAD},
    {"http://0177.0.0.1/", BAD},
    {"http://2130706433/", BAD},
    {"http://127.1/", BAD},
    {"http://127.0.1/", BAD},
    {"http://127.0.0.01/", BAD},
    {"http://127.0.0.1./", BAD},
    {"http://2130706433./", BAD},
    {"http://1.2.3.4.5/", BAD},
    {"http://256.1.1.1/", BAD},
    {"http://0/", BAD},
    {"http://0x/", BAD},
    {"http://8.8.8.0x8/", BAD},
    {"http://a.b.1/", BAD},
    {"http://127.0.0.1..", BAD},
    {"http://example.com../", BAD},
    {"http://a..b/", BAD},
    {"http://.x/", BAD},
    {"http://./", BAD},
    {"http://", BAD},
    {"https:///path", BAD},
    {"http://:80/", BAD},
    {"http://x:/", BAD},
    {"http://x:0/", BAD},
    {"http://x:65536/", BAD},
    {"http://x:80a/", BAD},
    {"http://x:80:80/", BAD},
    {"http://u:p@example.com/", BAD},
    {"http://@example.com/", BAD},
    {"http://example.com@127.0.0.1/", BAD},
    {"http://127.0.0.1\\@example.com/", BAD},
    {"http://127.0.0.1%2f@example.com", BAD},
    {"http://%31%32%37.0.0.1/", BAD},
    {"http://exa mple.com/", BAD},
    {"http://example.com/\r\nX: y", BAD},
    {"http://\xe2\x91\xa0.example/", BAD},
    {"http://[::1", BAD},
    {"http://[]/", BAD},
    {"http://[::1]x/", BAD},
    {"http://[::1%25lo]/", BAD},
    {"http://[fe80::1%lo]/", BAD},
    {"http://[127.0.0.1]/", BAD},
    {"http://[1:2:3:4:5:6:7:8:9]/", BAD},
    {"ftp://example.com/", BAD},
    {"file:///etc/passwd", BAD},
    {"gopher://127.0.0.1/", BAD},
    {"javascript:alert(1)", BAD},
    {"//example.com/", BAD},
    {"example.com", BAD},
    {"http:/example.com", BAD},
    {" http://example.com", BAD},
    {"", BAD},
};

static void urls_are_judged_by_their_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        const char *strict = address_url_fault(view_of(urls[i].url), false);
        const char *lenient = address_url_fault(view_of(urls[i].url), true);
        enum verdict verdict = lenient ? BAD : strict ? PRIVATE : GOOD;
        if (verdict != urls[i].verdict || (lenient && !strict))
            fail_msg("%s: %s", urls[i].url, strict ? strict : "nothing wrong");
    }
}

static void names_have_their_longest_length(void **state)
{
    char url[400] = "http://";
    size_t n = strlen(url);

    (void)state;
    memset(url + n, 'a', 64);
    assert_non_null(address_url_fault(view_of(url), true));
    url[n + 63] = '.';
    assert_null(address_url_fault(view_of(url), true));
    for (size_t i = n; i < n + 254; i++)
        url[i] = (i - n) % 2 ? '.' : 'a';
    assert_non_null(address_url_fault(view_of(url), true));
    url[n + 253] = '\0';
    assert_null(address_url_fault(view_of(url), true));
}

static void socket_addresses_are_read(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(0x08080808)}};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    (void)state;
    assert_true(address_public((struct sockaddr *)&in));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_false(address_public((struct sockaddr *)&in));
    assert_false(address_public((struct sockaddr *)&in6));
    assert_int_equal(inet_pton(AF_INET6, "2404:6800:4003::1", &in6.sin6_addr), 1);
    assert_true(address_public((struct sockaddr *)&in6));
    assert_false(address_public((struct sockaddr *)&un));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_told_from_others),
        cmocka_unit_test(urls_are_judged_by_their_text),
        cmocka_unit_test(names_have_their_longest_length),
        cmocka_unit_test(socket_addresses_are_read),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
