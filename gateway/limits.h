/*
 * limits.h - how many requests a client may make: token buckets in a bounded table. Pure.
 *
 * DESIGN: a bucket holds as many tokens as are allowed a minute and fills evenly. It is kept as one
 * time: when it will be full again. A request moves that time by what one token takes, and is
 * refused if it would lie more than a minute ahead. So an idle bucket and none are the same, and a
 * place can be given to another client whenever it is full. The table is sets of eight places;
 * when all of a set are in use, the fullest goes. Clients are named by a keyed hash, so that nobody
 * can aim at somebody else's set.
 *
 * OWNERSHIP: one table per gateway process; each process counts by itself.
 */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include "gateway/address.h"

struct limits;

/* What a client is told. */
struct rate {
    int64_t limit;     /* requests a minute; 0 = no limit */
    int64_t remaining; /* requests that would be taken at once */
    int64_t reset_s;   /* until all of `limit` would be */
    int64_t retry_s;   /* until one would be; 0 = now */
};

/* NULL: no memory. */
struct limits *limits_new(void);
void limits_free(struct limits **l);

/* Takes a token of the client; false: there is none. per_minute 0: always true. */
bool limits_take_address(struct limits *l, const struct address *a, int64_t per_minute,
                         int64_t now_us, struct rate *out);
bool limits_take_name(struct limits *l, const char *name, int64_t per_minute, int64_t now_us,
                      struct rate *out);

#endif
