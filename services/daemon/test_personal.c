/*
 * test_personal.c - what is shown of personal data, and of a record that could not be stored.
 */
#include "services/daemon/personal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct buf out;

static const char *finished(enum err err)
{
    assert_int_equal(err, ERR_OK);
    buf_append(&out, "", 1);
    return out.p;
}

static const char *masked(enum mask how, const char *text)
{
    buf_reset(&out);
    return finished(personal_mask(how, view_of(text), &out));
}

static const char *shown(const char *raw)
{
    buf_reset(&out);
    return finished(personal_record(view_of("prsp"), view_of(raw), &out));
}

static void a_name_keeps_the_first_letters(void **state)
{
    (void)state;
    assert_string_equal(masked(MASK_NAME, "Budi Santoso"), "B*** S***");
    assert_string_equal(masked(MASK_NAME, "\xc3\x89mile"), "\xc3\x89***");
    assert_string_equal(masked(MASK_NAME, ""), "");
}

static void numbers_keep_their_ends_and_addresses_nothing(void **state)
{
    (void)state;
    assert_string_equal(masked(MASK_PHONE, "081298764321"), "0812****4321");
    assert_string_equal(masked(MASK_NUMBER, "3201010203040001"), "****0001");
    assert_string_equal(masked(MASK_PHONE, "0812987"), "***");
    assert_string_equal(masked(MASK_NUMBER, "12345678\xc3\x89"), "***");
    assert_string_equal(masked(MASK_HIDDEN, "Jl. Melati 4"), "***");
}

static void a_harmless_value_is_shown_unless_a_number_hides_in_it(void **state)
{
    (void)state;
    assert_string_equal(masked(MASK_PLAIN, "05/03/2026 10:11:12"), "05/03/2026 10:11:12");
    assert_string_equal(masked(MASK_PLAIN, "2026-03-05 10:11:12"), "2026-03-05 10:11:12");
    assert_string_equal(masked(MASK_PLAIN, "3201010203040001"), "***");
    assert_string_equal(masked(MASK_PLAIN, "budi@example.com"), "***");
}

static void a_record_keeps_its_structure(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{\"idProspect\": \"A\\/1\", \"NamaLengkap\":\"Budi "
              "Santoso\",\"noKtp\":3201010203040001,"
              "\"alamat\":null,\"statusProspect\":[\"9\"],\"unit\":[{\"kodeTipeUnit\":\"BEA\","
              "\"x\":1}]}"),
        "{\"idProspect\": \"A\\/1\", \"NamaLengkap\":\"B*** S***\",\"noKtp\":\"****0001\","
        "\"alamat\":null,\"statusProspect\":[\"***\"],\"unit\":[{\"kodeTipeUnit\":\"BEA\",\"x\":\"*"
        "**\"}]}");
}

static void what_is_not_known_is_hidden(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{\"catatan\":\"Budi\",\"more\":{\"idProspect\":\"x\",\"Budi S\":true}}"),
        "{\"catatan\":\"***\",\"more\":{\"idProspect\":\"***\",\"***\":true}}");
    assert_string_equal(shown("{\"081298764321\":\"\"}"), "{\"***\":\"\"}");
    assert_string_equal(shown("{\"namaLengkap\":\"Bu\\u0064i\"}"), "{\"namaLengkap\":\"***\"}");
    assert_string_equal(shown("{\"unit\":\"Budi\",\"statusProspect\":Budi}"),
                        "{\"unit\":\"***\",\"statusProspect\":\"***\"}");
}

static void what_is_no_record_is_hidden(void **state)
{
    (void)state;
    assert_string_equal(shown("\"Budi\""), "\"***\"");
    assert_string_equal(shown("[\"Budi\",{\"namaLengkap\":\"Budi\"}]"),
                        "[\"***\",{\"namaLengkap\":\"***\"}]");
    assert_string_equal(shown("Budi Santoso"), "\"***\" \"***\"");
    buf_reset(&out);
    assert_string_equal(
        finished(personal_record(view_of("prsp"), (struct view){"\0 x\0", 4}, &out)),
        "\"***\" \"***\"");
}

