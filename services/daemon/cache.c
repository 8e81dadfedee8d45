/*
 * cache.c - Redis by hiredis: see cache.h.
 *
 * DESIGN: one time-out or I/O error poisons a hiredis context for good, and its own reconnect
 * forgets the time-out, so a connection that failed is always freed and made anew. An answer that
 * is an error (LOADING, READONLY, OOM) leaves the connection as it is and counts as a miss.
 */
#include "services/daemon/cache.h"

#include "proto/bus/loop.h"
#include "services/daemon/backoff.h"
#include "services/daemon/log.h"
#include "services/daemon/redis_url.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 50, PING_MS = 1000 };

struct cache {
    struct redis_url url;
    redisContext *redis; /* NULL = not connected */
    bool ready;          /* the last command worked */
    bool told;           /* the log says that it is away */
    int backoff_ms;      /* 0 = the last try worked */
    int64_t retry_mono;  /* no try before */
    int64_t used_mono;   /* last good answer */
    struct counter_cell *hits;
    struct counter_cell *misses;
    struct counter_cell *failures;
};

enum err cache_new(const char *url, struct stats *stats, struct cache **out)
{
    struct cache *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return ERR_NO_MEMORY;
    if (redis_url_parse(url, &c->url) != ERR_OK) {
        free(c);
        return ERR_CONFIG;
    }
    c->hits = stats_counter(stats, "cache_hits", "Values found in Redis.");
    c->misses = stats_counter(stats, "cache_misses", "Values that Redis did not have.");
    c->failures = stats_counter(stats, "cache_failures", "Commands that Redis did not answer.");
    *out = c;
    return ERR_OK;
}

void cache_free(struct cache **c)
{
    if (!*c)
        return;
    if ((*c)->redis)
        redisFree((*c)->redis);
    explicit_bzero(&(*c)->url, sizeof(*c)->url);
    free(*c);
    *c = NULL;
}

bool cache_ready(const struct cache *c)
{
    return c->ready;
}

static void lose(struct cache *c, const char *why)
{
    counter_add(c->failures, 1);
    if (!c->told)
        log_warn("cache away", K("detail", why));
    c->told = true;
    if (c->redis)
        redisFree(c->redis);
    c->redis = NULL;
    c->ready = false;
    c->retry_mono = loop_now_ms() + backoff_next(&c->backoff_ms);
}

/* One command; NULL: failed, and accounted for. */
static redisReply *command(struct cache *c, int n, const char **words, const size_t *lengths)
{
    redisReply *r = redisCommandArgv(c->redis, n, words, lengths);
    if (!r) {
        lose(c, c->redis->errstr);
        return NULL;
    }
    if (r->type == REDIS_REPLY_ERROR) {
        counter_add(c->failures, 1);
        c->ready = false;
        if (!c->told)
            log_warn("cache refuses", KV("detail", ((struct view){r->str, (uint32_t)r->len})));
        c->told = true;
        freeReplyObject(r);
        return NULL;
    }
    if (c->told)
        log_info("cache back");
    c->told = false;
    c->ready = true;
    c->backoff_ms = 0; /* not by connecting alone: a Redis that hangs still accepts */
    c->used_mono = loop_now_ms();
    return r;
}

/* A command of the beginning of a connection. */
static bool begin_with(struct cache *c, const char *word, const char *argument)
{
    const char *words[] = {word, argument};
    const size_t lengths[] = {strlen(word), strlen(argument)};
    redisReply *r = command(c, 2, words, lengths);
    if (!r) {
        if (c->redis)
            lose(c, "refused");
        return false;
    }
    freeReplyObject(r);
    return true;
}

