/*
 * check.h - the forms of single values, for those who read them outside of a message.
 * field_check(), which applies them to a field of the tables, is in codec.h.
 */
#ifndef PROTO_CHECK_H
#define PROTO_CHECK_H

#include "proto/schema.h"

/* UTF-8 without NUL characters (PostgreSQL stores none). */
bool text_valid(struct view v);

/* Bytes of the UTF-8 character at the beginning of v; 0 if there is none. NUL is one. */
uint32_t text_character(struct view v);

/* One of the words of `a|b|c`. */
bool choice_valid(const char *choices, struct view v);

/* 36 characters, lower case. */
bool uuid_valid(struct view v);

#endif
