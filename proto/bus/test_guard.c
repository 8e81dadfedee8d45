/*
 * test_guard.c - keys over tcp: who is let in, who is refused and told so, what may be sent, and
 * how a key is changed. Server and clients have a context each, as processes do.
 */
#include "proto/bus/call.h"
#include "proto/bus/events.h"
#include "proto/bus/guard.h"
#include "proto/bus/serve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

enum { SERVER, FETCHER, GATEWAY, SIDES };

static const char *const names[SIDES] = {"dealer-1", "fetcher-1", "gateway-api"};

struct side {
    struct world *world;
    struct bus *bus;
    struct keyring *keys;
    struct guard *guard;
    unsigned notes[BUS_EVENTS]; /* how often each was told */
    char key[BUS_KEY_HEX + 1];  /* of the last one */
};

struct world {
    struct loop *loop;
    struct own_keys own[SIDES];
    struct allowed allowed;
    char folder[64];
    char bind[64];   /* tcp://127.0.0.1:port */
    char server[80]; /* the same with the server's name */
    struct side sides[SIDES];
    struct serve *serve;
    struct client *clients[4]; /* freed by the end of the test */
    unsigned n_clients;
    struct publisher *publisher;
    struct subscriber *subscriber;
    enum err got; /* of the last reply */
    unsigned n_replies;
    unsigned n_events;
};

static void on_note(void *arg, const struct bus_note *note)
{
    struct side *s = arg;
    s->notes[note->event]++;
    if (*note->key)
        snprintf(s->key, sizeof s->key, "%s", note->key);
}

