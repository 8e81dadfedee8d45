/*
 * own_keys.h - the key pairs of one process as a text: `secret-key [until]`, a line each.
 *
 * DESIGN: usually one. While it is rotated there are two, and the process goes on with the old one
 * until its end, so that those who know the old one alone still find it; it is known by both.
 *
 * OWNERSHIP: whoever holds the struct wipes it (own_keys_wipe).
 */
#ifndef PROTO_BUS_OWN_KEYS_H
#define PROTO_BUS_OWN_KEYS_H

#include "proto/bus/allowed.h"

enum { MAX_OWN_KEYS = 4 };

struct own_key {
    uint8_t secret[BUS_KEY];
    uint8_t public[BUS_KEY];
    int64_t until_ms; /* wall clock; 0 = no end */
};

struct own_keys {
    struct own_key keys[MAX_OWN_KEYS];
    unsigned n;
};

enum err own_key_new(struct own_key *out) MUST_CHECK;
enum err own_keys_parse(struct view text, struct own_keys *out, struct fault *f) MUST_CHECK;
enum err own_keys_write(const struct own_keys *k, struct buf *out) MUST_CHECK;

/* The one that is used now: of those that have not ended, the one that ends first; NULL: none. */
const struct own_key *own_key_now(const struct own_keys *k, int64_t now_ms);

void own_keys_wipe(struct own_keys *k);

#endif
