/*
 * own_keys.c - key pairs of a process: see own_keys.h. The library knows keys as 40 characters.
 */
#include "proto/bus/own_keys.h"

#include "proto/json.h"

#include <string.h>
#include <zmq.h>

enum { KEY_TEXT = 41 };

static bool find_public(struct own_key *k)
{
    char secret[KEY_TEXT], public[KEY_TEXT];
    bool ok = zmq_z85_encode(secret, k->secret, BUS_KEY) && zmq_curve_public(public, secret) == 0 &&
              zmq_z85_decode(k->public, public);
    explicit_bzero(secret, sizeof secret);
    return ok;
}

enum err own_key_new(struct own_key *out)
{
    char secret[KEY_TEXT], public[KEY_TEXT];
    *out = (struct own_key){.until_ms = 0};
    bool ok = zmq_curve_keypair(public, secret) == 0 && zmq_z85_decode(out->secret, secret) &&
              zmq_z85_decode(out->public, public);
    explicit_bzero(secret, sizeof secret);
    return ok ? ERR_OK : ERR_INTERNAL;
}

/* What is wrong with a line; NULL: it is a key. */
static const char *read_key(struct view line, struct own_key *out)
{
    struct view secret = next_word(&line), until = next_word(&line);
    *out = (struct own_key){.until_ms = 0};
    if (!key_from_hex(secret, out->secret) || !find_public(out))
        return "the secret key is not 64 hex digits";
    if (until.n && (!time_from_text(until, &out->until_ms) || out->until_ms <= 0))
        return "the end is no time such as 2026-12-01T00:00:00Z";
    return next_word(&line).n ? "there are more than two words" : NULL;
}

enum err own_keys_parse(struct view text, struct own_keys *out, struct fault *f)
{
    struct view line;
    int number = 0;
    const char *wrong = NULL;
    out->n = 0;
    while (!wrong && next_line(&text, &line)) {
        struct view look = line;
        number++;
        if (next_word(&look).n == 0)
            continue;
        wrong = out->n == MAX_OWN_KEYS ? "there are more than 4 keys"
                                       : read_key(line, &out->keys[out->n++]);
    }
    if (!wrong && out->n == 0)
        wrong = "there is no key";
    return wrong ? fault_set(f, ERR_CONFIG, "", "line %d: %s", number, wrong) : ERR_OK;
}

enum err own_keys_write(const struct own_keys *k, struct buf *out)
{
    enum err err = ERR_OK;
    for (unsigned i = 0; i < k->n && !err; i++) {
        char hex[BUS_KEY_HEX + 1], until[32] = "";
        key_to_hex(k->keys[i].secret, hex);
        if (k->keys[i].until_ms)
            time_to_text(k->keys[i].until_ms, until, sizeof until);
        err = buf_printf(out, "%s%s%s\n", hex, *until ? " " : "", until);
        explicit_bzero(hex, sizeof hex);
    }
    return err;
}

const struct own_key *own_key_now(const struct own_keys *k, int64_t now_ms)
{
    const struct own_key *best = NULL;
    for (unsigned i = 0; i < k->n; i++) {
        const struct own_key *one = &k->keys[i];
        if (one->until_ms && one->until_ms <= now_ms)
            continue;
        if (!best || (one->until_ms && (!best->until_ms || one->until_ms < best->until_ms)))
            best = one;
    }
    return best;
}

void own_keys_wipe(struct own_keys *k)
{
    explicit_bzero(k, sizeof *k);
}
