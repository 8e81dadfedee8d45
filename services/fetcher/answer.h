/*
 * answer.h - what an upstream's answer means.
 *
 * DESIGN: upstreams answer failures in many shapes, often with HTTP 200, and "no data" as a
 * failure. The parser notes the envelope; classification maps HTTP status and envelope to one
 * error, in the order of certainty: HTTP status, shapes of gateways, then the words of the message.
 * Pure.
 */
#ifndef FETCHER_ANSWER_H
#define FETCHER_ANSWER_H

#include "proto/errors.h"
#include "proto/schema.h"

enum { ANSWER_MAX_MESSAGE = 500 };

enum data_kind { DATA_MISSING, DATA_NULL, DATA_ARRAY, DATA_OBJECT, DATA_OTHER };

/* The outermost object of an answer. */
struct envelope {
    bool is_object;         /* false: an array, a text, a number */
    bool has_status;        /* `status` is there and a whole number, or a text of one */
    int64_t status;         /* 1 = success, 0 = refused; some send an HTTP status */
    int64_t gateway_status; /* `http_status_code` of an API gateway; 0 = none */
    bool has_error;         /* `error` of a gateway is there and says something */
    enum data_kind data;
    int64_t elements;                     /* of data */
    char message[ANSWER_MAX_MESSAGE + 1]; /* message, error, title ... as one printable line */
};

/* Members of a nested document that are about people, by their names: their values are no words of
 * a message. `depth` counts open containers. */
struct quiet {
    int depth; /* of the member at hand; 0 = it may be told */
};

void quiet_key(struct quiet *q, int depth, struct view name);
void quiet_close(struct quiet *q, int depth);

/* Adds a text to the message, with "; " in between. */
void answer_message_add(struct envelope *e, struct view text);

/* Like answer_message_add; a text that is itself a JSON document gives its parts instead. */
void answer_message_add_text(struct envelope *e, struct view text);

/* ERR_OK: the answer was understood and its records, maybe none, may be stored. */
enum err answer_classify(int http_status, const struct envelope *e) MUST_CHECK;

/* The error of an HTTP status, told more exactly by the words of the body as far as it could be
 * read: 401, 403 and 429 are also said for a wrong clock and for a quota that is used up. ERR_OK as
 * answer_http(). */
enum err answer_refusal(int http_status, const struct envelope *e) MUST_CHECK;

/* The error of an HTTP status alone: ERR_OK for 2xx, and for a 400 which the body may explain. */
enum err answer_http(int http_status) MUST_CHECK;

#endif
