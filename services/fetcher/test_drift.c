/*
 * test_drift.c - which fields an answer holds, and when the database is told.
 */
#include "services/fetcher/drift.h"
#include "services/fetcher/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct drift_row rows[DRIFT_MAX_ROWS];

static enum err pass_good(void *arg, const struct record *r)
{
    (void)arg;
    (void)r;
    return ERR_OK;
}

static enum err pass_bad(void *arg, const struct bad_record *b)
{
    (void)arg;
    (void)b;
    return ERR_OK;
}

static const struct feed *prospects(void)
{
    return feed_by_name(view_of("prsp"));
}

/* Reads one answer with n times this record. */
static struct drift_source *read_answer(struct drift_memory *d, const char *record, int n)
{
    static struct drift_answer a;
    const struct dealer_code code = {view_of("1"), view_of("1")};
    const struct dealer_set dealers = {.items = &code, .n = 1};
    struct record_sink sink = {NULL, pass_good, pass_bad, 0};
    struct envelope e;
    struct parse *p = parse_new(prospects(), &dealers, &sink, &e);

    assert_non_null(p);
    parse_watch(p, &a, 0);
    assert_int_equal(parse_feed(p, view_of("{\"status\":1,\"data\":[")), ERR_OK);
    for (int i = 0; i < n; i++) {
        if (i > 0)
            assert_int_equal(parse_feed(p, view_of(",")), ERR_OK);
        assert_int_equal(parse_feed(p, view_of(record)), ERR_OK);
    }
    assert_int_equal(parse_feed(p, view_of("]}")), ERR_OK);
    assert_int_equal(parse_end(p), ERR_OK);
    parse_free(&p);
    return drift_add(d, view_of("http://a"), prospects(), 7, &a);
}

/* In how many answers the field had this type, as it would be told; and whether it is expected. */
static int64_t told(const struct drift_source *s, const char *part, const char *field,
                    const char *type, bool expected)
{
    unsigned n = drift_rows(s, rows);

    for (unsigned i = 0; i < n; i++)
        if (strcmp(rows[i].part, part) == 0 && strcmp(rows[i].field, field) == 0 &&
            strcmp(rows[i].type, type) == 0) {
            assert_int_equal(rows[i].expected, expected);
            return rows[i].answers;
        }
    return 0;
}

static void types_are_noted_by_field(void **state)
{
    struct drift_memory d = {.n = 0};
    const char *record =
        "{\"idProspect\":\"P\",\"statusProspect\":1,\"alamat\":null,\"baru\":true,"
        "\"noKtp\":{\"a\":[\"x\"]},\"unit\":[{\"kodeTipeUnit\":\"A\",\"warna\":[]}]}";

    (void)state;
    (void)read_answer(&d, record, 2);
    struct drift_source *s = read_answer(&d, record, 1);
    assert_int_equal(told(s, "", "idProspect", "string", true), 2);
    assert_int_equal(told(s, "", "statusProspect", "number", true), 2);
    assert_int_equal(told(s, "", "alamat", "null", true), 2);
    assert_int_equal(told(s, "", "noKtp", "object", true), 2);
    assert_int_equal(told(s, "", "unit", "array", true), 2);
    assert_int_equal(told(s, "", "baru", "boolean", false), 2);
    assert_int_equal(told(s, "unit", "kodeTipeUnit", "string", true), 2);
    assert_int_equal(told(s, "unit", "warna", "array", false), 2);
    /* What stands inside of a value is not the record's. */
    assert_int_equal(told(s, "", "a", "array", false), 0);
    assert_int_equal(told(s, "", "noKtp", "string", true), 0);
    drift_free(&d);
}

static void a_field_is_missed_only_among_enough_records(void **state)
{
    struct drift_memory d = {.n = 0};
    const char *record = "{\"idProspect\":\"P\",\"unit\":[{\"kodeTipeUnit\":\"A\"}]}";

    (void)state;
    struct drift_source *s = read_answer(&d, record, DRIFT_ENOUGH - 1);
    assert_int_equal(told(s, "", "alamat", "", true), 0);
    s = read_answer(&d, record, DRIFT_ENOUGH);
    assert_int_equal(told(s, "", "alamat", "", true), 1);
    assert_int_equal(told(s, "unit", "salesProgramId", "", true), 1);
    assert_int_equal(told(s, "unit", "kodeTipeUnit", "", true), 0);
    /* null is there; nothing at all is not */
    s = read_answer(&d, "{\"idProspect\":\"P\",\"alamat\":null}", DRIFT_ENOUGH);
    assert_int_equal(told(s, "", "alamat", "", true), 1);
    assert_int_equal(told(s, "", "unit", "", true), 1);
    drift_free(&d);
}

