/*
 * label_lines.h - labels from lines of CSV (RFC 4180). Pure.
 */
#ifndef DEALER_LABEL_LINES_H
#define DEALER_LABEL_LINES_H

#include "proto/codec.h"

enum { MAX_LABEL_LINES = 10000, LABEL_CELLS = 4 };

/* The columns list, code, label, indonesian: lists of views, equally long. */
struct label_lines {
    struct list column[LABEL_CELLS];
    uint32_t n;
};

/* Reads all lines into the arena; an error names the field csv and the line. */
enum err label_lines_read(struct view csv, struct arena *a, struct label_lines *out,
                          struct fault *f) MUST_CHECK;

#endif
