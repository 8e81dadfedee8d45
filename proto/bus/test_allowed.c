/*
 * test_allowed.c - the list of allowed keys, the table of senders, the forms of addresses.
 */
#include "proto/bus/address.h"
#include "proto/bus/allowed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define B "10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

enum { NOW = 1000 };

static struct allowed list;

static enum err parse(const char *text)
{
    struct fault f = {0};
    enum err err = allowed_parse(view_of(text), &list, &f);
    assert_int_equal(err != ERR_OK, *f.text != '\0');
    return err;
}

static void lines_become_keys(void **state)
{
    (void)state;
    assert_int_equal(parse("# comment\n\n  fetcher-9 fetcher " A " # trailing\r\n"
                           "ddctl-1\tddctl\t" B " 2026-12-01T00:00:00Z;"),
                     ERR_OK);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.keys[0].name, "fetcher-9");
    assert_int_equal(list.keys[0].kind, SENDER_FETCHER);
    assert_int_equal(list.keys[0].key[1], 0x11);
    assert_int_equal(list.keys[0].until_ms, 0);
    assert_int_equal(list.keys[1].until_ms, INT64_C(1796083200000));
    assert_ptr_equal(allowed_find(&list, list.keys[1].key), &list.keys[1]);
    assert_false(allowed_ended(&list.keys[0], INT64_MAX));
    assert_true(allowed_ended(&list.keys[1], list.keys[1].until_ms));
    assert_false(allowed_ended(&list.keys[1], list.keys[1].until_ms - 1));
}

static void wrong_line_refuses_the_list(void **state)
{
    static const char *const wrong[] = {
        "fetcher-9",
        "fetcher-9 fetcher",
        "fetcher-9 baker " A,
        "../9 fetcher " A,
        "fetcher-9 fetcher 0011",
        "fetcher-9 fetcher " A " tomorrow",
        "fetcher-9 fetcher " A " 2026-12-01T00:00:00Z more",
        "a fetcher " A "\nb fetcher " A,
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(parse(wrong[i]), ERR_CONFIG);
    assert_int_equal(parse(""), ERR_OK);
    assert_int_equal(list.n, 0);
}

static void written_line_reads_the_same(void **state)
{
    struct buf b;
    struct allowed_key key;
    (void)state;
    buf_init(&b, 4096);
    assert_int_equal(parse("fetcher-9 fetcher " A " 2026-12-01T00:00:00Z"), ERR_OK);
    key = list.keys[0];
    assert_int_equal(allowed_write(&key, &b), ERR_OK);
    assert_int_equal(buf_append(&b, "", 1), ERR_OK);
    assert_int_equal(parse(b.p), ERR_OK);
    assert_memory_equal(&key, &list.keys[0], sizeof key);
    buf_free(&b);
}

static void keys_of_a_name_come_by_their_end(void **state)
{
    const int64_t end = INT64_C(1796083200000);
    (void)state;
    assert_int_equal(parse("s-1 scheduler " A "\ns-1 scheduler " B " 2026-12-01T00:00:00Z"),
                     ERR_OK);
    assert_ptr_equal(allowed_of(&list, "s-1", NOW, 0), &list.keys[1]);
    assert_ptr_equal(allowed_of(&list, "s-1", NOW, 1), &list.keys[0]);
    assert_null(allowed_of(&list, "s-1", NOW, 2));
    assert_ptr_equal(allowed_of(&list, "s-1", end, 0), &list.keys[0]);
    assert_null(allowed_of(&list, "s-1", end, 1));
    assert_null(allowed_of(&list, "s-2", NOW, 0));
}

static bool may(enum sender kind, const char *message)
{
    return sender_may(kind, view_of(message));
}

static void fetcher_may_do_its_work_and_nothing_else(void **state)
{
    (void)state;
    assert_true(may(SENDER_FETCHER, "task.lease") && may(SENDER_FETCHER, "task.fail"));
    assert_false(may(SENDER_FETCHER, "dealer.update") || may(SENDER_FETCHER, "task.list"));
    assert_false(may(SENDER_FETCHER, "sys.drain") || may(SENDER_FETCHER, "task.leases"));
    assert_false(may(SENDER_FETCHER, "task") || may(SENDER_FETCHER, ""));
    assert_false(may(SENDER_NONE, "sys.ping"));
    assert_true(may(SENDER_DDCTL, "dealer.update") && may(SENDER_DDCTL, "anything"));
    assert_true(may(SENDER_GATEWAY, "job.submit") && !may(SENDER_GATEWAY, "jobs.submit"));
    assert_false(may(SENDER_GATEWAY, "task.lease"));
    assert_true(sender_may_subscribe(SENDER_GATEWAY) && !sender_may_subscribe(SENDER_FETCHER));
}

static bool some_message_fits(const char *pattern)
{
    static const char *const names[] = {
#define MSG(l, U, w, R, who_, scope_, d) w,
#define RECORD(l, U, d)
#define EVENT(l, U, w, d)
#define TEXT(o, n, f, m, e, d)
#define BLOB(o, n, f, m, d)
#define INT(o, n, f, lo, hi, e, d)
#define REAL(o, n, f, e, d)
#define BOOL(o, n, f, e, d)
#define TIME(o, n, f, e, d)
#define DATE(o, n, f, e, d)
#define UUID(o, n, f, e, d)
#define ENUM(o, n, f, c, e, d)
#define SUB(o, r, R, n, f, d)
#define LIST(o, R, n, f, m, d)
#define WORDS(o, n, f, mi, m, e, d)
#define END(l, U)
#include "proto/messages/all.def"
#include "proto/undef.h"
    };
    size_t n = strcspn(pattern, "*");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pattern[n] ? strncmp(names[i], pattern, n) == 0 : strcmp(names[i], pattern) == 0)
            return true;
    return false;
}