static void write_file(struct world *w, const char *name, const struct buf *b)
{
    char path[256];
    keyring_path(w->folder, name, path, sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(b->p, 1, b->n, file), b->n);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void write_list(struct world *w)
{
    struct buf b;
    buf_init(&b, 65536);
    assert_int_equal(buf_puts(&b, "# keys\n"), ERR_OK);
    for (unsigned i = 0; i < w->allowed.n; i++)
        assert_int_equal(allowed_write(&w->allowed.keys[i], &b), ERR_OK);
    write_file(w, NULL, &b);
    buf_free(&b);
}

static void write_own(struct world *w, int side)
{
    struct buf b;
    buf_init(&b, 65536);
    assert_int_equal(own_keys_write(&w->own[side], &b), ERR_OK);
    write_file(w, names[side], &b);
    buf_free(&b);
}

static void add_key(struct world *w, int side, enum sender kind)
{
    struct own_keys *own = &w->own[side];
    struct allowed_key *k = &w->allowed.keys[w->allowed.n++];
    assert_int_equal(own_key_new(&own->keys[own->n]), ERR_OK);
    *k = (struct allowed_key){.kind = kind};
    snprintf(k->name, sizeof k->name, "%s", names[side]);
    memcpy(k->key, own->keys[own->n++].public, BUS_KEY);
    write_own(w, side);
}

static void open_side(struct world *w, int side)
{
    struct side *s = &w->sides[side];
    struct fault f;
    const struct keyring_conf conf = {names[side], w->folder, "", ""};
    s->world = w;
    s->bus = bus_new();
    assert_non_null(s->bus);
    assert_int_equal(keyring_open(&conf, &s->keys, &f), ERR_OK);
    bus_use_keys(s->bus, s->keys, on_note, s);
    assert_int_equal(guard_new(s->bus, w->loop, &s->guard), ERR_OK);
}

static void on_get(void *service, struct request *r, const void *body)
{
    const struct dealer d = {.id = view_of("e3a18c82-c500-450f-b6e1-5c5fbe68bf41"),
                             .dealer_id = view_of("1"),
                             .dealer_name = view_of("Somebody")};
    (void)service;
    (void)body;
    request_answer(r, &d);
}

static const struct handler handlers[] = {{.msg = &DEALER_GET, .fn = on_get}, {0}};

static int setup(void **state)
{
    static const struct handler *const tables[] = {handlers, NULL};
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *state = w;
    snprintf(w->folder, sizeof w->folder, "/tmp/dd-guard-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->loop = loop_new();
    add_key(w, SERVER, SENDER_DEALER);
    add_key(w, FETCHER, SENDER_FETCHER);
    add_key(w, GATEWAY, SENDER_GATEWAY);
    write_list(w);
    for (int i = 0; i < SIDES; i++)
        open_side(w, i);
    struct side *s = &w->sides[SERVER];
    for (int port = 21000 + getpid() % 1000; !w->serve && port < 23000; port += 2) {
        snprintf(w->bind, sizeof w->bind, "tcp://127.0.0.1:%d", port);
        snprintf(w->server, sizeof w->server, "%s#%s", w->bind, names[SERVER]);
        enum err err = serve_new(s->bus, w->loop, w->bind, tables, w, &w->serve);
        assert_true(err == ERR_OK || err == ERR_EXISTS);
    }
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    char path[256];
    for (unsigned i = 0; i < w->n_clients; i++)
        client_free(&w->clients[i]);
    subscriber_free(&w->subscriber);
    publisher_free(&w->publisher);
    serve_free(&w->serve);
    for (int i = 0; i < SIDES; i++) {
        guard_free(&w->sides[i].guard);
        bus_free(&w->sides[i].bus);
        keyring_free(&w->sides[i].keys);
        keyring_path(w->folder, names[i], path, sizeof path);
        unlink(path);
    }
    keyring_path(w->folder, NULL, path, sizeof path);
    unlink(path);
    rmdir(w->folder);
    loop_free(&w->loop);
    free(w);
    return 0;
}

static void on_give_up(void *arg)
{
    loop_stop(((struct world *)arg)->loop);
}

static void turn(struct world *w, int64_t ms)
{
    loop_after(w->loop, ms, on_give_up, w);
    loop_run(w->loop);
}

/* Until it was told, which under load may take a moment. */
static unsigned told(struct world *w, int side, enum bus_event event)
{
    for (int i = 0; i < 100 && !w->sides[side].notes[event]; i++)
        turn(w, 50);
    return w->sides[side].notes[event];
}

static void on_reply(void *arg, const struct reply *reply)
{
    struct world *w = arg;
    w->got = reply->err;
    w->n_replies++;
}

/* Calls until there is a connection, at most so many times; the last error. */
static enum err call(struct world *w, struct client *c, const struct desc *msg, const void *body,
                     int times)
{
    w->got = ERR_NO_SERVICE;
    for (int i = 0; i < times && (w->got == ERR_NO_SERVICE || w->got == ERR_TIMEOUT); i++) {
        assert_true(client_call(c, msg, body, NULL, 500, on_reply, w) != 0);
        turn(w, 100);
    }
    return w->got;
}

static struct client *client_at(struct world *w, int side, const char *address)
{
    struct client **c = &w->clients[w->n_clients++];
    assert_int_equal(client_new(w->sides[side].bus, w->loop, "dealer", address, c), ERR_OK);
    return *c;
}

static struct client *client(struct world *w, int side)
{
    return client_at(w, side, w->server);
}

static const struct sys_ping ping = {0};
static const struct dealer_get get = {.dealer_id = {"1", 1}};

static void known_key_is_let_in_and_may_send_what_its_kind_may(void **state)
{
    struct world *w = *state;
    struct client *c = client(w, FETCHER), *d = client(w, GATEWAY);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 50), ERR_OK);
    assert_int_equal(call(w, c, &DEALER_GET, &get, 1), ERR_NOT_ALLOWED);
    assert_int_equal(told(w, SERVER, BUS_FORBIDDEN), 1);
    assert_int_equal(call(w, d, &DEALER_GET, &get, 50), ERR_OK);
}

