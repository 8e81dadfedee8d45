/*
 * test_label_lines.c - labels from lines of CSV.
 */
#include "services/dealer/label_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static struct view cell(const struct label_lines *l, int column, uint32_t row)
{
    return *LIST_AT(struct view, &l->column[column], row);
}

static void lines_and_quotes_are_read(void **state)
{
    struct label_lines l;
    struct fault f = {0};
    (void)state;
    assert_int_equal(label_lines_read(view_of("list,code,label\r\n"
                                              "district,320101,\"Cibinong, \"\"Kota\"\"\"\r\n\n"
                                              "prospect_status,3,Hot,Panas"),
                                      &arena, &l, &f),
                     ERR_OK);
    assert_int_equal(l.n, 2);
    assert_true(view_is(cell(&l, 2, 0), "Cibinong, \"Kota\"") && cell(&l, 3, 0).n == 0);
    assert_true(view_is(cell(&l, 0, 1), "prospect_status") && view_is(cell(&l, 3, 1), "Panas"));
}

static void what_is_wrong_names_its_line(void **state)
{
    static const struct {
        const char *csv;
        const char *said;
    } wrong[] = {
        {"district,1,A\nnone_such,2,B\n", "Line 2: list: "},
        {"district,1,A\n\ndistrict,,B\n", "Line 3: code is empty."},
        {"district,1\n", "Line 1: label is empty."},
        {"district,1,A,B,C\n", "Line 1: There are more than four cells."},
        {"district,1,\"A\n", "Line 1: A label has one line."},
        {"district,1,\"A", "Line 1: A quote is not closed."},
        {"district,1,\"A\"B\n", "Line 1: Text follows a closed quote."},
        {"district,1,\xff\n", "Line 1: label: "},
        {"list,code,label\n", "There is no label in it."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct label_lines l;
        struct fault f = {0};
        arena_reset(&arena);
        assert_int_not_equal(label_lines_read(view_of(wrong[i].csv), &arena, &l, &f), ERR_OK);
        assert_string_equal(f.field, "csv");
        assert_memory_equal(f.text, wrong[i].said, strlen(wrong[i].said));
    }
}

static void there_is_a_limit(void **state)
{
    struct buf csv;
    struct label_lines l;
    struct fault f = {0};
    (void)state;
    buf_init(&csv, 1 << 20);
    for (int i = 0; i <= MAX_LABEL_LINES; i++)
        assert_int_equal(buf_printf(&csv, "district,%d,D\n", i), ERR_OK);
    arena_reset(&arena);
    assert_int_equal(label_lines_read(buf_view(&csv), &arena, &l, &f), ERR_LIMIT);
    assert_non_null(strstr(f.text, "Line 10001:"));
    buf_free(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_quotes_are_read),
        cmocka_unit_test(what_is_wrong_names_its_line),
        cmocka_unit_test(there_is_a_limit),
    };
    arena_init(&arena, 16 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
