/*
 * fuzz_parameters.c - any lines as a list of words that goes to PostgreSQL as the text of an array.
 *
 * Property: read by PostgreSQL's rules for quoted elements, the text gives the same words; only a
 * NUL is refused.
 */
#include "services/daemon/parameters.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 64 };

static void require(bool ok)
{
    if (!ok)
        abort();
}

/* Compares one quoted element with the word; what comes behind it. */
static const char *read_element(const char *p, struct view word)
{
    uint32_t n = 0;
    require(*p++ == '"');
    for (; *p != '"'; p++) {
        p += *p == '\\';
        require(*p && n < word.n && word.p[n] == *p);
        n++;
    }
    require(n == word.n);
    return p + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view words[MOST];
    struct list list = {words, 0};
    struct parameters p;
    const char *text = (const char *)data, *end = text + size;
    while (text < end && list.n < MOST) {
        const char *lf = memchr(text, '\n', (size_t)(end - text));
        const char *stop = lf ? lf : end;
        words[list.n++] = (struct view){text, (uint32_t)(stop - text)};
        text = stop + 1;
    }
    const struct param params[] = {
        {.type = PARAM_WORDS, .words = list},
        {.type = PARAM_TEXT, .text = {(const char *)data, (uint32_t)size}}};
    parameters_init(&p);
    enum err e = parameters_set(&p, params, 2);
    require((e == ERR_UTF8) == (size && memchr(data, 0, size)));
    if (e == ERR_OK) {
        const char *at = p.values[0];
        require(*at++ == '{');
        for (uint32_t i = 0; i < list.n; i++) {
            require(i == 0 || *at++ == ',');
            at = read_element(at, words[i]);
        }
        require(strcmp(at, "}") == 0);
        require(strlen(p.values[1]) == size && memcmp(p.values[1], data, size) == 0);
    }
    parameters_free(&p);
    return 0;
}
