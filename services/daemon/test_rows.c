/* test_rows.c - values to fields, parameters to text, where Redis is: the parts without a server.
 */
#include "services/daemon/parameters.h"
#include "services/daemon/redis_url.h"
#include "services/daemon/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum err put(struct job *job, struct arena *a, const char *field, const char *text)
{
    return rows_value(&JOB, desc_field(&JOB, view_of(field)), view_of(text), a, job);
}

static void assert_view(struct view v, const char *want)
{
    assert_int_equal(v.n, strlen(want));
    assert_memory_equal(v.p, want, v.n);
}

static void values_fill_fields_by_type(void **state)
{
    struct job job = {.has = 0};
    struct dealer dealer = {.has = 0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_int_equal(put(&job, &a, "id", "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"), ERR_OK);
    assert_int_equal(put(&job, &a, "tasks_total", "29"), ERR_OK);
    assert_int_equal(put(&job, &a, "created_at", "1700000000123"), ERR_OK);
    assert_int_equal(put(&job, &a, "error_text", ""), ERR_OK);
    assert_view(job.id, "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60");
    assert_int_equal(job.tasks_total, 29);
    assert_int_equal(job.created_at, 1700000000123);
    assert_true(HAS(&job, job, error_text));
    assert_false(HAS(&job, job, error_code));
    assert_int_equal(
        rows_value(&DEALER, desc_field(&DEALER, view_of("is_active")), view_of("t"), &a, &dealer),
        ERR_OK);
    assert_true(dealer.is_active);
    arena_free(&a);
}

static void an_array_fills_a_list_of_records(void **state)
{
    struct leased_task task = {.has = 0};
    const struct field_desc *field = desc_field(&LEASED_TASK, view_of("dealers"));
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_int_equal(
        rows_value(&LEASED_TASK, field, view_of("{00012,00077,12284,12284}"), &a, &task), ERR_OK);
    assert_int_equal(task.dealers.n, 2);
    assert_view(LIST_AT(struct call_dealer, &task.dealers, 0)->dealer_id, "00012");
    assert_view(LIST_AT(struct call_dealer, &task.dealers, 0)->upstream_dealer_id, "00077");
    assert_view(LIST_AT(struct call_dealer, &task.dealers, 1)->upstream_dealer_id, "12284");
    assert_int_equal(rows_value(&LEASED_TASK, field, view_of("{}"), &a, &task), ERR_OK);
    assert_int_equal(task.dealers.n, 0);
    assert_int_equal(rows_value(&LEASED_TASK, field, view_of("{a,b,c}"), &a, &task), ERR_INTERNAL);
    arena_free(&a);
}

static void values_that_do_not_fit_are_refused(void **state)
{
    struct job job = {.has = 0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_int_equal(put(&job, &a, "tasks_total", "1.5"), ERR_INTERNAL);
    assert_int_equal(put(&job, &a, "tasks_total", ""), ERR_INTERNAL);
    assert_int_equal(put(&job, &a, "created_at", "2026-01-01"), ERR_INTERNAL);
    assert_int_equal(put(&job, &a, "dealer_ids", "12284"), ERR_INTERNAL);
    arena_free(&a);
    arena_init(&a, 4096);
    char large[8000];
    memset(large, 'x', sizeof large);
    enum err err = rows_value(&JOB, desc_field(&JOB, view_of("error_text")),
                              (struct view){large, sizeof large}, &a, &job);
    assert_int_equal(err, ERR_TOO_LARGE);
    arena_free(&a);
}

static void arrays_become_words(void **state)
{
    struct job job = {.has = 0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_int_equal(put(&job, &a, "dealer_ids", "{}"), ERR_OK);
    assert_int_equal(job.dealer_ids.n, 0);
    assert_int_equal(put(&job, &a, "dealer_ids", "{12284,\"a b\",\"x\\\"y\\\\z\",\"p,q}\",\"\"}"),
                     ERR_OK);
    assert_int_equal(job.dealer_ids.n, 5);
    assert_view(*LIST_AT(struct view, &job.dealer_ids, 0), "12284");
    assert_view(*LIST_AT(struct view, &job.dealer_ids, 1), "a b");
    assert_view(*LIST_AT(struct view, &job.dealer_ids, 2), "x\"y\\z");
    assert_view(*LIST_AT(struct view, &job.dealer_ids, 3), "p,q}");
    assert_view(*LIST_AT(struct view, &job.dealer_ids, 4), "");
    arena_free(&a);
}

static void parameters_become_text(void **state)
{
    struct parameters p;
    struct view words[] = {view_of("12284"), view_of("a\"b\\c"), view_of("")};
    const int64_t ints[] = {-1, 9223372036854775807};
    const struct param params[] = {
        P_TEXT(view_of("text")),
        P_INT(-7),
        P_BOOL(true),
        P_NULL,
        P_WORDS(((struct list){words, 3})),
        P_INTS(ints, 2),
        P_INTS(NULL, 0),
        P_TEXT(((struct view){NULL, 0})),
    };
    (void)state;
    parameters_init(&p);
    assert_int_equal(parameters_set(&p, params, 8), ERR_OK);
    assert_string_equal(p.values[0], "text");
    assert_string_equal(p.values[1], "-7");
    assert_string_equal(p.values[2], "t");
    assert_null(p.values[3]);
    assert_string_equal(p.values[4], "{\"12284\",\"a\\\"b\\\\c\",\"\"}");
    assert_string_equal(p.values[5], "{-1,9223372036854775807}");
    assert_string_equal(p.values[6], "{}");
    assert_string_equal(p.values[7], "");
    assert_int_equal(parameters_set(&p, &P_TEXT(((struct view){"a\0b", 3})), 1), ERR_UTF8);
    assert_int_equal(parameters_set(&p, NULL, 0), ERR_OK);
    parameters_free(&p);
}

static void redis_urls_are_read(void **state)
{
    struct redis_url u;
    (void)state;
    assert_int_equal(redis_url_parse("unix:///run/redis.sock", &u), ERR_OK);
    assert_string_equal(u.path, "/run/redis.sock");
    assert_int_equal(u.number, 0);
    assert_int_equal(redis_url_parse("unix:///run/redis.sock?db=3", &u), ERR_OK);
    assert_int_equal(u.number, 3);
    assert_int_equal(redis_url_parse("redis://cache.example:6380/2", &u), ERR_OK);
    assert_string_equal(u.path, "");
    assert_string_equal(u.host, "cache.example");
    assert_int_equal(u.port, 6380);
    assert_int_equal(u.number, 2);
    assert_int_equal(redis_url_parse("redis://:p@ss:w@localhost", &u), ERR_OK);
    assert_string_equal(u.password, "p@ss:w");
    assert_string_equal(u.host, "localhost");
    assert_int_equal(u.port, 6379);
}

static void other_urls_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "localhost:6379",
        "http://x",
        "unix://",
        "unix://relative",
        "redis://",
        "redis://:6379",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:x",
        "redis://h/x",
        "redis://h/99999",
        "unix:///p?db=",
        "unix:///p?x=1",
        "redis://user@h",
    };
    struct redis_url u;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (redis_url_parse(bad[i], &u) != ERR_FORMAT)
            fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_fill_fields_by_type),
        cmocka_unit_test(an_array_fills_a_list_of_records),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
        cmocka_unit_test(arrays_become_words),
        cmocka_unit_test(parameters_become_text),
        cmocka_unit_test(redis_urls_are_read),
        cmocka_unit_test(other_urls_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
