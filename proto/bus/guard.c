/*
 * guard.c - answers the library's question who may come in, and checks that it is asked.
 *
 * The question (RFC 27, "ZAP") is in question.h. The answer: version, id, status, text, user,
 * metadata; the user comes back with each message of the connection.
 */
#include "proto/bus/guard.h"

#include "proto/bus/endpoint_state.h"
#include "proto/bus/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 500,
    CHECK_MS = 3000,
    TELL_AGAIN_MS = 60000, /* the same stranger */
    TELL_LEAST_MS = 1000,  /* any stranger */
    MAX_FRAME = 256,
    MAX_BATCH = 100, /* questions per wake */
};

struct guard {
    struct bus *bus;           /* borrowed */
    struct loop *loop;         /* borrowed */
    void *zap;                 /* REP: where the library asks */
    uint64_t timer;            /* next look at the files */
    uint8_t stranger[BUS_KEY]; /* who was told of last */
    int64_t told_mono;         /* when, 0 = never */
    int64_t untold;            /* refused since then */
    uint8_t probe[BUS_KEY];    /* key of guard_check() */
    bool probing;              /* it is on its way */
};

/* ---- the files ---- */

static void look(struct guard *g)
{
    struct fault f = {0};
    struct keyring *keys = bus_keys(g->bus);
    int news = keyring_refresh(keys, &f);
    char hex[BUS_KEY_HEX + 1] = "", count[32];
    const struct own_key *own = keyring_own(keys);
    if (own)
        key_to_hex(own->public, hex);
    snprintf(count, sizeof count, "%u keys", keyring_allowed(keys)->n);
    if (news & KEYRING_LIST)
        bus_tell(g->bus, &(struct bus_note){.event = BUS_KEYS_READ, .detail = count});
    if (news & KEYRING_UNUSABLE)
        bus_tell(g->bus, &(struct bus_note){.event = BUS_KEYS_UNUSABLE, .detail = f.text});
    if (news & KEYRING_OWN) {
        bus_tell(g->bus, &(struct bus_note){.event = BUS_KEY_CHANGED, .key = hex});
        bus_rebind(g->bus);
    }
}

static void on_look(void *arg)
{
    struct guard *g = arg;
    look(g);
    g->timer = loop_after(g->loop, LOOK_MS, on_look, g);
}

/* ---- the question ---- */

static const struct allowed_key *who(struct guard *g, const uint8_t key[BUS_KEY])
{
    const struct allowed_key *k = allowed_find(keyring_allowed(bus_keys(g->bus)), key);
    return k && !allowed_ended(k, loop_wall_ms()) ? k : NULL;
}

static bool may_enter(struct guard *g, const struct question *q)
{
    if (!q->whole)
        return false;
    look(g); /* the list may have changed this moment */
    const struct allowed_key *k = who(g, q->key);
    return k && (strcmp(q->domain, DOMAIN_CALLS) == 0 ||
                 (strcmp(q->domain, DOMAIN_EVENTS) == 0 && sender_may_subscribe(k->kind)));
}

static void tell_stranger(struct guard *g, const struct question *q)
{
    char hex[BUS_KEY_HEX + 1] = "";
    int64_t now = loop_now_ms(), since = now - g->told_mono;
    bool same = memcmp(g->stranger, q->key, BUS_KEY) == 0;
    if (g->probing && memcmp(g->probe, q->key, BUS_KEY) == 0)
        return;
    g->untold++;
    if (g->told_mono && since < (same ? TELL_AGAIN_MS : TELL_LEAST_MS))
        return;
    const struct allowed_key *k = allowed_find(keyring_allowed(bus_keys(g->bus)), q->key);
    if (q->whole)
        key_to_hex(q->key, hex);
    bus_tell(g->bus, &(struct bus_note){.event = BUS_STRANGER,
                                        .peer = k ? k->name : "",
                                        .address = q->address,
                                        .key = hex,
                                        .detail = !k ? "the key is not in the list"
                                                  : allowed_ended(k, loop_wall_ms())
                                                      ? "the key has ended"
                                                      : "its kind may not subscribe",
                                        .times = g->untold});
    memcpy(g->stranger, q->key, BUS_KEY);
    g->told_mono = now;
    g->untold = 0;
}

static bool last_frame(void *socket)
{
    int more = 0;
    size_t n = sizeof more;
    return zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &n) != 0 || !more;
}

/* Always takes a whole message; false: there is none. */
static bool read_question(void *socket, struct question *q)
{
    char frame[QUESTION_FRAME];
    int n;
    question_begin(q);
    do {
        n = zmq_recv(socket, frame, sizeof frame, ZMQ_DONTWAIT);
        if (n < 0)
            return false;
        question_take(q, frame, (size_t)n);
    } while (!last_frame(socket));
    question_end(q);
    return true;
}

static void answer(void *socket, const struct question *q, bool yes)
{
    char hex[BUS_KEY_HEX + 1];
    key_to_hex(q->key, hex);
    const char *const frames[] = {
        "1.0", q->id, yes ? "200" : "400", yes ? "OK" : "not allowed", yes ? hex : "", ""};
    enum { N = sizeof frames / sizeof *frames };
    for (size_t i = 0; i < N; i++)
        zmq_send(socket, frames[i], strlen(frames[i]),
                 ZMQ_DONTWAIT | (i + 1 < N ? ZMQ_SNDMORE : 0));
}

static void on_question(void *arg, void *socket)
{
    struct guard *g = arg;
    struct question q;
    for (int i = 0; i < MAX_BATCH && read_question(socket, &q); i++) {
        bool yes = may_enter(g, &q);
        if (!yes)
            tell_stranger(g, &q);
        answer(socket, &q, yes);
    }
}

