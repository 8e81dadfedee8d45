/*
 * test_checklist.c - what one call tells about a connection, and what a sample may show.
 */
#include "services/fetcher/checklist.h"
#include "services/fetcher/preview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Times of a call that came as far as: nothing, a name, a connection, TLS, an answer. */
static const struct timings none = {0};
static const struct timings named = {.dns_ms = 2, .total_ms = 9};
static const struct timings reached = {.dns_ms = 2, .tcp_ms = 5, .connect_ms = 5, .total_ms = 9};
static const struct timings sealed = {
    .dns_ms = 2, .tcp_ms = 5, .tls_ms = 8, .connect_ms = 8, .total_ms = 20};
static const struct timings answered = {
    .dns_ms = 2, .tcp_ms = 5, .tls_ms = 8, .connect_ms = 8, .first_byte_ms = 20, .total_ms = 30};

/* One letter a check, in their order: o = ok, F = failed, - = skipped. */
static const struct {
    enum err err;
    const struct timings *timings;
    bool http; /* plain */
    bool began;
    bool date; /* the answer told one */
    const char *states;
} cases[] = {
    {ERR_OK, &answered, false, true, true, "oooooooo"},
    {ERR_OK, &answered, true, true, true, "ooo-oooo"},
    {ERR_OK, &answered, false, true, false, "oooooooo"},
    {ERR_UPSTREAM_ADDRESS, &none, false, false, false, "F-------"},
    {ERR_UPSTREAM_ADDRESS, &named, false, true, false, "Fo------"},
    {ERR_UPSTREAM_CREDENTIAL, &none, false, false, false, "-----F--"},
    {ERR_UPSTREAM_CONNECT, &none, false, true, false, "oF------"},
    {ERR_UPSTREAM_CONNECT_TIMEOUT, &none, false, true, false, "oF------"},
    {ERR_UPSTREAM_CONNECT, &named, false, true, false, "ooF-----"},
    {ERR_UPSTREAM_CONNECT_TIMEOUT, &named, false, true, false, "ooF-----"},
    {ERR_UPSTREAM_CONNECT, &reached, false, true, false, "oooF----"},
    {ERR_UPSTREAM_CONNECT_TIMEOUT, &reached, false, true, false, "oooF----"},
    {ERR_UPSTREAM_NETWORK, &reached, true, true, false, "ooo--F--"},
    {ERR_UPSTREAM_FIRST_BYTE_TIMEOUT, &sealed, false, true, false, "oooo-F--"},
    {ERR_UPSTREAM_TOTAL_TIMEOUT, &sealed, false, true, false, "oooo-F--"},
    {ERR_UPSTREAM_CLOCK, &answered, false, true, true, "ooooF---"},
    {ERR_UPSTREAM_CREDENTIAL, &answered, false, true, true, "oooooF--"},
    {ERR_UPSTREAM_CREDENTIAL, &answered, false, true, false, "oooo-F--"},
    {ERR_UPSTREAM_QUOTA, &answered, false, true, true, "oooooF--"},
    {ERR_UPSTREAM_BUSY, &answered, false, true, true, "oooooF--"},
    {ERR_UPSTREAM_SERVER, &answered, false, true, true, "ooooo-F-"},
    {ERR_UPSTREAM_NOT_FOUND, &answered, true, true, true, "ooo-o-F-"},
    {ERR_UPSTREAM_TOTAL_TIMEOUT, &answered, false, true, true, "ooooo-F-"},
    {ERR_UPSTREAM_NOT_JSON, &answered, false, true, false, "oooo--F-"},
};

static void each_outcome_fails_one_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct checked list[CHECK_COUNT];
        char states[CHECK_COUNT + 1] = {0};
        const struct check_facts f = {.err = cases[i].err,
                                      .text = "",
                                      .began = cases[i].began,
                                      .https = !cases[i].http,
                                      .answered = cases[i].timings->first_byte_ms > 0,
                                      .timings = *cases[i].timings,
                                      .skew = {.measured = cases[i].date}};
        checklist_fill(&f, list);
        for (int k = 0; k < CHECK_COUNT; k++) {
            states[k] = "-oF"[list[k].state];
            assert_true(list[k].text[0] != '\0');
            assert_true(list[k].ms >= -1);
        }
        if (strcmp(states, cases[i].states) != 0)
            fail_msg("%zu %s: %s, not %s", i, err_code(cases[i].err), states, cases[i].states);
    }
}

