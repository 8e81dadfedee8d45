/*
 * cache.h - Redis as a cache: may be away at any time, is never the truth.
 *
 * DESIGN: hiredis, synchronous with a 50 ms time-out set again after every connect; one failed
 * command drops the connection; the next try waits 100 ms to 5 s, longer each time until a command
 * works, and until then every get is a miss. So a Redis that hangs costs its caller 50 ms now and
 * then. Every key has a TTL. Keys are prefixed by the caller.
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
/* The same for a value with a version: an older one never replaces a newer one, whoever writes. */
enum err cache_get_version(struct cache *c, struct view key, struct arena *a, int64_t *version,
                           struct view *out) MUST_CHECK;
void cache_set_version(struct cache *c, struct view key, int64_t version, struct view value,
                       int ttl_s);
/* Asks whether Redis answers, for sys.info; at most once a second over the wire. */
bool cache_ping(struct cache *c);

#endif
