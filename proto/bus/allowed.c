/*
 * allowed.c - reads, writes and searches the list of allowed keys: see allowed.h. Pure.
 */
#include "proto/bus/allowed.h"

#include "proto/json.h"

#include <string.h>

static bool one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

bool next_line(struct view *rest, struct view *line)
{
    uint32_t n = 0;
    if (rest->n == 0)
        return false;
    while (n < rest->n && !one_of(rest->p[n], "\n;"))
        n++;
    *line = (struct view){rest->p, n};
    n += n < rest->n;
    *rest = (struct view){rest->p + n, rest->n - n};
    return true;
}

struct view next_word(struct view *line)
{
    uint32_t begin = 0, end;
    while (begin < line->n && one_of(line->p[begin], " \t\r"))
        begin++;
    if (begin < line->n && line->p[begin] == '#')
        begin = line->n;
    for (end = begin; end < line->n && !one_of(line->p[end], " \t\r");)
        end++;
    struct view word = {line->p + begin, end - begin};
    *line = (struct view){line->p + end, line->n - end};
    return word;
}

bool peer_name_valid(struct view name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    if (name.n == 0 || name.n > MAX_PEER_NAME || !one_of(name.p[0], letters))
        return false;
    for (uint32_t i = 1; i < name.n; i++)
        if (!one_of(name.p[i], letters) && !one_of(name.p[i], "._-"))
            return false;
    return true;
}

void key_to_hex(const uint8_t key[BUS_KEY], char out[BUS_KEY_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < BUS_KEY; i++) {
        out[2 * i] = digits[key[i] >> 4];
        out[2 * i + 1] = digits[key[i] & 15];
    }
    out[BUS_KEY_HEX] = '\0';
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool key_from_hex(struct view hex, uint8_t out[BUS_KEY])
{
    if (hex.n != BUS_KEY_HEX)
        return false;
    for (int i = 0; i < BUS_KEY; i++) {
        int high = digit(hex.p[2 * i]), low = digit(hex.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* What is wrong with a line; NULL: it is a key. */
static const char *read_key(struct view line, struct allowed_key *out)
{
    struct view name = next_word(&line), kind = next_word(&line), key = next_word(&line);
    struct view until = next_word(&line);
    *out = (struct allowed_key){.kind = sender_kind(kind)};
    if (!peer_name_valid(name))
        return "the name has letters, digits and . _ - alone";
    if (out->kind == SENDER_NONE)
        return "there is no such kind of process";
    if (!key_from_hex(key, out->key))
        return "the key is not 64 hex digits";
    if (until.n && (!time_from_text(until, &out->until_ms) || out->until_ms <= 0))
        return "the end is no time such as 2026-12-01T00:00:00Z";
    if (next_word(&line).n)
        return "there are more than four words";
    memcpy(out->name, name.p, name.n);
    return NULL;
}

enum err allowed_parse(struct view text, struct allowed *out, struct fault *f)
{
    struct view line;
    int number = 0;
    out->n = 0;
    while (next_line(&text, &line)) {
        struct view look = line;
        struct allowed_key key;
        number++;
        if (next_word(&look).n == 0)
            continue;
        const char *wrong = read_key(line, &key);
        if (!wrong && allowed_find(out, key.key))
            wrong = "the key stands in the list twice";
        if (!wrong && out->n == MAX_ALLOWED)
            wrong = "there are more than 256 keys";
        if (wrong)
            return fault_set(f, ERR_CONFIG, "", "line %d: %s", number, wrong);
        out->keys[out->n++] = key;
    }
    return ERR_OK;
}

enum err allowed_write(const struct allowed_key *key, struct buf *out)
{
    char hex[BUS_KEY_HEX + 1], until[32] = "";
    key_to_hex(key->key, hex);
    if (key->until_ms)
        time_to_text(key->until_ms, until, sizeof until);
    return buf_printf(out, "%s %s %s%s%s\n", key->name, sender_name(key->kind), hex,
                      *until ? " " : "", until);
}

const struct allowed_key *allowed_find(const struct allowed *a, const uint8_t key[BUS_KEY])
{
    for (unsigned i = 0; i < a->n; i++)
        if (memcmp(a->keys[i].key, key, BUS_KEY) == 0)
            return &a->keys[i];
    return NULL;
}

bool allowed_ended(const struct allowed_key *key, int64_t now_ms)
{
    return key->until_ms && key->until_ms <= now_ms;
}

static int64_t end_of(const struct allowed_key *key)
{
    return key->until_ms ? key->until_ms : INT64_MAX;
}

/* Comes before b in the order of allowed_of(): by its end, then by its place. */
static bool before(const struct allowed_key *a, const struct allowed_key *b)
{
    return end_of(a) != end_of(b) ? end_of(a) < end_of(b) : a < b;
}

const struct allowed_key *allowed_of(const struct allowed *a, const char *name, int64_t now_ms,
                                     unsigned n)
{
    const struct allowed_key *last = NULL;
    for (unsigned turn = 0; turn <= n; turn++) {
        const struct allowed_key *best = NULL;
        for (unsigned i = 0; i < a->n; i++) {
            const struct allowed_key *k = &a->keys[i];
            if (strcmp(k->name, name) == 0 && !allowed_ended(k, now_ms) &&
                (!last || before(last, k)) && (!best || before(k, best)))
                best = k;
        }
        if (!best)
            return NULL;
        last = best;
    }
    return last;
}