static void no_row_names_a_message_that_is_none(void **state)
{
    enum sender kind;
    const char *pattern;
    (void)state;
    for (unsigned i = 0; (pattern = sender_pattern(i, &kind)); i++)
        if (!some_message_fits(pattern))
            fail_msg("%s may send %s, which does not exist", sender_name(kind), pattern);
}

static void addresses_are_taken_apart(void **state)
{
    const char *at = "tcp://10.0.0.1:7102#scheduler-1,ipc:///run/a#b.ipc,tcp://*:7";
    struct bus_address a, events, own;
    (void)state;
    assert_true(addresses_guarded(at));
    assert_int_equal(bus_address_next(&at, &a), ERR_OK);
    assert_string_equal(a.transport, "tcp://10.0.0.1:7102");
    assert_string_equal(a.server, "scheduler-1");
    assert_true(a.guarded);
    assert_int_equal(event_address(&a, &events), ERR_OK);
    assert_string_equal(events.transport, "tcp://10.0.0.1:7103");
    assert_string_equal(events.server, "scheduler-1");
    assert_int_equal(bus_address_next(&at, &a), ERR_OK);
    assert_string_equal(a.transport, "ipc:///run/a#b.ipc");
    assert_false(a.guarded);
    assert_int_equal(event_address(&a, &events), ERR_OK);
    assert_string_equal(events.transport, "ipc:///run/a#b.ipc.events");
    assert_int_equal(bus_address_next(&at, &a), ERR_OK);
    own_address(&a, &own);
    assert_string_equal(own.transport, "tcp://127.0.0.1:7");
    assert_int_equal(bus_address_next(&at, &a), ERR_NOT_FOUND);
    assert_false(addresses_guarded("ipc:///a,ipc:///b"));
}

static void anything_else_is_no_address(void **state)
{
    static const char *const wrong[] = {
        ",",           "x",         "ipc://",         "tcp://",        "tcp://a",
        "tcp://a:",    "tcp://a:x", "tcp://a:65535",  "tcp://a:0",     "tcp://a:1#",
        "inproc://a",  "udp://a:1", "tcp://a:1#../b", "tcp://a:1#b#c", "tcp://:1",
        "tcp://a:-1#b"};
    struct bus_address a;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *at = wrong[i];
        assert_int_equal(bus_address_next(&at, &a), ERR_CONFIG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_keys),
        cmocka_unit_test(wrong_line_refuses_the_list),
        cmocka_unit_test(written_line_reads_the_same),
        cmocka_unit_test(keys_of_a_name_come_by_their_end),
        cmocka_unit_test(fetcher_may_do_its_work_and_nothing_else),
        cmocka_unit_test(no_row_names_a_message_that_is_none),
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(anything_else_is_no_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
