/*
 * test_bus.c - both ends of the bus in one process: calls, refusals, long polls, deadlines, events.
 */
#include "proto/bus/call.h"
#include "proto/bus/events.h"
#include "proto/bus/serve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct ends {
    struct bus *bus;
    struct loop *loop;
    struct serve *serve;
    struct client *client;
    char folder[64];
    char address[128];
    struct request *kept; /* long poll that waits */
    enum err got;         /* of the last reply */
    char code[64];        /* its error's code */
    char field[64];       /* its first field */
    char answer[64];      /* something of the result */
    unsigned n_replies;
    unsigned n_events;
    unsigned n_resyncs;
    int64_t last_count; /* of the last event */
};

static void on_get(void *service, struct request *r, const void *body)
{
    const struct dealer_get *m = body;
    struct dealer d = {.id = view_of("e3a18c82-c500-450f-b6e1-5c5fbe68bf41"),
                       .dealer_id = m->dealer_id,
                       .dealer_name = view_of("Somebody")};
    (void)service;
    if (view_is(m->dealer_id, "none"))
        request_fail(r, ERR_NOT_FOUND, "dealer_id", "There is no dealer none.");
    else
        request_answer(r, &d);
}

static void on_lease(void *service, struct request *r, const void *body)
{
    struct ends *e = service;
    (void)body;
    request_keep(r);
    e->kept = r;
}

static void on_quiet(void *service, struct request *r, const void *body)
{
    struct ends *e = service;
    (void)body;
    request_keep(r); /* answered by the test's end */
    e->kept = r;
}

static const struct handler handlers[] = {
    {.msg = &DEALER_GET, .fn = on_get},
    {.msg = &TASK_LEASE, .fn = on_lease},
    {.msg = &JOB_GET, .fn = on_quiet},
    {0},
};

static void on_reply(void *arg, const struct reply *reply)
{
    struct ends *e = arg;
    e->n_replies++;
    e->got = reply->err;
    if (reply->err) {
        snprintf(e->code, sizeof e->code, "%.*s", (int)reply->error->code.n, reply->error->code.p);
        if (reply->error->n_fields)
            snprintf(e->field, sizeof e->field, "%.*s", (int)reply->error->fields[0].field.n,
                     reply->error->fields[0].field.p);
    } else if (reply->desc == &DEALER) {
        struct arena a;
        struct dealer d;
        struct fault f;
        arena_init(&a, 65536);
        assert_int_equal(reply_decode(reply, &a, &d, &f), ERR_OK);
        snprintf(e->answer, sizeof e->answer, "%.*s", (int)d.dealer_id.n, d.dealer_id.p);
        arena_free(&a);
    }
    loop_stop(e->loop);
}

static void on_give_up(void *arg)
{
    loop_stop(((struct ends *)arg)->loop);
}

/* Turns the loop until a reply came, or at most ms. */
static void turn(struct ends *e, int64_t ms)
{
    uint64_t t = loop_after(e->loop, ms, on_give_up, e);
    loop_run(e->loop);
    loop_cancel(e->loop, t);
}

/* A client that is not connected yet fails at once, so the first call is repeated. */
static void await_connection(struct ends *e)
{
    struct sys_ping ping = {0};
    e->got = ERR_NO_SERVICE;
    for (int i = 0; i < 100 && e->got != ERR_OK; i++) {
        client_call(e->client, &SYS_PING, &ping, NULL, 1000, on_reply, e);
        turn(e, 2000);
        turn(e, 20);
    }
    assert_int_equal(e->got, ERR_OK);
    e->n_replies = 0;
}

static int setup(void **state)
{
    static const struct handler *const tables[] = {handlers, NULL};
    struct ends *e = calloc(1, sizeof *e);
    assert_non_null(e);
    snprintf(e->folder, sizeof e->folder, "/tmp/dd-bus-XXXXXX");
    assert_non_null(mkdtemp(e->folder));
    snprintf(e->address, sizeof e->address, "ipc://%s/s", e->folder);
    e->bus = bus_new();
    e->loop = loop_new();
    assert_non_null(e->bus);
    assert_non_null(e->loop);
    assert_int_equal(serve_new(e->bus, e->loop, e->address, tables, e, &e->serve), ERR_OK);
    assert_int_equal(client_new(e->bus, e->loop, "dealer", e->address, &e->client), ERR_OK);
    await_connection(e);
    *state = e;
    return 0;
}

