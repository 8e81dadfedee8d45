/*
 * tokens.h - random secrets and their hashes. Pure but for the randomness.
 *
 * A session's token is "ds_", a link's "dl_" and 43 characters of base64url (256 random bits). A
 * key is "dk_" and 10 characters that may be seen, "_", and 43 secret ones. What is stored is the
 * SHA-256 of the whole: of so much randomness no slower hash is needed.
 */
#ifndef ACCOUNT_TOKENS_H
#define ACCOUNT_TOKENS_H

#include "proto/schema.h"

enum { TOKEN_SIZE = 80, TOKEN_HASH_HEX = 65, KEY_ID_SIZE = 16 };

/* Both with the final NUL. */
void token_make(const char *prefix, char out[TOKEN_SIZE]);
void key_make(char id[KEY_ID_SIZE], char out[TOKEN_SIZE]);

/* SHA-256 in lower-case hex. */
void token_hash(struct view token, char out[TOKEN_HASH_HEX]);

/* 32 bytes in lower-case hex; false when there are not 32. */
bool hash_hex(struct view hash, char out[TOKEN_HASH_HEX]);

#endif
