/*
 * text.h - a growing text with a maximum, and JSON written into it.
 *
 * DESIGN: once the maximum is reached the text is `full` and takes nothing more, so a writer checks
 * once, at the end. text_item and text_key put the comma where one is needed, judged by the last
 * character, so writers of JSON keep no state.
 * OWNERSHIP: the holder of the struct owns the bytes; text_free releases them.
 */
#ifndef DGI_SIM_TEXT_H
#define DGI_SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_MAX_BYTES ((size_t)256 << 20)

struct text {
    char *p;     /* owned; NULL while empty */
    size_t n;    /* bytes used, without the final NUL */
    size_t room; /* bytes allocated */
    bool full;   /* something did not fit */
};

void text_put(struct text *t, const char *p, size_t n);
void text_add(struct text *t, const char *s);
void text_format(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

void text_item(struct text *t);                  /* a comma, if needed */
void text_string(struct text *t, const char *s); /* quoted; NULL = null */
void text_key(struct text *t, const char *name); /* comma, "name": */
void text_member(struct text *t, const char *name, const char *value);
void text_number(struct text *t, const char *name, int64_t value);
void text_flag(struct text *t, const char *name, bool value);

#endif
