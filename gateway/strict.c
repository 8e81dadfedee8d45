/*
 * strict.c - checks of header fields and of the request target. Pure, no I/O.
 */
#include "gateway/strict.h"

#include <string.h>
#include <strings.h>

bool strict_token(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == 0 || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return n > 0;
}

static bool is(const char *name, size_t n, const char *known)
{
    return n == strlen(known) && strncasecmp(name, known, n) == 0;
}

static void content_length(struct strict *s, const char *value, size_t n)
{
    uint64_t length = 0;
    s->lengths++;
    if (n == 0 || n > 18)
        s->bad_length = true;
    for (size_t i = 0; i < n && !s->bad_length; i++) {
        if (value[i] < '0' || value[i] > '9')
            s->bad_length = true;
        else
            length = length * 10 + (uint64_t)(value[i] - '0');
    }
    s->content_length = length;
}

void strict_request_line(struct strict *s, const char *method, const char *url, const char *target,
                         const char *version)
{
    size_t n = strlen(method);
    if (!target || !strict_token(method, n) || method + n + 1 != url ||
        url + strlen(target) + 1 != version)
        s->bad_line = true;
    s->next_line = version + strlen(version) + 2;
}

void strict_head_end(struct strict *s, const char *end)
{
    if (s->next_line && s->next_line + 2 != end)
        s->bad_line = true;
}

void strict_header(struct strict *s, const char *name, size_t name_n, const char *value,
                   size_t value_n)
{
    s->headers++;
    if (s->next_line) {
        s->bad_line |= name != s->next_line;
        s->next_line = value + value_n + 2;
    }
    if (!strict_token(name, name_n))
        s->bad_name = true;
    for (size_t i = 0; i < value_n; i++)
        if (((unsigned char)value[i] < 32 && value[i] != '\t') || value[i] == 127)
            s->bad_value = true;
    if (is(name, name_n, "Host"))
        s->hosts++;
    else if (is(name, name_n, "Content-Length"))
        content_length(s, value, value_n);
    else if (is(name, name_n, "Content-Type"))
        s->types++;
    else if (is(name, name_n, "Authorization"))
        s->authorizations++;
    else if (is(name, name_n, "Transfer-Encoding")) {
        s->encodings++;
        if (!is(value, value_n, "chunked"))
            s->bad_encoding = true;
    }
}

const char *strict_verdict(const struct strict *s, bool http11)
{
    if (s->bad_line)
        return "A line of the head is not clear.";
    if (s->bad_name)
        return "A header name is no token.";
    if (s->bad_value)
        return "A header value holds control characters.";
    if (s->headers > STRICT_MAX_HEADERS)
        return "There are too many headers.";
    if (s->hosts > 1 || (http11 && s->hosts == 0))
        return "There must be exactly one Host header.";
    if (s->lengths > 1)
        return "Content-Length is given twice.";
    if (s->encodings && !http11)
        return "HTTP/1.0 knows no transfer encoding.";
    if (s->lengths && s->encodings)
        return "Content-Length and Transfer-Encoding exclude each other.";
    if (s->encodings > 1 || s->bad_encoding)
        return "The only transfer encoding is chunked.";
    if (s->bad_length)
        return "Content-Length is no number.";
    if (s->types > 1 || s->authorizations > 1)
        return "Content-Type or Authorization is given twice.";
    return NULL;
}

bool strict_target(const char *target)
{
    if (target[0] != '/')
        return false;
    for (const unsigned char *p = (const unsigned char *)target; *p; p++)
        if (*p <= 32 || *p >= 127 || *p == '#')
            return false;
    return true;
}
