/*
 * test_answer.c - what answers mean, over the shapes that upstreams really send.
 */
#include "services/fetcher/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    int http;
    const char *body;
    enum err err; /* of the whole: HTTP, then the text, then the envelope */
    const char *message;
} answers[] = {
    /* success */
    {200, "{\"status\":1,\"message\":null,\"data\":[]}", ERR_OK, ""},
    {200, "{\"status\":1,\"message\":null,\"data\":null}", ERR_OK, ""},
    {200, "{\"status\":\"1\",\"message\":\"ok\",\"data\":[{}]}", ERR_OK, "ok"},
    {200, "{\"data\":{},\"status\":1}", ERR_OK, ""},
    {200, "{\"STATUS\":1,\"Data\":[]}", ERR_OK, ""},
    {200, "{\"status\":200,\"data\":[]}", ERR_OK, ""},
    {200, "\xef\xbb\xbf{\"status\":1,\"data\":[]}\n", ERR_OK, ""},
    /* no data, as a failure */
    {200, "{\"status\":0,\"message\":\"Tidak Ada Data Pada Periode ini\",\"data\":null}", ERR_OK,
     "Tidak Ada Data Pada Periode ini"},
    {200, "{\"status\":0,\"message\":{\"message1\":\"Data tidak ditemukan\"},\"data\":null}",
     ERR_OK, "Data tidak ditemukan"},
    /* refused */
    {200, "{\"status\":0,\"message\":\"Token Tidak Valid !!\",\"data\":null}",
     ERR_UPSTREAM_CREDENTIAL, "Token Tidak Valid !!"},
    {200,
     "{\"status\":0,\"message\":{\"message1\":\"API key not found\",\"message2\":\"call us\"},"
     "\"data\":null}",
     ERR_UPSTREAM_CREDENTIAL, "API key not found; call us"},
    {200, "{\"status\":0,\"message\":\"Unix Timestamp Diluar Validasi Detik\",\"data\":null}",
     ERR_UPSTREAM_CLOCK, "Unix Timestamp Diluar Validasi Detik"},
    {200,
     "{\"status\":0,\"message\":\"Melebihi Rentang Waktu Pengambilan Data , Max. 30 hari\","
     "\"data\":null}",
     ERR_UPSTREAM_RANGE, "Melebihi Rentang Waktu Pengambilan Data , Max. 30 hari"},
    {200, "{\"status\":0,\"message\":\"noKontak 081298764321 (budi@example.com)\",\"data\":null}",
     ERR_UPSTREAM_REFUSED, "noKontak ********4321 (****@example.com)"},
    {200, "{\"status\":0,\"message\":\"Kuota habis\",\"data\":null}", ERR_UPSTREAM_QUOTA,
     "Kuota habis"},
    {200, "{\"status\":0,\"message\":\"API key over limit\",\"data\":null}", ERR_UPSTREAM_QUOTA,
     "API key over limit"},
    {200, "{\"status\":0,\"message\":\"Too many requests\",\"data\":null}", ERR_UPSTREAM_BUSY,
     "Too many requests"},
    {200, "{\"status\":0,\"message\":{\"a\":[\"x\",{\"b\":\"y\"}],\"c\":7},\"data\":null}",
     ERR_UPSTREAM_REFUSED, "x; y; 7"},
    {200, "{\"status\":0,\"message\":[\"x\",\"y\"],\"data\":null}", ERR_UPSTREAM_REFUSED, "x; y"},
    {200, "{\"status\":0,\"message\":null,\"data\":null}", ERR_UPSTREAM_REFUSED, ""},
    {200,
     "{\"status\":0,\"message\":\"{\\\"status\\\":\\\"no\\\",\\\"message\\\":\\\"Token "
     "Invalid\\\"}\"}",
     ERR_UPSTREAM_CREDENTIAL, "no; Token Invalid"},
    {200, "{\"status\":0,\"message\":\"{half\"}", ERR_UPSTREAM_REFUSED, "{half"},
    /* gateways */
    {400, "{\"status\":400,\"title\":\"Bad\",\"errors\":{\"toTime\":[\"required\"]}}",
     ERR_UPSTREAM_REFUSED, "Bad; required"},
    {200, "{\"status\":400,\"title\":\"no data\"}", ERR_UPSTREAM_REFUSED, "no data"},
    {200, "{\"http_status_code\":403,\"message\":\"Forbidden\"}", ERR_UPSTREAM_CREDENTIAL,
     "Forbidden"},
    {200, "{\"http_status_code\":503,\"message\":\"down\"}", ERR_UPSTREAM_SERVER, "down"},
    {200, "{\"error\":\"Unauthorized\",\"error_description\":\"bad client\"}",
     ERR_UPSTREAM_CREDENTIAL, "Unauthorized; bad client"},
    {400, "{\"message\":{\"confirmation\":\"Token Invalid\"}}", ERR_UPSTREAM_CREDENTIAL,
     "Token Invalid"},
    /* HTTP alone decides */
    {401, "", ERR_UPSTREAM_CREDENTIAL, ""},
    {403, "<html>", ERR_UPSTREAM_CREDENTIAL, ""},
    {404, "<html>", ERR_UPSTREAM_NOT_FOUND, ""},
    {429, "", ERR_UPSTREAM_BUSY, ""},
    {429, "<html>quota", ERR_UPSTREAM_BUSY, ""},
    {500, "{\"message\":\"quota\"}", ERR_UPSTREAM_SERVER, ""},
    /* HTTP, told more exactly by the words */
    {429, "{\"message\":\"Daily quota is used up\"}", ERR_UPSTREAM_QUOTA, ""},
    {429, "{\"message\":\"API rate limit exceeded\"}", ERR_UPSTREAM_BUSY, ""},
    {403, "{\"message\":\"Out of call volume quota\"}", ERR_UPSTREAM_QUOTA, ""},
    {401, "{\"error\":\"Unauthorized\",\"error_description\":\"Request time stamp is outside\"}",
     ERR_UPSTREAM_CLOCK, ""},
    {401, "{\"error\":\"Unauthorized\",\"error_description\":\"Token expired\"}",
     ERR_UPSTREAM_CREDENTIAL, ""},
    {200, "{\"http_status_code\":401,\"message\":\"Invalid timestamp\"}", ERR_UPSTREAM_CLOCK,
     "Invalid timestamp"},
    {200, "{\"http_status_code\":429,\"message\":\"Kuota habis\"}", ERR_UPSTREAM_QUOTA,
     "Kuota habis"},
    {500, "{\"status\":1,\"data\":[]}", ERR_UPSTREAM_SERVER, ""},
    {503, "<html>", ERR_UPSTREAM_SERVER, ""},
    {302, "", ERR_UPSTREAM_REFUSED, ""},
    /* no JSON, half of it, or of an unknown shape */
    {200, "", ERR_UPSTREAM_NOT_JSON, ""},
    {200, "  \n", ERR_UPSTREAM_NOT_JSON, ""},
    {200, "<html><body>Maintenance</body></html>", ERR_UPSTREAM_NOT_JSON, ""},
    {200, "{\"status\":1,\"data\":[{\"a\":1},]}", ERR_UPSTREAM_NOT_JSON, ""},
    {200, "{\"status\":1,\"data\":[]}}", ERR_UPSTREAM_NOT_JSON, ""},
    {200, "{\"status\":1,\"data\":[{\"a\":\"b", ERR_UPSTREAM_TRUNCATED, ""},
    {200, "{\"status\":1,\"data\":[{\"a\":1}]", ERR_UPSTREAM_TRUNCATED, ""},
    {200, "{", ERR_UPSTREAM_TRUNCATED, ""},
    {200, "[]", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "\"text\"", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "7", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "{}", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "{\"data\":[]}", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "{\"status\":1}", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "{\"status\":1,\"data\":\"none\"}", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "{\"status\":2,\"data\":[]}", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "{\"status\":true,\"data\":[]}", ERR_UPSTREAM_ENVELOPE, ""},
    {200, "{\"status\":1,\"data\":[],\"data\":[{}]}", ERR_UPSTREAM_ENVELOPE, ""},
};

