/*
 * links.c - the addresses of a socket: binding and connecting, with keys where it is tcp.
 *
 * The library's settings of a key hold for the binds and connects that follow, so one socket can
 * have local and guarded addresses side by side. It tells how handshakes went by a second socket,
 * the monitor. A client that is refused is never tried again by the library (measured with 4.3.4),
 * and one that knows an old key of its server is tried for ever with that one; so after any failed
 * handshake the address is taken away and connected anew, with what the keyring says by then.
 */
#include "proto/bus/endpoint_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    MAX_IPC_PATH = 100,
    OTHER_KEY_MS = 20,  /* until another key of the server is tried */
    SAME_KEY_MS = 1000, /* until the same one is */
    REBIND_MS = 10,     /* until the library has let go of an address */
    TELL_AGAIN_MS = 60000,
    FAILED = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
             ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
};

/* ---- the monitor ---- */

void *monitor_open(struct bus *b, void *socket, int events)
{
    char name[64];
    const int no_limit = 0, no_linger = 0; /* the library would wait where its messages pile up */
    snprintf(name, sizeof name, "inproc://monitor-%u", ++b->n_monitors);
    void *monitor = zmq_socket(b->zmq, ZMQ_PAIR);
    if (monitor && zmq_setsockopt(monitor, ZMQ_RCVHWM, &no_limit, sizeof no_limit) == 0 &&
        zmq_setsockopt(monitor, ZMQ_LINGER, &no_linger, sizeof no_linger) == 0 &&
        zmq_socket_monitor(socket, name, events) == 0 && zmq_connect(monitor, name) == 0)
        return monitor;
    if (monitor)
        zmq_close(monitor);
    return NULL;
}

