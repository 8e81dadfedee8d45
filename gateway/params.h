/*
 * params.h - path, query and JSON body of a request become the fields of a message, by name.
 *
 * DESIGN: the body comes first, then the path, then the query; a value that is given twice must be
 * the same twice. Anything that is no field of the message is a fault that names it. Every missing
 * required field is reported, not just the first. Pure.
 */
#ifndef GATEWAY_PARAMS_H
#define GATEWAY_PARAMS_H

#include "gateway/routes.h"
#include "proto/codec.h"

/* Decodes %XX (and + when `query`). False: a broken escape or a NUL. `out` may be in itself. */
bool percent_decode(struct view in, bool query, struct arena *a, struct view *out);

/* Appends v with everything but unreserved characters escaped. */
enum err percent_encode(struct view v, struct buf *b) MUST_CHECK;

/* Makes the message of m->route->msg in the arena. `body` is empty when there was none. On an
 * error `why` holds code, text and fields, in memory of the arena. */
enum err params_read(const struct route_match *m, struct view query, struct view body,
                     struct arena *a, void **message, struct remote_error *why) MUST_CHECK;

/* Headers that are fields of a message: a POST's Idempotency-Key is `idempotency_key` (1 to 200
 * visible ASCII characters), the If-Match of PATCH, PUT and DELETE `if_match`. Any route whose
 * message has the field takes the header. An empty value = not given. */
enum err params_key(const struct route *r, struct view key, struct arena *a, void *message,
                    struct remote_error *why) MUST_CHECK;
enum err params_match(const struct route *r, struct view tags, struct arena *a, void *message,
                      struct remote_error *why) MUST_CHECK;

/* Copies a fault into an error, as one field row (none when the fault names no field). */
void error_from_fault(struct arena *a, const struct fault *f, struct remote_error *out);

/* An error of the table with its own text. */
void error_from_code(enum err e, struct remote_error *out);

/* Fills `{field}` of a template from a record: texts, UUIDs and numbers. */
enum err template_fill(const char *template, const struct desc *d, const void *record,
                       struct buf *b) MUST_CHECK;

#endif
