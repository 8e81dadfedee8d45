/*
 * problem.h - errors as RFC 9457 problem documents (application/problem+json). Pure.
 *
 * `type` is a URN made of the code, `title` the error table's sentence, `detail` what happened this
 * time. `errors` is always there, with a row for each value that is wrong.
 */
#ifndef GATEWAY_PROBLEM_H
#define GATEWAY_PROBLEM_H

#include "proto/codec.h"

#define PROBLEM_MEDIA_TYPE "application/problem+json"

/* HTTP status of an error that came over the bus: the table's for known codes, else 500. */
int problem_status(const struct remote_error *e);

/* Appends the document. */
enum err problem_write(const struct remote_error *e, int status, const char *request_id,
                       struct buf *b) MUST_CHECK;

#endif
