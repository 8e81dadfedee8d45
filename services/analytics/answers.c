/*
 * answers.c - the cache in front of the figures.
 *
 * Two keys per question: the fresh one holds the dealer's state in its name, so nothing is ever
 * deleted and nothing old is found once the data changed; the last one is kept a day and serves,
 * marked stale, while the database is away. A cached answer is read once, since Redis may hold what
 * another build wrote, or rubbish, and then sent as it was encoded.
 */
#include "services/analytics/analytics.h"

#include <assert.h>
#include <string.h>

enum { LAST_GOOD_S = 86400, MAX_STRUCT = 2048, MAX_ANSWER = 4 * 1024 * 1024 };

static bool is_away(enum err err)
{
    return err == ERR_DATABASE_AWAY || err == ERR_DATABASE_TIMEOUT;
}

static struct view fresh_key(struct analytics *s, struct request *r, struct view key,
                             const char *state)
{
    return arena_printf(request_arena(r), "%s%.*s@%s", s->prefix, (int)key.n, key.p, state);
}

static struct view last_key(struct analytics *s, struct request *r, struct view key)
{
    return arena_printf(request_arena(r), "%s%.*s@last", s->prefix, (int)key.n, key.p);
}

/* An answer from Redis, as it is encoded and read into `out` (MAX_STRUCT bytes). */
static bool find_cached(struct analytics *s, struct request *r, const struct answer_kind *kind,
                        struct view key, struct view *encoded, void *out)
{
    struct fault f;
    assert(kind->reply->size <= MAX_STRUCT);
    if (cache_get(s->process->cache, key, request_arena(r), encoded) != ERR_OK)
        return false;
    enum err err = codec_decode(kind->reply, encoded->p, encoded->n, request_arena(r), out, &f);
    if (err)
        log_warn("a cached answer cannot be read", K("answer", kind->reply->type_name),
                 K("error", err_code(err)));
    return !err;
}

static void answer_stale(struct analytics *s, struct request *r, const struct answer_kind *kind,
                         struct view key, enum err cause)
{
    union {
        uint64_t align;
        char bytes[MAX_STRUCT];
    } out;
    struct view kept;
    if (!find_cached(s, r, kind, last_key(s, r, key), &kept, out.bytes)) {
        request_fail_err(r, cause);
        return;
    }
    counter_add(s->stale, 1);
    kind->mark_stale(out.bytes);
    request_answer(r, out.bytes);
}

/* Computes, keeps and sends an answer. state NULL: it is not cached as a fresh one. */
static void answer_computed(struct analytics *s, struct request *r, const struct answer_kind *kind,
                            const void *ask, struct view key, const char *state)
{
    union {
        uint64_t align;
        char bytes[MAX_STRUCT];
    } out;
    struct fault f = {0};
    struct buf encoded;
    assert(kind->reply->size <= MAX_STRUCT);
    memset(&out, 0, sizeof out);
    enum err err = kind->compute(s, ask, request_arena(r), out.bytes, &f);
    if (is_away(err)) {
        s->versions->known = false;
        answer_stale(s, r, kind, key, err);
        return;
    }
    if (err) {
        f.code = err;
        request_fail_fault(r, &f);
        return;
    }
    buf_init(&encoded, MAX_ANSWER);
    err = codec_encode(kind->reply, out.bytes, &encoded);
    if (err) {
        request_fail_err(r, err);
    } else {
        if (state)
            cache_set(s->process->cache, fresh_key(s, r, key, state), buf_view(&encoded),
                      (int)s->conf.cache_s);
        cache_set(s->process->cache, last_key(s, r, key), buf_view(&encoded), LAST_GOOD_S);
        request_answer_encoded(r, buf_view(&encoded));
    }
    buf_free(&encoded);
}

void answer(struct analytics *s, struct request *r, const struct answer_kind *kind, const void *ask,
            struct view key, const char *state)
{
    union {
        uint64_t align;
        char bytes[MAX_STRUCT];
    } out;
    struct view hit;
    bool cached = kind->fresh_from_cache && state && *state;
    if (cached) {
        bool found = find_cached(s, r, kind, fresh_key(s, r, key, state), &hit, out.bytes);
        counter_add(found ? s->cached : s->computed, 1);
        if (found) {
            request_answer_encoded(r, hit);
            return;
        }
    }
    answer_computed(s, r, kind, ask, key, cached ? state : NULL);
}
