/*
 * fuzz_redis.c - any bytes as REDIS_URL.
 *
 * Property: what is accepted is a path or a host with a port, everything within bounds, and written
 * as a URL again it is read as the same.
 */
#include "services/daemon/redis_url.h"

#include <stdint.h>
#include <stdio.h>
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
    struct redis_url u, again;
    char text[1024], url[1024];
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (redis_url_parse(text, &u) != ERR_OK)
        return 0;
    require((u.path[0] == '/') != (u.host[0] != 0) && u.number >= 0);
    require(u.path[0] || (u.port > 0 && u.port <= 65535));
    if (u.path[0])
        snprintf(url, sizeof url, "unix://%s?db=%d", u.path, u.number);
    else
        snprintf(url, sizeof url, "redis://:%s@%s:%d/%d", u.password, u.host, u.port, u.number);
    require(redis_url_parse(url, &again) == ERR_OK);
    require(strcmp(u.path, again.path) == 0 && strcmp(u.host, again.host) == 0);
    require(strcmp(u.password, again.password) == 0);
    require(u.number == again.number && (u.path[0] || u.port == again.port));
    return 0;
}
