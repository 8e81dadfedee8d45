/*
 * token.c - the token that signs one call.
 */
#include "services/fetcher/token.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

enum err token_formula_read(struct view word, enum token_formula *out)
{
    if (view_is(word, "concat"))
        *out = TOKEN_CONCAT;
    else if (view_is(word, "colon"))
        *out = TOKEN_COLON;
    else
        return ERR_CHOICE;
    return ERR_OK;
}

enum err token_make(enum token_formula formula, struct view key, struct view secret,
                    int64_t unix_seconds, char out[TOKEN_LENGTH + 1])
{
    enum err err = ERR_NO_MEMORY;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    char second[24];
    size_t joint = formula == TOKEN_COLON ? 1 : 0;

    int length = snprintf(second, sizeof(second), "%" PRId64, unix_seconds);
    if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(md, key.p, key.n) != 1 || EVP_DigestUpdate(md, ":", joint) != 1 ||
        EVP_DigestUpdate(md, secret.p, secret.n) != 1 || EVP_DigestUpdate(md, ":", joint) != 1 ||
        EVP_DigestUpdate(md, second, (size_t)length) != 1 ||
        EVP_DigestFinal_ex(md, digest, &n) != 1)
        goto out;
    for (unsigned i = 0; i < TOKEN_LENGTH / 2; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    err = ERR_OK;
out:
    EVP_MD_CTX_free(md);
    return err;
}