static int teardown(void **state)
{
    static const char *const files[] = {"s", "s.lock", "s.events", "s.events.lock"};
    struct ends *e = *state;
    client_free(&e->client);
    serve_free(&e->serve);
    loop_free(&e->loop);
    bus_free(&e->bus);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", e->folder, files[i]);
        unlink(path);
    }
    rmdir(e->folder);
    free(e);
    return 0;
}

static void call_is_answered_with_the_result(void **state)
{
    struct ends *e = *state;
    struct dealer_get m = {.dealer_id = view_of("12284")};
    assert_true(client_call(e->client, &DEALER_GET, &m, NULL, 1000, on_reply, e) != 0);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_OK);
    assert_string_equal(e->answer, "12284");
}

static void refusal_names_code_and_field(void **state)
{
    struct ends *e = *state;
    struct dealer_get m = {.dealer_id = view_of("none")};
    client_call(e->client, &DEALER_GET, &m, NULL, 1000, on_reply, e);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_NOT_FOUND);
    assert_string_equal(e->code, "record.not_found");
    assert_string_equal(e->field, "dealer_id");
}

static void unknown_message_is_refused(void **state)
{
    struct ends *e = *state;
    struct dealer_list m = {0};
    client_call(e->client, &DEALER_LIST, &m, NULL, 1000, on_reply, e);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_UNKNOWN_MESSAGE);
}

static void value_beyond_its_limit_is_not_sent(void **state)
{
    struct ends *e = *state;
    struct dealer_get m = {.dealer_id = view_of("a code that is too long")};
    client_call(e->client, &DEALER_GET, &m, NULL, 1000, on_reply, e);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_LIMIT);
    assert_int_equal(e->n_replies, 1);
}

static void kept_request_is_answered_later(void **state)
{
    struct ends *e = *state;
    struct lease_grant none = {.lease_ms = 1000};
    struct task_lease m = {.instance = view_of("0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"),
                           .name = view_of("fetcher-1"),
                           .want = 1};
    client_call(e->client, &TASK_LEASE, &m, NULL, 2000, on_reply, e);
    for (int i = 0; i < 100 && serve_pending(e->serve) == 0; i++)
        turn(e, 50);
    assert_int_equal(e->n_replies, 0);
    assert_int_equal(serve_pending(e->serve), 1);
    request_answer(e->kept, &none);
    turn(e, 1000);
    assert_int_equal(e->n_replies, 1);
    assert_int_equal(e->got, ERR_OK);
    assert_int_equal(serve_pending(e->serve), 0);
}

static void call_without_an_answer_ends_at_its_deadline(void **state)
{
    struct ends *e = *state;
    struct job_get m = {.id = view_of("0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60")};
    int64_t started = loop_now_ms();
    client_call(e->client, &JOB_GET, &m, NULL, 150, on_reply, e);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_TIMEOUT);
    assert_true(loop_now_ms() - started >= 150);
    request_fail_err(e->kept, ERR_INTERNAL); /* too late: dropped by the client */
    turn(e, 100);
    assert_int_equal(e->n_replies, 1);
}

static void call_to_nobody_fails_at_once(void **state)
{
    struct ends *e = *state;
    struct client *lonely = NULL;
    struct dealer_get m = {.dealer_id = view_of("12284")};
    int64_t started = loop_now_ms();
    assert_int_equal(client_new(e->bus, e->loop, "nobody", "ipc:///tmp/dd-bus-nobody", &lonely),
                     ERR_OK);
    client_call(lonely, &DEALER_GET, &m, NULL, 5000, on_reply, e);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_NO_SERVICE);
    assert_true(loop_now_ms() - started < 1000);
    client_free(&lonely);
}

static void draining_service_refuses_new_work_but_answers_pings(void **state)
{
    struct ends *e = *state;
    struct dealer_get m = {.dealer_id = view_of("12284")};
    struct sys_ping ping = {0};
    serve_drain(e->serve);
    client_call(e->client, &DEALER_GET, &m, NULL, 1000, on_reply, e);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_DRAINING);
    client_call(e->client, &SYS_PING, &ping, NULL, 1000, on_reply, e);
    turn(e, 2000);
    assert_int_equal(e->got, ERR_OK);
}

