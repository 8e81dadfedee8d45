/*
 * test_check.c - dates, times, UTF-8, UUIDs, words, fault paths.
 */
#include "proto/check.h"
#include "proto/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void dates_follow_the_calendar(void **state)
{
    (void)state;
    static const char *const good[] = {"2026-03-05", "2024-02-29", "2000-02-29", "0000-01-01",
                                       "9999-12-31"};
    static const char *const bad[] = {"2026-02-29", "1900-02-29",  "2026-04-31", "2026-00-01",
                                      "2026-13-01", "2026-01-00",  "2026-1-01",  "2026/01/01",
                                      "26-01-01",   "2026-01-011", "",           "2026-01-0x",
                                      " 2026-01-1", "+026-01-01"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(date_valid(view_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (date_valid(view_of(bad[i])))
            fail_msg("accepted '%s'", bad[i]);
    assert_int_equal(date_days(view_of("1970-01-01")), 0);
    assert_int_equal(date_days(view_of("1969-12-31")), -1);
    assert_int_equal(date_days(view_of("2024-03-01")) - date_days(view_of("2024-02-28")), 2);
    assert_int_equal(date_days(view_of("2026-11-23")), 20780);
}

static void times_are_read_with_any_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-03-05T09:15:00+07:00", 1772676900000},
        {"2026-03-05T02:15:00Z", 1772676900000},
        {"2026-03-05t02:15:00z", 1772676900000},
        {"2026-03-05 02:15:00Z", 1772676900000},
        {"2026-03-04T21:45:00-04:30", 1772676900000},
        {"2026-03-05T02:15:00.5Z", 1772676900500},
        {"2026-03-05T02:15:00.123456789Z", 1772676900123},
        {"2026-03-05T02:15:00-00:00", 1772676900000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2017-01-01T06:59:60+07:00", 1483228800000},
        {"0000-01-01T00:00:00Z", -62167219200000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = 1;
        if (!time_from_text(view_of(rows[i].text), &ms) || ms != rows[i].ms)
            fail_msg("%s: %lld", rows[i].text, (long long)ms);
    }
    static const char *const bad[] = {"2026-03-05T02:15:00",       "2026-03-05",
                                      "2026-03-05T02:15Z",         "2026-03-05T24:00:00Z",
                                      "2026-03-05T02:60:00Z",      "2026-03-05T02:15:61Z",
                                      "2026-03-05T02:15:60Z",      "2026-02-30T02:15:00Z",
                                      "2026-03-05T02:15:00.Z",     "2026-03-05T02:15:00+7:00",
                                      "2026-03-05T02:15:00+0700",  "2026-03-05T02:15:00+24:00",
                                      "2026-03-05T02:15:00+07:60", "2026-03-05T02:15:00Zx",
                                      "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
                                      "2026-03-05X02:15:00Z",      ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms;
        if (time_from_text(view_of(bad[i]), &ms))
            fail_msg("accepted '%s'", bad[i]);
    }
    int64_t ms;
    assert_false(time_from_text((struct view){"2026-03-05\0"
                                              "02:15:00Z",
                                              20},
                                &ms));
}

static void times_are_written_in_utc(void **state)
{
    (void)state;
    char out[32];
    time_to_text(1772676900000, out, sizeof out);
    assert_string_equal(out, "2026-03-05T02:15:00Z");
    time_to_text(1772676900007, out, sizeof out);
    assert_string_equal(out, "2026-03-05T02:15:00.007Z");
    time_to_text(-1, out, sizeof out);
    assert_string_equal(out, "1969-12-31T23:59:59.999Z");
    time_to_text(INT64_MAX, out, sizeof out);
    assert_string_equal(out, "");
}

/* A time in each month of 10,000 years, and some prime steps between, return as they were. */
static void every_time_returns_as_it_was(void **state)
{
    (void)state;
    for (int64_t ms = -62167219200000; ms <= 253402300799999;
         ms += 2629746 * INT64_C(1000) + 12347) {
        char out[32];
        int64_t back;
        time_to_text(ms, out, sizeof out);
        if (!time_from_text(view_of(out), &back) || back != ms)
            fail_msg("%lld: %s", (long long)ms, out);
    }
}

static bool valid(const char *bytes, uint32_t n)
{
    /* on the heap, so that sanitizers see each byte too many that is read */
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    bool ok = text_valid((struct view){copy, n});
    free(copy);
    return ok;
}

static void utf8_is_checked_wherever_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool ok;
    } rows[] = {
        {"", true},
        {"a", true},
        {"\x7f", true},
        {"\xc2\x80", true},
        {"\xdf\xbf", true},
        {"\xe0\xa0\x80", true},
        {"\xed\x9f\xbf", true},
        {"\xee\x80\x80", true},
        {"\xf0\x90\x80\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\x80", false},
        {"\xbf", false},
        {"\xc0\x80", false},
        {"\xc1\xbf", false},
        {"\xe0\x9f\xbf", false},
        {"\xed\xa0\x80", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false},
        {"\xff", false},
        {"\xc2", false},
        {"\xe0\xa0", false},
        {"\xf0\x90\x80", false},
        {"\xc2\x41", false},
        {"\xe1\x80\x41", false},
        {"\xf1\x80\x80\x41", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct view whole = view_of(rows[i].bytes);
        assert_int_equal(text_character(whole) == whole.n, rows[i].ok);
        for (uint32_t before = 0; before < 17; before++) {
            char text[32];
            uint32_t n = (uint32_t)strlen(rows[i].bytes);
            memset(text, 'x', sizeof text);
            memcpy(text + before, rows[i].bytes, n);
            if (valid(text, before + n) != rows[i].ok)
                fail_msg("row %zu behind %u bytes", i, before);
            if (valid(text, before + n + 8) != rows[i].ok)
                fail_msg("row %zu between %u and 8 bytes", i, before);
        }
    }
    for (uint32_t at = 0; at < 16; at++) {
        char text[16];
        memset(text, 'x', sizeof text);
        text[at] = '\0';
        assert_false(valid(text, sizeof text));
    }
}

static void words_match_whole_and_exactly(void **state)
{
    (void)state;
    assert_true(choice_valid("concat|colon", view_of("concat")));
    assert_true(choice_valid("concat|colon", view_of("colon")));
    assert_false(choice_valid("concat|colon", view_of("con")));
    assert_false(choice_valid("concat|colon", view_of("concat|colon")));
    assert_false(choice_valid("concat|colon", view_of("Colon")));
    assert_false(choice_valid("concat|colon", view_of("")));
}

static void uuids_are_lower_case_with_dashes(void **state)
{
    (void)state;
    assert_true(uuid_valid(view_of("e3a18c82-c500-450f-b6e1-5c5fbe68bf41")));
    assert_false(uuid_valid(view_of("E3a18c82-c500-450f-b6e1-5c5fbe68bf41")));
    assert_false(uuid_valid(view_of("e3a18c82c500450fb6e15c5fbe68bf41")));
    assert_false(uuid_valid(view_of("e3a18c82-c500-450f-b6e1-5c5fbe68bf4")));
    assert_false(uuid_valid(view_of("e3a18c82-c500-450f-b6e1-5c5fbe68bf4g")));
}

static void paths_of_faults_stay_within_their_room(void **state)
{
    (void)state;
    struct fault f;
    assert_int_equal(fault_set(&f, ERR_LIMIT, "name", "At most %d.", 5), ERR_LIMIT);
    fault_within(&f, "items", 3);
    fault_within(&f, "page", -1);
    assert_string_equal(f.field, "page.items[3].name");
    assert_string_equal(f.text, "At most 5.");
    fault_set(&f, ERR_TYPE, "", "x");
    fault_within(&f, "items", 0);
    assert_string_equal(f.field, "items[0]");
    for (int i = 0; i < 100; i++)
        fault_within(&f, "deeper", i);
    assert_int_equal(strlen(f.field), sizeof f.field - 1);
}

static void a_cut_fault_text_stays_utf8(void **state)
{
    (void)state;
    struct fault f;
    char name[400];
    for (int shift = 0; shift < 3; shift++) {
        memset(name, 'x', sizeof name);
        for (size_t i = (size_t)shift; i + 3 < sizeof name; i += 3)
            memcpy(name + i, "\xe2\x82\xac", 3);
        name[sizeof name - 1] = '\0';
        fault_set(&f, ERR_UNKNOWN_FIELD, name, "%s", name);
        assert_true(text_valid(view_of(f.field)) && strlen(f.field) > 100);
        assert_true(text_valid(view_of(f.text)) && strlen(f.text) > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_follow_the_calendar),
        cmocka_unit_test(times_are_read_with_any_offset),
        cmocka_unit_test(times_are_written_in_utc),
        cmocka_unit_test(every_time_returns_as_it_was),
        cmocka_unit_test(utf8_is_checked_wherever_it_stands),
        cmocka_unit_test(words_match_whole_and_exactly),
        cmocka_unit_test(uuids_are_lower_case_with_dashes),
        cmocka_unit_test(paths_of_faults_stay_within_their_room),
        cmocka_unit_test(a_cut_fault_text_stays_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
