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

/* Is a field of this name about a person: what one is called, how to reach or recognise one? */
bool text_names_person(struct view name);

/* Overwrites with '*' what may be of a person, or a token, in words of an upstream that repeats
 * what it was sent or was about to send: values of members whose name is not one of a message
 * ("noKtp":
 * "...", also within a text), nine digits or more, and 32 hex digits or more. */
void text_veil(char *text);

#endif