static void stranger_is_refused_told_so_and_let_in_once_it_is_listed(void **state)
{
    struct world *w = *state;
    char hex[BUS_KEY_HEX + 1];
    const struct allowed_key listed = w->allowed.keys[FETCHER];
    key_to_hex(listed.key, hex);
    w->allowed.keys[FETCHER] = w->allowed.keys[--w->allowed.n];
    write_list(w);
    struct client *c = client(w, FETCHER);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 5), ERR_NO_SERVICE);
    assert_int_equal(told(w, FETCHER, BUS_REFUSED), 1);
    assert_string_equal(w->sides[FETCHER].key, hex);
    assert_int_equal(told(w, SERVER, BUS_STRANGER), 1);
    assert_string_equal(w->sides[SERVER].key, hex);
    w->allowed.keys[w->allowed.n++] = listed;
    write_list(w);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 50), ERR_OK);
    assert_int_equal(told(w, FETCHER, BUS_TAKEN), 1);
}

static void key_taken_off_the_list_may_send_nothing_more(void **state)
{
    struct world *w = *state;
    struct client *c = client(w, FETCHER);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 50), ERR_OK);
    w->allowed.keys[FETCHER] = w->allowed.keys[--w->allowed.n];
    write_list(w);
    turn(w, 700);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 1), ERR_NOT_ALLOWED);
}

static void ended_key_is_let_in_no_more_but_keeps_its_connection(void **state)
{
    struct world *w = *state;
    struct client *c = client(w, FETCHER);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 50), ERR_OK);
    w->allowed.keys[FETCHER].until_ms = loop_wall_ms() - 1;
    write_list(w);
    turn(w, 700);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 1), ERR_OK);
    struct client *late = client(w, FETCHER);
    assert_int_equal(call(w, late, &SYS_PING, &ping, 5), ERR_NO_SERVICE);
    assert_int_equal(told(w, FETCHER, BUS_REFUSED), 1);
}

static void broken_list_leaves_the_one_from_before(void **state)
{
    struct world *w = *state;
    struct client *c = client(w, FETCHER);
    struct buf b;
    buf_init(&b, 100);
    assert_int_equal(buf_puts(&b, "fetcher-1 fetcher who\n"), ERR_OK);
    write_file(w, NULL, &b);
    buf_free(&b);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 50), ERR_OK);
    turn(w, 700);
    assert_int_equal(told(w, SERVER, BUS_KEYS_UNUSABLE), 1);
}

static void without_a_guard_nobody_is_let_in(void **state)
{
    struct world *w = *state;
    guard_free(&w->sides[SERVER].guard);
    struct client *c = client(w, FETCHER);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 8), ERR_NO_SERVICE);
}

static void wrong_server_is_not_spoken_to(void **state)
{
    struct world *w = *state;
    char elsewhere[80];
    snprintf(elsewhere, sizeof elsewhere, "%s#%s", w->bind, names[GATEWAY]);
    struct client *c = client_at(w, FETCHER, elsewhere);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 5), ERR_NO_SERVICE);
    assert_int_equal(told(w, FETCHER, BUS_NO_HANDSHAKE), 1);
    assert_true(told(w, SERVER, BUS_BAD_HANDSHAKE) >= 1);
}

static void client_without_a_key_gets_no_answer(void **state)
{
    struct world *w = *state;
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_DEALER);
    const int off = 0, on = 1;
    char answer[16];
    zmq_setsockopt(socket, ZMQ_LINGER, &off, sizeof off);
    zmq_setsockopt(socket, ZMQ_IMMEDIATE, &on, sizeof on);
    assert_int_equal(zmq_connect(socket, w->bind), 0);
    assert_int_equal(told(w, SERVER, BUS_BAD_HANDSHAKE), 1);
    assert_int_equal(zmq_send(socket, "x", 1, ZMQ_DONTWAIT), -1);
    assert_int_equal(zmq_recv(socket, answer, sizeof answer, ZMQ_DONTWAIT), -1);
    zmq_close(socket);
    zmq_ctx_term(context);
}

static void on_event(void *arg, const struct desc *d, struct view body)
{
    struct world *w = arg;
    (void)body;
    w->n_events += d != NULL;
}

