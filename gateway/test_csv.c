/*
 * test_csv.c - lists as CSV, forms of pages and links to the next one.
 */
#include "gateway/csv.h"
#include "gateway/pages.h"
#include "proto/codec.h"
#include "proto/example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 4 << 20);
    buf_init(&out, 4 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    buf_free(&out);
    return 0;
}

/* Cells of each line in `out`, by the rules of RFC 4180: all have as many. */
static unsigned cells(void)
{
    bool quoted = false;
    unsigned first = 0, n = 1;
    assert_true(out.n > 2);
    for (size_t i = 0; i < out.n; i++) {
        if (out.p[i] == '"')
            quoted = !quoted;
        else if (out.p[i] == ',' && !quoted)
            n++;
        else if (out.p[i] == '\r' && !quoted) {
            assert_true(++i < out.n && out.p[i] == '\n');
            assert_true(first == 0 || n == first);
            first = n;
            n = 1;
        } else if (!quoted)
            assert_true(out.p[i] != '\n');
    }
    assert_false(quoted);
    assert_int_equal(n, 1);
    return first;
}

static void each_page_has_as_many_cells_as_names(void **state)
{
    struct routes *r = routes_new();
    unsigned pages = 0;
    (void)state;
    assert_non_null(r);
    for (unsigned i = 0; i < r->n; i++) {
        const struct field_desc *items = page_items(&r->rows[i]);
        if (!items)
            continue;
        pages++;
        buf_reset(&out);
        assert_int_equal(csv_header(items->of, &out), ERR_OK);
        unsigned names = cells();
        for (int all = 0; all < 2; all++) {
            struct fault f;
            void *record = arena_take(&arena, items->of->size);
            buf_reset(&out);
            assert_int_equal(
                example_fill(items->of, all ? EXAMPLE_ALL : EXAMPLE_REQUIRED, &arena, record, &f),
                ERR_OK);
            assert_int_equal(csv_row(items->of, record, &out), ERR_OK);
            assert_int_equal(cells(), names);
        }
        arena_reset(&arena);
    }
    assert_true(pages >= 8);
    routes_free(&r);
}

static void expect_attempt(struct attempt *a, const char *line)
{
    a->outcome = view_of("failed");
    buf_reset(&out);
    assert_int_equal(csv_row(&ATTEMPT, a, &out), ERR_OK);
    buf_append(&out, "", 1);
    assert_string_equal(out.p, line);
}

