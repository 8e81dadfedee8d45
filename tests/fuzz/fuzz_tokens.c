/*
 * fuzz_tokens.c - attacks the tokens that come with HTTP requests, and REDIS_URL.
 *
 * Property: nothing that was not made with the key is accepted, whatever it looks like; a token
 * that was made is accepted as it is, and not with one byte changed.
 */
#include "services/daemon/link.h"
#include "services/daemon/redis_url.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static struct link_keys *keys(void)
{
    static const char text[] = "dd_000102030405060708090a0b0c0d0e0f";
    static struct link_keys *k;
    char file[] = "/tmp/fuzz_tokens_XXXXXX";
    if (k)
        return k;
    int fd = mkstemp(file);
    require(fd >= 0 && write(fd, text, sizeof text - 1) == sizeof text - 1);
    close(fd);
    require(link_open_key(file, &k) == ERR_OK);
    unlink(file);
    return k;
}

static void changed_is_refused(const uint8_t *data, size_t size)
{
    static char token[LINK_MAX_TOKEN];
    struct link_claim claim;
    if (!token[0])
        require(session_make(keys(), "admin", 0, 1000, token) == ERR_OK);
    require(session_verify(keys(), view_of(token), 999, &claim) == ERR_OK);
    char copy[LINK_MAX_TOKEN];
    memcpy(copy, token, sizeof copy);
    for (size_t i = 0; i + 1 < size; i += 2)
        copy[data[i] % strlen(token)] = (char)data[i + 1];
    bool same = memcmp(copy, token, strlen(token)) == 0;
    struct view v = {copy, (uint32_t)strlen(token)};
    require(same == (session_verify(keys(), v, 999, &claim) == ERR_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct link_claim claim;
    struct redis_url url;
    struct view v = {(const char *)data, (uint32_t)size};
    require(link_verify(keys(), v, 0, &claim) == ERR_UNAUTHORIZED);
    require(session_verify(keys(), v, 0, &claim) == ERR_UNAUTHORIZED);
    require(!link_is_admin_key(keys(), v));
    changed_is_refused(data, size);
    char *text = malloc(size + 1);
    require(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (redis_url_parse(text, &url) == ERR_OK)
        require((url.path[0] == '/') != (url.host[0] != '\0') && url.port > 0 && url.number >= 0);
    free(text);
    return 0;
}
