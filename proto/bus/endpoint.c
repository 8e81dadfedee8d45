/*
 * endpoint.c - makes every bus socket with the options that were found to matter.
 *
 * ROUTER_MANDATORY with a send time-out of 0 turns an unroutable or full peer into an error that is
 * counted, where the defaults drop silently or block for ever. IMMEDIATE lets a call to a service
 * that is not there fail at once instead of queueing. Binding and connecting are in links.c.
 */
#include "proto/bus/endpoint_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum {
    HEARTBEAT_MS = 2000,
    HEARTBEAT_LOST_MS = 6000,
    RECONNECT_MS = 50,
    RECONNECT_MAX_MS = 1000,
    CONNECT_TIMEOUT_MS = 2000,
    HANDSHAKE_MS = 2000,
    QUEUE_MESSAGES = 4096, /* per peer; most are below 1 KiB */
    LINGER_MS = 1000,
};

struct bus *bus_new(void)
{
    struct bus *b = calloc(1, sizeof *b);
    if (b && !(b->zmq = zmq_ctx_new())) {
        free(b);
        b = NULL;
    }
    return b;
}

void bus_free(struct bus **b)
{
    if (!*b)
        return;
    zmq_ctx_term((*b)->zmq);
    free(*b);
    *b = NULL;
}

void bus_use_keys(struct bus *b, struct keyring *k, bus_note_fn *note, void *arg)
{
    b->keys = k;
    b->note = note;
    b->note_arg = arg;
}

struct keyring *bus_keys(const struct bus *b)
{
    return b->keys;
}

