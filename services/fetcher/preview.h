/*
 * preview.h - what an answer would become if it were stored: counts, reasons, a masked record.
 *
 * DESIGN: a sink of the parser that keeps nothing but this. Personal data leave it masked: letters
 * as x, digits as 0, whatever else as it is, so that form and length can be looked at. Dates and
 * the dealer's code stay.
 *
 * OWNERSHIP: texts lie in the arena.
 */
#ifndef FETCHER_PREVIEW_H
#define FETCHER_PREVIEW_H

#include "services/fetcher/parse.h"

enum { PREVIEW_REASONS = 20, PREVIEW_VALUES = 48, PREVIEW_MAX_VALUE = 40 };

struct preview_reason {
    enum err reason;
    char field[64]; /* "" = the record as a whole */
    int64_t records;
};

struct preview_value {
    const char *field;
    char value[PREVIEW_MAX_VALUE + 1]; /* masked, cut */
};

struct preview {
    int64_t good;
    int64_t bad;
    struct preview_reason reasons[PREVIEW_REASONS]; /* beyond them only `bad` counts */
    unsigned n_reasons;
    struct preview_value values[PREVIEW_VALUES]; /* of the first good record */
    unsigned n_values;
};

/* A sink that fills the preview; the preview begins empty. */
struct record_sink preview_sink(struct preview *p);

/* Letters and digits masked, at most so many characters; always terminated. */
void preview_mask(struct view v, char out[PREVIEW_MAX_VALUE + 1]);

#endif