static void a_record_that_was_cut_is_masked_all_the_same(void **state)
{
    (void)state;
    assert_string_equal(shown("{\"idProspect\":\"A1\",\"namaLengkap\":\"Bud"),
                        "{\"idProspect\":\"A1\",\"namaLengkap\":\"***\"");
    assert_string_equal(shown("{\"idProspect\":\"A1"), "{\"idProspect\":\"***\"");
    assert_string_equal(shown("{\"namaLengkap\":\"Budi\\"), "{\"namaLengkap\":\"***\"");
}

static void a_long_value_says_how_long_it_is(void **state)
{
    char raw[200];
    (void)state;
    memset(raw, 'x', sizeof raw);
    memcpy(raw, "{\"idEvent\":\"", 12);
    memcpy(raw + 112, "\"}", 3);
    assert_string_equal(shown(raw), "{\"idEvent\":\"*** (100 bytes)\"}");
}

static void deep_nesting_ends_the_walk(void **state)
{
    char raw[300];
    (void)state;
    memset(raw, '[', sizeof raw);
    memcpy(raw + 290, "\"Budi\"", 7);
    assert_null(strstr(shown(raw), "Budi"));
}

static const char *answered(const char *head)
{
    buf_reset(&out);
    return finished(personal_answer(view_of("prsp"), view_of(head), &out));
}

static void of_an_answer_all_but_its_data_is_shown(void **state)
{
    (void)state;
    assert_string_equal(
        answered(
            "{\"status\":1,\"message\":\"3201010203040001 \\u0041\",\"data\":[{\"namaLengkap\":"
            "\"Budi\",\"alamat\":\"Jl. Me"),
        "{\"status\":1,\"message\":\"************0001 \\u0041\",\"data\":[{\"namaLengkap\":"
        "\"B***\",\"alamat\":\"***\"");
    assert_string_equal(answered("{\"message\":{\"a\":\"Budi\"},\"data\":{\"noKtp\":\"32"),
                        "{\"message\":{\"a\":\"***\"},\"data\":{\"noKtp\":\"***\"");
    assert_string_equal(answered("[{\"namaLengkap\":\"Budi\"}]"), "[{\"namaLengkap\":\"***\"}]");
    assert_string_equal(answered("<html>502 \"081298764321\""), "<html>502 \"********4321\"");
    assert_string_equal(answered("error code: 502"), "error code: 502");
}

static void a_text_of_somebody_else_loses_its_numbers(void **state)
{
    char text[] = "no data for 0812-9876-4321 (budi@example.com) 2026-03-05 10:00, code 12345678";
    (void)state;
    personal_redact(text);
    assert_string_equal(
        text, "no data for ****-****-4321 (****@example.com) 2026-03-05 10:00, code 12345678");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_keeps_the_first_letters),
        cmocka_unit_test(numbers_keep_their_ends_and_addresses_nothing),
        cmocka_unit_test(a_harmless_value_is_shown_unless_a_number_hides_in_it),
        cmocka_unit_test(a_record_keeps_its_structure),
        cmocka_unit_test(what_is_not_known_is_hidden),
        cmocka_unit_test(what_is_no_record_is_hidden),
        cmocka_unit_test(a_record_that_was_cut_is_masked_all_the_same),
        cmocka_unit_test(a_long_value_says_how_long_it_is),
        cmocka_unit_test(deep_nesting_ends_the_walk),
        cmocka_unit_test(of_an_answer_all_but_its_data_is_shown),
        cmocka_unit_test(a_text_of_somebody_else_loses_its_numbers),
    };
    buf_init(&out, 1 << 16);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&out);
    return failed;
}
