/*
 * tokens.c - random secrets and their hashes: see tokens.h.
 */
#include "services/account/tokens.h"

#include <sodium.h>
#include <stdio.h>

enum { SECRET_BYTES = 32, ID_BYTES = 5 };

static void put_secret(char *out, size_t size)
{
    unsigned char bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(out, size, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

void token_make(const char *prefix, char out[TOKEN_SIZE])
{
    int n = snprintf(out, TOKEN_SIZE, "%s", prefix);
    put_secret(out + n, TOKEN_SIZE - (size_t)n);
}

void key_make(char id[KEY_ID_SIZE], char out[TOKEN_SIZE])
{
    unsigned char bytes[ID_BYTES];
    char hex[2 * ID_BYTES + 1];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
    snprintf(id, KEY_ID_SIZE, "dk_%s", hex);
    int n = snprintf(out, TOKEN_SIZE, "%s_", id);
    put_secret(out + n, TOKEN_SIZE - (size_t)n);
}

bool hash_hex(struct view hash, char out[TOKEN_HASH_HEX])
{
    if (hash.n != crypto_hash_sha256_BYTES)
        return false;
    sodium_bin2hex(out, TOKEN_HASH_HEX, (const unsigned char *)hash.p, hash.n);
    return true;
}

void token_hash(struct view token, char out[TOKEN_HASH_HEX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)token.p, token.n);
    sodium_bin2hex(out, TOKEN_HASH_HEX, hash, sizeof hash);
}
