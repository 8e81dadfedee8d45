/*
 * test_request.c - address, headers and body of a call.
 */
#include "services/fetcher/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void path_follows_any_base_url(void **state)
{
    const struct feed *prsp = feed_by_name(view_of("prsp"));
    char url[REQUEST_MAX_URL];

    (void)state;
    assert_non_null(prsp);
    assert_int_equal(request_url(view_of("https://md.example/gate/dgi-api/v1.3"), false, prsp, url),
                     ERR_OK);
    assert_string_equal(url, "https://md.example/gate/dgi-api/v1.3/prsp/read");
    assert_int_equal(request_url(view_of(" http://127.0.0.1:8090/v2/ "), true, prsp, url), ERR_OK);
    assert_string_equal(url, "http://127.0.0.1:8090/v2/prsp/read");
    assert_int_equal(request_url(view_of("ftp://md.example/"), false, prsp, url),
                     ERR_UPSTREAM_ADDRESS);
    assert_int_equal(request_url(view_of("file:///etc/passwd"), false, prsp, url),
                     ERR_UPSTREAM_ADDRESS);
    assert_int_equal(request_url(view_of(""), false, prsp, url), ERR_UPSTREAM_ADDRESS);
    assert_int_equal(request_url(view_of("http://127.0.0.1/"), false, prsp, url),
                     ERR_UPSTREAM_ADDRESS);
    assert_int_equal(request_url(view_of("http://u:p@md.example/"), true, prsp, url),
                     ERR_UPSTREAM_ADDRESS);
}

static void headers_carry_key_second_and_token(void **state)
{
    struct request_headers h;

    (void)state;
    assert_int_equal(request_headers(TOKEN_CONCAT, view_of("dgi-key-test:example0001  "),
                                     view_of("dgi-secret-test:example0002"), 1700000000, &h),
                     ERR_OK);
    assert_string_equal(h.lines[0], "Content-Type: application/json");
    assert_string_equal(h.lines[1], "Accept: application/json");
    assert_string_equal(h.lines[2], "X-Request-Time: 1700000000");
    assert_string_equal(h.lines[3], "DGI-API-Key: dgi-key-test:example0001");
    assert_string_equal(h.lines[4],
                        "DGI-API-Token: "
                        "a1d47184219733b03c2a42dd9e48d49c20f5fb83401a8bc1ed3ecb0d1602d43f");
}

static void keys_that_fit_no_header_are_refused(void **state)
{
    struct request_headers h;
    char longest[201];

    (void)state;
    memset(longest, 'k', 200);
    longest[200] = '\0';
    assert_int_equal(request_headers(TOKEN_CONCAT, view_of("a\r\nX-Evil: 1"), view_of("s"), 1, &h),
                     ERR_UPSTREAM_CREDENTIAL);
    assert_int_equal(request_headers(TOKEN_CONCAT, view_of(" "), view_of("s"), 1, &h),
                     ERR_UPSTREAM_CREDENTIAL);
    assert_int_equal(request_headers(TOKEN_CONCAT, view_of("k"), view_of(""), 1, &h),
                     ERR_UPSTREAM_CREDENTIAL);
    assert_int_equal(request_headers(TOKEN_CONCAT, view_of(longest), view_of("s"), 1, &h),
                     ERR_UPSTREAM_CREDENTIAL);
}

static void body_is_json(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, REQUEST_MAX_BODY);
    assert_int_equal(request_body(view_of("2026-03-01 00:00:00"), view_of("2026-03-01 23:59:59"),
                                  view_of("99\"01"), &b),
                     ERR_OK);
    assert_true(view_is(buf_view(&b), "{\"fromTime\":\"2026-03-01 00:00:00\",\"toTime\":"
                                      "\"2026-03-01 23:59:59\",\"dealerId\":\"99\\\"01\"}"));
    buf_free(&b);
}

static void every_feed_has_one_key(void **state)
{
    (void)state;
    for (unsigned i = 0; feed_at(i); i++) {
        const struct feed *f = feed_at(i);
        unsigned keys = 0;
        assert_string_equal(f->parts[0].list, "");
        assert_ptr_equal(feed_by_name(view_of(f->name)), f);
        for (unsigned p = 0; p < f->n_parts; p++)
            for (unsigned k = 0; k < f->parts[p].n_fields; k++) {
                const struct feed_field *field = &f->parts[p].fields[k];
                keys += field->kind == KIND_KEY;
                assert_int_equal(part_field(&f->parts[p], view_of(field->json), -1), k);
            }
        assert_int_equal(keys, 1);
        assert_int_equal(f->parts[0].fields[feed_key(f)].kind, KIND_KEY);
    }
    assert_null(feed_by_name(view_of("nope")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_follows_any_base_url),
        cmocka_unit_test(headers_carry_key_second_and_token),
        cmocka_unit_test(keys_that_fit_no_header_are_refused),
        cmocka_unit_test(body_is_json),
        cmocka_unit_test(every_feed_has_one_key),
    };
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