static bool connected(struct cache *c)
{
    struct timeval wait = {.tv_usec = WAIT_MS * 1000};
    char number[16];
    if (c->redis)
        return true;
    if (c->backoff_ms && loop_now_ms() < c->retry_mono)
        return false;
    c->redis = c->url.path[0] ? redisConnectUnixWithTimeout(c->url.path, wait)
                              : redisConnectWithTimeout(c->url.host, c->url.port, wait);
    if (!c->redis || c->redis->err || redisSetTimeout(c->redis, wait) != REDIS_OK) {
        lose(c, c->redis ? c->redis->errstr : "out of memory");
        return false;
    }
    if (c->url.password[0] && !begin_with(c, "AUTH", c->url.password))
        return false;
    snprintf(number, sizeof number, "%d", c->url.number);
    if (c->url.number && !begin_with(c, "SELECT", number))
        return false;
    return true;
}

enum err cache_get(struct cache *c, struct view key, struct arena *a, struct view *out)
{
    const char *words[] = {"GET", key.p};
    const size_t lengths[] = {3, key.n};
    *out = (struct view){NULL, 0};
    redisReply *r = connected(c) ? command(c, 2, words, lengths) : NULL;
    if (!r)
        return ERR_CACHE_AWAY;
    enum err err = ERR_NOT_FOUND;
    if (r->type == REDIS_REPLY_STRING) {
        *out = arena_copy(a, (struct view){r->str, (uint32_t)r->len});
        err = out->p ? ERR_OK : ERR_TOO_LARGE;
    }
    counter_add(err ? c->misses : c->hits, 1);
    freeReplyObject(r);
    return err;
}

void cache_set(struct cache *c, struct view key, struct view value, int ttl_s)
{
    char seconds[16];
    int n = snprintf(seconds, sizeof seconds, "%d", ttl_s > 0 ? ttl_s : 1);
    const char *words[] = {"SET", key.p, value.n ? value.p : "", "EX", seconds};
    const size_t lengths[] = {3, key.n, value.n, 2, (size_t)n};
    redisReply *r = connected(c) ? command(c, 5, words, lengths) : NULL;
    if (r)
        freeReplyObject(r);
}

/* A version stands before its value: digits and a blank. */
enum err cache_get_version(struct cache *c, struct view key, struct arena *a, int64_t *version,
                           struct view *out)
{
    enum err err = cache_get(c, key, a, out);
    uint32_t n = 0;
    *version = 0;
    if (err)
        return err;
    for (; n < out->n && n < 18 && out->p[n] >= '0' && out->p[n] <= '9'; n++)
        *version = *version * 10 + (out->p[n] - '0');
    if (n == 0 || n == out->n || out->p[n] != ' ')
        return ERR_NOT_FOUND;
    *out = (struct view){out->p + n + 1, out->n - n - 1};
    return ERR_OK;
}

void cache_set_version(struct cache *c, struct view key, int64_t version, struct view value,
                       int ttl_s)
{
    static const char script[] =
        "local kept = tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^%d+'))\n"
        "if kept and kept > tonumber(ARGV[1]) then return 0 end\n"
        "redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'EX', ARGV[3])\n"
        "return 1";
    char number[24], seconds[16];
    int number_n = snprintf(number, sizeof number, "%lld", (long long)version);
    int seconds_n = snprintf(seconds, sizeof seconds, "%d", ttl_s > 0 ? ttl_s : 1);
    const char *words[] = {"EVAL", script, "1", key.p, number, value.n ? value.p : "", seconds};
    const size_t lengths[] = {4,       sizeof script - 1, 1, key.n, (size_t)number_n,
                              value.n, (size_t)seconds_n};
    redisReply *r = connected(c) ? command(c, 7, words, lengths) : NULL;
    if (r)
        freeReplyObject(r);
}

bool cache_ping(struct cache *c)
{
    const char *words[] = {"PING"};
    const size_t lengths[] = {4};
    if (c->ready && loop_now_ms() - c->used_mono < PING_MS)
        return true;
    redisReply *r = connected(c) ? command(c, 1, words, lengths) : NULL;
    if (!r)
        return false;
    freeReplyObject(r);
    return true;
}
