/*
 * token.h - the two token formulas of the main dealers.
 */
#ifndef DGI_SIM_TOKEN_H
#define DGI_SIM_TOKEN_H

#include <stdbool.h>

enum token_formula {
    TOKEN_CONCAT, /* key, secret and seconds without anything between */
    TOKEN_COLON,  /* the same with colons between */
};

enum { TOKEN_HEX = 64 };

/* Lower-case hex SHA-256; false when the input is too long. `seconds` is the header's own text. */
bool token_make(enum token_formula formula, const char *key, const char *secret,
                const char *seconds, char hex[TOKEN_HEX + 1]);

#endif
