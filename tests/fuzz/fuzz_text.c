/*
 * fuzz_text.c - any bytes as words of an upstream on their way into a log, a table and an answer.
 *
 * Properties: what is copied is UTF-8 without control characters and fits; copied again it is the
 * same; what is veiled keeps its length and its encoding, holds no nine digits in a row, and veiled
 * again is the same; a secret that was blacked out is not there any more.
 */
#include "proto/check.h"
#include "services/fetcher/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 512 };
static const char secret[] = "dgi-key-1\"/\\";

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void no_person(const char *text)
{
    for (const char *p = text; *p; p++)
        require(strspn(p, "0123456789") < 9 && strspn(p, "0123456789abcdefABCDEF") < 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[ROOM], again[ROOM], veiled[ROOM];
    struct view v = {(const char *)data, (uint32_t)size};
    size_t n = text_printable(v, text, sizeof text);
    require(n < ROOM && strlen(text) == n && text_valid(view_of(text)));
    for (size_t i = 0; i < n; i++)
        require((unsigned char)text[i] >= 32 && text[i] != 127);
    require(text_printable(view_of(text), again, sizeof again) == n && strcmp(text, again) == 0);
    n = text_storable_copy(v, text, sizeof text);
    require(n < ROOM && strlen(text) == n && text_valid(view_of(text)));
    text_redact(text, view_of(secret));
    require(strlen(text) == n && !strstr(text, secret));
    memcpy(veiled, text, sizeof veiled);
    text_veil(veiled);
    require(strlen(veiled) == n && text_valid(view_of(veiled)));
    no_person(veiled);
    memcpy(again, veiled, sizeof again);
    text_veil(again);
    require(strcmp(again, veiled) == 0);
    return 0;
}
