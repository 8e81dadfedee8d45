/*
 * test_address.c - which network addresses an upstream may have.
 */
#include "services/fetcher/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
    {"::ffff:8.8.8.8", true},
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
        cmocka_unit_test(socket_addresses_are_read),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
