/* test_config.c - settings from the environment: defaults, files, refusals. */
#include "services/daemon/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct settings {
    char *text;
    int64_t number;
    bool flag;
    char *secret;
};

static const struct conf_row rows[] = {
    {"T_TEXT", CONF_TEXT, offsetof(struct settings, text), "fallback", 0, 10, "A text."},
    {"T_NUMBER", CONF_INT, offsetof(struct settings, number), "4", 1, 64, "A number."},
    {"T_FLAG", CONF_BOOL, offsetof(struct settings, flag), "off", 0, 0, "A flag."},
    {"T_SECRET", CONF_SECRET, offsetof(struct settings, secret), "", 0, 100, "A secret."},
    {0},
};

static const struct conf_row needed[] = {
    {"T_NEEDED", CONF_TEXT, offsetof(struct settings, text), NULL, 0, 0, "Needed."},
    {0},
};

static int clear(void **state)
{
    (void)state;
    unsetenv("T_TEXT");
    unsetenv("T_NUMBER");
    unsetenv("T_FLAG");
    unsetenv("T_SECRET");
    unsetenv("T_SECRET_FILE");
    unsetenv("T_NEEDED");
    return 0;
}

static void empty_variables_take_the_default(void **state)
{
    struct settings s = {0};
    (void)state;
    setenv("T_TEXT", "", 1);
    assert_int_equal(conf_read(rows, &s), ERR_OK);
    assert_string_equal(s.text, "fallback");
    assert_int_equal(s.number, 4);
    assert_false(s.flag);
    assert_string_equal(s.secret, "");
    conf_free(rows, &s);
    assert_null(s.text);
}

static void values_are_read_by_type(void **state)
{
    struct settings s = {0};
    (void)state;
    setenv("T_TEXT", "abc", 1);
    setenv("T_NUMBER", "64", 1);
    setenv("T_FLAG", "on", 1);
    setenv("T_SECRET", "s3", 1);
    assert_int_equal(conf_read(rows, &s), ERR_OK);
    assert_string_equal(s.text, "abc");
    assert_int_equal(s.number, 64);
    assert_true(s.flag);
    assert_string_equal(s.secret, "s3");
    conf_free(rows, &s);
}

static void unusable_values_are_refused(void **state)
{
    static const char *const bad[][2] = {
        {"T_NUMBER", "0"},
        {"T_NUMBER", "65"},
        {"T_NUMBER", "4x"},
        {"T_NUMBER", "1e1"},
        {"T_FLAG", "perhaps"},
        {"T_TEXT", "longer than ten"},
        {"T_NUMBER", "99999999999999999999"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct settings s = {0};
        clear(state);
        setenv(bad[i][0], bad[i][1], 1);
        assert_int_equal(conf_read(rows, &s), ERR_CONFIG);
        conf_free(rows, &s);
    }
}

static void a_required_one_must_be_set(void **state)
{
    struct settings s = {0};
    (void)state;
    assert_int_equal(conf_read(needed, &s), ERR_CONFIG);
    setenv("T_NEEDED", "here", 1);
    assert_int_equal(conf_read(needed, &s), ERR_OK);
    conf_free(needed, &s);
}

static void a_secret_comes_from_a_file(void **state)
{
    struct settings s = {0};
    char file[] = "/tmp/test_config_XXXXXX";
    int fd = mkstemp(file);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "from a file \n", 13), 13);
    close(fd);
    setenv("T_SECRET_FILE", file, 1);
    assert_int_equal(conf_read(rows, &s), ERR_OK);
    assert_string_equal(s.secret, "from a file");
    conf_free(rows, &s);
    unlink(file);
    assert_int_equal(conf_read(rows, &s), ERR_CONFIG);
    conf_free(rows, &s);
}

static void shared_defaults_follow_from_the_service(void **state)
{
    struct shared_conf c;
    (void)state;
    setenv("DD_STATE", "/tmp/dd-x", 1);
    unsetenv("DD_RUN");
    unsetenv("DD_NAME");
    unsetenv("DD_BIND");
    unsetenv("DD_BUS_DEALER");
    assert_int_equal(conf_read_shared("scheduler", &c), ERR_OK);
    assert_string_equal(c.name, "scheduler-1");
    assert_string_equal(c.run, "/tmp/dd-x/run");
    assert_string_equal(c.bind, "ipc:///tmp/dd-x/run/scheduler-1.ipc");
    assert_string_equal(conf_bus(&c, "dealer"), "ipc:///tmp/dd-x/run/dealer-1.ipc");
    assert_string_equal(c.master_key_file, "/tmp/dd-x/keys/master.key");
    assert_null(conf_bus(&c, "nobody"));
    conf_free_shared(&c);
}

static void a_socket_path_that_is_too_long_is_refused(void **state)
{
    struct shared_conf c;
    char folder[101];
    (void)state;
    memset(folder, 'x', sizeof folder - 1);
    folder[0] = '/';
    folder[sizeof folder - 1] = '\0';
    setenv("DD_RUN", folder, 1);
    assert_int_equal(conf_read_shared("scheduler", &c), ERR_CONFIG);
    conf_free_shared(&c);
    unsetenv("DD_RUN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(empty_variables_take_the_default, clear),
        cmocka_unit_test_setup(values_are_read_by_type, clear),
        cmocka_unit_test_setup(unusable_values_are_refused, clear),
        cmocka_unit_test_setup(a_required_one_must_be_set, clear),
        cmocka_unit_test_setup(a_secret_comes_from_a_file, clear),
        cmocka_unit_test_setup(shared_defaults_follow_from_the_service, clear),
        cmocka_unit_test_setup(a_socket_path_that_is_too_long_is_refused, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
