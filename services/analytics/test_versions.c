/*
 * test_versions.c - the table of data versions.
 */
#include "services/analytics/versions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct version *rows_of(const struct version *src, unsigned n)
{
    struct version *rows = malloc(n * sizeof *rows);
    assert_non_null(rows);
    memcpy(rows, src, n * sizeof *rows);
    return rows;
}

static void note(void *arg, const struct version *now)
{
    char *told = arg;
    strncat(told, now->dealer, 63 - strlen(told));
}

static void only_changed_dealers_are_told(void **state)
{
    const struct version first[] = {{"A", "1.x", 1}, {"B", "1.x", 1}};
    const struct version second[] = {{"A", "1.y", 1}, {"B", "2.x", 2}, {"C", "0", 0}};
    struct versions *v = versions_new();
    char told[64] = "";
    (void)state;
    assert_true(versions_replace(v, rows_of(first, 2), 2, note, told));
    assert_string_equal(told, "AB");
    told[0] = '\0';
    assert_true(versions_replace(v, rows_of(second, 3), 3, note, told));
    assert_false(versions_replace(v, rows_of(second, 3), 3, note, told));
    assert_string_equal(told, "BC");
    assert_string_equal(versions_state(v, view_of("A")), "1.y");
    versions_free(&v);
}

static void unknown_table_answers_nothing(void **state)
{
    const struct version rows[] = {{"A", "1", 1}};
    struct versions *v = versions_new();
    (void)state;
    assert_null(versions_state(v, view_of("A")));
    assert_true(versions_replace(v, rows_of(rows, 1), 1, NULL, NULL));
    assert_string_equal(versions_state(v, view_of("A")), "1");
    assert_null(versions_state(v, view_of("B")));
    assert_null(versions_state(v, view_of("12345678901")));
    v->known = false;
    assert_null(versions_state(v, view_of("A")));
    versions_free(&v);
}

static void a_digest_changes_with_each_dealers_state_and_with_the_choice(void **state)
{
    const struct version first[] = {{"A", "1.x", 1}, {"B", "1.x", 1}, {"C", "1.x", 1}};
    const struct version second[] = {{"A", "1.x", 1}, {"B", "1.y", 1}, {"C", "1.x", 1}};
    struct view ab[] = {view_of("A"), view_of("B")}, ac[] = {view_of("A"), view_of("C")};
    struct list of_ab = {ab, 2}, of_ac = {ac, 2};
    struct versions *v = versions_new();
    char digest[6][VERSIONS_DIGEST];
    (void)state;
    assert_false(versions_digest(v, NULL, digest[0]));
    assert_true(versions_replace(v, rows_of(first, 3), 3, NULL, NULL));
    assert_true(versions_digest(v, &of_ab, digest[0]) && versions_digest(v, &of_ac, digest[1]) &&
                versions_digest(v, NULL, digest[2]));
    assert_false(versions_replace(v, rows_of(second, 3), 3, NULL, NULL));
    assert_true(versions_digest(v, &of_ab, digest[3]) && versions_digest(v, &of_ac, digest[4]) &&
                versions_digest(v, NULL, digest[5]));
    assert_string_not_equal(digest[0], digest[1]);
    assert_string_not_equal(digest[0], digest[3]);
    assert_string_equal(digest[1], digest[4]);
    assert_string_not_equal(digest[2], digest[5]);
    versions_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_changed_dealers_are_told),
        cmocka_unit_test(a_digest_changes_with_each_dealers_state_and_with_the_choice),
        cmocka_unit_test(unknown_table_answers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
