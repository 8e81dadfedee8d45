/*
 * keys.c - keys and secrets of a message, sealed.
 */
#include "services/dealer/keys.h"

#include <stdio.h>

enum {
    HINT = 2,       /* characters of an API key that may be shown */
    HINT_LEAST = 8, /* of a shorter one nothing is */
};

/* Seals a text that was given; an absent one stays NULL. */
static enum err sealed(const struct seal *seal, bool given, struct view plain, struct arena *a,
                       struct view *out)
{
    char text[SEAL_MAX_SEALED + 1];
    *out = (struct view){NULL, 0};
    if (!given)
        return ERR_OK;
    enum err e = seal_text(seal, plain, text);
    if (e != ERR_OK)
        return e;
    *out = arena_copy(a, view_of(text));
    return out->p ? ERR_OK : ERR_NO_MEMORY;
}

/* The keyed hashes of an API key, in hex: one for each master key. */
static enum err fingerprints(const struct seal *seal, struct view key, struct arena *a,
                             struct sealed_keys *out)
{
    unsigned char hash[SEAL_FINGERPRINT];
    char hex[2 * SEAL_FINGERPRINT + 1];
    struct view *older = arena_take(a, SEAL_MAX_KEYS * sizeof *older);
    if (!older)
        return ERR_NO_MEMORY;
    out->older.items = older;
    for (unsigned k = 0; k < seal_n_keys(seal); k++) {
        seal_fingerprint(seal, k, key, hash);
        for (size_t i = 0; i < sizeof hash; i++)
            snprintf(hex + 2 * i, 3, "%02x", hash[i]);
        struct view text = arena_copy(a, view_of(hex));
        if (!text.p)
            return ERR_NO_MEMORY;
        if (k == 0)
            out->fingerprint = text;
        else
            older[out->older.n++] = text;
    }
    return ERR_OK;
}

enum err keys_seal(struct seal *seal, bool has_key, struct view key, bool has_secret,
                   struct view secret, bool has_token, struct view token, struct arena *a,
                   struct sealed_keys *out)
{
    *out = (struct sealed_keys){.older = {NULL, 0}};
    seal_refresh(seal);
    enum err e = sealed(seal, has_key, key, a, &out->api_key);
    if (e == ERR_OK)
        e = sealed(seal, has_secret, secret, a, &out->secret_key);
    if (e == ERR_OK)
        e = sealed(seal, has_token, token, a, &out->api_token);
    if (e != ERR_OK || !has_key)
        return e;
    if (key.n >= HINT_LEAST)
        out->hint = arena_copy(a, (struct view){key.p + key.n - HINT, HINT});
    return fingerprints(seal, key, a, out);
}
