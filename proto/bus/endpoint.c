/*
 * endpoint.c - makes every bus socket with the options that were found to matter.
 *
 * ROUTER_MANDATORY with a send time-out of 0 turns an unroutable or full peer into an error that is
 * counted, where the defaults drop silently or block for ever. IMMEDIATE lets a call to a service
 * that is not there fail at once instead of queueing.
 */
#include "proto/bus/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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
    MAX_IPC_PATH = 100
};

struct bus {
    void *zmq; /* library context */
};

struct endpoint {
    void *socket;    /* library socket */
    zmq_msg_t first; /* ROUTER: routing id of the message last received */
    zmq_msg_t body;  /* the frame last received */
    int lock_fd;     /* flock of an ipc path, -1 if none */
    bool router;     /* frames carry a routing id */
    int64_t dropped; /* see endpoint_dropped() */
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
    e->lock_fd = -1;
    e->router = type == ZMQ_ROUTER;
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
    if ((*e)->socket)
        zmq_close((*e)->socket);
    if ((*e)->lock_fd >= 0)
        close((*e)->lock_fd);
    free(*e);
    *e = NULL;
}

/* Traffic in the clear stays on this machine: ipc is guarded by its folder, tcp by loopback. */
static bool is_local(const char *address)
{
    static const char *const local[] = {"ipc://", "tcp://127.", "tcp://localhost:"};
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (strncmp(address, local[i], strlen(local[i])) == 0)
            return true;
    return false;
}

static enum err lock_path(struct endpoint *e, const char *address)
{
    if (strncmp(address, "ipc://", 6) != 0)
        return ERR_OK;
    char path[MAX_IPC_PATH + 16];
    if (strlen(address + 6) > MAX_IPC_PATH)
        return ERR_CONFIG;
    snprintf(path, sizeof path, "%s.lock", address + 6);
    e->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (e->lock_fd < 0)
        return ERR_CONFIG;
    return flock(e->lock_fd, LOCK_EX | LOCK_NB) == 0 ? ERR_OK : ERR_EXISTS;
}

static enum err bind_to(struct bus *b, int type, const char *address, struct endpoint **out)
{
    struct endpoint *e = NULL;
    if (!is_local(address))
        return ERR_CONFIG;
    enum err err = make(b, type, &e);
    if (!err)
        err = lock_path(e, address);
    if (!err && zmq_bind(e->socket, address) != 0)
        err = errno == EADDRINUSE ? ERR_EXISTS : ERR_CONFIG;
    if (err)
        endpoint_free(&e);
    *out = e;
    return err;
}

enum err endpoint_bind_router(struct bus *b, const char *address, struct endpoint **out)
{
    return bind_to(b, ZMQ_ROUTER, address, out);
}

enum err endpoint_bind_pub(struct bus *b, const char *address, struct endpoint **out)
{
    char events[BUS_MAX_ADDRESS];
    enum err err = event_address(address, events, sizeof events);
    return err ? err : bind_to(b, ZMQ_PUB, events, out);
}

static enum err connect_all(struct endpoint *e, const char *addresses, bool events)
{
    unsigned n = 0;
    for (const char *at = addresses; *at;) {
        size_t len = strcspn(at, ",");
        char one[BUS_MAX_ADDRESS];
        char target[BUS_MAX_ADDRESS];
        if (len == 0 || len >= sizeof one || ++n > BUS_MAX_PEERS)
            return ERR_CONFIG;
        memcpy(one, at, len);
        one[len] = '\0';
        snprintf(target, sizeof target, "%s", one);
        if (!is_local(one) || (events && event_address(one, target, sizeof target) != ERR_OK) ||
            zmq_connect(e->socket, target) != 0)
            return ERR_CONFIG;
        at += len + (at[len] == ',');
    }
    return n ? ERR_OK : ERR_CONFIG;
}

static enum err connect_to(struct bus *b, int type, const char *addresses, struct endpoint **out)
{
    struct endpoint *e = NULL;
    enum err err = make(b, type, &e);
    if (!err)
        err = connect_all(e, addresses, type == ZMQ_SUB);
    if (err)
        endpoint_free(&e);
    *out = e;
    return err;
}

enum err endpoint_connect_dealer(struct bus *b, const char *addresses, struct endpoint **out)
{
    return connect_to(b, ZMQ_DEALER, addresses, out);
}

enum err endpoint_connect_sub(struct bus *b, const char *addresses, struct endpoint **out)
{
    return connect_to(b, ZMQ_SUB, addresses, out);
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

bool endpoint_receive(struct endpoint *e, struct peer *from, const void **p, size_t *n)
{
    for (;;) {
        bool whole = true;
        if (e->router) {
            if (zmq_msg_recv(&e->first, e->socket, ZMQ_DONTWAIT) < 0)
                return false;
            size_t id = zmq_msg_size(&e->first);
            whole = zmq_msg_more(&e->first) && id <= sizeof from->id;
            from->n = (uint8_t)(whole ? id : 0);
            memcpy(from->id, zmq_msg_data(&e->first), from->n);
            if (!zmq_msg_more(&e->first)) {
                e->dropped++;
                continue;
            }
        }
        if (zmq_msg_recv(&e->body, e->socket, ZMQ_DONTWAIT) < 0)
            return false;
        if (!whole || zmq_msg_more(&e->body)) {
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

enum err event_address(const char *address, char *out, size_t size)
{
    int n;
    if (strncmp(address, "tcp://", 6) == 0) {
        const char *colon = strrchr(address, ':');
        char *end = NULL;
        long port = strtol(colon + 1, &end, 10);
        if (*end || port < 1 || port > 65534)
            return ERR_CONFIG;
        n = snprintf(out, size, "%.*s:%ld", (int)(colon - address), address, port + 1);
    } else {
        n = snprintf(out, size, "%s.events", address);
    }
    return n > 0 && (size_t)n < size ? ERR_OK : ERR_CONFIG;
}