static void answers_are_classified(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct envelope e;
        enum err parsed =
            parse_answer(view_of(answers[i].body), NULL, (struct view){NULL, 0}, NULL, &e);
        enum err err = answer_refusal(answers[i].http, &e);
        if (err == ERR_OK)
            err = parsed;
        if (err == ERR_OK)
            err = answer_classify(answers[i].http, &e);
        if (err != answers[i].err)
            fail_msg("HTTP %d %s: %s, expected %s", answers[i].http, answers[i].body, err_code(err),
                     err_code(answers[i].err));
        if (answer_http(answers[i].http) == ERR_OK)
            assert_string_equal(e.message, answers[i].message);
    }
}

static void message_is_bounded_and_printable(void **state)
{
    struct envelope e;
    char body[4000];

    (void)state;
    int n =
        snprintf(body, sizeof(body),
                 "{\"status\":0,\"message\":[\"a\\u0000\\n\xff\",\"%01000d\",\"%01000d\"]}", 1, 2);
    assert_int_equal(parse_answer((struct view){body, (uint32_t)n}, NULL, view_of(""), NULL, &e),
                     ERR_OK);
    assert_int_equal(strlen(e.message), ANSWER_MAX_MESSAGE);
    assert_memory_equal(e.message, "a  ?; ****", 10); /* so long a number may be somebody's */
}

static void nesting_is_bounded(void **state)
{
    char body[200] = "{\"status\":1,\"data\":[],\"x\":";
    struct envelope e;

    (void)state;
    memset(body + strlen(body), '[', 100);
    assert_int_equal(parse_answer(view_of(body), NULL, view_of(""), NULL, &e),
                     ERR_UPSTREAM_ENVELOPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_classified),
        cmocka_unit_test(message_is_bounded_and_printable),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
