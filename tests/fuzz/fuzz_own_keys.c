/*
 * fuzz_own_keys.c - any bytes as the file of a process's own keys, or DD_BUS_SECRET.
 *
 * Property: refused with a reason, or read into at most MAX_OWN_KEYS pairs, which are written and
 * read again as the same; the one that is used now is one of them and has not ended.
 */
#include "proto/bus/own_keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct own_keys k, again;
    struct fault f = {0};
    struct buf b;
    const int64_t now = INT64_C(1760000000000);
    if (own_keys_parse((struct view){(const char *)data, (uint32_t)size}, &k, &f) != ERR_OK) {
        require(*f.text);
        return 0;
    }
    require(k.n > 0 && k.n <= MAX_OWN_KEYS);
    buf_init(&b, 1 << 16);
    require(own_keys_write(&k, &b) == ERR_OK);
    require(own_keys_parse(buf_view(&b), &again, &f) == ERR_OK && again.n == k.n);
    for (unsigned i = 0; i < k.n; i++) {
        require(memcmp(k.keys[i].secret, again.keys[i].secret, BUS_KEY) == 0);
        require(memcmp(k.keys[i].public, again.keys[i].public, BUS_KEY) == 0);
        require(k.keys[i].until_ms == again.keys[i].until_ms);
    }
    const struct own_key *use = own_key_now(&k, now);
    if (use)
        require(use >= k.keys && use < k.keys + k.n && (!use->until_ms || use->until_ms > now));
    buf_free(&b);
    own_keys_wipe(&k);
    own_keys_wipe(&again);
    return 0;
}
