/*
 * test_stage.c - rows of the staging tables as SQL text, COPY lines and arrays.
 */
#include "services/fetcher/parse.h"
#include "services/fetcher/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct feed_field parent_fields[] = {
    {"id", "id_thing", KIND_KEY},
    {"dealerId", "dealer_id", KIND_DEALER},
    {"day", "day", KIND_DATE},
};
static const struct feed_field child_fields[] = {
    {"type", "type", KIND_TEXT},
    {"at", "at_time", KIND_DATETIME},
};
static const struct feed_part parts[] = {
    {"", "stage_thing", parent_fields, 3},
    {"list", "stage_list", child_fields, 2},
};
static const struct feed thing = {
    .name = "thing", .path = "/thing/read", .store = "", .parts = parts, .n_parts = 2};

static void statements_follow_from_the_table(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, STAGE_MAX_SQL);
    assert_int_equal(stage_copy_sql(&parts[0], false, &b), ERR_OK);
    assert_string_equal(
        b.p, "COPY pg_temp.stage_thing (seq, dealer_id, id_thing, day, day_raw) FROM STDIN");
    buf_reset(&b);
    assert_int_equal(stage_insert_sql(&parts[1], true, &b), ERR_OK);
    assert_string_equal(
        b.p, "INSERT INTO pg_temp.stage_list (seq, position, type, at_time, at_time_raw) "
             "SELECT * FROM unnest($1::int[], $2::int[], $3::text[], $4::timestamp[], "
             "$5::text[])");
    buf_free(&b);
}

struct out {
    struct buf copy;
    struct stage_arrays parents;
    struct stage_arrays children;
    int64_t seq;
};

static enum err on_good(void *arg, const struct record *r)
{
    struct out *o = arg;
    struct stage_row row;

    o->seq++;
    stage_record(r, o->seq, view_of("12284"), &row);
    assert_int_equal(stage_copy_line(&row, &o->copy), ERR_OK);
    assert_int_equal(stage_arrays_add(&o->parents, row.cells, row.n), ERR_OK);
    for (unsigned i = 0; i < r->n_children; i++) {
        stage_child(r, &r->children[i], o->seq, &row);
        assert_int_equal(stage_copy_line(&row, &o->copy), ERR_OK);
        assert_int_equal(stage_arrays_add(&o->children, row.cells, row.n), ERR_OK);
    }
    return ERR_OK;
}

static void rows_keep_every_value(void **state)
{
    static struct out o;
    struct record_sink sink = {&o, on_good, NULL, 0};
    struct envelope e;
    const char *body =
        "{\"status\":1,\"data\":[{\"id\":\"a\\tb\\\\\\n\\\"c\",\"day\":\"05/03/2026\"},"
        "{\"id\":\"NULL\",\"day\":\"soon\",\"list\":[{\"type\":\"{x,\\\"\"},{\"at\":\"05/03/"
        "2026\"}]}]}";

    (void)state;
    buf_init(&o.copy, 10000);
    stage_arrays_init(&o.parents);
    stage_arrays_init(&o.children);
    assert_int_equal(parse_answer(view_of(body), &thing, view_of("1"), &sink, &e), ERR_OK);
    assert_true(view_is(buf_view(&o.copy), "1\t12284\ta\\tb\\\\\\n\"c\t2026-03-05\t\\N\n"
                                           "2\t12284\tNULL\t\\N\tsoon\n"
                                           "2\t1\t{x,\"\t\\N\t\\N\n"
                                           "2\t2\t\\N\t2026-03-05 00:00:00\t\\N\n"));
    assert_int_equal(stage_arrays_close(&o.parents), ERR_OK);
    assert_int_equal(stage_arrays_close(&o.children), ERR_OK);
    assert_int_equal(o.parents.n_rows, 2);
    assert_string_equal(o.parents.columns[0].p, "{\"1\",\"2\"}");
    assert_string_equal(o.parents.columns[2].p, "{\"a\tb\\\\\n\\\"c\",\"NULL\"}");
    assert_string_equal(o.parents.columns[3].p, "{\"2026-03-05\",NULL}");
    assert_string_equal(o.parents.columns[4].p, "{NULL,\"soon\"}");
    assert_string_equal(o.children.columns[1].p, "{\"1\",\"2\"}");
    assert_string_equal(o.children.columns[2].p, "{\"{x,\\\"\",NULL}");
    buf_free(&o.copy);
    stage_arrays_free(&o.parents);
    stage_arrays_free(&o.children);
}

static void arrays_are_bounded(void **state)
{
    struct stage_arrays a;
    static char text[STAGE_MAX_ARRAYS / 8];
    struct view cell = {text, sizeof(text)};
    enum err err = ERR_OK;

    (void)state;
    memset(text, 'x', sizeof(text));
    stage_arrays_init(&a);
    for (int i = 0; i < 20 && err == ERR_OK; i++)
        err = stage_arrays_add(&a, &cell, 1);
    assert_int_equal(err, ERR_TOO_LARGE);
    stage_arrays_reset(&a);
    assert_int_equal(stage_arrays_add(&a, &cell, 1), ERR_OK);
    stage_arrays_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_follow_from_the_table),
        cmocka_unit_test(rows_keep_every_value),
        cmocka_unit_test(arrays_are_bounded),
    };
    return cmocka_run_group_tests_name("stage", tests, NULL, NULL);
}
