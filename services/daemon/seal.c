/*
 * seal.c - secretbox and keyed hash under two keys that derive from the master key; UUID v7.
 */
#include "services/daemon/seal.h"

#include "services/daemon/config.h"
#include "services/daemon/log.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    KEY_BYTES = crypto_kdf_KEYBYTES,
    BOX_OVERHEAD = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
    BOX_KEY_ID = 1,
    FINGERPRINT_KEY_ID = 2,
    VARIANT = sodium_base64_VARIANT_ORIGINAL,
};

struct seal {
    unsigned char box[crypto_secretbox_KEYBYTES];
    unsigned char fingerprint[crypto_generichash_KEYBYTES];
};

_Static_assert((BOX_OVERHEAD + SEAL_MAX_PLAIN + 2) / 3 * 4 <= SEAL_MAX_SEALED, "sealed text fits");

/* `from` is for the log alone. */
static enum err open_hex(const char *hex, size_t n, const char *from, struct seal **out)
{
    unsigned char key[KEY_BYTES];
    size_t got = 0;
    enum err err = ERR_OK;
    *out = NULL;
    if (sodium_init() < 0)
        return ERR_INTERNAL;
    if (n != (size_t)2 * KEY_BYTES ||
        sodium_hex2bin(key, sizeof key, hex, n, NULL, &got, NULL) != 0 || got != sizeof key) {
        log_error("no usable master key: 64 hex digits are needed", K("file", from));
        err = ERR_CONFIG;
        goto out;
    }
    *out = sodium_malloc(sizeof **out);
    if (!*out) {
        err = ERR_NO_MEMORY;
        goto out;
    }
    crypto_kdf_derive_from_key((*out)->box, sizeof(*out)->box, BOX_KEY_ID, "dd-seal_", key);
    crypto_kdf_derive_from_key((*out)->fingerprint, sizeof(*out)->fingerprint, FINGERPRINT_KEY_ID,
                               "dd-seal_", key);
    sodium_mprotect_readonly(*out);
out:
    sodium_memzero(key, sizeof key);
    return err;
}

enum err seal_open_key(const char *file, struct seal **out)
{
    char hex[2 * KEY_BYTES + 8];
    size_t n = conf_read_file(file, hex, sizeof hex);
    enum err err = open_hex(hex, n, file, out);
    sodium_memzero(hex, sizeof hex);
    return err;
}

enum err seal_open(const char *hex, const char *file, struct seal **out)
{
    return *hex ? open_hex(hex, strlen(hex), "DD_MASTER_KEY", out) : seal_open_key(file, out);
}

void seal_free(struct seal **s)
{
    if (*s)
        sodium_free(*s); /* wipes */
    *s = NULL;
}

enum err seal_text(const struct seal *s, struct view plain, char out[SEAL_MAX_SEALED + 1])
{
    unsigned char box[BOX_OVERHEAD + SEAL_MAX_PLAIN];
    if (plain.n > SEAL_MAX_PLAIN)
        return ERR_LIMIT;
    randombytes_buf(box, crypto_secretbox_NONCEBYTES);
    if (crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES,
                              (const unsigned char *)(plain.n ? plain.p : ""), plain.n, box,
                              s->box))
        return ERR_INTERNAL;
    sodium_bin2base64(out, SEAL_MAX_SEALED + 1, box, BOX_OVERHEAD + plain.n, VARIANT);
    return ERR_OK;
}

enum err seal_unseal(const struct seal *s, struct view sealed, char out[SEAL_MAX_PLAIN + 1])
{
    unsigned char box[BOX_OVERHEAD + SEAL_MAX_PLAIN];
    size_t n;
    if (sealed.n == 0 || sealed.n > SEAL_MAX_SEALED ||
        sodium_base642bin(box, sizeof box, sealed.p, sealed.n, NULL, &n, NULL, VARIANT) != 0 ||
        n < BOX_OVERHEAD)
        return ERR_FORMAT;
    if (crypto_secretbox_open_easy((unsigned char *)out, box + crypto_secretbox_NONCEBYTES,
                                   n - crypto_secretbox_NONCEBYTES, box, s->box))
        return ERR_FORMAT;
    out[n - BOX_OVERHEAD] = '\0';
    return ERR_OK;
}

void seal_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

void seal_fingerprint(const struct seal *s, struct view plain, unsigned char out[SEAL_FINGERPRINT])
{
    crypto_generichash(out, SEAL_FINGERPRINT, (const unsigned char *)(plain.n ? plain.p : ""),
                       plain.n, s->fingerprint, sizeof s->fingerprint);
}

/* Milliseconds and a 4096th of one; larger than any given out before by this process. */
static uint64_t next_tick(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t last;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    uint64_t tick = ms << 12 | ((uint64_t)now.tv_nsec % 1000000 << 12) / 1000000;
    pthread_mutex_lock(&lock);
    if (tick <= last)
        tick = last + 1;
    last = tick;
    pthread_mutex_unlock(&lock);
    return tick;
}

void uuid_v7(char out[37])
{
    unsigned char random[8];
    uint64_t tick = next_tick();
    randombytes_buf(random, sizeof random);
    snprintf(out, 37, "%08x-%04x-7%03x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)(tick >> 28),
             (unsigned)(tick >> 12 & 0xffff), (unsigned)(tick & 0xfff), (random[0] & 0x3fu) | 0x80u,
             random[1], random[2], random[3], random[4], random[5], random[6], random[7]);
}