static void only_some_kinds_may_subscribe(void **state)
{
    static const int sides[] = {FETCHER, GATEWAY};
    struct world *w = *state;
    struct side *server = &w->sides[SERVER];
    assert_int_equal(publisher_new(server->bus, w->loop, w->bind, "dealer-1", &w->publisher),
                     ERR_OK);
    for (unsigned i = 0; i < 2; i++) {
        subscriber_free(&w->subscriber);
        assert_int_equal(
            subscriber_new(w->sides[sides[i]].bus, w->loop, w->server, on_event, w, &w->subscriber),
            ERR_OK);
        for (int n = 0; n < (i ? 100 : 10) && !w->n_events; n++) {
            struct dealer_changed event = {.dealer_id = view_of("1")};
            publish(w->publisher, &DEALER_CHANGED, &event);
            turn(w, 50);
        }
        assert_int_equal(w->n_events > 0, i);
    }
    assert_int_equal(told(w, FETCHER, BUS_REFUSED), 1);
}

static void check_passes_where_strangers_are_refused_and_fails_elsewhere(void **state)
{
    struct world *w = *state;
    struct fault f = {0};
    char elsewhere[80];
    assert_int_equal(guard_check(w->sides[SERVER].guard, w->bind, &f), ERR_OK);
    assert_int_equal(w->sides[SERVER].notes[BUS_STRANGER], 0);
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_ROUTER);
    size_t n = sizeof elsewhere;
    assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, elsewhere, &n), 0);
    assert_int_equal(guard_check(w->sides[SERVER].guard, elsewhere, &f), ERR_FORBIDDEN);
    assert_non_null(strstr(f.text, "not guarded"));
    zmq_close(socket);
    zmq_ctx_term(context);
}

/* The old key ends in two seconds: calls go on before, across and after. */
static void server_changes_its_key_and_nobody_is_cut_off(void **state)
{
    struct world *w = *state;
    struct client *c = client(w, FETCHER);
    assert_int_equal(call(w, c, &SYS_PING, &ping, 50), ERR_OK);
    int64_t end = (loop_wall_ms() / 1000 + 2) * 1000;
    w->own[SERVER].keys[0].until_ms = w->allowed.keys[SERVER].until_ms = end;
    add_key(w, SERVER, SENDER_DEALER);
    write_list(w);
    int64_t lost_ms = 0;
    while (loop_wall_ms() < end + 1500) {
        int64_t begun = loop_now_ms();
        assert_int_equal(call(w, c, &SYS_PING, &ping, 20), ERR_OK);
        lost_ms = loop_now_ms() - begun > lost_ms ? loop_now_ms() - begun : lost_ms;
    }
    assert_int_equal(told(w, SERVER, BUS_KEY_CHANGED), 1);
    assert_int_equal(w->sides[FETCHER].notes[BUS_REFUSED], 0);
    assert_in_range(lost_ms, 0, 1500);
    struct client *fresh = client(w, GATEWAY);
    assert_int_equal(call(w, fresh, &SYS_PING, &ping, 50), ERR_OK);
}

static void files_that_others_may_read_are_refused(void **state)
{
    struct world *w = *state;
    struct keyring *k = NULL;
    struct fault f = {0};
    char path[256];
    const struct keyring_conf conf = {names[FETCHER], w->folder, "", ""};
    keyring_path(w->folder, names[FETCHER], path, sizeof path);
    chmod(path, 0640);
    assert_int_equal(keyring_open(&conf, &k, &f), ERR_CONFIG);
    assert_non_null(strstr(f.text, "open to others"));
    chmod(path, 0600);
    chmod(w->folder, 0755);
    assert_int_equal(keyring_open(&conf, &k, &f), ERR_CONFIG);
    assert_null(k);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(known_key_is_let_in_and_may_send_what_its_kind_may),
        T(stranger_is_refused_told_so_and_let_in_once_it_is_listed),
        T(key_taken_off_the_list_may_send_nothing_more),
        T(ended_key_is_let_in_no_more_but_keeps_its_connection),
        T(broken_list_leaves_the_one_from_before),
        T(without_a_guard_nobody_is_let_in),
        T(wrong_server_is_not_spoken_to),
        T(client_without_a_key_gets_no_answer),
        T(only_some_kinds_may_subscribe),
        T(check_passes_where_strangers_are_refused_and_fails_elsewhere),
        T(server_changes_its_key_and_nobody_is_cut_off),
        T(files_that_others_may_read_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
