/*
 * live.h - events of the bus to browsers, by server-sent events.
 *
 * DESIGN: one ring of 4,096 events per gateway and a cursor per client, so a slow client costs no
 * memory: when the ring has passed its cursor it is told `resync` and goes on from the newest. An
 * event's id is `<start>-<n>`; after a broken connection the browser sends the last one back, and
 * an id of another start, or one that the ring has lost, is answered with `resync` as well. A gap
 * on the bus reaches every client as `resync`. At most 500 clients; a comment every 15 seconds
 * finds those that are gone.
 */
#ifndef GATEWAY_LIVE_H
#define GATEWAY_LIVE_H

#include "gateway/exchange.h"

struct live;
struct MHD_Response;

enum {
    LIVE_RING = 4096,
    LIVE_MAX_CLIENTS = 500,
    LIVE_MAX_OF_ONE = 50, /* of one principal: nobody takes the places of all */
    LIVE_BEAT_MS = 15000
};

enum err live_new(struct gateway *g, struct live **out) MUST_CHECK;
void live_free(struct live **l);

/* Local handler: the exchange becomes a stream. */
void live_join(struct exchange *ex);

/* The endless response of a stream; NULL: no memory. */
struct MHD_Response *live_response(struct live *l, struct exchange *ex);

/* The stream's connection is over. */
void live_leave(struct live *l, struct exchange *ex);

/* Ends one stream, or all, from our side. */
void live_end(struct live *l, struct exchange *ex);
void live_end_all(struct live *l);

/* Ends those of a user, key or session of which something has changed; its page comes again, and is
 * looked at anew. */
void live_end_of(struct live *l, struct view changed);

/* Ends all but those of this owner. */
void live_end_but_of(struct live *l, struct view owner);

unsigned live_clients(const struct live *l);

/* Where a client with this Last-Event-ID goes on, given the ring's start and the numbers it holds
 * ([oldest, next)). False: resync; *at is `next` then. Pure. */
bool live_resume_point(struct view last_event_id, uint64_t start, uint64_t oldest, uint64_t next,
                       uint64_t *at);

#endif
