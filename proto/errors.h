/*
 * errors.h - error values from one table.
 *
 * DESIGN: functions that can fail for reasons outside the program return `enum err`; ERR_OK is 0.
 * Everything else about an error (its name on the wire, HTTP status, whether a retry can help) is
 * a column of errors.def. Failures of our own making are assertions, not values.
 */
#ifndef PROTO_ERRORS_H
#define PROTO_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

enum err {
    ERR_OK = 0,
#define ERR(symbol, code, http, retryable, sqlstate, text) ERR_##symbol,
#include "proto/errors.def"
#undef ERR
    ERR_COUNT
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* The stable name, as in "field.missing"; "ok" for ERR_OK. Never NULL. */
const char *err_code(enum err e);

/* One English sentence. Never NULL. */
const char *err_text(enum err e);

/* HTTP status that a gateway answers with. */
int err_http(enum err e);

/* True if the same request may succeed later. */
bool err_retryable(enum err e);

/* The error of a code that came over the wire; ERR_INTERNAL for one that this build doesn't know.
 */
enum err err_from_code(const char *code, size_t n);

/* The error of a PostgreSQL SQLSTATE; ERR_DATABASE_AWAY for classes 08, 57P and 53,
 * ERR_DATABASE for one that has no row. NULL or "" means that no server answered. */
enum err err_from_sqlstate(const char *sqlstate);

#endif