static void times_are_those_of_each_part(void **state)
{
    struct checked list[CHECK_COUNT];
    const struct check_facts f = {.text = "",
                                  .began = true,
                                  .https = true,
                                  .answered = true,
                                  .timings = answered,
                                  .parse_ms = 7};

    (void)state;
    checklist_fill(&f, list);
    assert_int_equal(list[CHECK_ADDRESS].ms, -1);
    assert_int_equal(list[CHECK_DNS].ms, 2);
    assert_int_equal(list[CHECK_CONNECT].ms, 3);
    assert_int_equal(list[CHECK_TLS].ms, 3);
    assert_int_equal(list[CHECK_AUTHENTICATION].ms, 12);
    assert_int_equal(list[CHECK_SAMPLE].ms, 10);
    assert_int_equal(list[CHECK_MAPPING].ms, 7);
}

static void records_that_cannot_be_stored_fail_the_mapping(void **state)
{
    struct checked list[CHECK_COUNT];
    const struct check_facts f = {.text = "",
                                  .began = true,
                                  .answered = true,
                                  .timings = answered,
                                  .good = 3,
                                  .bad = 2,
                                  .worst = ERR_ROW_TOO_LONG};

    (void)state;
    checklist_fill(&f, list);
    assert_int_equal(list[CHECK_SAMPLE].state, CHECK_OK);
    assert_string_equal(list[CHECK_SAMPLE].text, "5 records came.");
    assert_int_equal(list[CHECK_MAPPING].state, CHECK_FAILED);
    assert_int_equal(list[CHECK_MAPPING].err, ERR_ROW_TOO_LONG);
    assert_string_equal(list[CHECK_MAPPING].text, "2 of 5 records cannot be stored.");
}

static void letters_and_digits_are_masked(void **state)
{
    static const char *const texts[][2] = {
        {"Budi Santoso", "xxxx xxxxxxx"},
        {"0812-3456", "0000-0000"},
        {"J\xc3\xbcrgen\n1", "xxxxxx 0"},
        {"", ""},
    };
    char out[PREVIEW_MAX_VALUE + 1], longest[100];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        preview_mask(view_of(texts[i][0]), out);
        assert_string_equal(out, texts[i][1]);
    }
    memset(longest, 'a', sizeof(longest));
    preview_mask((struct view){longest, sizeof(longest)}, out);
    assert_int_equal(strlen(out), PREVIEW_MAX_VALUE);
}

static void a_preview_counts_by_reason_and_shows_one_record(void **state)
{
    static const char body[] =
        "{\"status\":1,\"data\":[{\"idProspect\":\"P1\",\"namaLengkap\":\"Budi\","
        "\"tanggalProspect\":\"02/03/2026\"},{\"idProspect\":\"P2\",\"namaLengkap\":\"Siti\"},"
        "{\"namaLengkap\":\"x\"},{\"alamat\":\"y\"},{\"idProspect\":\"P3\",\"alamat\":{}}]}";
    struct preview p;
    struct envelope e;
    struct record_sink sink = preview_sink(&p);

    (void)state;
    assert_int_equal(
        parse_answer(view_of(body), feed_by_name(view_of("prsp")), view_of("1"), &sink, &e),
        ERR_OK);
    assert_int_equal(p.good, 2);
    assert_int_equal(p.bad, 3);
    assert_int_equal(p.n_reasons, 2);
    assert_int_equal(p.reasons[0].reason, ERR_ROW_NO_KEY);
    assert_int_equal(p.reasons[0].records, 2);
    assert_int_equal(p.reasons[1].records, 1);
    assert_string_equal(p.reasons[1].field, "alamat");
    assert_int_equal(p.n_values, 3);
    assert_string_equal(p.values[0].value, "x0");
    assert_string_equal(p.values[1].field, "tanggalProspect");
    assert_string_equal(p.values[1].value, "2026-03-02");
    assert_string_equal(p.values[2].value, "xxxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_outcome_fails_one_check),
        cmocka_unit_test(times_are_those_of_each_part),
        cmocka_unit_test(records_that_cannot_be_stored_fail_the_mapping),
        cmocka_unit_test(letters_and_digits_are_masked),
        cmocka_unit_test(a_preview_counts_by_reason_and_shows_one_record),
    };
    return cmocka_run_group_tests_name("checklist", tests, NULL, NULL);
}