bool monitor_read(void *monitor, uint16_t *event, uint32_t *value, char *address, size_t size)
{
    uint8_t head[6];
    if (zmq_recv(monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head)
        return false;
    memcpy(event, head, sizeof *event);
    memcpy(value, head + sizeof *event, sizeof *value);
    int n = zmq_recv(monitor, address, size - 1, ZMQ_DONTWAIT);
    address[n < 0 ? 0 : n < (int)size ? n : (int)size - 1] = '\0';
    return true;
}

/* ---- telling ---- */

static void tell(struct endpoint *e, struct link *l, enum bus_event event, const char *key,
                 const char *detail)
{
    int64_t now = loop_now_ms();
    bool news = l->trouble != event || !l->told_mono || now - l->told_mono >= TELL_AGAIN_MS;
    l->trouble = event;
    l->untold++;
    if (!news)
        return;
    bus_tell(e->bus, &(struct bus_note){.event = event,
                                        .peer = l->address.server,
                                        .address = l->address.transport,
                                        .key = key,
                                        .detail = detail,
                                        .times = l->untold});
    l->told_mono = now;
    l->untold = 0;
}

/* ---- keys of a socket ---- */

static bool set(void *socket, int option, const void *p, size_t n)
{
    return zmq_setsockopt(socket, option, p, n) == 0;
}

static bool set_server(void *socket, int on)
{
    return set(socket, ZMQ_CURVE_SERVER, &on, sizeof on);
}

static bool as_server(const struct endpoint *e, const struct own_key *own)
{
    const char *domain = e->events ? DOMAIN_EVENTS : DOMAIN_CALLS;
    const int on = 1;
    return set_server(e->socket, 1) && set(e->socket, ZMQ_CURVE_SECRETKEY, own->secret, BUS_KEY) &&
           set(e->socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) &&
           set(e->socket, ENFORCE_DOMAIN, &on, sizeof on);
}

bool link_as_client(void *socket, const struct own_key *own, const uint8_t server[BUS_KEY])
{
    return set(socket, ZMQ_CURVE_SERVERKEY, server, BUS_KEY) &&
           set(socket, ZMQ_CURVE_PUBLICKEY, own->public, BUS_KEY) &&
           set(socket, ZMQ_CURVE_SECRETKEY, own->secret, BUS_KEY);
}

/* ---- binding ---- */

static enum err lock_path(struct link *l)
{
    char path[MAX_IPC_PATH + 16];
    const char *socket_path = l->address.transport + strlen("ipc://");
    if (strlen(socket_path) > MAX_IPC_PATH)
        return ERR_CONFIG;
    snprintf(path, sizeof path, "%s.lock", socket_path);
    l->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (l->lock_fd < 0)
        return ERR_CONFIG;
    return flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0 ? ERR_OK : ERR_EXISTS;
}

static enum err bind_link(struct endpoint *e, struct link *l)
{
    const struct own_key *own = l->address.guarded ? keyring_own(e->bus->keys) : NULL;
    size_t n = sizeof l->bound;
    if (l->address.guarded && !own)
        return ERR_CONFIG;
    if (own && !as_server(e, own))
        return ERR_INTERNAL;
    if (zmq_bind(e->socket, l->address.transport) != 0)
        return errno == EADDRINUSE ? ERR_EXISTS : ERR_CONFIG;
    l->connected = true;
    zmq_getsockopt(e->socket, ZMQ_LAST_ENDPOINT, l->bound, &n);
    return ERR_OK;
}

static void bind_again(struct endpoint *e, struct link *l)
{
    l->retry_mono = 0;
    enum err err = bind_link(e, l);
    if (!err)
        return;
    l->retry_mono = loop_now_ms() + REBIND_MS;
    if (err != ERR_EXISTS)
        tell(e, l, BUS_BAD_HANDSHAKE, NULL, "cannot be bound again");
}

/* ---- connecting ---- */

/* The server's key whose turn it is; NULL: the list has none. */
static const uint8_t *server_key(const struct endpoint *e, struct link *l)
{
    const struct allowed *list = keyring_allowed(e->bus->keys);
    int64_t now = loop_wall_ms();
    const struct allowed_key *k = allowed_of(list, l->address.server, now, l->turn);
    if (!k) {
        l->turn = 0;
        k = allowed_of(list, l->address.server, now, 0);
    }
    return k ? k->key : NULL;
}

static enum err connect_link(struct endpoint *e, struct link *l)
{
    const struct own_key *own = l->address.guarded ? keyring_own(e->bus->keys) : NULL;
    const uint8_t *server = l->address.guarded ? server_key(e, l) : NULL;
    l->retry_mono = 0;
    if (l->address.guarded && (!own || !server)) {
        tell(e, l, BUS_UNKNOWN_SERVER, NULL,
             own ? "the list has no key of this name" : "our own key has ended");
        l->retry_mono = loop_now_ms() + SAME_KEY_MS;
        return ERR_OK;
    }
    if (own && !link_as_client(e->socket, own, server))
        return ERR_INTERNAL;
    if (own)
        memcpy(l->tried, server, BUS_KEY);
    l->connected = zmq_connect(e->socket, l->address.transport) == 0;
    return l->connected ? ERR_OK : ERR_CONFIG;
}

static void connect_again(struct endpoint *e, struct link *l)
{
    if (connect_link(e, l) != ERR_OK)
        l->retry_mono = loop_now_ms() + SAME_KEY_MS;
}

static unsigned server_keys(const struct endpoint *e, const struct link *l)
{
    unsigned n = 0;
    while (allowed_of(keyring_allowed(e->bus->keys), l->address.server, loop_wall_ms(), n))
        n++;
    return n;
}

/* A server has two keys while they are rotated: both are tried before anybody hears of it. */
static void was_refused(struct endpoint *e, struct link *l, uint16_t event)
{
    char hex[BUS_KEY_HEX + 1] = "";
    const struct own_key *own = keyring_own(e->bus->keys);
    bool refused = event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    if (!l->connected)
        return; /* told late */
    zmq_disconnect(e->socket, l->address.transport);
    l->connected = false;
    l->failures++;
    l->turn += !refused;
    const uint8_t *next = server_key(e, l);
    bool other = next && memcmp(next, l->tried, BUS_KEY) != 0;
    if (other && l->failures % server_keys(e, l) != 0) {
        l->retry_mono = loop_now_ms() + OTHER_KEY_MS;
        return;
    }
    l->retry_mono = loop_now_ms() + SAME_KEY_MS;
    if (refused && own)
        key_to_hex(own->public, hex);
    else
        key_to_hex(l->tried, hex);
    tell(e, l, refused ? BUS_REFUSED : BUS_NO_HANDSHAKE, hex, NULL);
}

static void was_taken(struct endpoint *e, struct link *l)
{
    char hex[BUS_KEY_HEX + 1];
    key_to_hex(l->tried, hex);
    if (l->trouble != BUS_TAKEN)
        tell(e, l, BUS_TAKEN, hex, NULL);
    l->failures = 0;
    l->untold = 0;
}

/* ---- turning ---- */

/* The library names hosts by their number: where that says nothing, the port does. */
static struct link *link_at(struct endpoint *e, const char *address)
{
    struct link *same_port = NULL;
    const char *port = strrchr(address, ':');
    for (unsigned i = 0; i < e->n_links; i++) {
        struct link *l = &e->links[i];
        const char *own_port = strrchr(l->address.transport, ':');
        if (!l->address.guarded)
            continue;
        if (strcmp(l->address.transport, address) == 0)
            return l;
        if (port && own_port && strcmp(port, own_port) == 0)
            same_port = l;
    }
    return same_port;
}

/* What was wrong with somebody who came. Who sees first that there is no key ends it. */
static const char *handshake_fault(uint16_t event, uint32_t value)
{
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        return "it went away before it had shown a key";
    if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
        return "it came without a key";
    return "it expects another key of ours";
}

static void read_monitor(struct endpoint *e)
{
    uint16_t event;
    uint32_t value;
    char address[BUS_MAX_ADDRESS];
    while (monitor_read(e->monitor, &event, &value, address, sizeof address)) {
        struct link *l = link_at(e, address);
        if (!l)
            continue;
        if (e->listens)
            tell(e, l, BUS_BAD_HANDSHAKE, NULL, handshake_fault(event, value));
        else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            was_taken(e, l);
        else
            was_refused(e, l, event);
    }
}

/* When something is to be tried again; 0 = never. */
static int64_t next_retry(const struct endpoint *e)
{
    int64_t next = 0;
    for (unsigned i = 0; i < e->n_links; i++) {
        int64_t at = e->links[i].retry_mono;
        if (at && (!next || at < next))
            next = at;
    }
    return next;
}

static void turn(struct endpoint *e)
{
    if (!e->monitor)
        return;
    read_monitor(e);
    for (unsigned i = 0; i < e->n_links; i++) {
        struct link *l = &e->links[i];
        if (!l->retry_mono || l->retry_mono > loop_now_ms())
            continue;
        if (e->listens)
            bind_again(e, l);
        else
            connect_again(e, l);
    }
}

static void on_timer(void *arg);

static void turn_by_loop(struct endpoint *e)
{
    turn(e);
    int64_t next = next_retry(e), now = loop_now_ms();
    loop_cancel(e->loop, e->timer);
    e->timer = next ? loop_after(e->loop, next > now ? next - now : 0, on_timer, e) : 0;
}

static void on_timer(void *arg)
{
    struct endpoint *e = arg;
    e->timer = 0;
    turn_by_loop(e);
}

static void on_monitor(void *arg, void *socket)
{
    (void)socket;
    turn_by_loop(arg);
}

enum err endpoint_watch(struct endpoint *e, struct loop *l)
{
    if (!e->monitor)
        return ERR_OK;
    enum err err = loop_watch_socket(l, e->monitor, on_monitor, e);
    if (err)
        return err;
    e->loop = l;
    turn_by_loop(e);
    return ERR_OK;
}

bool endpoint_wait(struct endpoint *e, short events, int64_t until_ms)
{
    zmq_pollitem_t items[] = {{.socket = e->socket, .events = events},
                              {.socket = e->monitor, .events = ZMQ_POLLIN}};
    for (;;) {
        turn(e);
        int64_t now = loop_now_ms(), next = next_retry(e);
        int64_t until = next && next < until_ms ? next : until_ms;
        zmq_poll(items, e->monitor ? 2 : 1, until > now ? (long)(until - now) : 0);
        if (items[0].revents)
            return true;
        if (loop_now_ms() >= until_ms)
            return false;
    }
}

bool endpoint_refused(const struct endpoint *e, char *out, size_t size)
{
    static const char *const why[BUS_EVENTS] = {
        [BUS_REFUSED] = "refuses the key of this process",
        [BUS_NO_HANDSHAKE] = "does not answer with the key that the list gives it",
        [BUS_UNKNOWN_SERVER] = "has no key in the list of allowed keys",
    };
    for (unsigned i = 0; i < e->n_links; i++)
        if (!why[e->links[i].trouble])
            return false;
    if (!e->n_links)
        return false;
    snprintf(out, size, "%s at %s %s.", e->links[0].address.server, e->links[0].address.transport,
             why[e->links[0].trouble]);
    return true;
}

/* ---- begin and end ---- */

static enum err add_link(struct endpoint *e, const struct bus_address *a)
{
    struct link *l = &e->links[e->n_links++];
    *l = (struct link){.address = *a, .lock_fd = -1, .trouble = BUS_TAKEN};
    e->guarded |= a->guarded;
    e->clear |= !a->guarded;
    if (a->guarded && !e->bus->keys)
        return ERR_CONFIG;
    if (!e->listens && a->guarded && !*a->server)
        return ERR_CONFIG;
    return e->events ? event_address(a, &l->address) : ERR_OK;
}

/* Before any connect, so that no handshake is missed. */
static enum err start_monitor(struct endpoint *e)
{
    if (!e->guarded)
        return ERR_OK;
    e->monitor = monitor_open(e->bus, e->socket,
                              e->listens ? ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
                                         : FAILED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    if (e->listens) {
        e->next_tcp = e->bus->tcp;
        e->bus->tcp = e;
    }
    return e->monitor ? ERR_OK : ERR_INTERNAL;
}

/* Local ones first: the library has no way back from keys to the clear. */
static enum err open_links(struct endpoint *e, bool guarded)
{
    enum err err = ERR_OK;
    for (unsigned i = 0; i < e->n_links && !err; i++) {
        struct link *l = &e->links[i];
        if (l->address.guarded != guarded)
            continue;
        if (e->listens && !guarded)
            err = lock_path(l);
        if (!err)
            err = e->listens ? bind_link(e, l) : connect_link(e, l);
    }
    return err;
}

enum err links_open(struct endpoint *e, const char *addresses)
{
    struct bus_address a;
    enum err err = ERR_OK;
    unsigned n = 1;
    for (const char *p = addresses; *p; p++)
        n += *p == ',';
    if (n > BUS_MAX_PEERS)
        return ERR_CONFIG;
    e->links = calloc(n, sizeof *e->links);
    if (!e->links)
        return ERR_NO_MEMORY;
    while (!err && (err = bus_address_next(&addresses, &a)) == ERR_OK)
        err = add_link(e, &a);
    err = err == ERR_NOT_FOUND && e->n_links ? start_monitor(e) : ERR_CONFIG;
    if (!err)
        err = open_links(e, false);
    return err ? err : open_links(e, true);
}

void links_close(struct endpoint *e)
{
    for (struct endpoint **at = &e->bus->tcp; *at; at = &(*at)->next_tcp) {
        if (*at == e) {
            *at = e->next_tcp;
            break;
        }
    }
    if (e->loop) {
        loop_cancel(e->loop, e->timer);
        loop_unwatch_socket(e->loop, e->monitor);
    }
    if (e->monitor) {
        zmq_socket_monitor(e->socket, NULL, 0);
        zmq_close(e->monitor);
        e->monitor = NULL;
    }
}

/* Cuts what is connected there; those who know our new key come back at once. */
void bus_rebind(struct bus *b)
{
    for (struct endpoint *e = b->tcp; e; e = e->next_tcp) {
        for (unsigned i = 0; i < e->n_links; i++) {
            struct link *l = &e->links[i];
            if (!l->address.guarded || !l->connected)
                continue;
            zmq_unbind(e->socket, l->bound);
            l->connected = false;
            l->retry_mono = loop_now_ms();
        }
        if (e->loop)
            turn_by_loop(e);
    }
}
