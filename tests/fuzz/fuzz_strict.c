/*
 * fuzz_strict.c - any bytes as the head of a request, cut as the HTTP library cuts it: in place,
 * with zeros over what ends a line, whether that is CRLF or a bare LF, and without the blanks
 * before a value.
 *
 * Property: a head without NUL (see strict.h) that is found in order has, byte by byte, lines that
 * end in CRLF and hold no other CR or LF, names that are tokens, one Host and one way to tell the
 * body's length.
 */
#include "gateway/strict.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4096 };

static void require(bool ok)
{
    if (!ok)
        abort();
}

/* Ends the line at p as the library does; NULL: the head has no further whole line. */
static char *cut_line(char *p, char *end)
{
    while (p < end && *p != '\r' && *p != '\n')
        p++;
    if (p == end)
        return NULL;
    if (*p == '\r' && p + 1 < end && p[1] == '\n')
        *p++ = 0;
    *p = 0;
    return p + 1;
}

static bool cut_request_line(char *line, struct strict *s, char target[MOST])
{
    char *url = strchr(line, ' '), *version = url ? strrchr(url + 1, ' ') : NULL;
    if (!version)
        return false;
    *url++ = 0;
    *version++ = 0;
    if (strcmp(version, "HTTP/1.1") != 0)
        return false;
    memcpy(target, url, strlen(url) + 1);
    strict_request_line(s, line, url, target, version);
    return true;
}

static void cut_header(char *line, struct strict *s)
{
    char *colon = strchr(line, ':');
    if (!colon) {
        s->bad_line = true; /* the library refuses it by itself */
        return;
    }
    *colon = 0;
    char *value = colon + 1 + strspn(colon + 1, " \t");
    strict_header(s, line, strlen(line), value, strlen(value));
}

/* What was accepted, by looking at the bytes as they came. */
static void is_in_order(const char *head, const char *end)
{
    unsigned hosts = 0, lengths = 0, encodings = 0;
    for (const char *p = head; p < end;) {
        const char *line_end = p;
        while (line_end < end && *line_end != '\r' && *line_end != '\n')
            line_end++;
        require(line_end + 1 < end && line_end[0] == '\r' && line_end[1] == '\n');
        size_t n = (size_t)(line_end - p);
        const char *colon = p > head ? memchr(p, ':', n) : NULL;
        require(p == head || n == 0 || (colon && strict_token(p, (size_t)(colon - p))));
        hosts += n >= 5 && p > head && strncasecmp(p, "Host:", 5) == 0;
        lengths += n >= 15 && p > head && strncasecmp(p, "Content-Length:", 15) == 0;
        encodings += n >= 18 && p > head && strncasecmp(p, "Transfer-Encoding:", 18) == 0;
        p = line_end + 2;
    }
    require(hosts == 1 && lengths + encodings <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char head[MOST + 1], target[MOST];
    struct strict s = {0};
    if (size == 0 || size > MOST - 1)
        return 0;
    memcpy(head, data, size);
    char *end = head + size, *line = head, *next = cut_line(head, end);
    *end = 0;
    if (!next || !cut_request_line(line, &s, target) || !strict_target(target))
        return 0;
    for (line = next; (next = cut_line(line, end)) && *line; line = next)
        cut_header(line, &s);
    if (!next)
        return 0; /* no end of the head */
    strict_head_end(&s, next);
    if (!strict_verdict(&s, true) && !memchr(data, 0, size))
        is_in_order((const char *)data, (const char *)data + (next - head));
    return 0;
}
