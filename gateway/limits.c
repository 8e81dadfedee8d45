/*
 * limits.c - token buckets in a bounded table.
 */
#include "gateway/limits.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 4096, WAYS = 8, NETWORK_BYTES = 8 };

static const int64_t minute_us = INT64_C(60000000);

struct bucket {
    uint64_t client;
    int64_t full_at_us; /* not after now: the place is free */
};

struct limits {
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct bucket sets[SETS][WAYS];
};

struct limits *limits_new(void)
{
    struct limits *l = calloc(1, sizeof *l);
    if (l)
        randombytes_buf(l->key, sizeof l->key);
    return l;
}

void limits_free(struct limits **l)
{
    free(*l);
    *l = NULL;
}

static struct bucket *find(struct limits *l, uint64_t client)
{
    struct bucket *set = l->sets[client % SETS];
    struct bucket *fullest = &set[0];
    for (int i = 0; i < WAYS; i++) {
        if (set[i].client == client)
            return &set[i];
        if (set[i].full_at_us < fullest->full_at_us)
            fullest = &set[i];
    }
    *fullest = (struct bucket){.client = client};
    return fullest;
}

static int64_t seconds(int64_t us)
{
    return (us + 999999) / 1000000;
}

static bool take(struct limits *l, const unsigned char *id, size_t n, int64_t per_minute,
                 int64_t now_us, struct rate *out)
{
    uint64_t client;
    *out = (struct rate){0};
    if (per_minute <= 0)
        return true;
    crypto_shorthash((unsigned char *)&client, id, n, l->key);
    struct bucket *b = find(l, client);
    int64_t token_us = minute_us / per_minute;
    int64_t missing_us = b->full_at_us > now_us ? b->full_at_us - now_us : 0;
    bool taken = missing_us + token_us <= minute_us;
    if (taken) {
        missing_us += token_us;
        b->full_at_us = now_us + missing_us;
    }
    out->limit = per_minute;
    out->remaining = (minute_us - missing_us) / token_us;
    out->reset_s = seconds(missing_us);
    out->retry_s = out->remaining ? 0 : seconds(missing_us + token_us - minute_us);
    return taken;
}

bool limits_take_address(struct limits *l, const struct address *a, int64_t per_minute,
                         int64_t now_us, struct rate *out)
{
    static const struct address v4 = {.b = {[10] = 0xff, [11] = 0xff}};
    unsigned char id[1 + sizeof a->b] = {'a'};
    /* Whoever has an IPv6 address has a network of them. */
    size_t n = memcmp(a->b, v4.b, 12) == 0 ? sizeof a->b : NETWORK_BYTES;
    memcpy(id + 1, a->b, n);
    return take(l, id, 1 + n, per_minute, now_us, out);
}

bool limits_take_name(struct limits *l, const char *name, int64_t per_minute, int64_t now_us,
                      struct rate *out)
{
    unsigned char id[129] = {'n'};
    size_t n = strnlen(name, sizeof id - 1);
    memcpy(id + 1, name, n);
    return take(l, id, 1 + n, per_minute, now_us, out);
}
