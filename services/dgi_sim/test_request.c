/*
 * test_request.c - the body of a read: good ones, bad ones, and bytes changed at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/prospects.h"
#include "services/dgi_sim/request.h"

static const char good[] =
    "{\"fromTime\":\"2026-03-01 00:00:00\",\"toTime\":\"2026-03-07 23:59:59\","
    "\"dealerId\":\"12284\",\"idProspect \":\"x\",\"more\":[1,{\"a\":null}]}";

static bool read_text(const char *text, struct read_request *r)
{
    return request_read(text, strlen(text), 1000, r);
}

static void window_and_filters_are_read(void **state)
{
    struct read_request r;

    (void)state;
    assert_true(read_text(good, &r));
    assert_string_equal(r.dealer, "12284");
    assert_string_equal(r.prospect, "");
    assert_int_equal(r.to_at - r.from_at, 7 * DAY_S - 1);
    assert_true(r.has_to);
}

static void to_time_defaults_to_now(void **state)
{
    struct read_request r;

    (void)state;
    assert_true(read_text("{\"fromTime\":\"1970-01-01 00:00:00\",\"dealerId\":\"\"}", &r));
    assert_false(r.has_to);
    assert_int_equal(r.to_at, 1000);
}

static void unreadable_bodies_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "null",
        "{",
        "{}",
        "fromTime=2026-03-01",
        "{\"fromTime\":5}",
        "{\"fromTime\":\"01/03/2026 00:00:00\"}",
        "{\"fromTime\":\"2026-03-01 00:00:00\",\"toTime\":\"tomorrow\"}",
    };
    struct read_request r;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(read_text(bad[i], &r));
}

static void depth_and_length_are_bounded(void **state)
{
    enum { DEEP = 1 << 20 };
    char *text = malloc(DEEP);
    struct read_request r;

    (void)state;
    memset(text, '[', DEEP);
    assert_false(request_read(text, DEEP, 0, &r));
    memcpy(text, "{\"fromTime\":\"2026-03-01 00:00:00\",\"dealerId\":\"", 46);
    memset(text + 46, 'd', DEEP - 48);
    memcpy(text + DEEP - 2, "\"}", 2);
    assert_true(request_read(text, DEEP, 0, &r));
    assert_int_equal(strlen(r.dealer), sizeof r.dealer - 1);
    free(text);
}

static void any_bytes_are_survived(void **state)
{
    char text[sizeof good];
    struct read_request r;
    uint64_t h = 1;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t n = sizeof good - 1;

        memcpy(text, good, sizeof good);
        for (int change = 0; change < 1 + i % 4; change++) {
            h = text_hash(h, "change");
            text[h % n] = (char)(h >> 40);
        }
        request_read(text, h >> 60 == 0 ? h % n : n, 1000, &r);
        for (const char *p = r.dealer; *p != '\0'; p++)
            assert_true(*p >= ' ' && *p <= '~');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_and_filters_are_read),
        cmocka_unit_test(to_time_defaults_to_now),
        cmocka_unit_test(unreadable_bodies_are_refused),
        cmocka_unit_test(depth_and_length_are_bounded),
        cmocka_unit_test(any_bytes_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