/* ---- the check of oneself ---- */

/* What became of a connection with this key: an event of the library, 0: nothing in time. */
static uint16_t outcome(struct guard *g, void *monitor)
{
    int64_t until = loop_now_ms() + CHECK_MS;
    zmq_pollitem_t items[] = {{.socket = g->zap, .events = ZMQ_POLLIN},
                              {.socket = monitor, .events = ZMQ_POLLIN}};
    char address[MAX_FRAME];
    uint16_t event;
    uint32_t value;
    for (int64_t left = CHECK_MS; left > 0; left = until - loop_now_ms()) {
        zmq_poll(items, 2, (long)left);
        on_question(g, g->zap);
        if (monitor_read(monitor, &event, &value, address, sizeof address))
            return event;
    }
    return 0;
}

static uint16_t come_as_stranger(struct guard *g, const struct bus_address *a, int type)
{
    struct own_key stranger;
    const struct own_key *own = keyring_own(bus_keys(g->bus));
    const int no_linger = 0;
    void *socket = zmq_socket(g->bus->zmq, type), *monitor = NULL;
    uint16_t event = 0;
    if (socket && own && own_key_new(&stranger) == ERR_OK &&
        zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger) == 0 &&
        link_as_client(socket, &stranger, own->public))
        monitor = monitor_open(g->bus, socket,
                               ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                   ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    if (monitor && zmq_connect(socket, a->transport) == 0) {
        memcpy(g->probe, stranger.public, BUS_KEY);
        g->probing = true;
        event = outcome(g, monitor);
        g->probing = false;
    }
    if (socket)
        zmq_socket_monitor(socket, NULL, 0);
    if (monitor)
        zmq_close(monitor);
    if (socket)
        zmq_close(socket);
    return event;
}

static enum err check_one(struct guard *g, const struct bus_address *a, int type, struct fault *f)
{
    uint16_t event = come_as_stranger(g, a, type);
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return ERR_OK;
    return fault_set(f, ERR_FORBIDDEN, "", "%s %s", a->transport,
                     event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? "lets in a key that nobody allowed"
                     : event                                ? "is not guarded by our key"
                                                            : "does not answer a stranger");
}

static bool publishes(const struct bus *b)
{
    const struct endpoint *e = b->tcp;
    while (e && !e->events)
        e = e->next_tcp;
    return e != NULL;
}

enum err guard_check(struct guard *g, const char *bound, struct fault *f)
{
    struct bus_address a, calls, events;
    enum err err = ERR_OK;
    while (!err && (err = bus_address_next(&bound, &a)) == ERR_OK) {
        if (!a.guarded)
            continue;
        own_address(&a, &calls);
        err = check_one(g, &calls, ZMQ_DEALER, f);
        /* Not every process publishes: where nobody listens, nobody is let in either. */
        if (!err && publishes(g->bus) && !event_address(&calls, &events))
            err = check_one(g, &events, ZMQ_SUB, f);
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- messages ---- */

/* Each such call is answered; the log hears of one a second. */
static void tell_forbidden(struct bus *b, const char *peer, const char *hex, const char *message)
{
    int64_t now = loop_now_ms();
    b->forbidden++;
    if (b->forbidden_mono && now - b->forbidden_mono < TELL_LEAST_MS)
        return;
    bus_tell(b, &(struct bus_note){.event = BUS_FORBIDDEN,
                                   .peer = peer,
                                   .key = hex,
                                   .detail = message,
                                   .times = b->forbidden});
    b->forbidden_mono = now;
    b->forbidden = 0;
}

enum err guard_may_send(struct bus *b, const struct peer *from, struct view message,
                        struct fault *f)
{
    char hex[BUS_KEY_HEX + 1], name[65];
    if (!from->guarded)
        return ERR_OK;
    const struct allowed_key *k =
        b->keys ? allowed_find(keyring_allowed(b->keys), from->key) : NULL;
    if (k && sender_may(k->kind, message))
        return ERR_OK;
    key_to_hex(from->key, hex);
    snprintf(name, sizeof name, "%.*s", (int)message.n, message.n ? message.p : "");
    tell_forbidden(b, k ? k->name : "", hex, name);
    if (!k)
        return fault_set(f, ERR_NOT_ALLOWED, "", "The key %.16s... is not allowed any more.", hex);
    return fault_set(f, ERR_NOT_ALLOWED, "", "%s is a %s, which may not send \"%s\".", k->name,
                     sender_name(k->kind), name);
}

/* ---- begin and end ---- */

enum err guard_new(struct bus *b, struct loop *l, struct guard **out)
{
    struct guard *g = calloc(1, sizeof *g);
    const int no_linger = 0;
    *out = NULL;
    if (!g)
        return ERR_NO_MEMORY;
    g->bus = b;
    g->loop = l;
    g->zap = zmq_socket(b->zmq, ZMQ_REP);
    enum err err = ERR_INTERNAL;
    if (g->zap && zmq_setsockopt(g->zap, ZMQ_LINGER, &no_linger, sizeof no_linger) == 0 &&
        zmq_bind(g->zap, "inproc://zeromq.zap.01") == 0)
        err = loop_watch_socket(l, g->zap, on_question, g);
    if (!err)
        g->timer = loop_after(l, LOOK_MS, on_look, g);
    if (err)
        guard_free(&g);
    *out = g;
    return err;
}

void guard_free(struct guard **g)
{
    if (!*g)
        return;
    loop_cancel((*g)->loop, (*g)->timer);
    if ((*g)->zap) {
        loop_unwatch_socket((*g)->loop, (*g)->zap);
        zmq_close((*g)->zap);
    }
    free(*g);
    *g = NULL;
}
