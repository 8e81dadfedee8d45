/*
 * test_headers.c - the upstream's clock and wishes, read from header lines.
 */
#include "services/fetcher/headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const int64_t now_ms = 1767225600000; /* 2026-01-01T00:00:00Z */

static struct headers after(const char *const *lines, size_t n)
{
    struct headers h = {.has_date = false};

    headers_line(&h, "HTTP/1.1 429 Too Many\r\n", 23, now_ms);
    for (size_t i = 0; i < n; i++)
        headers_line(&h, lines[i], strlen(lines[i]), now_ms);
    return h;
}

static int64_t wish(const char *line)
{
    struct headers h = after(&line, 1);
    return headers_retry_after_ms(&h);
}

static void retry_after_comes_in_seconds_or_as_a_date(void **state)
{
    (void)state;
    assert_int_equal(wish("Retry-After: 30\r\n"), 30000);
    assert_int_equal(wish("retry-after:30"), 30000);
    assert_int_equal(wish("Retry-After: Thu, 01 Jan 2026 00:02:00 GMT\r\n"), 120000);
    assert_int_equal(wish("Retry-After: Wed, 31 Dec 2025 00:02:00 GMT\r\n"), 0);
    assert_int_equal(wish("Retry-After: soon\r\n"), 0);
    assert_int_equal(wish("Retry-After: -5\r\n"), 0);
    assert_int_equal(wish("Retry-After:\r\n"), 0);
    assert_int_equal(wish("Retry-Afterwards: 30\r\n"), 0);
}

static void longest_wish_is_a_day(void **state)
{
    (void)state;
    assert_int_equal(wish("Retry-After: 86401\r\n"), 86400000);
    assert_int_equal(wish("Retry-After: 99999999999999999999999999\r\n"), 86400000);
    assert_int_equal(wish("Retry-After: Fri, 01 Jan 2027 00:00:00 GMT\r\n"), 86400000);
}

static void date_of_a_wish_is_read_by_the_upstreams_clock(void **state)
{
    static const char *const lines[] = {"Date: Thu, 01 Jan 2026 10:00:00 GMT\r\n",
                                        "Retry-After: Thu, 01 Jan 2026 10:00:30 GMT\r\n"};
    (void)state;
    struct headers h = after(lines, 2);
    assert_int_equal(headers_retry_after_ms(&h), 30000);
}

static void date_tells_the_skew(void **state)
{
    static const char *const late = "Date: Wed, 31 Dec 2025 23:00:00 GMT\r\n";
    static const char *const odd = "Date: yesterday or so\r\n";
    int64_t skew;
    (void)state;
    struct headers h = after(&late, 1);
    assert_true(headers_skew(&h, &skew));
    assert_int_equal(skew, -3600000 + 500);
    h = after(&odd, 1);
    assert_false(headers_skew(&h, &skew));
    h = after(NULL, 0);
    assert_false(headers_skew(&h, &skew));
}

static void last_answer_counts(void **state)
{
    static const char *const lines[] = {"Date: Wed, 31 Dec 2025 23:00:00 GMT\r\n",
                                        "Retry-After: 7\r\n", "HTTP/1.1 200 OK\r\n"};
    int64_t skew;
    (void)state;
    struct headers h = after(lines, 3);
    assert_false(headers_skew(&h, &skew));
    assert_int_equal(headers_retry_after_ms(&h), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after_comes_in_seconds_or_as_a_date),
        cmocka_unit_test(longest_wish_is_a_day),
        cmocka_unit_test(date_of_a_wish_is_read_by_the_upstreams_clock),
        cmocka_unit_test(date_tells_the_skew),
        cmocka_unit_test(last_answer_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
