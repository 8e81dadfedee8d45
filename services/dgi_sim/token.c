/*
 * token.c - see token.h. The header's text is hashed as it came, not a number made from it, because
 * that is what a main dealer's server does.
 */
#include "services/dgi_sim/token.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

bool token_make(enum token_formula formula, const char *key, const char *secret,
                const char *seconds, char hex[TOKEN_HEX + 1])
{
    static const char digit[] = "0123456789abcdef";
    const char *between = formula == TOKEN_COLON ? ":" : "";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    char text[1024];
    int n = snprintf(text, sizeof text, "%s%s%s%s%s", key, between, secret, between, seconds);

    if (n < 0 || (size_t)n >= sizeof text ||
        EVP_Digest(text, (size_t)n, hash, &length, EVP_sha256(), NULL) != 1 ||
        length != TOKEN_HEX / 2)
        return false;
    for (unsigned int i = 0; i < length; i++) {
        hex[2 * i] = digit[hash[i] >> 4];
        hex[2 * i + 1] = digit[hash[i] & 15];
    }
    hex[TOKEN_HEX] = '\0';
    return true;
}
