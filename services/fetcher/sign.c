/*
 * sign.c - the one place where credentials are opened.
 */
#include "services/fetcher/sign.h"

#include "services/fetcher/text.h"

enum err sign_call(struct seal *seal, struct view formula, struct view sealed_key,
                   struct view sealed_secret, int64_t unix_seconds, struct request_headers *out)
{
    char key[SEAL_MAX_PLAIN + 1];
    char secret[SEAL_MAX_PLAIN + 1];
    enum token_formula how;
    enum err err = token_formula_read(formula, &how);

    if (err != ERR_OK)
        return err;
    err = seal_unseal(seal, sealed_key, key);
    if (err == ERR_OK)
        err = seal_unseal(seal, sealed_secret, secret);
    if (err != ERR_OK && err != ERR_KEY_RETIRED)
        err = ERR_UPSTREAM_CREDENTIAL;
    if (err == ERR_OK)
        err = request_headers(how, view_of(key), view_of(secret), unix_seconds, out);
    seal_wipe(key, sizeof(key));
    seal_wipe(secret, sizeof(secret));
    return err;
}

void sign_redact(struct seal *seal, struct view sealed_key, struct view sealed_secret, char *text)
{
    char plain[SEAL_MAX_PLAIN + 1];
    const struct view sealed[] = {sealed_key, sealed_secret};

    for (size_t i = 0; i < sizeof(sealed) / sizeof(sealed[0]); i++) {
        if (seal_unseal(seal, sealed[i], plain) == ERR_OK)
            text_redact(text, view_of(plain));
        seal_wipe(plain, sizeof(plain));
    }
}
