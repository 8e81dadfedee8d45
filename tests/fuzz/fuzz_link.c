/*
 * fuzz_link.c - any bytes as the token of a sign-in link or of a session that a key signed.
 *
 * Property: nothing is accepted but what the key has signed; that is, until it ends, and by its own
 * kind alone.
 */
#include "services/daemon/link.h"
#include "services/daemon/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t now = INT64_C(1760000000000);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static struct link_keys *open_keys(void)
{
    char file[] = "/tmp/fuzz-link-XXXXXX";
    const char key[] = "dd_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct link_keys *k = NULL;
    int fd = mkstemp(file);
    require(fd >= 0 && write(fd, key, sizeof key - 1) == (ssize_t)sizeof key - 1);
    close(fd);
    require(link_open_key(file, &k) == ERR_OK);
    unlink(file);
    return k;
}

/* A good token with some of its characters replaced by the input's. */
static void mend(const struct link_keys *k, const uint8_t *data, size_t size)
{
    struct link_claim claim;
    char token[LINK_MAX_TOKEN], spoilt[LINK_MAX_TOKEN];
    require(link_make(k, "admin", now, LINK_TTL_MS, token) == ERR_OK);
    require(link_verify(k, view_of(token), now, &claim) == ERR_OK);
    require(strcmp(claim.role, "admin") == 0 && claim.expires_at == now + LINK_TTL_MS);
    require(link_verify(k, view_of(token), now + LINK_TTL_MS, &claim) != ERR_OK);
    require(session_verify(k, view_of(token), now, &claim) != ERR_OK);
    memcpy(spoilt, token, sizeof token);
    for (size_t i = 0; i + 1 < size && i < 16; i += 2)
        spoilt[data[i] % strlen(token)] = (char)(data[i + 1] ? data[i + 1] : 'A');
    if (strcmp(spoilt, token) != 0)
        require(link_verify(k, view_of(spoilt), now, &claim) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct link_keys *keys;
    struct link_claim claim;
    struct view v = {(const char *)data, (uint32_t)size};
    log_open("fuzz", "fuzz", "off");
    if (!keys)
        keys = open_keys();
    require(link_verify(keys, v, now, &claim) != ERR_OK);
    require(session_verify(keys, v, now, &claim) != ERR_OK);
    mend(keys, data, size);
    return 0;
}
