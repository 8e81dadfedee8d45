/*
 * keys.h - keys and secrets of a message, sealed: what the database gets of them.
 */
#ifndef DEALER_KEYS_H
#define DEALER_KEYS_H

#include "services/daemon/seal.h"
#include "services/dealer/store.h"

/* Seals what is given under the newest master key, with fingerprints and hint of the API key; texts
 * lie in the arena. */
enum err keys_seal(struct seal *seal, bool has_key, struct view key, bool has_secret,
                   struct view secret, bool has_token, struct view token, struct arena *a,
                   struct sealed_keys *out) MUST_CHECK;

#endif
