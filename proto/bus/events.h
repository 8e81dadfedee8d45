/*
 * events.h - hints by PUB/SUB. They may be lost; the truth is asked for by call.
 *
 * DESIGN: the publisher fills `source` and `seq`. Progress can change hundreds of times a second,
 * so publish_latest() sends at most four events a second per key and keeps the newest one for when
 * the quarter second is over. A subscriber that sees a gap in seq, or a new source, tells its owner
 * with an event NULL, once: read again.
 */
#ifndef PROTO_BUS_EVENTS_H
#define PROTO_BUS_EVENTS_H

#include "proto/bus/endpoint.h"
#include "proto/bus/loop.h"
#include "proto/codec.h"

struct publisher;
struct subscriber;

/* `source` is copied; `address` the process's own RPC address (see event_address()). */
enum err publisher_new(struct bus *b, struct loop *l, const char *address, const char *source,
                       struct publisher **out) MUST_CHECK;
void publisher_free(struct publisher **p);

/* Sends now. The event's source and seq are overwritten. */
void publish(struct publisher *p, const struct desc *d, void *event);

/* Sends now if nothing with this key went out in the last 250 ms, else keeps it (replacing the
 * one that waits) until then. At most 1024 keys wait; beyond that it sends at once. */
void publish_latest(struct publisher *p, const struct desc *d, void *event, struct view key);

/* d NULL: events were missed, everything may have changed. `body` is encoded, valid in the call. */
typedef void event_fn(void *arg, const struct desc *d, struct view body);

/* `addresses`: RPC addresses of the publishing processes, comma separated. */
enum err subscriber_new(struct bus *b, struct loop *l, const char *addresses, event_fn *fn,
                        void *arg, struct subscriber **out) MUST_CHECK;
void subscriber_free(struct subscriber **s);

#endif
