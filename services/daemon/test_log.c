/* test_log.c - every line is one valid JSON object, whatever is logged. */
#include "services/daemon/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_tree.h>

#include <cmocka.h>

static char line[16384];

/* Runs log_line() with stdout going to a pipe. */
static size_t logged(enum log_level level, const char *req, const char *msg,
                     const struct log_field *fields)
{
    int ends[2], before = dup(STDOUT_FILENO);
    fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDOUT_FILENO);
    log_line(level, req, msg, fields);
    dup2(before, STDOUT_FILENO);
    close(before);
    close(ends[1]);
    ssize_t n = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    line[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static const char *text_of(yajl_val tree, const char *key)
{
    const char *path[] = {key, NULL};
    yajl_val v = yajl_tree_get(tree, path, yajl_t_string);
    return v ? YAJL_GET_STRING(v) : "(none)";
}

static yajl_val parsed(size_t n)
{
    char why[200];
    assert_true(n > 0 && line[n - 1] == '\n');
    assert_null(memchr(line, '\n', n - 1));
    yajl_val tree = yajl_tree_parse(line, why, sizeof why);
    if (!tree)
        fail_msg("%s in %s", why, line);
    return tree;
}

static void a_line_has_what_every_line_has(void **state)
{
    (void)state;
    yajl_val t =
        parsed(logged(LOG_WARN, "r-1", "something", LOG_FIELDS(K("key", "value"), KN("n", -7))));
    assert_string_equal(text_of(t, "level"), "warn");
    assert_string_equal(text_of(t, "svc"), "unit");
    assert_string_equal(text_of(t, "instance"), "unit-1");
    assert_string_equal(text_of(t, "req"), "r-1");
    assert_string_equal(text_of(t, "msg"), "something");
    assert_string_equal(text_of(t, "key"), "value");
    assert_int_equal(strlen(text_of(t, "ts")), strlen("2026-03-05T02:15:00.000Z"));
    assert_non_null(strstr(line, "\"n\":-7"));
    yajl_tree_free(t);
}

static void hostile_texts_are_escaped(void **state)
{
    static const char nasty[] =
        "a\"b\\c\n\t\x01\x7f\xff\xc3 \xed\xa0\x80 \xf0\x9f\x98\x80 \xe2\x82";
    (void)state;
    yajl_val t = parsed(logged(LOG_INFO, NULL, "x\"y",
                               LOG_FIELDS(KV("nasty", ((struct view){nasty, sizeof nasty - 1})),
                                          KV("nothing", ((struct view){NULL, 0})))));
    assert_string_equal(text_of(t, "msg"), "x\"y");
    assert_non_null(strstr(text_of(t, "nasty"), "a\"b\\c\n\t\x01\x7f"));
    assert_non_null(strstr(text_of(t, "nasty"), "\xf0\x9f\x98\x80"));
    assert_null(strstr(text_of(t, "nasty"), "\xed\xa0\x80"));
    assert_string_equal(text_of(t, "nothing"), "");
    yajl_tree_free(t);
}

static void a_line_that_would_be_too_long_stays_json(void **state)
{
    static char huge[3000];
    (void)state;
    memset(huge, '"', sizeof huge - 1);
    yajl_val t = parsed(logged(LOG_ERROR, NULL, "big",
                               LOG_FIELDS(K("a", huge), K("b", huge), K("c", huge), K("d", huge))));
    assert_non_null(strstr(line, "\"cut\":true"));
    assert_true(strlen(text_of(t, "a")) >= 1000);
    yajl_tree_free(t);
}

static void lesser_levels_are_silent(void **state)
{
    (void)state;
    log_open("unit", "unit-1", "warn");
    assert_int_equal(logged(LOG_INFO, NULL, "quiet", NULL), 0);
    assert_true(logged(LOG_WARN, NULL, "loud", NULL) > 0);
    log_open("unit", "unit-1", "info");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_what_every_line_has),
        cmocka_unit_test(hostile_texts_are_escaped),
        cmocka_unit_test(a_line_that_would_be_too_long_stays_json),
        cmocka_unit_test(lesser_levels_are_silent),
    };
    log_open("unit", "unit-1", "info");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
