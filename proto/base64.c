/*
 * base64.c - base64 of RFC 4648. Pure, no state.
 */
#include "proto/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct view v, char *out)
{
    const unsigned char *p = (const unsigned char *)v.p;
    for (size_t i = 0; i < v.n; i += 3) {
        size_t left = v.n - i;
        uint32_t bits = (uint32_t)p[i] << 16;
        if (left > 1)
            bits |= (uint32_t)p[i + 1] << 8;
        if (left > 2)
            bits |= p[i + 2];
        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        *out++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[bits & 63] : '=';
    }
}

/* 0 to 63; 64 for any other character. */
static uint32_t digit(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (uint32_t)(at - alphabet) : 64;
}

enum err base64_decode(struct view text, struct arena *a, struct view *out)
{
    *out = (struct view){NULL, 0};
    if (text.n % 4 != 0)
        return ERR_FORMAT;
    if (text.n == 0)
        return ERR_OK;
    uint32_t pad = text.p[text.n - 1] != '=' ? 0 : text.p[text.n - 2] != '=' ? 1 : 2;
    uint32_t n = text.n / 4 * 3 - pad;
    unsigned char *p = arena_take(a, n);
    if (!p)
        return ERR_TOO_LARGE;
    uint32_t done = 0;
    for (uint32_t i = 0; i < text.n; i += 4) {
        bool last = i + 4 == text.n;
        uint32_t bits = 0;
        for (uint32_t j = 0; j < 4; j++) {
            bool padding = last && j >= 4 - pad;
            uint32_t d = padding ? 0 : digit(text.p[i + j]);
            if (d == 64)
                return ERR_FORMAT;
            bits = bits << 6 | d;
        }
        if (last && pad && (bits & ((UINT32_C(1) << 8 * pad) - 1)))
            return ERR_FORMAT;
        for (int shift = 16; shift >= 0 && done < n; shift -= 8)
            p[done++] = (unsigned char)(bits >> shift);
    }
    *out = (struct view){(const char *)p, n};
    return ERR_OK;
}
