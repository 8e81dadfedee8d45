/*
 * sign.h - the one place where credentials are opened: for the headers of a call, and to blacken
 * them in what an upstream says. Opened texts live on the stack for that long, and are wiped.
 */
#ifndef FETCHER_SIGN_H
#define FETCHER_SIGN_H

#include "services/daemon/seal.h"
#include "services/fetcher/request.h"

/* Headers with a fresh token; the caller wipes them. ERR_UPSTREAM_CREDENTIAL: the credential cannot
 * be opened or used. ERR_KEY_RETIRED: this process lacks the master key that opens it; others may
 * have it, and nothing is wrong with the credential. */
enum err sign_call(struct seal *seal, struct view formula, struct view sealed_key,
                   struct view sealed_secret, int64_t unix_seconds,
                   struct request_headers *out) MUST_CHECK;

/* Blackens key and secret in a text. */
void sign_redact(struct seal *seal, struct view sealed_key, struct view sealed_secret, char *text);

#endif
