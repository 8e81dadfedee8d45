/*
 * seal.h - secrets at rest: libsodium's secretbox under the system's master key.
 *
 * Sealed text is base64 of nonce and box, at most 255 characters for 128 bytes of plain text. The
 * dealer service seals, the fetcher alone opens.
 */
#ifndef DAEMON_SEAL_H
#define DAEMON_SEAL_H

#include "proto/memory.h"

enum { SEAL_MAX_PLAIN = 128, SEAL_MAX_SEALED = 255, SEAL_FINGERPRINT = 32 };

struct seal; /* the master key, in locked memory */

/* Reads 64 hex digits from the file. */
enum err seal_open_key(const char *file, struct seal **out) MUST_CHECK;
/* The same from a text; "" = from the file. */
enum err seal_open(const char *hex, const char *file, struct seal **out) MUST_CHECK;
void seal_free(struct seal **s);

enum err seal_text(const struct seal *s, struct view plain,
                   char out[SEAL_MAX_SEALED + 1]) MUST_CHECK;
/* `out` has SEAL_MAX_PLAIN + 1 bytes; the caller wipes it (seal_wipe). */
enum err seal_unseal(const struct seal *s, struct view sealed,
                     char out[SEAL_MAX_PLAIN + 1]) MUST_CHECK;
void seal_wipe(void *p, size_t n);

/* Keyed hash of a text: tells equal keys apart from different ones without storing them. */
void seal_fingerprint(const struct seal *s, struct view plain, unsigned char out[SEAL_FINGERPRINT]);

/* A new UUID version 7 (RFC 9562), lower case. */
void uuid_v7(char out[37]);

#endif
