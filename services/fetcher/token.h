/*
 * token.h - the token that signs one call: SHA-256 over key, secret and second.
 */
#ifndef FETCHER_TOKEN_H
#define FETCHER_TOKEN_H

#include "proto/errors.h"
#include "proto/schema.h"

enum token_formula { TOKEN_CONCAT, TOKEN_COLON };

enum { TOKEN_LENGTH = 64 };

/* "concat" or "colon"; ERR_CHOICE for any other word. */
enum err token_formula_read(struct view word, enum token_formula *out) MUST_CHECK;

/* Lower-case hex of SHA-256 of key, secret and the decimal second, joined by nothing or by colons.
 * The same second goes into the X-Request-Time header. */
enum err token_make(enum token_formula formula, struct view key, struct view secret,
                    int64_t unix_seconds, char out[TOKEN_LENGTH + 1]) MUST_CHECK;

#endif
