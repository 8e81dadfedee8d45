/*
 * seal.c - secretbox and keyed hash under keys that derive from the master keys; UUID v7.
 */
#include "services/daemon/seal.h"

#include "services/daemon/config.h"
#include "services/daemon/log.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    KEY_BYTES = crypto_kdf_KEYBYTES,
    BOX_OVERHEAD = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
    BOX_KEY_ID = 1,
    FINGERPRINT_KEY_ID = 2,
    NAME_KEY_ID = 3,
    VARIANT = sodium_base64_VARIANT_ORIGINAL,
    PREFIX = SEAL_KEY_ID + 1, /* with the colon */
    MAX_FILE = SEAL_MAX_KEYS * (SEAL_KEY_HEX + 4) + 64,
};

/* What derives from one master key, which itself is not kept. */
struct key {
    unsigned char box[crypto_secretbox_KEYBYTES];
    unsigned char fingerprint[crypto_generichash_KEYBYTES];
    char id[SEAL_KEY_ID + 1];
};

struct ring {
    struct key keys[SEAL_MAX_KEYS]; /* newest first */
    unsigned n;
};

struct seal {
    struct ring *ring;  /* locked, read only; replaced as a whole */
    char *file;         /* where the keys come from; NULL = not from a file */
    struct stat as_was; /* of the file, when it was read */
};

_Static_assert(PREFIX + (BOX_OVERHEAD + SEAL_MAX_PLAIN + 2) / 3 * 4 <= SEAL_MAX_SEALED,
               "sealed text fits");
_Static_assert(SEAL_KEY_HEX == 2 * KEY_BYTES, "hex digits of a master key");

/* ---- keys ---- */

static bool add_key(struct ring *ring, struct view hex)
{
    unsigned char master[KEY_BYTES], name[crypto_kdf_BYTES_MIN];
    size_t got = 0;
    bool ok = ring->n < SEAL_MAX_KEYS && hex.n == SEAL_KEY_HEX &&
              sodium_hex2bin(master, sizeof master, hex.p, hex.n, NULL, &got, NULL) == 0 &&
              got == sizeof master;
    if (ok) {
        struct key *k = &ring->keys[ring->n++];
        crypto_kdf_derive_from_key(k->box, sizeof k->box, BOX_KEY_ID, "dd-seal_", master);
        crypto_kdf_derive_from_key(k->fingerprint, sizeof k->fingerprint, FINGERPRINT_KEY_ID,
                                   "dd-seal_", master);
        crypto_kdf_derive_from_key(name, sizeof name, NAME_KEY_ID, "dd-seal_", master);
        sodium_bin2hex(k->id, sizeof k->id, name, SEAL_KEY_ID / 2);
    }
    sodium_memzero(master, sizeof master);
    return ok;
}

