/*
 * test_access.c - header checks, cookies, origins, where an event stream goes on, health.
 */
#include "gateway/fields.h"
#include "gateway/health.h"
#include "gateway/live.h"
#include "gateway/strict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *verdict(const char *const *headers)
{
    struct strict s = {0};
    for (; *headers; headers += 2)
        strict_header(&s, headers[0], strlen(headers[0]), headers[1], strlen(headers[1]));
    return strict_verdict(&s, true);
}

#define VERDICT(...) verdict((const char *const[]){__VA_ARGS__, NULL})

static void strictness(void **state)
{
    (void)state;
    assert_null(VERDICT("Host", "a", "Content-Length", "3"));
    assert_null(VERDICT("Host", "a", "Transfer-Encoding", "Chunked"));
    assert_non_null(VERDICT("Content-Length", "3"));
    assert_non_null(VERDICT("Host", "a", "host", "b"));
    assert_non_null(VERDICT("Host", "a", "Content-Length", "3", "content-length", "3"));
    assert_non_null(VERDICT("Host", "a", "Content-Length", "3", "Transfer-Encoding", "chunked"));
    assert_non_null(VERDICT("Host", "a", "Content-Length", "+3"));
    assert_non_null(VERDICT("Host", "a", "Content-Length", ""));
    assert_non_null(VERDICT("Host", "a", "Content-Length", "1234567890123456789"));
    assert_non_null(VERDICT("Host", "a", "Transfer-Encoding", "gzip, chunked"));
    assert_non_null(VERDICT("Host", "a", "X ", "y"));
    assert_non_null(VERDICT("Host", "a", "", "y"));
    assert_non_null(VERDICT("Host", "a", "X", "a\x7f"));
    assert_true(strict_target("/a?b=%20"));
    assert_false(strict_target("a"));
    assert_false(strict_target("/a b"));
    assert_false(strict_target("/a#b"));
    assert_false(strict_target("/\xc3\xa4"));
}

/* The head as the library cuts it: zeros over the ends of lines, and everything in its place. */
static const char *cut_verdict(const char *head, size_t n)
{
    struct strict s = {0};
    char cut[256] = "";
    const char *parts[6];
    unsigned k = 0;
    memcpy(cut, head, n);
    for (size_t i = 0, begin = 0; i < n && k < 6; i++) {
        bool blank = head[i] == ' ' || head[i] == ':' || head[i] == '\r' || head[i] == '\n';
        if (blank && i > begin)
            parts[k++] = cut + begin;
        if (blank) {
            cut[i] = 0;
            begin = i + 1;
        }
    }
    strict_request_line(&s, parts[0], parts[1], "/x", parts[2]);
    strict_header(&s, parts[3], strlen(parts[3]), parts[4], strlen(parts[4]));
    strict_head_end(&s, cut + n);
    return strict_verdict(&s, true);
}

#define CUT(text) cut_verdict(text, sizeof(text) - 1)

