/*
 * csv.h - records as lines of CSV (RFC 4180, UTF-8), along their descriptor.
 *
 * DESIGN: a column for each field, named as in JSON; those of a nested record are `record.field`.
 * Several words stand in one cell, separated by `;`. A record with a list of records is a line for
 * each of them, its own values repeated, theirs named `list.field`; it is one line when there are
 * none. A second list, or one further inside, is JSON in a cell. Absent values are empty cells;
 * secrets have no column. A text that a spreadsheet would take for a
 * formula (it begins with = + - @, a tab or a carriage return) gets a leading apostrophe. Pure.
 */
#ifndef GATEWAY_CSV_H
#define GATEWAY_CSV_H

#include "proto/memory.h"

/* Append the line of names; the lines of a record. */
enum err csv_header(const struct desc *d, struct buf *out) MUST_CHECK;
enum err csv_row(const struct desc *d, const void *record, struct buf *out) MUST_CHECK;

#endif
