/*
 * test_compat.c - replies in the old shapes, and problem documents.
 */
#include "gateway/problem.h"
#include "gateway/routes.h"
#include "gateway/transcode.h"
#include "proto/example.h"
#include "proto/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

static void assert_json(const struct buf *b)
{
    char error[200];
    char text[16384];
    assert_false(b->failed);
    assert_true(b->n < sizeof text);
    memcpy(text, b->p, b->n);
    text[b->n] = 0;
    yajl_val tree = yajl_tree_parse(text, error, sizeof error);
    if (!tree)
        fail_msg("%s: %s", error, text);
    yajl_tree_free(tree);
}

static void each_old_route_writes_json(void **state)
{
    struct routes *r = routes_new();
    (void)state;
    assert_non_null(r);
    for (unsigned i = 0; i < r->n; i++) {
        for (int all = 0; all < 2 && r->rows[i].shape; all++) {
            const struct desc *d = r->rows[i].msg->reply;
            struct arena a;
            struct buf b;
            struct fault f;
            arena_init(&a, 1 << 20);
            buf_init(&b, 1 << 20);
            void *record = arena_take(&a, d->size);
            assert_non_null(record);
            assert_int_equal(example_fill(d, all ? EXAMPLE_ALL : EXAMPLE_REQUIRED, &a, record, &f),
                             ERR_OK);
            assert_int_equal(compat_write(r->rows[i].shape, r->rows[i].each, d, record, &b),
                             ERR_OK);
            assert_int_equal(b.p[0], r->rows[i].each ? '[' : '{');
            assert_json(&b);
            buf_free(&b);
            arena_free(&a);
        }
    }
    routes_free(&r);
}

static void expect_shape(const char *shape, const struct desc *d, const void *record,
                         const char *wanted)
{
    struct compat *c = compat_new();
    struct buf b;
    buf_init(&b, 1 << 16);
    assert_int_equal(compat_write(compat_shape(c, shape, d), false, d, record, &b), ERR_OK);
    buf_append(&b, "", 1);
    assert_string_equal(b.p, wanted);
    buf_free(&b);
    compat_free(&c);
}

static void job_states_become_old_words(void **state)
{
    struct view dealers[] = {view_of("12284"), view_of("2")};
    struct job j = {.id = view_of("i"), .dealer_ids = {dealers, 2}, .state = view_of("running")};
    (void)state;
    j.tasks_succeeded = 3;
    j.tasks_failed = 1;
    j.tasks_total = 9;
    j.rows_read = 70;
    expect_shape("old_job_status", &JOB, &j,
                 "{\"task_id\":\"i\",\"status\":\"STARTED\",\"result\":null,\"progress\":"
                 "{\"current\":3,\"failed\":1,\"total\":9,\"records\":70}}");
    j.state = view_of("partial");
    PUT(&j, job, finished_at, 0);
    expect_shape("old_job_status", &JOB, &j,
                 "{\"task_id\":\"i\",\"status\":\"FAILURE\",\"result\":{\"status\":\"partial\","
                 "\"dealer_id\":\"12284\",\"records_fetched\":70,\"error_message\":null,"
                 "\"completed_at\":\"1970-01-01T00:00:00Z\"},\"progress\":"
                 "{\"current\":3,\"failed\":1,\"total\":9,\"records\":70}}");
}

static void days_without_prospects_are_left_out(void **state)
{
    struct day_count days[] = {{.date = view_of("2026-03-01"), .count = 2},
                               {.date = view_of("2026-03-02"), .count = 0},
                               {.date = view_of("2026-03-03"), .count = 1}};
    struct code_count codes[] = {{.code = view_of("3"), .count = 3}};
    struct prospect_report p = {.dealer_id = view_of("1"),
                                .total = 3,
                                .daily_counts = {days, 3},
                                .status_distribution = {codes, 1}};
    (void)state;
    expect_shape("old_analytics", &PROSPECT_REPORT, &p,
                 "{\"dealer_id\":\"1\",\"total_prospects\":3,\"daily_counts\":["
                 "{\"date\":\"2026-03-01\",\"count\":2},{\"date\":\"2026-03-03\",\"count\":1}],"
                 "\"status_distribution\":[{\"status\":\"3\",\"count\":3}]}");
}

