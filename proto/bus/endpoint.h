/*
 * endpoint.h - the only place that makes bus sockets, with every option that matters set once.
 *
 * DESIGN: ROUTER: MANDATORY, send time-out 0, linger 1000. DEALER: IMMEDIATE, send time-out 0,
 * linger 0. All: MAXMSGSIZE, HWM, heartbeats 2 s / 6 s, reconnect 50 ms to 1 s, handshake 2 s.
 * ipc: a second bind would steal the path silently, so the endpoint takes an flock on
 * `<path>.lock` first. A process's events go out on the address of event_address().
 *
 * tcp is guarded by keys (CURVE): without bus_use_keys() such an address is refused. A server takes
 * who is on its list (guard.h). A client that was refused says so (bus_note) and tries again: with
 * another key of that server when the list has one, else once a second, for the list may change.
 *
 * THREADS: sockets belong to the thread that made them.
 */
#ifndef PROTO_BUS_ENDPOINT_H
#define PROTO_BUS_ENDPOINT_H

#include "proto/bus/address.h"
#include "proto/bus/keyring.h"
#include "proto/bus/loop.h"

#include <stddef.h>
#include <stdint.h>

enum { BUS_MAX_MESSAGE = 8 * 1024 * 1024 };

struct bus; /* one per process: the library's context */

struct bus *bus_new(void);
void bus_free(struct bus **b); /* after every socket is closed; waits at most the linger */

/* What happens to keys; for the log. Texts are valid during the call, "" where they say nothing. */
enum bus_event {
    BUS_REFUSED,        /* a server refuses our key */
    BUS_NO_HANDSHAKE,   /* a server does not have the key that the list gives it, or is no server */
    BUS_UNKNOWN_SERVER, /* the list has no key of a server */
    BUS_TAKEN,          /* a server that refused us before takes us now */
    BUS_STRANGER,       /* we refused a key */
    BUS_BAD_HANDSHAKE,  /* somebody came to us without a key, or with a wrong idea of ours */
    BUS_FORBIDDEN,      /* a message that its sender may not send */
    BUS_KEYS_READ,      /* the list was read anew */
    BUS_KEYS_UNUSABLE,  /* a file of keys cannot be used; the keys from before stay */
    BUS_KEY_CHANGED,    /* we go on with our next key */
    BUS_EVENTS
};

struct bus_note {
    enum bus_event event;
    const char *peer;    /* name of the other side, if known */
    const char *address; /* where it is */
    const char *key;     /* the public key that the event is about, as hex */
    const char *detail;  /* more */
    int64_t times;       /* since it was told last */
};

typedef void bus_note_fn(void *arg, const struct bus_note *note);

/* From now on tcp works. The keyring is borrowed until bus_free(). note may be NULL. */
void bus_use_keys(struct bus *b, struct keyring *k, bus_note_fn *note, void *arg);
struct keyring *bus_keys(const struct bus *b); /* NULL: none */
void bus_tell(const struct bus *b, const struct bus_note *note);

/* What is bound to tcp is bound anew with the key that is ours now. */
void bus_rebind(struct bus *b);

struct endpoint; /* one socket */

/* `addresses` is a comma separated list; the socket binds or connects to each. */
enum err endpoint_bind_router(struct bus *b, const char *addresses,
                              struct endpoint **out) MUST_CHECK;
enum err endpoint_bind_pub(struct bus *b, const char *addresses, struct endpoint **out) MUST_CHECK;
enum err endpoint_connect_dealer(struct bus *b, const char *addresses,
                                 struct endpoint **out) MUST_CHECK;
enum err endpoint_connect_sub(struct bus *b, const char *addresses,
                              struct endpoint **out) MUST_CHECK;
/* Two ends of an inproc pair between two threads; `name` is unique in the process. */
enum err endpoint_pair(struct bus *b, const char *name, bool bind,
                       struct endpoint **out) MUST_CHECK;
void endpoint_free(struct endpoint **e);
void *endpoint_socket(struct endpoint *e); /* for loop_watch_socket() */

/* Keys are refused and tried again by this loop, until the endpoint is freed. */
enum err endpoint_watch(struct endpoint *e, struct loop *l) MUST_CHECK;

/* The same without a loop: waits for these events (of zmq_poll) until that monotonic time. */
bool endpoint_wait(struct endpoint *e, short events, int64_t until_ms);

/* Why none of the servers takes us, as a sentence; false: none of them said no. */
bool endpoint_refused(const struct endpoint *e, char *out, size_t size);

/* A ROUTER's peer. */
struct peer {
    uint8_t id[32]; /* routing id */
    uint8_t n;      /* its length */
    bool guarded;   /* it showed this key */
    uint8_t key[BUS_KEY];
};

/* Sends one frame (ROUTER: to the peer). Never blocks. ERR_NO_SERVICE: nobody takes it. */
enum err endpoint_send(struct endpoint *e, const struct peer *to, const void *p,
                       size_t n) MUST_CHECK;

/* Receives one frame without blocking. Returns false when there is none. The bytes stay valid
 * until the next receive on this endpoint. A message with another number of frames is dropped
 * and counted. */
bool endpoint_receive(struct endpoint *e, struct peer *from, const void **p, size_t *n);

/* Overwrites the frame that was received last. */
void endpoint_wipe(struct endpoint *e);

/* Messages dropped: unroutable or full peer, wrong number of frames. */
int64_t endpoint_dropped(const struct endpoint *e);

#endif
