/*
 * personal.h - personal data as who need not know them see them.
 *
 * DESIGN: which field of a feed is masked, and how, is a column of feeds.def. The masks, which
 * sql/migrations/0026 has as functions, too (feed.masked, masked_phone, masked_number):
 *
 *   NAME    the first letter of each word             "Budi Santoso"      -> "B*** S***"
 *   PHONE   the first and the last four characters    "081298764321"      -> "0812****4321"
 *   NUMBER  the last four                             "3201010203040001"  -> "****0001"
 *   HIDDEN  nothing: of an address the codes down to the district are fields of their own
 *
 * A number of less than ten characters, or with others than numbers are written with, is hidden. A
 * record as it was sent may be anything, so what is shown of it is what is known to be harmless:
 * structure, names of fields, true, false and null, and short values of PLAIN fields. Everything
 * else becomes "***", a long one with its length.
 *
 * Pure. THREADS: any.
 */
#ifndef DAEMON_PERSONAL_H
#define DAEMON_PERSONAL_H

#include "proto/memory.h"

enum mask { MASK_PLAIN, MASK_NAME, MASK_PHONE, MASK_NUMBER, MASK_HIDDEN };

enum { PERSONAL_SHOWN = 64 /* bytes of a harmless value or name that are shown at most */ };

/* Appends the value as it may be seen. */
enum err personal_mask(enum mask how, struct view value, struct buf *out) MUST_CHECK;

/* Appends a record of a feed, masked; `raw` may be cut, or no JSON at all. What comes out is JSON
 * if it is one. */
enum err personal_record(struct view feed, struct view raw, struct buf *out) MUST_CHECK;

/* The same for the beginning of a whole answer, for people who look for what is wrong with it: what
 * stands around its data is shown, and so is a page of HTML or plain text, but for numbers
 * (personal_redact). */
enum err personal_answer(struct view feed, struct view head, struct buf *out) MUST_CHECK;

/* Writes '*' over what looks like somebody's number or address in a text that another program has
 * written: all but the last four of eight or more digits (blanks, dots and dashes between them),
 * and what stands before an @. */
void personal_redact(char *text);

/* Whether that would change the text. */
bool personal_in(struct view text);

#endif
