/*
 * text.c - questions about texts that came from outside.
 */
#include "services/fetcher/text.h"

#include "proto/check.h"

#include <string.h>
#include <strings.h>

enum { SECRET_LEAST = 4 }; /* bytes of a secret that are worth hiding */

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

/* Bytes of text that are the secret, as it is or as JSON may spell it, or the part of it that fits
 * before the end of a text that was cut off; 0 = none. */
static size_t secret_at(const char *text, struct view secret)
{
    size_t at = 0;
    uint32_t i = 0;

    for (; i < secret.n && text[at]; i++) {
        if (text[at] == '\\' && text[at] != secret.p[i])
            at++;
        if (!text[at])
            break;
        if (text[at] != secret.p[i])
            return 0;
        at++;
    }
    return i >= SECRET_LEAST ? at : 0;
}

void text_redact(char *text, struct view secret)
{
    if (secret.n < SECRET_LEAST)
        return;
    for (char *p = text; *p; p++)
        memset(p, '*', secret_at(p, secret));
}
