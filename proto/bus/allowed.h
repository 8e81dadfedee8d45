/*
 * allowed.h - the list of allowed keys as a text: who a public key belongs to.
 *
 *   # name kind public-key [until]
 *   fetcher-9 fetcher 5f0c...(64 hex digits)...91 2026-12-01T00:00:00Z
 *
 * DESIGN: a line for each key; a name may have several, which is how a key is rotated: the old one
 * ends at `until`, the new one has no end. A semicolon ends a line too, so that the list fits into
 * one setting. One wrong line refuses the whole list. Pure.
 */
#ifndef PROTO_BUS_ALLOWED_H
#define PROTO_BUS_ALLOWED_H

#include "proto/bus/senders.h"
#include "proto/codec.h"

enum { MAX_ALLOWED = 256, MAX_PEER_NAME = 63, BUS_KEY = 32, BUS_KEY_HEX = 64 };

struct allowed_key {
    char name[MAX_PEER_NAME + 1];
    enum sender kind;
    uint8_t key[BUS_KEY];
    int64_t until_ms; /* wall clock; 0 = no end */
};

struct allowed {
    struct allowed_key keys[MAX_ALLOWED];
    unsigned n;
};

/* A fault names the line. */
enum err allowed_parse(struct view text, struct allowed *out, struct fault *f) MUST_CHECK;

/* One line as allowed_parse() reads it, with its end. */
enum err allowed_write(const struct allowed_key *key, struct buf *out) MUST_CHECK;

/* Whose key it is, also after its end; NULL: nobody's. */
const struct allowed_key *allowed_find(const struct allowed *a, const uint8_t key[BUS_KEY]);

/* The keys that a name has now, the one that ends first at 0; NULL beyond the last. */
const struct allowed_key *allowed_of(const struct allowed *a, const char *name, int64_t now_ms,
                                     unsigned n);

bool allowed_ended(const struct allowed_key *key, int64_t now_ms);

/* Letters, digits and . _ - after a letter or digit: it is part of file names. */
bool peer_name_valid(struct view name);

void key_to_hex(const uint8_t key[BUS_KEY], char out[BUS_KEY_HEX + 1]);
bool key_from_hex(struct view hex, uint8_t out[BUS_KEY]);

/* The next line up to a line's end or semicolon; false at the end. Then its next word. */
bool next_line(struct view *rest, struct view *line);
struct view next_word(struct view *line); /* empty: none is left, or a # begins a comment */

#endif