static bool between(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool read_keys(struct ring *ring, struct view text)
{
    uint32_t i = 0;
    while (i < text.n) {
        uint32_t begin = i;
        while (i < text.n && !between(text.p[i]))
            i++;
        if (i > begin && !add_key(ring, (struct view){text.p + begin, i - begin}))
            return false;
        while (i < text.n && between(text.p[i]))
            i++;
    }
    return ring->n > 0;
}

static const struct key *find_key(const struct ring *ring, const char *id)
{
    for (unsigned i = 0; i < ring->n; i++)
        if (memcmp(ring->keys[i].id, id, SEAL_KEY_ID) == 0)
            return &ring->keys[i];
    return NULL;
}

/* The keys of a text in locked memory; NULL: they cannot be used. */
static struct ring *make_ring(struct view text)
{
    struct ring *ring = sodium_malloc(sizeof *ring);
    if (!ring)
        return NULL;
    ring->n = 0;
    if (read_keys(ring, text))
        return ring;
    sodium_free(ring);
    return NULL;
}

static struct ring *read_file(const char *file, struct stat *as_was)
{
    char text[MAX_FILE];
    struct ring *ring = NULL;
    /* First the look, then the reading: a change in between is found the next time. */
    if (stat(file, as_was) != 0)
        memset(as_was, 0, sizeof *as_was);
    if (as_was->st_mode & S_IRWXO) {
        log_error("the file of the master key is open to everybody", K("file", file));
        return NULL;
    }
    size_t n = conf_read_file(file, text, sizeof text);
    if (n > 0 && n < sizeof text)
        ring = make_ring((struct view){text, (uint32_t)n});
    sodium_memzero(text, sizeof text);
    return ring;
}

enum err seal_open_key(const char *text, const char *file, struct seal **out)
{
    *out = NULL;
    if (sodium_init() < 0)
        return ERR_INTERNAL;
    struct seal *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NO_MEMORY;
    if (*text)
        s->ring = make_ring(view_of(text));
    else
        s->ring = read_file(file, &s->as_was);
    if (!*text)
        s->file = strdup(file);
    if (!s->ring) {
        log_error("no usable master key: lines of 64 hex digits are needed",
                  K("file", *text ? "DD_MASTER_KEY" : file));
        seal_free(&s);
        return ERR_CONFIG;
    }
    sodium_mprotect_readonly(s->ring);
    *out = s;
    return ERR_OK;
}

void seal_free(struct seal **s)
{
    if (!*s)
        return;
    if ((*s)->ring)
        sodium_free((*s)->ring); /* wipes */
    free((*s)->file);
    free(*s);
    *s = NULL;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void seal_refresh(struct seal *s)
{
    struct stat now;
    if (!s->file || stat(s->file, &now) != 0 || same_file(&now, &s->as_was))
        return;
    struct ring *ring = read_file(s->file, &s->as_was);
    if (!ring) {
        log_error("the master key's file has changed and cannot be used", K("file", s->file));
        return;
    }
    for (unsigned i = 0; i < s->ring->n; i++)
        if (!find_key(ring, s->ring->keys[i].id) && ring->n < SEAL_MAX_KEYS)
            ring->keys[ring->n++] = s->ring->keys[i];
    sodium_mprotect_readonly(ring);
    sodium_free(s->ring);
    s->ring = ring;
    log_info("master keys read again", K("seals", ring->keys[0].id), KN("keys", ring->n));
}

unsigned seal_n_keys(const struct seal *s)
{
    return s->ring->n;
}

const char *seal_key_id(const struct seal *s, unsigned i)
{
    return s->ring->keys[i].id;
}

/* ---- texts ---- */

enum err seal_text(const struct seal *s, struct view plain, char out[SEAL_MAX_SEALED + 1])
{
    unsigned char box[BOX_OVERHEAD + SEAL_MAX_PLAIN];
    const struct key *key = &s->ring->keys[0];
    if (plain.n > SEAL_MAX_PLAIN)
        return ERR_LIMIT;
    randombytes_buf(box, crypto_secretbox_NONCEBYTES);
    if (crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES,
                              (const unsigned char *)(plain.n ? plain.p : ""), plain.n, box,
                              key->box))
        return ERR_INTERNAL;
    memcpy(out, key->id, SEAL_KEY_ID);
    out[SEAL_KEY_ID] = ':';
    sodium_bin2base64(out + PREFIX, SEAL_MAX_SEALED + 1 - PREFIX, box, BOX_OVERHEAD + plain.n,
                      VARIANT);
    return ERR_OK;
}

static enum err open_box(const struct key *key, const unsigned char *box, size_t n, char *out)
{
    if (crypto_secretbox_open_easy((unsigned char *)out, box + crypto_secretbox_NONCEBYTES,
                                   n - crypto_secretbox_NONCEBYTES, box, key->box))
        return ERR_FORMAT;
    out[n - BOX_OVERHEAD] = '\0';
    return ERR_OK;
}

enum err seal_unseal(struct seal *s, struct view sealed, char out[SEAL_MAX_PLAIN + 1])
{
    unsigned char box[BOX_OVERHEAD + SEAL_MAX_PLAIN];
    size_t n;
    bool named = sealed.n > PREFIX && sealed.p[SEAL_KEY_ID] == ':';
    const struct view text = named ? (struct view){sealed.p + PREFIX, sealed.n - PREFIX} : sealed;
    if (text.n == 0 || sealed.n > SEAL_MAX_SEALED ||
        sodium_base642bin(box, sizeof box, text.p, text.n, NULL, &n, NULL, VARIANT) != 0 ||
        n < BOX_OVERHEAD)
        return ERR_FORMAT;
    if (named) {
        if (!find_key(s->ring, sealed.p))
            seal_refresh(s);
        const struct key *key = find_key(s->ring, sealed.p);
        return key ? open_box(key, box, n, out) : ERR_KEY_RETIRED;
    }
    for (unsigned i = 0; i < s->ring->n; i++)
        if (open_box(&s->ring->keys[i], box, n, out) == ERR_OK)
            return ERR_OK;
    return ERR_FORMAT;
}

void seal_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

void seal_fingerprint(const struct seal *s, unsigned i, struct view plain,
                      unsigned char out[SEAL_FINGERPRINT])
{
    const struct key *key = &s->ring->keys[i];
    crypto_generichash(out, SEAL_FINGERPRINT, (const unsigned char *)(plain.n ? plain.p : ""),
                       plain.n, key->fingerprint, sizeof key->fingerprint);
}

/* ---- ids ---- */

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
