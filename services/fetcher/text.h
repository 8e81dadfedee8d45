/*
 * text.h - questions about texts that came from outside.
 */
#ifndef FETCHER_TEXT_H
#define FETCHER_TEXT_H

#include "proto/schema.h"

/* Without blanks, tabs and line ends at either end. */
struct view text_trim(struct view v);

/* Equal without regard to the case of ASCII letters. */
bool text_same(struct view v, const char *s);

/* Contains s, without regard to the case of ASCII letters. */
bool text_contains(struct view v, const char *s);

/* Copies v to out as one terminated, storable, printable line: control characters become blanks,
 * wrong bytes '?'; cut between characters when out is full. Returns its length. */
size_t text_printable(struct view v, char *out, size_t size);

/* As text_printable, but keeps line ends and tabs. */
size_t text_storable_copy(struct view v, char *out, size_t size);

/* Overwrites each occurrence of secret in the text with '*': as it is, as JSON escapes it, and the
 * part of it at the end of a text that was cut off there. */
void text_redact(char *text, struct view secret);

#endif
