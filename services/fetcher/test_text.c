/*
 * test_text.c - trimming, UTF-8, printing and blacking out.
 */
#include "services/fetcher/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void blanks_are_trimmed(void **state)
{
    (void)state;
    assert_true(view_is(text_trim(view_of(" \t a b \r\n")), "a b"));
    assert_int_equal(text_trim(view_of("  ")).n, 0);
    assert_int_equal(text_trim((struct view){NULL, 0}).n, 0);
}

static void letters_compare_without_case(void **state)
{
    (void)state;
    assert_true(text_same(view_of("NPWP"), "npwp"));
    assert_false(text_same(view_of("npw"), "npwp"));
    assert_true(text_contains(view_of("Tidak Ada Data Pada Periode ini"), "tidak ada data"));
    assert_false(text_contains(view_of("data"), "tidak ada data"));
    assert_true(text_same((struct view){NULL, 0}, ""));
}

static void anything_becomes_one_printable_line(void **state)
{
    char out[16];

    (void)state;
    assert_int_equal(text_printable((struct view){"a\nb\0c\xff", 6}, out, sizeof(out)), 6);
    assert_string_equal(out, "a b c?");
    assert_int_equal(text_storable_copy(view_of("a\n\x01"), out, sizeof(out)), 3);
    assert_string_equal(out, "a\n ");
    /* Cut between characters, never within one. */
    assert_int_equal(text_printable(view_of("12345678901234\xc3\xa9"), out, sizeof(out)), 14);
    assert_string_equal(out, "12345678901234");
}

static void secrets_are_blacked_out(void **state)
{
    char text[] = "key dgi-key-1 and dgi-key-1, ab";

    (void)state;
    text_redact(text, view_of("dgi-key-1"));
    text_redact(text, view_of("ab"));
    assert_string_equal(text, "key ********* and *********, ab");
}

static void secrets_are_found_at_the_cut_and_in_json(void **state)
{
    char cut[] = "wrong key dgi-ke";
    char little[] = "wrong key dgi";
    char json[] = "{\"key\":\"a\\/b\\\"c-1\"}";
    char half[] = "{\"key\":\"a\\/b\\\"c\\";

    (void)state;
    text_redact(cut, view_of("dgi-key-1"));
    assert_string_equal(cut, "wrong key ******");
    text_redact(little, view_of("dgi-key-1"));
    assert_string_equal(little, "wrong key dgi");
    text_redact(json, view_of("a/b\"c-1"));
    assert_string_equal(json, "{\"key\":\"*********\"}");
    text_redact(half, view_of("a/b\"c/1"));
    assert_string_equal(half, "{\"key\":\"********");
}

static void people_are_veiled(void **state)
{
    struct {
        char text[120];
        const char *veiled;
    } rows[] = {
        {"{\"namaLengkap\":\"Budi\",\"status\": \"0\"}",
         "{\"namaLengkap\":\"****\",\"status\": \"0\"}"},
        {"{\"message\":\"{\\\"noKtp\\\":\\\"ab\\\"}\"}",
         "{\"message\":\"{\\\"noKtp\\\":\\\"**\\\"}\"}"},
        {"refused: {\"alamat\" : \"Jl. \\\"A\\\" 1\"}", "refused: {\"alamat\" : \"***********\"}"},
        {"{\"unit\":[\"a\",\"b\"],\"error\":\"no\"}", "{\"unit\":[*******],\"error\":\"no\"}"},
        {"{\"data\":[{\"nama", "{\"data\":[******"},
        {"{\"nama\":\"Bu", "{\"nama\":\"**"},
        {"{\"error_name\":\"x\",\"a\":1}", "{\"error_name\":\"*\",\"a\":1}"},
        {"No. 3200000000000042, 12345678", "No. ****************, 12345678"},
        {"<a class=\"b\">HTTP 500</a>", "<a class=\"b\">HTTP 500</a>"},
        {"t 0ff1b4cf2ca82bff0def423fcd0a1c28!", "t ********************************!"},
        {"\":\"", "\":\""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_veil(rows[i].text);
        assert_string_equal(rows[i].text, rows[i].veiled);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_are_trimmed),
        cmocka_unit_test(letters_compare_without_case),
        cmocka_unit_test(anything_becomes_one_printable_line),
        cmocka_unit_test(secrets_are_blacked_out),
        cmocka_unit_test(secrets_are_found_at_the_cut_and_in_json),
        cmocka_unit_test(people_are_veiled),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
