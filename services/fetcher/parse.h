/*
 * parse.h - reads a whole answer: envelope and records, by a streaming JSON parser.
 *
 * DESIGN: an answer is read twice: once to see that it is complete, well-formed and in order
 * (without a sink), and, when answer_classify() says so, once more to hand out its records. So
 * nothing of a truncated or refused answer is ever staged, and no list of records is held in
 * memory. An answer that ends in the middle is told apart from one that is no JSON. Pure.
 */
#ifndef FETCHER_PARSE_H
#define FETCHER_PARSE_H

#include "services/fetcher/answer.h"
#include "services/fetcher/record.h"

enum { PARSE_MAX_DEPTH = 32, PARSE_MAX_RAW = 16 * 1024 };

/* A record that was not stored. Views are valid during the call. */
struct bad_record {
    enum err reason;
    const char *field; /* "" = the record as a whole */
    struct view raw;   /* as sent; at most PARSE_MAX_RAW bytes, storable as text */
};

/* Where the records go. An error that a callback returns ends the parse with it. */
struct record_sink {
    void *arg;
    enum err (*good)(void *arg, const struct record *r);
    enum err (*bad)(void *arg, const struct bad_record *b);
    int64_t foreign; /* out: records of other dealers, dropped */
};

/* Reads body. sink NULL: checks only. ERR_UPSTREAM_TRUNCATED: ends in the middle;
 * ERR_UPSTREAM_NOT_JSON: empty or no JSON; ERR_UPSTREAM_ENVELOPE: nested too deeply. The envelope
 * is filled as far as the body could be read. */
enum err parse_answer(struct view body, const struct feed *feed, struct view dealer,
                      struct record_sink *sink, struct envelope *out) MUST_CHECK;

#endif
