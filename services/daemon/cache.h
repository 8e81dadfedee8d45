/*
 * cache.h - Redis as a cache: may be away at any time, is never the truth.
 *
 * DESIGN: hiredis, synchronous with a 50 ms time-out set again after every connect; one failed
 * command drops the connection; the next try waits 100 ms to 5 s, and until then every get is a
 * miss. Every key has a TTL. Keys are prefixed by the caller.
 *
 * THREADS: the loop's thread.
 */
#ifndef DAEMON_CACHE_H
#define DAEMON_CACHE_H

#include "proto/memory.h"
#include "services/daemon/stats.h"

struct cache;

/* url: unix:///path[?db=n] or redis://[:password@]host[:port][/n]. Doesn't connect. */
enum err cache_new(const char *url, struct stats *stats, struct cache **out) MUST_CHECK;
void cache_free(struct cache **c);
bool cache_ready(const struct cache *c);

/* ERR_NOT_FOUND: miss. ERR_CACHE_AWAY: no Redis. The value is copied into the arena. */
enum err cache_get(struct cache *c, struct view key, struct arena *a, struct view *out) MUST_CHECK;
/* Failures are counted and otherwise of no interest. */
void cache_set(struct cache *c, struct view key, struct view value, int ttl_s);
/* Asks whether Redis answers, for sys.info; at most once a second over the wire. */
bool cache_ping(struct cache *c);

#endif