void bus_tell(const struct bus *b, const struct bus_note *note)
{
    struct bus_note told = *note;
    const char **const texts[] = {&told.peer, &told.address, &told.key, &told.detail};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!*texts[i])
            *texts[i] = "";
    if (b->note)
        b->note(b->note_arg, &told);
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_options(void *s, int type)
{
    int64_t max = BUS_MAX_MESSAGE;
    bool answers = type == ZMQ_ROUTER || type == ZMQ_PUB || type == ZMQ_PAIR;
    bool ok = set_int(s, ZMQ_SNDTIMEO, 0) && set_int(s, ZMQ_RCVTIMEO, 0) &&
              set_int(s, ZMQ_LINGER, answers ? LINGER_MS : 0) &&
              set_int(s, ZMQ_SNDHWM, QUEUE_MESSAGES) && set_int(s, ZMQ_RCVHWM, QUEUE_MESSAGES) &&
              zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &max, sizeof max) == 0;
    if (type == ZMQ_PAIR)
        return ok;
    ok = ok && set_int(s, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
         set_int(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_LOST_MS) &&
         set_int(s, ZMQ_HEARTBEAT_TTL, HEARTBEAT_LOST_MS) &&
         set_int(s, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
         set_int(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
         set_int(s, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS) &&
         set_int(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) && set_int(s, ZMQ_IPV6, 0);
    if (type == ZMQ_ROUTER)
        ok = ok && set_int(s, ZMQ_ROUTER_MANDATORY, 1);
    if (type == ZMQ_DEALER)
        ok = ok && set_int(s, ZMQ_IMMEDIATE, 1);
    if (type == ZMQ_SUB)
        ok = ok && zmq_setsockopt(s, ZMQ_SUBSCRIBE, "", 0) == 0;
    return ok;
}

static enum err make(struct bus *b, int type, struct endpoint **out)
{
    struct endpoint *e = calloc(1, sizeof *e);
    if (!e)
        return ERR_NO_MEMORY;
    e->bus = b;
    e->router = type == ZMQ_ROUTER;
    e->listens = type == ZMQ_ROUTER || type == ZMQ_PUB;
    e->events = type == ZMQ_PUB || type == ZMQ_SUB;
    zmq_msg_init(&e->first);
    zmq_msg_init(&e->body);
    e->socket = zmq_socket(b->zmq, type);
    if (!e->socket || !set_options(e->socket, type)) {
        endpoint_free(&e);
        return ERR_INTERNAL;
    }
    *out = e;
    return ERR_OK;
}

void endpoint_free(struct endpoint **e)
{
    if (!*e)
        return;
    zmq_msg_close(&(*e)->first);
    zmq_msg_close(&(*e)->body);
    links_close(*e);
    if ((*e)->socket)
        zmq_close((*e)->socket);
    for (unsigned i = 0; i < (*e)->n_links; i++)
        if ((*e)->links[i].lock_fd >= 0)
            close((*e)->links[i].lock_fd);
    free((*e)->links);
    free(*e);
    *e = NULL;
}

static enum err open_to(struct bus *b, int type, const char *addresses, struct endpoint **out)
{
    struct endpoint *e = NULL;
    enum err err = make(b, type, &e);
    if (!err)
        err = links_open(e, addresses);
    if (err)
        endpoint_free(&e);
    *out = e;
    return err;
}

enum err endpoint_bind_router(struct bus *b, const char *addresses, struct endpoint **out)
{
    return open_to(b, ZMQ_ROUTER, addresses, out);
}

enum err endpoint_bind_pub(struct bus *b, const char *addresses, struct endpoint **out)
{
    return open_to(b, ZMQ_PUB, addresses, out);
}

enum err endpoint_connect_dealer(struct bus *b, const char *addresses, struct endpoint **out)
{
    return open_to(b, ZMQ_DEALER, addresses, out);
}

enum err endpoint_connect_sub(struct bus *b, const char *addresses, struct endpoint **out)
{
    return open_to(b, ZMQ_SUB, addresses, out);
}

enum err endpoint_pair(struct bus *b, const char *name, bool bind, struct endpoint **out)
{
    struct endpoint *e = NULL;
    char address[BUS_MAX_ADDRESS];
    snprintf(address, sizeof address, "inproc://%s", name);
    enum err err = make(b, ZMQ_PAIR, &e);
    if (!err && (bind ? zmq_bind(e->socket, address) : zmq_connect(e->socket, address)) != 0)
        err = ERR_INTERNAL;
    if (err)
        endpoint_free(&e);
    *out = e;
    return err;
}

void *endpoint_socket(struct endpoint *e)
{
    return e->socket;
}

enum err endpoint_send(struct endpoint *e, const struct peer *to, const void *p, size_t n)
{
    if (n > BUS_MAX_MESSAGE)
        return ERR_TOO_LARGE;
    if (e->router && zmq_send(e->socket, to->id, to->n, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        e->dropped++;
        return ERR_NO_SERVICE;
    }
    if (zmq_send(e->socket, p, n, ZMQ_DONTWAIT) < 0) {
        e->dropped++;
        return ERR_NO_SERVICE;
    }
    return ERR_OK;
}

/* Takes the remaining frames of a message that has too many. */
static void discard_rest(struct endpoint *e)
{
    while (zmq_msg_more(&e->body) && zmq_msg_recv(&e->body, e->socket, ZMQ_DONTWAIT) >= 0)
        continue;
    e->dropped++;
}

/* Who sent the message in `body`; false: nobody who may be here. What came over tcp has the key
 * that guard.c let in as its user; only what came over ipc has none. */
static bool identify(const struct endpoint *e, const zmq_msg_t *body, struct peer *from)
{
    from->guarded = false;
    if (!e->guarded)
        return true;
    const char *user = zmq_msg_gets(body, "User-Id");
    if (!user)
        return e->clear;
    from->guarded = true;
    return key_from_hex(view_of(user), from->key);
}

/* Takes the routing id; false: there is no message, or it is only a part of one. */
static bool receive_id(struct endpoint *e, struct peer *from, bool *whole)
{
    if (zmq_msg_recv(&e->first, e->socket, ZMQ_DONTWAIT) < 0)
        return false;
    size_t id = zmq_msg_size(&e->first);
    *whole = zmq_msg_more(&e->first) && id <= sizeof from->id;
    from->n = (uint8_t)(*whole ? id : 0);
    memcpy(from->id, zmq_msg_data(&e->first), from->n);
    return true;
}

bool endpoint_receive(struct endpoint *e, struct peer *from, const void **p, size_t *n)
{
    for (;;) {
        bool whole = true;
        if (e->router && !receive_id(e, from, &whole))
            return false;
        if (e->router && !zmq_msg_more(&e->first)) {
            e->dropped++;
            continue;
        }
        if (zmq_msg_recv(&e->body, e->socket, ZMQ_DONTWAIT) < 0)
            return false;
        if (!whole || zmq_msg_more(&e->body) || (e->router && !identify(e, &e->body, from))) {
            discard_rest(e);
            continue;
        }
        *p = zmq_msg_data(&e->body);
        *n = zmq_msg_size(&e->body);
        return true;
    }
}

void endpoint_wipe(struct endpoint *e)
{
    explicit_bzero(zmq_msg_data(&e->body), zmq_msg_size(&e->body));
}

int64_t endpoint_dropped(const struct endpoint *e)
{
    return e->dropped;
}
