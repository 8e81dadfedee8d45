/*
 * link.c - sign-in links and session cookies: see link.h for the format.
 */
#include "services/daemon/link.h"

#include "services/daemon/config.h"
#include "services/daemon/log.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { KEY_BYTES = 32, MIN_ADMIN_KEY = 32, MAX_ADMIN_KEY = 256, MAX_TEXT = 80, NONCE_BYTES = 16 };

struct link_keys {
    unsigned char link[KEY_BYTES];    /* signs links */
    unsigned char session[KEY_BYTES]; /* signs sessions */
    unsigned char admin[KEY_BYTES];   /* keyed hash of the admin key, under the key below */
    unsigned char compare[KEY_BYTES]; /* random; makes the comparison's time say nothing */
};

static const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

static void hmac(const void *key, size_t key_n, const void *text, size_t n,
                 unsigned char out[KEY_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_n);
    crypto_auth_hmacsha256_update(&state, text, n);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

enum err link_open_key(const char *admin_key_file, struct link_keys **out)
{
    char text[MAX_ADMIN_KEY];
    struct link_keys *k;
    struct stat s;
    *out = NULL;
    if (sodium_init() < 0)
        return ERR_INTERNAL;
    if (stat(admin_key_file, &s) == 0 && (s.st_mode & S_IRWXO)) {
        log_error("the file of the admin key is open to everybody", K("file", admin_key_file));
        return ERR_CONFIG;
    }
    size_t n = conf_read_file(admin_key_file, text, sizeof text);
    if (n < MIN_ADMIN_KEY) {
        log_error("no usable admin key", K("file", admin_key_file));
        return ERR_CONFIG;
    }
    k = sodium_malloc(sizeof *k);
    if (!k)
        return ERR_NO_MEMORY;
    static const char for_links[] = "dealer-dashboard link v1";
    static const char for_sessions[] = "dealer-dashboard session v1";
    hmac(text, n, for_links, sizeof for_links - 1, k->link);
    hmac(text, n, for_sessions, sizeof for_sessions - 1, k->session);
    randombytes_buf(k->compare, sizeof k->compare);
    hmac(k->compare, sizeof k->compare, text, n, k->admin);
    sodium_memzero(text, sizeof text);
    *out = k;
    return ERR_OK;
}

void link_free(struct link_keys **k)
{
    if (*k)
        sodium_free(*k);
    *k = NULL;
}

bool link_is_admin_key(const struct link_keys *k, struct view v)
{
    unsigned char tag[KEY_BYTES];
    hmac(k->compare, sizeof k->compare, v.n ? v.p : "", v.n, tag);
    return sodium_memcmp(tag, k->admin, sizeof tag) == 0;
}

static enum err make(const unsigned char *key, const char *role, int64_t expires_at,
                     char out[LINK_MAX_TOKEN])
{
    unsigned char nonce[NONCE_BYTES], tag[KEY_BYTES];
    char hex[2 * NONCE_BYTES + 1], text[MAX_TEXT];
    if (strlen(role) >= sizeof((struct link_claim *)0)->role || strchr(role, '.'))
        return ERR_RANGE;
    randombytes_buf(nonce, sizeof nonce);
    sodium_bin2hex(hex, sizeof hex, nonce, sizeof nonce);
    int n = snprintf(text, sizeof text, "%" PRId64 ".%s.%s", expires_at, hex, role);
    if (n <= 0 || (size_t)n >= sizeof text)
        return ERR_RANGE;
    hmac(key, KEY_BYTES, text, (size_t)n, tag);
    size_t body = sodium_base64_encoded_len((size_t)n, variant) - 1;
    if (body + 1 + sodium_base64_encoded_len(sizeof tag, variant) > LINK_MAX_TOKEN)
        return ERR_RANGE;
    sodium_bin2base64(out, LINK_MAX_TOKEN, (unsigned char *)text, (size_t)n, variant);
    out[body] = '.';
    sodium_bin2base64(out + body + 1, LINK_MAX_TOKEN - body - 1, tag, sizeof tag, variant);
    return ERR_OK;
}

static bool parse(const char *text, struct link_claim *out)
{
    char *end;
    long long at = strtoll(text, &end, 10);
    if (end == text || *end != '.' || at <= 0)
        return false;
    const char *nonce = end + 1;
    const char *dot = strchr(nonce, '.');
    if (!dot || dot - nonce != sizeof out->nonce - 1)
        return false;
    size_t role = strlen(dot + 1);
    if (role == 0 || role >= sizeof out->role)
        return false;
    out->expires_at = at;
    memcpy(out->nonce, nonce, sizeof out->nonce - 1);
    out->nonce[sizeof out->nonce - 1] = '\0';
    memcpy(out->role, dot + 1, role + 1);
    return true;
}

static enum err verify(const unsigned char *key, struct view token, int64_t now_ms,
                       struct link_claim *out)
{
    unsigned char tag[KEY_BYTES], want[KEY_BYTES];
    char text[MAX_TEXT + 1];
    size_t text_n, tag_n;
    const char *dot = token.n && token.n < LINK_MAX_TOKEN ? memchr(token.p, '.', token.n) : NULL;
    if (!dot)
        return ERR_UNAUTHORIZED;
    size_t body = (size_t)(dot - token.p), rest = token.n - body - 1;
    if (sodium_base642bin((unsigned char *)text, MAX_TEXT, token.p, body, NULL, &text_n, NULL,
                          variant) ||
        sodium_base642bin(tag, sizeof tag, dot + 1, rest, NULL, &tag_n, NULL, variant) ||
        tag_n != sizeof tag)
        return ERR_UNAUTHORIZED;
    hmac(key, KEY_BYTES, text, text_n, want);
    if (sodium_memcmp(tag, want, sizeof tag) != 0)
        return ERR_UNAUTHORIZED;
    text[text_n] = '\0';
    if (!parse(text, out) || out->expires_at <= now_ms)
        return ERR_UNAUTHORIZED;
    return ERR_OK;
}

enum err link_make(const struct link_keys *k, const char *role, int64_t now_ms, int64_t ttl_ms,
                   char out[LINK_MAX_TOKEN])
{
    return make(k->link, role, now_ms + ttl_ms, out);
}

enum err link_verify(const struct link_keys *k, struct view token, int64_t now_ms,
                     struct link_claim *out)
{
    return verify(k->link, token, now_ms, out);
}

enum err session_make(const struct link_keys *k, const char *role, int64_t now_ms, int64_t ttl_ms,
                      char out[LINK_MAX_TOKEN])
{
    return make(k->session, role, now_ms + ttl_ms, out);
}

enum err session_verify(const struct link_keys *k, struct view token, int64_t now_ms,
                        struct link_claim *out)
{
    return verify(k->session, token, now_ms, out);
}
