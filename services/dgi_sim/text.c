/*
 * text.c - see text.h.
 */
#include "services/dgi_sim/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct text *t, size_t more)
{
    size_t room = t->room == 0 ? 512 : t->room;
    char *p;

    if (t->full || more > TEXT_MAX_BYTES - t->n - 1) {
        t->full = true;
        return false;
    }
    while (room < t->n + more + 1)
        room *= 2;
    if (room != t->room) {
        p = realloc(t->p, room);
        if (p == NULL) {
            t->full = true;
            return false;
        }
        t->p = p;
        t->room = room;
    }
    return true;
}

void text_put(struct text *t, const char *p, size_t n)
{
    if (!reserve(t, n))
        return;
    memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_put(t, s, strlen(s));
}

void text_format(struct text *t, const char *format, ...)
{
    va_list args;
    char line[1024];
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0)
        text_put(t, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void text_free(struct text *t)
{
    free(t->p);
    *t = (struct text){0};
}

void text_item(struct text *t)
{
    char last = t->n == 0 ? '[' : t->p[t->n - 1];

    if (last != '[' && last != '{' && last != ':' && last != '\n')
        text_put(t, ",", 1);
}

void text_string(struct text *t, const char *s)
{
    const char *plain = s;

    if (s == NULL) {
        text_add(t, "null");
        return;
    }
    text_put(t, "\"", 1);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        text_put(t, plain, (size_t)(s - plain));
        plain = s + 1;
        if (c == '"' || c == '\\')
            text_format(t, "\\%c", c);
        else
            text_format(t, "\\u%04x", c);
    }
    text_put(t, plain, (size_t)(s - plain));
    text_put(t, "\"", 1);
}

void text_key(struct text *t, const char *name)
{
    text_item(t);
    text_string(t, name);
    text_put(t, ":", 1);
}

void text_member(struct text *t, const char *name, const char *value)
{
    text_key(t, name);
    text_string(t, value);
}

void text_number(struct text *t, const char *name, int64_t value)
{
    text_key(t, name);
    text_format(t, "%lld", (long long)value);
}

void text_flag(struct text *t, const char *name, bool value)
{
    text_key(t, name);
    text_add(t, value ? "true" : "false");
}
