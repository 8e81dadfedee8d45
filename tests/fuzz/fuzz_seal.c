/*
 * fuzz_seal.c - the first line as the file of master keys, the second as a sealed text, the third
 * as what is sealed.
 *
 * Properties: a key that is taken has a name, and seals what only it opens: as it was, and not at
 * all once a character is another; what nobody sealed is not opened.
 */
#include "services/daemon/log.h"
#include "services/daemon/seal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static struct view next_line(struct view *rest)
{
    const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    struct view line = {rest->p, end ? (uint32_t)(end - rest->p) : rest->n};
    rest->p += end ? line.n + 1 : line.n;
    rest->n -= end ? line.n + 1 : line.n;
    return line;
}

static void seal_and_open(struct seal *s, struct view plain)
{
    char sealed[SEAL_MAX_SEALED + 1], opened[SEAL_MAX_PLAIN + 1];
    enum err e = seal_text(s, plain, sealed);
    require((e == ERR_OK) == (plain.n <= SEAL_MAX_PLAIN));
    if (e != ERR_OK)
        return;
    if (plain.n == 0 || memchr(plain.p, 0, plain.n))
        return;
    require(seal_unseal(s, view_of(sealed), opened) == ERR_OK);
    require(strlen(opened) == plain.n && memcmp(opened, plain.p, plain.n) == 0);
    size_t at = SEAL_KEY_ID + 1 + plain.n % 40;
    sealed[at] = sealed[at] == 'A' ? 'B' : 'A';
    require(seal_unseal(s, view_of(sealed), opened) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view rest = {(const char *)data, (uint32_t)size};
    struct view keys = next_line(&rest), sealed = next_line(&rest);
    char text[512], opened[SEAL_MAX_PLAIN + 1];
    struct seal *s = NULL;
    log_open("fuzz", "fuzz", "off");
    if (keys.n >= sizeof text)
        return 0;
    if (keys.n)
        memcpy(text, keys.p, keys.n);
    text[keys.n] = 0;
    if (!*text || seal_open_key(text, "/nonexistent", &s) != ERR_OK)
        return 0;
    require(seal_n_keys(s) > 0 && seal_n_keys(s) <= SEAL_MAX_KEYS);
    for (unsigned i = 0; i < seal_n_keys(s); i++)
        require(strlen(seal_key_id(s, i)) == SEAL_KEY_ID);
    require(seal_unseal(s, sealed, opened) != ERR_OK);
    seal_and_open(s, rest);
    seal_free(&s);
    return 0;
}