static void texts_are_quoted_and_no_formula_is_made(void **state)
{
    static const struct {
        const char *text;
        const char *cell;
    } rows[] = {
        {"plain", "plain"},
        {"a,b", "\"a,b\""},
        {"a;b", "\"a;b\""},
        {"say \"no\"", "\"say \"\"no\"\"\""},
        {"\"", "\"\"\"\""},
        {"two\r\nlines", "\"two\r\nlines\""},
        {" blank ", "\" blank \""},
        {"=1+1", "'=1+1"},
        {"\n=1", "\"'\n=1\""},
        {"\xef\xbc\x9d"
         "1",
         "'\xef\xbc\x9d"
         "1"},
        {"\xef\xbc\x9e"
         "1",
         "\xef\xbc\x9e"
         "1"},
        {"+62 21", "'+62 21"},
        {"-5", "'-5"},
        {"@sum(A1)", "'@sum(A1)"},
        {"\tx", "'\tx"},
        {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
        {"a=b", "a=b"},
        {"Jalan Raya é", "Jalan Raya é"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct attempt a = {.number = 1, .started_at = INT64_C(1772676900000)};
        char line[200];
        PUT(&a, attempt, error_text, view_of(rows[i].text));
        snprintf(line, sizeof line, "1,,failed,,%s,,,,,,,,2026-03-05T02:15:00Z,,,\r\n",
                 rows[i].cell);
        expect_attempt(&a, line);
    }
}

static void numbers_stay_numbers(void **state)
{
    struct attempt a = {.number = 3};
    (void)state;
    PUT(&a, attempt, bytes, INT64_C(9223372036854775807));
    PUT(&a, attempt, skew_ms, -41000);
    expect_attempt(&a, "3,,failed,,,,9223372036854775807,,,,,,1970-01-01T00:00:00Z,,-41000,\r\n");
}

static void words_share_a_cell(void **state)
{
    struct view dealers[] = {view_of("10001"), view_of("10002")};
    struct task t = {.state = view_of("queued")};
    (void)state;
    PUT(&t, task, dealer_ids, ((struct list){dealers, 2}));
    assert_int_equal(csv_row(&TASK, &t, &out), ERR_OK);
    buf_append(&out, "", 1);
    assert_non_null(strstr(out.p, ",\"10001;10002\","));
}

static void a_list_of_records_makes_a_line_for_each(void **state)
{
    struct covered_day days[2] = {
        {.day = view_of("2026-03-01"), .state = view_of("complete")},
        {.day = view_of("2026-03-02"), .state = view_of("failed")},
    };
    struct coverage c = {.dealer_id = view_of("12284"), .feed = view_of("prsp")};
    const char *names =
        "dealer_id,feed,from,to,mark,complete,empty,partial,failed,pending,never,lost,"
        "days_left,days.day,days.state,";
    (void)state;
    assert_int_equal(csv_header(&COVERAGE, &out), ERR_OK);
    assert_memory_equal(out.p, names, strlen(names));
    PUT(&c, coverage, days, ((struct list){days, 2}));
    assert_int_equal(csv_row(&COVERAGE, &c, &out), ERR_OK);
    (void)cells();
    buf_append(&out, "", 1);
    assert_non_null(strstr(out.p, "\r\n12284,prsp,,,,0,0,0,0,0,0,0,,2026-03-01,complete,"));
    assert_non_null(strstr(out.p, "\r\n12284,prsp,,,,0,0,0,0,0,0,0,,2026-03-02,failed,"));
    buf_reset(&out);
    c.has = 0;
    assert_int_equal(csv_row(&COVERAGE, &c, &out), ERR_OK);
    assert_non_null(strstr(out.p, "12284,prsp,,,,0,0,0,0,0,0,0,,,,"));
}

/* ---- forms and links ---- */

static const struct route *route_of(struct routes *r, const char *path, struct route_match *m)
{
    route_find(r, ROLE_API, GET, view_of(path), m);
    assert_non_null(m->route);
    return m->route;
}

static void the_form_is_chosen_by_query_or_accept(void **state)
{
    static const struct {
        const char *query, *accept;
        enum err err;
        enum page_form form;
        const char *rest;
    } rows[] = {
        {"", "", ERR_OK, PAGE_JSON, ""},
        {"format=csv", "", ERR_OK, PAGE_CSV, ""},
        {"state=failed&format=csv&limit=5", "", ERR_OK, PAGE_CSV, "state=failed&limit=5&"},
        {"format=json", "text/csv", ERR_OK, PAGE_JSON, ""},
        {"limit=5", "text/csv", ERR_OK, PAGE_CSV, "limit=5&"},
        {"", "Text/CSV; charset=utf-8", ERR_OK, PAGE_CSV, ""},
        {"", "application/json, text/csv", ERR_OK, PAGE_JSON, ""},
        {"", "text/csv, application/json;q=0.5", ERR_OK, PAGE_CSV, ""},
        {"", "*/*", ERR_OK, PAGE_JSON, ""},
        {"format=xml", "", ERR_CHOICE, PAGE_JSON, NULL},
        {"format=", "", ERR_CHOICE, PAGE_JSON, NULL},
        {"format", "", ERR_CHOICE, PAGE_JSON, NULL},
        {"format=%63sv", "", ERR_OK, PAGE_CSV, ""},
        {"format=csv&format=csv", "", ERR_DUPLICATE_FIELD, PAGE_JSON, NULL},
        {"format=%zz", "", ERR_FORMAT, PAGE_JSON, NULL},
        {"format=%00", "", ERR_FORMAT, PAGE_JSON, NULL},
        {"formats=csv", "", ERR_OK, PAGE_JSON, "formats=csv&"},
    };
    struct routes *r = routes_new();
    struct route_match m;
    (void)state;
    const struct route *jobs = route_of(r, "/api/v1/jobs", &m);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct view query = view_of(rows[i].query);
        enum page_form form;
        assert_int_equal(page_form(jobs, view_of(rows[i].accept), &query, &arena, &form),
                         rows[i].err);
        if (rows[i].err)
            continue;
        assert_int_equal(form, rows[i].form);
        /* A query without a form stays as it came. */
        size_t n = query.n && query.p[query.n - 1] != '&' ? query.n + 1 : query.n;
        assert_int_equal(n, strlen(rows[i].rest));
        assert_memory_equal(query.n ? query.p : "", rows[i].rest, query.n);
    }
    struct view query = view_of("format=csv");
    enum page_form form;
    assert_int_equal(page_form(route_of(r, "/health", &m), view_of(""), &query, &arena, &form),
                     ERR_OK);
    assert_int_equal(form, PAGE_JSON);
    assert_true(view_is(query, "format=csv"));
    routes_free(&r);
}

static void the_next_page_is_found_and_linked(void **state)
{
    struct job_page page = {0};
    struct view next;
    (void)state;
    assert_int_equal(codec_encode(&JOB_PAGE, &page, &out), ERR_OK);
    assert_false(page_next(&JOB_PAGE, buf_view(&out), &next));
    PUT(&page, job_page, next, view_of("a b/1"));
    buf_reset(&out);
    assert_int_equal(codec_encode(&JOB_PAGE, &page, &out), ERR_OK);
    assert_true(page_next(&JOB_PAGE, buf_view(&out), &next));
    assert_true(view_is(next, "a b/1"));
    assert_false(page_next(&JOB_PAGE, (struct view){out.p, (uint32_t)out.n - 3}, &next));
    assert_string_equal(page_link(view_of("cursor=old&state=failed"), view_of("a b/1"), &arena),
                        "<?state=failed&cursor=a%20b%2F1>; rel=\"next\"");
    assert_string_equal(page_link(view_of(""), view_of("7"), &arena), "<?cursor=7>; rel=\"next\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_page_has_as_many_cells_as_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_quoted_and_no_formula_is_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_stay_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_share_a_cell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_of_records_makes_a_line_for_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_form_is_chosen_by_query_or_accept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_page_is_found_and_linked, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