static void small_answers_add_up_until_a_field_is_missed(void **state)
{
    struct drift_memory d = {.n = 0};
    struct drift_source *s = NULL;

    (void)state;
    for (int n = 0; n < DRIFT_ENOUGH - 10; n += 10)
        s = read_answer(&d, "{\"idProspect\":\"P\"}", 10);
    assert_int_equal(told(s, "", "alamat", "", true), 0);
    /* It comes once, and is awaited anew. */
    (void)read_answer(&d, "{\"idProspect\":\"P\",\"alamat\":\"Jl. A\"}", 1);
    for (int n = 0; n < DRIFT_ENOUGH - 10; n += 10)
        s = read_answer(&d, "{\"idProspect\":\"P\"}", 10);
    assert_int_equal(told(s, "", "alamat", "", true), 0);
    s = read_answer(&d, "{\"idProspect\":\"P\"}", 10);
    assert_int_equal(told(s, "", "alamat", "", true), 1);
    drift_free(&d);
}

static void what_is_new_is_told_at_once_and_the_rest_now_and_then(void **state)
{
    struct drift_memory d = {.n = 0};

    (void)state;
    struct drift_source *s = read_answer(&d, "{\"idProspect\":\"P\"}", 1);
    assert_true(drift_due(s, 1000));
    drift_told(s, 1000, true);
    assert_int_equal(drift_rows(s, rows), 0);
    s = read_answer(&d, "{\"idProspect\":\"P\"}", 1);
    assert_false(drift_due(s, 1000 + DRIFT_TELL_MS - 1));
    assert_true(drift_due(s, 1000 + DRIFT_TELL_MS));
    s = read_answer(&d, "{\"idProspect\":\"P\",\"baru\":1}", 1);
    assert_true(drift_due(s, 1001));
    drift_told(s, 1001, true);
    s = read_answer(&d, "{\"idProspect\":\"P\",\"baru\":\"1\"}", 1);
    assert_true(drift_due(s, 1002));
    /* Not told: the same comes again, later. */
    drift_told(s, 1002, false);
    assert_false(drift_due(s, 1003));
    assert_int_equal(told(s, "", "baru", "string", false), 1);
    drift_free(&d);
}

static void names_without_end_find_an_end(void **state)
{
    struct drift_memory d = {.n = 0};
    struct drift_source *s = NULL;
    unsigned unknown = 0;
    char record[128];

    (void)state;
    for (int i = 0; i < 3 * DRIFT_MAX_NAMES; i++) {
        (void)snprintf(record, sizeof(record), "{\"idProspect\":\"P\",\"x%d\":1}", i);
        s = read_answer(&d, record, 1);
    }
    for (unsigned i = 0, n = drift_rows(s, rows); i < n; i++)
        unknown += !rows[i].expected;
    assert_int_equal(unknown, DRIFT_MAX_NAMES);
    drift_free(&d);
}

static void long_and_wild_names_are_stored_as_text(void **state)
{
    struct drift_memory d = {.n = 0};
    char record[512] = "{\"idProspect\":\"P\",\" a\xff"
                       "b \":1,\"";

    (void)state;
    memset(record + strlen(record), 'n', 300);
    (void)snprintf(record + strlen(record), sizeof(record) - strlen(record), "\":1}");
    struct drift_source *s = read_answer(&d, record, 1);
    unsigned n = drift_rows(s, rows);
    assert_int_equal(n, 3);
    assert_string_equal(rows[1].field, "a?b");
    assert_int_equal(strlen(rows[2].field), DRIFT_MAX_NAME);
    drift_free(&d);
}

static void a_value_in_the_place_of_a_name_is_not_kept(void **state)
{
    struct drift_memory d = {.n = 0};

    (void)state;
    struct drift_source *s = read_answer(&d, "{\"idProspect\":\"P\",\"081298764321\":1}", 1);
    assert_int_equal(told(s, "", "081298764321", "number", false), 0);
    assert_int_equal(told(s, "", "********4321", "number", false), 1);
    drift_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_noted_by_field),
        cmocka_unit_test(a_field_is_missed_only_among_enough_records),
        cmocka_unit_test(small_answers_add_up_until_a_field_is_missed),
        cmocka_unit_test(what_is_new_is_told_at_once_and_the_rest_now_and_then),
        cmocka_unit_test(names_without_end_find_an_end),
        cmocka_unit_test(long_and_wild_names_are_stored_as_text),
        cmocka_unit_test(a_value_in_the_place_of_a_name_is_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