static void lines_of_a_head(void **state)
{
    (void)state;
    assert_null(CUT("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_null(CUT("GET /x HTTP/1.1\r\nHost:a\r\n\r\n"));
    assert_non_null(CUT("G(T /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_non_null(CUT("GET  /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_non_null(CUT("GET /x  HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_non_null(CUT("GET /x HTTP/1.1\nHost: a\r\n\r\n"));
    assert_non_null(CUT("GET /x HTTP/1.1\r\nHost: a\n\r\n"));
    assert_non_null(CUT("GET /x HTTP/1.1\r\nHost: a\r\n\n"));
    assert_non_null(CUT("GET /x HTTP/1.1\r\nHost: a\n\n"));
}

static void cookies_are_walked(void **state)
{
    struct view header = view_of("a=1; broken;b = 2 ;c=x=y;=z"), name, value;
    uint32_t at = 0;
    (void)state;
    assert_true(cookie_next(header, &at, &name, &value));
    assert_true(view_is(name, "a") && view_is(value, "1"));
    assert_true(cookie_next(header, &at, &name, &value));
    assert_true(view_is(name, "b") && view_is(value, "2"));
    assert_true(cookie_next(header, &at, &name, &value));
    assert_true(view_is(name, "c") && view_is(value, "x=y"));
    assert_true(cookie_next(header, &at, &name, &value));
    assert_true(view_is(name, "") && view_is(value, "z"));
    assert_false(cookie_next(header, &at, &name, &value));
}

static void origins(void **state)
{
    const struct view none = {0};
    struct view host = view_of("localhost:8502");
    (void)state;
    assert_true(origin_allowed(view_of("same-origin"), none, host));
    assert_true(origin_allowed(view_of("none"), none, host));
    assert_false(origin_allowed(view_of("same-site"), view_of("http://localhost:8502"), host));
    assert_false(origin_allowed(view_of("cross-site"), none, host));
    assert_true(origin_allowed(none, view_of("http://localhost:8502"), host));
    assert_true(origin_allowed(none, view_of("https://LOCALHOST:8502"), host));
    assert_false(origin_allowed(none, view_of("http://localhost:8501"), host));
    assert_false(origin_allowed(none, view_of("http://localhost:8502.evil.example"), host));
    assert_false(origin_allowed(none, view_of("null"), host));
    assert_false(origin_allowed(none, none, host));
    assert_false(origin_allowed(none, view_of("http://"), none));
}

static void bearer(void **state)
{
    (void)state;
    assert_true(view_is(bearer_of(view_of("Bearer abc")), "abc"));
    assert_true(view_is(bearer_of(view_of("bearer  abc ")), "abc"));
    assert_int_equal(bearer_of(view_of("Basic abc")).n, 0);
    assert_int_equal(bearer_of(view_of("Bearer")).n, 0);
}

static void streams_go_on_where_they_broke(void **state)
{
    uint64_t at;
    (void)state;
    assert_true(live_resume_point(view_of("7-9"), 7, 5, 10, &at));
    assert_int_equal(at, 10);
    assert_true(live_resume_point(view_of("7-4"), 7, 5, 10, &at));
    assert_int_equal(at, 5);
    assert_false(live_resume_point(view_of("7-3"), 7, 5, 10, &at));
    assert_int_equal(at, 10);
    assert_false(live_resume_point(view_of("7-10"), 7, 5, 10, &at));
    assert_false(live_resume_point(view_of("8-9"), 7, 5, 10, &at));
    assert_false(live_resume_point(view_of("7-9x"), 7, 5, 10, &at));
    assert_false(live_resume_point(view_of("7--9"), 7, 5, 10, &at));
    assert_false(live_resume_point(view_of(""), 7, 5, 10, &at));
    assert_false(live_resume_point(view_of("7-99999999999999999999999999"), 7, 5, 10, &at));
}

static void need(struct service_state *s, const char *name, bool ready)
{
    struct need *n = &s->needs[s->n_needs++];
    snprintf(n->name, sizeof n->name, "%s", name);
    n->ready = ready;
}

static void health_is_judged(void **state)
{
    struct service_state s[SERVICES] = {
        {.used = true, .answered = true}, {.used = true, .answered = true}, {.used = false}};
    bool ready;
    (void)state;
    assert_int_equal(health_judge(s, &ready), HEALTHY);
    assert_true(ready);
    need(&s[0], "cache", false);
    assert_int_equal(health_judge(s, &ready), DEGRADED);
    assert_true(ready);
    s[1].answered = false;
    assert_int_equal(health_judge(s, &ready), DEGRADED);
    assert_false(ready);
    need(&s[0], "database", false);
    assert_int_equal(health_judge(s, &ready), UNHEALTHY);
    assert_false(ready);
}

static void a_spare_service_alone_degrades(void **state)
{
    struct service_state s[SERVICES] = {{.used = true, .answered = true},
                                        {.used = true, .spare = true}};
    bool ready;
    (void)state;
    assert_int_equal(health_judge(s, &ready), DEGRADED);
    assert_true(ready);
    s[0].answered = false;
    s[1].answered = true;
    assert_int_equal(health_judge(s, &ready), UNHEALTHY);
    assert_false(ready);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strictness),
        cmocka_unit_test(lines_of_a_head),
        cmocka_unit_test(cookies_are_walked),
        cmocka_unit_test(origins),
        cmocka_unit_test(bearer),
        cmocka_unit_test(streams_go_on_where_they_broke),
        cmocka_unit_test(health_is_judged),
        cmocka_unit_test(a_spare_service_alone_degrades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
