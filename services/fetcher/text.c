/*
 * text.c - questions about texts that came from outside.
 */
#include "services/fetcher/text.h"

#include "proto/check.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct view text_trim(struct view v)
{
    while (v.n > 0 && is_blank(v.p[0])) {
        v.p++;
        v.n--;
    }
    while (v.n > 0 && is_blank(v.p[v.n - 1]))
        v.n--;
    return v;
}

bool text_same(struct view v, const char *s)
{
    size_t n = strlen(s);

    return v.n == n && (n == 0 || strncasecmp(v.p, s, n) == 0);
}

bool text_contains(struct view v, const char *s)
{
    size_t n = strlen(s);

    for (size_t i = 0; i + n <= v.n; i++)
        if (strncasecmp(v.p + i, s, n) == 0)
            return true;
    return false;
}

static size_t copy_storable(struct view v, char *out, size_t size, bool lines)
{
    size_t at = 0;

    while (v.n > 0) {
        uint32_t n = text_character(v);
        uint32_t taken = n > 0 ? n : 1;
        if (at + taken + 1 > size)
            break;
        unsigned char c = (unsigned char)v.p[0];
        if (n == 0)
            out[at] = '?';
        else if ((c < 0x20 && !(lines && is_blank(v.p[0]))) || c == 0x7f)
            out[at] = ' ';
        else
            memcpy(out + at, v.p, n);
        at += taken;
        v.p += taken;
        v.n -= taken;
    }
    if (size > 0)
        out[at] = '\0';
    return at;
}

size_t text_printable(struct view v, char *out, size_t size)
{
    return copy_storable(v, out, size, false);
}

size_t text_storable_copy(struct view v, char *out, size_t size)
{
    return copy_storable(v, out, size, true);
}

void text_redact(char *text, struct view secret)
{
    size_t n = strlen(text);

    if (secret.n < 4)
        return;
    for (size_t i = 0; i + secret.n <= n; i++)
        if (memcmp(text + i, secret.p, secret.n) == 0)
            memset(text + i, '*', secret.n);
}