static void second_bind_of_an_address_is_refused(void **state)
{
    struct ends *e = *state;
    struct serve *second = NULL;
    assert_int_equal(serve_new(e->bus, e->loop, e->address, NULL, e, &second), ERR_EXISTS);
    assert_null(second);
}

static void tcp_without_keys_is_refused(void **state)
{
    static const char *const addresses[] = {"tcp://0.0.0.0:20999", "tcp://127.0.0.1:20999"};
    struct ends *e = *state;
    struct serve *open = NULL;
    struct client *client = NULL;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        assert_int_equal(serve_new(e->bus, e->loop, addresses[i], NULL, e, &open), ERR_CONFIG);
        assert_int_equal(client_new(e->bus, e->loop, "x", addresses[i], &client), ERR_CONFIG);
    }
}

static void many_calls_find_their_own_answers(void **state)
{
    enum { CALLS = 3000 };
    struct ends *e = *state;
    for (int i = 0; i < CALLS; i++) {
        char code[11];
        snprintf(code, sizeof code, "%d", i);
        struct dealer_get m = {.dealer_id = view_of(code)};
        assert_true(client_call(e->client, &DEALER_GET, &m, NULL, 5000, on_reply, e) != 0);
    }
    int64_t until = loop_now_ms() + 10000;
    while (e->n_replies < CALLS && loop_now_ms() < until)
        turn(e, 1000);
    assert_int_equal(e->n_replies, CALLS);
    assert_string_equal(e->answer, "2999");
}

/* ---- events ---- */

static void on_event(void *arg, const struct desc *d, struct view body)
{
    struct ends *e = arg;
    struct arena a;
    struct data_changed event;
    struct fault f;
    if (!d) {
        e->n_resyncs++;
        return;
    }
    arena_init(&a, 65536);
    assert_ptr_equal(d, &DATA_CHANGED);
    assert_int_equal(codec_decode(d, body.p, body.n, &a, &event, &f), ERR_OK);
    e->last_count = event.version;
    e->n_events++;
    arena_free(&a);
}

static void burst_of_one_key_becomes_few_events_and_the_last_one_arrives(void **state)
{
    struct ends *e = *state;
    struct publisher *p = NULL;
    struct subscriber *s = NULL;
    assert_int_equal(publisher_new(e->bus, e->loop, e->address, "test-1", &p), ERR_OK);
    assert_int_equal(subscriber_new(e->bus, e->loop, e->address, on_event, e, &s), ERR_OK);
    turn(e, 300);
    for (int64_t i = 1; i <= 1000; i++) {
        struct data_changed event = {.dealer_id = view_of("12284"), .version = i};
        publish_latest(p, &DATA_CHANGED, &event, event.dealer_id);
    }
    turn(e, 800);
    assert_in_range(e->n_events, 1, 3);
    assert_int_equal(e->last_count, 1000);
    assert_int_equal(e->n_resyncs, 1); /* a source that was not known before */
    subscriber_free(&s);
    publisher_free(&p);
}

static void timers_fire_in_order_and_cancelled_ones_never(void **state)
{
    struct ends *e = *state;
    uint64_t never = loop_after(e->loop, 10, on_give_up, e);
    int64_t started = loop_now_ms();
    loop_cancel(e->loop, never);
    turn(e, 120);
    assert_true(loop_now_ms() - started >= 119);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(call_is_answered_with_the_result),
        T(refusal_names_code_and_field),
        T(unknown_message_is_refused),
        T(value_beyond_its_limit_is_not_sent),
        T(kept_request_is_answered_later),
        T(call_without_an_answer_ends_at_its_deadline),
        T(call_to_nobody_fails_at_once),
        T(draining_service_refuses_new_work_but_answers_pings),
        T(second_bind_of_an_address_is_refused),
        T(tcp_without_keys_is_refused),
        T(many_calls_find_their_own_answers),
        T(burst_of_one_key_becomes_few_events_and_the_last_one_arrives),
        T(timers_fire_in_order_and_cancelled_ones_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
