/*
 * base64.h - base64 of RFC 4648 with padding, for binary fields in JSON.
 */
#ifndef PROTO_BASE64_H
#define PROTO_BASE64_H

#include "proto/memory.h"

/* Bytes of the text of n bytes, without a terminator. */
static inline size_t base64_length(size_t n)
{
    return (n + 2) / 3 * 4;
}

/* Writes base64_length(v.n) characters. */
void base64_encode(struct view v, char *out);

/* Strict: padded, no other characters, no bits left over. ERR_FORMAT for anything else,
 * ERR_TOO_LARGE when the arena is full. */
enum err base64_decode(struct view text, struct arena *a, struct view *out) MUST_CHECK;

#endif
