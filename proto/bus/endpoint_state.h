/*
 * endpoint_state.h - inside of the bus and its sockets; for endpoint.c, links.c and guard.c alone.
 */
#ifndef PROTO_BUS_ENDPOINT_STATE_H
#define PROTO_BUS_ENDPOINT_STATE_H

#include "proto/bus/endpoint.h"

#include <zmq.h>

/* The library takes it, though its header hides it: without an answer to the question whether a key
 * is allowed, nobody is let in. */
enum { ENFORCE_DOMAIN = 93 };

struct bus {
    void *zmq;              /* library context */
    struct keyring *keys;   /* borrowed; NULL: no tcp */
    bus_note_fn *note;      /* may be NULL */
    void *note_arg;         /* its argument */
    int64_t forbidden_mono; /* when a message that may not be sent was told last; 0 = never */
    int64_t forbidden;      /* of them, since then */
    unsigned n_monitors;    /* made so far: part of their addresses */
    struct endpoint *tcp;   /* those that are bound to tcp, by next_tcp */
};

/* One address of a socket. */
struct link {
    struct bus_address address;  /* of the events, for sockets that carry them */
    int lock_fd;                 /* flock of an ipc path that is bound, -1 if none */
    char bound[BUS_MAX_ADDRESS]; /* tcp: as the library names what it has bound */
    unsigned turn;               /* which of the server's keys is tried */
    uint8_t tried[BUS_KEY];      /* the one that was tried last */
    unsigned failures;           /* since the last success */
    bool connected;              /* or bound: has a place in the library */
    enum bus_event trouble;      /* last outcome; BUS_TAKEN: none */
    int64_t retry_mono;          /* when it is tried again, 0 = not */
    int64_t told_mono;           /* when trouble was told last, 0 = never */
    int64_t untold;              /* since then */
};

struct endpoint {
    struct bus *bus;           /* borrowed */
    void *socket;              /* library socket */
    void *monitor;             /* tells how handshakes went; NULL: nothing is guarded */
    zmq_msg_t first;           /* ROUTER: routing id of the message last received */
    zmq_msg_t body;            /* the frame last received */
    struct link *links;        /* owned */
    unsigned n_links;          /* in use */
    bool router;               /* frames carry a routing id */
    bool listens;              /* binds */
    bool events;               /* carries events */
    bool guarded;              /* some address is tcp */
    bool clear;                /* some address is ipc */
    int64_t dropped;           /* see endpoint_dropped() */
    struct loop *loop;         /* that watches the monitor; borrowed, NULL: none */
    uint64_t timer;            /* next retry, 0 = none */
    struct endpoint *next_tcp; /* of struct bus */
};

/* What the question of a server names, so that guard.c knows what is asked for. */
#define DOMAIN_CALLS "dd.calls"
#define DOMAIN_EVENTS "dd.events"

/* ---- links.c ---- */
enum err links_open(struct endpoint *e, const char *addresses) MUST_CHECK;
void links_close(struct endpoint *e); /* before the socket is closed */

/* The next connect of the socket shows `own` and expects `server`. */
bool link_as_client(void *socket, const struct own_key *own, const uint8_t server[BUS_KEY]);

/* Starts telling `events` of the socket; the other end of it, NULL: impossible. */
void *monitor_open(struct bus *b, void *socket, int events);
/* One event; false when there is none. */
bool monitor_read(void *monitor, uint16_t *event, uint32_t *value, char *address, size_t size);

#endif
