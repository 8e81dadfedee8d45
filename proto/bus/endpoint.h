/*
 * endpoint.h - the only place that makes bus sockets, with every option that matters set once.
 *
 * DESIGN: ROUTER: MANDATORY, send time-out 0, linger 1000. DEALER: IMMEDIATE, send time-out 0,
 * linger 0. All: MAXMSGSIZE, HWM, heartbeats 2 s / 6 s, reconnect 50 ms to 1 s, handshake 2 s.
 * ipc: a second bind would steal the path silently, so the endpoint takes an flock on
 * `<path>.lock` first. A process's events go out on the address of event_address().
 *
 * THREADS: sockets belong to the thread that made them.
 */
#ifndef PROTO_BUS_ENDPOINT_H
#define PROTO_BUS_ENDPOINT_H

#include "proto/errors.h"

#include <stddef.h>
#include <stdint.h>

enum { BUS_MAX_MESSAGE = 8 * 1024 * 1024, BUS_MAX_ADDRESS = 256, BUS_MAX_PEERS = 32 };

struct bus; /* one per process: the library's context */

struct bus *bus_new(void);
void bus_free(struct bus **b); /* after every socket is closed; waits at most the linger */

struct endpoint; /* one socket */

enum err endpoint_bind_router(struct bus *b, const char *address, struct endpoint **out) MUST_CHECK;
enum err endpoint_bind_pub(struct bus *b, const char *address, struct endpoint **out) MUST_CHECK;
/* `addresses` is a comma separated list; the socket connects to each. */
enum err endpoint_connect_dealer(struct bus *b, const char *addresses,
                                 struct endpoint **out) MUST_CHECK;
enum err endpoint_connect_sub(struct bus *b, const char *addresses,
                              struct endpoint **out) MUST_CHECK;
/* Two ends of an inproc pair between two threads; `name` is unique in the process. */
enum err endpoint_pair(struct bus *b, const char *name, bool bind,
                       struct endpoint **out) MUST_CHECK;
void endpoint_free(struct endpoint **e);
void *endpoint_socket(struct endpoint *e); /* for loop_watch_socket() */

/* Routing id of a ROUTER's peer. */
struct peer {
    uint8_t id[32];
    uint8_t n;
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

/* Where a process that answers on `address` publishes: ipc: address + ".events"; tcp: port + 1. */
enum err event_address(const char *address, char *out, size_t size) MUST_CHECK;

#endif
