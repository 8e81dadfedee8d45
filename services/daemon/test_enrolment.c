/*
 * test_enrolment.c - a file of settings: what it may say, and that the environment wins.
 */
#include "services/daemon/config.h"
#include "services/daemon/enrolment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char told[512];

static enum err note(void *arg, struct view name, struct view value)
{
    size_t n = strlen(told);
    (void)arg;
    snprintf(told + n, sizeof told - n, "%.*s:%.*s|", (int)name.n, name.p, (int)value.n, value.p);
    return ERR_OK;
}

static enum err parse(const char *text, struct fault *f)
{
    *told = '\0';
    *f = (struct fault){0};
    return enrolment_parse(view_of(text), note, NULL, f);
}

static void settings_are_lines(void **state)
{
    struct fault f;
    (void)state;
    assert_int_equal(parse("# what it is\n\nDD_NAME=fetcher-9\nDATABASE_URL=host='a b' x='#='\n"
                           "REDIS_URL=x",
                           &f),
                     ERR_OK);
    assert_string_equal(told, "DD_NAME:fetcher-9|DATABASE_URL:host='a b' x='#='|REDIS_URL:x|");
    assert_int_equal(parse("", &f), ERR_OK);
}

static void anything_else_is_refused_by_its_line(void **state)
{
    static const char *const wrong[] = {
        "DD_NAME",      "DD_NAME=",     "=x",        "DD_=x",          "PATH=/tmp",
        "LD_PRELOAD=x", "PGHOST=x",     "dd_name=x", " DD_NAME=x",     "DD_NAME =x",
        "DD_NAME=a\tb", "DD_NAME=\xff", "DD_A=x\r",  "DATABASE_URLS=x"};
    struct fault f;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[80];
        snprintf(text, sizeof text, "# one\n%s\n", wrong[i]);
        assert_int_equal(parse(text, &f), ERR_CONFIG);
        assert_non_null(strstr(f.text, "line 2"));
    }
    assert_int_equal(parse("DD_A=x\nDD_B=y\nDD_A=x\n", &f), ERR_CONFIG);
    assert_non_null(strstr(f.text, "line 3: the setting stands there twice"));
}

static void the_environment_wins(void **state)
{
    char file[] = "/tmp/dd-enrolment-XXXXXX";
    static const char text[] = "DD_NAME=fetcher-9\nDD_RUN=/tmp/run\nDD_MASTER_KEY=ab\n"
                               "DD_BUS_SCHEDULER=tcp://10.0.0.1:7102#scheduler-1\n";
    struct shared_conf c;
    (void)state;
    int fd = mkstemp(file);
    assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    setenv("DD_ENROLMENT", file, 1);
    setenv("DD_RUN", "/tmp/other", 1);
    assert_int_equal(conf_read_shared("fetcher", &c), ERR_OK);
    assert_string_equal(c.name, "fetcher-9");
    assert_string_equal(c.run, "/tmp/other");
    assert_string_equal(c.master_key, "ab");
    assert_string_equal(c.bus_scheduler, "tcp://10.0.0.1:7102#scheduler-1");
    conf_free_shared(&c);
    chmod(file, 0640);
    assert_int_equal(conf_read_shared("fetcher", &c), ERR_CONFIG);
    conf_free_shared(&c);
    unlink(file);
    assert_int_equal(conf_read_shared("fetcher", &c), ERR_CONFIG);
    conf_free_shared(&c);
    unsetenv("DD_ENROLMENT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_lines),
        cmocka_unit_test(anything_else_is_refused_by_its_line),
        cmocka_unit_test(the_environment_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
