/*
 * redis_url.c - parses REDIS_URL: see redis_url.h.
 */
#include "services/daemon/redis_url.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PORT = 6379, MAX_PORT = 65535, MAX_NUMBER = 1023 };

/* Digits to the end of the text; -1 if it is anything else, or larger than max. */
static int number(const char *text, size_t n, int max)
{
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (text[i] - '0');
        if (value > max)
            return -1;
    }
    return n ? value : -1;
}

static bool copy(char *out, size_t size, const char *p, size_t n)
{
    if (n >= size)
        return false;
    memcpy(out, p, n);
    out[n] = '\0';
    return true;
}

static enum err parse_unix(const char *text, struct redis_url *out)
{
    size_t n = strcspn(text, "?");
    const char *query = text + n;
    if (n == 0 || text[0] != '/' || !copy(out->path, sizeof out->path, text, n))
        return ERR_FORMAT;
    if (*query == '\0')
        return ERR_OK;
    if (strncmp(query, "?db=", 4) != 0)
        return ERR_FORMAT;
    out->number = number(query + 4, strlen(query + 4), MAX_NUMBER);
    return out->number < 0 ? ERR_FORMAT : ERR_OK;
}

static enum err parse_tcp(const char *text, struct redis_url *out)
{
    const char *at = strrchr(text, '@');
    if (at) {
        const char *colon = memchr(text, ':', (size_t)(at - text));
        if (!colon ||
            !copy(out->password, sizeof out->password, colon + 1, (size_t)(at - colon - 1)))
            return ERR_FORMAT;
        text = at + 1;
    }
    size_t n = strcspn(text, "/");
    const char *slash = text + n;
    const char *colon = memchr(text, ':', n);
    size_t host = colon ? (size_t)(colon - text) : n;
    if (host == 0 || !copy(out->host, sizeof out->host, text, host))
        return ERR_FORMAT;
    if (colon)
        out->port = number(colon + 1, (size_t)(slash - colon - 1), MAX_PORT);
    if (*slash && slash[1])
        out->number = number(slash + 1, strlen(slash + 1), MAX_NUMBER);
    return out->port <= 0 || out->number < 0 ? ERR_FORMAT : ERR_OK;
}

enum err redis_url_parse(const char *url, struct redis_url *out)
{
    memset(out, 0, sizeof *out);
    out->port = DEFAULT_PORT;
    if (strncmp(url, "unix://", 7) == 0)
        return parse_unix(url + 7, out);
    if (strncmp(url, "redis://", 8) == 0)
        return parse_tcp(url + 8, out);
    return ERR_FORMAT;
}
