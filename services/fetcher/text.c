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

/* ---- people ---- */

enum { DIGITS_OF_A_PERSON = 9, HEX_OF_A_TOKEN = 32 };

static bool names_one(struct view name, const char *const *words)
{
    for (; *words; words++)
        if (text_contains(name, *words))
            return true;
    return false;
}

bool text_names_person(struct view name)
{
    static const char *const words[] = {"nama",  "alamat", "kontak",   "ktp",       "nik",
                                        "name",  "addr",   "phone",    "telp",      "telepon",
                                        "email", "person", "latitude", "longitude", NULL};
    return names_one(name, words);
}

/* A member that tells what went wrong. */
static bool names_message(struct view name)
{
    static const char *const words[] = {"message",    "msg",    "pesan",  "error",  "status",
                                        "code",       "reason", "alasan", "detail", "descr",
                                        "keterangan", "info",   "title",  "fault",  "except",
                                        "timestamp",  "path",   NULL};
    return names_one(name, words) && !text_names_person(name);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t slashes_before(const char *text, const char *quote)
{
    size_t n = 0;

    while (quote - n > text && quote[-1 - (ptrdiff_t)n] == '\\')
        n++;
    return n;
}

/* The name that ends at this quote. */
static struct view name_before(const char *text, const char *quote)
{
    const char *end = quote - slashes_before(text, quote), *begin = end;

    while (begin > text && begin[-1] != '"')
        begin--;
    return (struct view){begin, (uint32_t)(end - begin)};
}

/* Where a value ends that begins at p: a text at the quote that closes it, which within a text has
 * no more backslashes than the one that opened it; a list at its bracket; the end if it was cut. */
static char *value_end(const char *text, char *p)
{
    char *open = p + strspn(p, "\\");

    if (*open == '[')
        return open + strcspn(open, "]");
    if (*open != '"')
        return p;
    char *end = strchr(open + 1, '"');
    while (end && slashes_before(text, end) > (size_t)(open - p))
        end = strchr(end + 1, '"');
    return end ? end : open + strlen(open);
}

static void veil_members(char *text)
{
    for (char *quote = strchr(text, '"'); quote; quote = strchr(quote + 1, '"')) {
        char *p = quote + 1;
        while (blank(*p))
            p++;
        if (*p != ':')
            continue;
        for (p++; blank(*p);)
            p++;
        if (names_message(name_before(text, quote)))
            continue;
        char *end = value_end(text, p);
        size_t opened = strcspn(p, "\"["); /* the backslashes, and the quote itself, stay */
        if (end > p + opened) {
            size_t last = *end == '"' ? slashes_before(text, end) : 0;
            memset(p + opened + 1, '*', (size_t)(end - p) - opened - 1 - last);
        }
    }
}

static void veil_runs(char *text, const char *digits, size_t least)
{
    for (char *p = text; *p;) {
        size_t n = strspn(p, digits);
        if (n >= least)
            memset(p, '*', n);
        p += n ? n : 1;
    }
}

void text_veil(char *text)
{
    /* First, since they may black out part of the name of a member. */
    veil_runs(text, "0123456789abcdefABCDEF", HEX_OF_A_TOKEN);
    veil_runs(text, "0123456789", DIGITS_OF_A_PERSON);
    veil_members(text);
}