static void faults_of_services_get_old_names(void **state)
{
    struct compat *c = compat_new();
    (void)state;
    const struct desc *in = compat_input(c, "old_job_run", &JOB_SUBMIT);
    assert_true(view_is(compat_old_name(in, &JOB_SUBMIT, view_of("to")), "to_time"));
    assert_true(view_is(compat_old_name(in, &JOB_SUBMIT, view_of("dealer_ids[0]")), "dealer_id"));
    assert_true(view_is(compat_old_name(in, &JOB_SUBMIT, view_of("feeds")), "feeds"));
    assert_true(view_is(compat_old_name(in, &JOB_SUBMIT, view_of("none")), "none"));
    compat_free(&c);
}

/* ---- one pass to JSON ---- */

static void one_pass_writes_what_the_struct_would(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        struct arena a;
        struct buf wire, one, two;
        struct fault f;
        if (!transcode_fits(*d))
            continue;
        arena_init(&a, 1 << 20);
        buf_init(&wire, 1 << 20);
        buf_init(&one, 1 << 20);
        buf_init(&two, 1 << 20);
        void *record = arena_take(&a, (*d)->size);
        assert_int_equal(example_fill(*d, EXAMPLE_ALL, &a, record, &f), ERR_OK);
        assert_int_equal(codec_encode(*d, record, &wire), ERR_OK);
        assert_int_equal(transcode(*d, buf_view(&wire), &one), ERR_OK);
        assert_int_equal(json_encode(*d, record, &two), ERR_OK);
        if (one.n != two.n || memcmp(one.p, two.p, one.n) != 0)
            fail_msg("%s: %.*s", (*d)->type_name, (int)one.n, one.p);
        if (wire.n > 1)
            assert_int_not_equal(transcode(*d, (struct view){wire.p, (uint32_t)wire.n - 1}, &one),
                                 ERR_OK);
        buf_free(&two);
        buf_free(&one);
        buf_free(&wire);
        arena_free(&a);
    }
}

static void texts_are_escaped(void **state)
{
    struct report_dealer d = {
        .dealer_id = view_of("1"),
        .dealer_name = view_of("12345678\"\\/\b\f\n\r\t\x01\x1f\x7f \xc3\xa4\xe2\x82\xac 87654321"),
        .total = INT64_MAX};
    struct buf wire, one, two;
    (void)state;
    buf_init(&wire, 4096);
    buf_init(&one, 4096);
    buf_init(&two, 4096);
    assert_int_equal(codec_encode(&REPORT_DEALER, &d, &wire), ERR_OK);
    assert_int_equal(transcode(&REPORT_DEALER, buf_view(&wire), &one), ERR_OK);
    assert_int_equal(json_encode(&REPORT_DEALER, &d, &two), ERR_OK);
    assert_int_equal(one.n, two.n);
    assert_memory_equal(one.p, two.p, one.n);
    buf_free(&two);
    buf_free(&one);
    buf_free(&wire);
}

/* ---- problems ---- */

static void problem_is_a_document(void **state)
{
    struct remote_error e = {.code = view_of("field.limit"), .text = view_of("Too \"long\".")};
    struct buf b;
    (void)state;
    e.n_fields = 1;
    e.fields[0] = (struct remote_field){
        .field = view_of("a"), .code = view_of("field.limit"), .text = view_of("Long.")};
    buf_init(&b, 4096);
    assert_int_equal(problem_status(&e), 422);
    assert_int_equal(problem_write(&e, 422, "r-1", &b), ERR_OK);
    assert_json(&b);
    buf_append(&b, "", 1);
    assert_non_null(strstr(b.p, "\"detail\":\"Too \\\"long\\\".\""));
    buf_free(&b);
}

static void problem_cuts_what_is_too_long(void **state)
{
    static char text[5000];
    struct remote_error e = {.code = view_of("sys.internal")};
    struct buf b;
    (void)state;
    /* Two bytes a character: the cut must not halve one. */
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    e.text = (struct view){text + 1, sizeof text - 2};
    e.text.p--;
    buf_init(&b, 1 << 16);
    assert_int_equal(problem_write(&e, 500, "r-1", &b), ERR_OK);
    assert_json(&b);
    buf_free(&b);
}

static void unknown_code_of_a_service_is_a_500(void **state)
{
    struct remote_error e = {.code = view_of("future.code")};
    (void)state;
    assert_int_equal(problem_status(&e), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_old_route_writes_json),
        cmocka_unit_test(job_states_become_old_words),
        cmocka_unit_test(days_without_prospects_are_left_out),
        cmocka_unit_test(faults_of_services_get_old_names),
        cmocka_unit_test(one_pass_writes_what_the_struct_would),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(problem_is_a_document),
        cmocka_unit_test(problem_cuts_what_is_too_long),
        cmocka_unit_test(unknown_code_of_a_service_is_a_500),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
