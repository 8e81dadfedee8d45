/*
 * workbook.h - the dashboard as a workbook of Excel: figures, lists and rows in, a file out.
 *
 * DESIGN: a sheet for the summary with its charts, one for the days, one for each breakdown, one
 * for the rows; words in one of two languages (workbook_words.def). Texts are written as texts,
 * which no program takes for a formula, so that they stand as they are and have no apostrophe as
 * in csv.h. The library holds one row of a sheet at a time and keeps the others in files of its
 * own, unlinked as soon as they are open.
 *
 * THREADS: any, but one at a time in a process: the library asks for the time by a call that is not
 * safe for threads. It touches nothing but its arguments and the files.
 */
#ifndef GATEWAY_WORKBOOK_H
#define GATEWAY_WORKBOOK_H

#include "proto/schema.h"

#include <stdatomic.h>

#include "proto/errors.h"

enum { WORKBOOK_ROWS = 5000 };

/* What goes in; everything is borrowed. */
struct workbook {
    const struct prospect_report *report;
    const struct report_dealer **dealers; /* those that are counted */
    uint32_t n_dealers;
    const struct prospect **rows;
    uint32_t n_rows;
    bool more;       /* there are more rows than these */
    bool no_rows;    /* they may not be shown */
    bool indonesian; /* else English */
    int64_t made_at; /* wall clock, ms */
};

/* Writes to the file of that path, which is there; the library's own files go to `folder`. stop:
 * when it becomes true, ERR_TIMEOUT. After an error the file holds nothing of use. */
enum err workbook_write(const struct workbook *w, const char *path, const char *folder,
                        const atomic_bool *stop) MUST_CHECK;

#endif
