/*
 * parse.h - reads an answer piece by piece: envelope and records, by a streaming JSON parser.
 *
 * DESIGN: records are handed out as they end, before anybody knows whether the answer is complete
 * and in order; whoever takes them must be able to drop them again. So an answer is read once, and
 * neither it nor its records need lie in memory. An answer that ends in the middle is told apart
 * from one that is no JSON. Pure.
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
    struct view
        dealer;      /* our code; "*" = of a call for several dealers, and it names none of them */
    struct view raw; /* as sent; at most PARSE_MAX_RAW bytes, storable as text */
    bool whole;      /* raw is exactly what was sent, neither cut nor mended */
};

/* Where the records go. An error that a callback returns ends the parse with it. */
struct record_sink {
    void *arg;
    enum err (*good)(void *arg, const struct record *r);
    enum err (*bad)(void *arg, const struct bad_record *b);
    int64_t foreign; /* out: records of other dealers, dropped */
};

struct parse;

/* sink NULL: envelope only. The dealers are borrowed. NULL: no memory. */
struct parse *parse_new(const struct feed *feed, const struct dealer_set *dealers,
                        struct record_sink *sink, struct envelope *out);
void parse_free(struct parse **p);

/* Before the first piece. Notes the fields that come (NULL: does not); the longest value that a
 * record may have, at most RECORD_MAX_LONG (0: the usual one). */
void parse_watch(struct parse *p, struct drift_answer *drift, size_t max_value);

/* The next piece, or the end. ERR_UPSTREAM_TRUNCATED: ends in the middle; ERR_UPSTREAM_NOT_JSON:
 * empty or no JSON; ERR_UPSTREAM_ENVELOPE: nested too deeply; or what the sink said. The envelope
 * is filled as far as the answer could be read. After an error only parse_free() may follow. */
enum err parse_feed(struct parse *p, struct view piece) MUST_CHECK;
enum err parse_end(struct parse *p) MUST_CHECK;

/* A whole answer that lies in memory, to a single dealer, whose code here and there is the same. */
enum err parse_answer(struct view body, const struct feed *feed, struct view dealer,
                      struct record_sink *sink, struct envelope *out) MUST_CHECK;

#endif
