/*
 * cursor.h - a place in a list, as `first.second.rest`. Pure.
 */
#ifndef ANALYTICS_CURSOR_H
#define ANALYTICS_CURSOR_H

#include "proto/schema.h"

/* Splits at the first two separators; `rest` may hold more of them. False if there are fewer, or a
 * part is empty. */
bool cursor_split(struct view cursor, char separator, struct view parts[3]);

#endif
