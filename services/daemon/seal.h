/*
 * seal.h - secrets at rest: libsodium's secretbox under the system's master key.
 *
 * FORMAT: "<id of the master key, 8 hex digits>:<base64 of nonce and box>", at most 255 characters
 * for 128 bytes of plain text. The dealer service seals, the fetcher alone opens (and ddctl, which
 * seals anew).
 *
 * DESIGN: while the master key is changed there are several, newest first: the first one seals, all
 * of them open. They come from a file, a line each, which is read again when it has changed: before
 * something is sealed (seal_refresh), and when a text names a key that is not known. A key that the
 * file has lost is kept until the process ends, since texts that it opens may still be on their
 * way.
 *
 * THREADS: one per struct seal; uuid_v7: any.
 */
#ifndef DAEMON_SEAL_H
#define DAEMON_SEAL_H

#include "proto/memory.h"

enum {
    SEAL_MAX_PLAIN = 128,
    SEAL_MAX_SEALED = 255,
    SEAL_FINGERPRINT = 32,
    SEAL_MAX_KEYS = 4,
    SEAL_KEY_ID = 8,
    SEAL_KEY_HEX = 64
};

struct seal; /* the master keys, in locked memory */

/* From the text (DD_MASTER_KEY) unless it is empty, else from the file: one to four times 64 hex
 * digits, with white space or commas in between. ERR_CONFIG (logged): no usable key. */
enum err seal_open_key(const char *text, const char *file, struct seal **out) MUST_CHECK;
void seal_free(struct seal **s);

/* Reads the file again if it has changed; what is no longer usable changes nothing. */
void seal_refresh(struct seal *s);

unsigned seal_n_keys(const struct seal *s);
/* The name of the i-th key; the first one seals. */
const char *seal_key_id(const struct seal *s, unsigned i);

enum err seal_text(const struct seal *s, struct view plain,
                   char out[SEAL_MAX_SEALED + 1]) MUST_CHECK;
/* `out` has SEAL_MAX_PLAIN + 1 bytes; the caller wipes it (seal_wipe). A text that names no key is
 * tried with each. ERR_KEY_RETIRED: it names a key that this process does not have; ERR_FORMAT: no
 * key opens it. */
enum err seal_unseal(struct seal *s, struct view sealed, char out[SEAL_MAX_PLAIN + 1]) MUST_CHECK;
void seal_wipe(void *p, size_t n);

/* Keyed hash of a text under the i-th key: tells equal API keys apart from different ones without
 * storing them. */
void seal_fingerprint(const struct seal *s, unsigned i, struct view plain,
                      unsigned char out[SEAL_FINGERPRINT]);

/* A new UUID version 7 (RFC 9562), lower case. */
void uuid_v7(char out[37]);

#endif
