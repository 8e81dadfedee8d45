/*
 * store_answer.h - an answer in the store's hands: read from its spool in pieces, and judged.
 *
 * DESIGN: records are handed out while the answer is read; only then is it known whether it was
 * complete and in order. Whoever took records drops them when the judgement is bad.
 *
 * THREADS: the store's.
 */
#ifndef FETCHER_STORE_ANSWER_H
#define FETCHER_STORE_ANSWER_H

#include "services/fetcher/parse.h"
#include "services/fetcher/store.h"

enum {
    ANSWER_MAX_BAD = 10000, /* records that cannot be stored; beyond it the whole answer cannot */
};

/* Counts a record that cannot be stored. ERR_UPSTREAM_BAD_RECORDS: too many. */
enum err answer_count_bad(int64_t *bad) MUST_CHECK;

/* Reads the answer to its end, or until something fails. ERR_OK: complete and in order; else `text`
 * says more. An error of the sink comes back as it is. An answer with an HTTP error is read for its
 * message alone. */
enum err answer_read(struct store_job *j, struct record_sink *sink,
                     char text[STORE_MAX_TEXT + 1]) MUST_CHECK;

#endif
