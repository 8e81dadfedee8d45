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
#define CALL(symbol, class, effect)
#define TELL(symbol, cause, advice, sebab, saran)
#include "proto/errors.def"
#undef ERR
#undef CALL
#undef TELL
    ERR_COUNT
};

/* What becomes of a task whose call ended with an error. */
enum err_class { CLASS_NEVER, CLASS_LATER, CLASS_SPLIT };

/* What all fetchers learn from a failed call. */
enum err_effect { EFFECT_NONE, EFFECT_BREAKER, EFFECT_BLOCK, EFFECT_QUOTA, EFFECT_FLAG };

enum err_language { ERR_ENGLISH, ERR_INDONESIAN };

#define MUST_CHECK __attribute__((warn_unused_result))

/* The stable name, as in "field.missing"; "ok" for ERR_OK. Never NULL. */
const char *err_code(enum err e);

/* One English sentence. Never NULL. */
const char *err_text(enum err e);

/* HTTP status that a gateway answers with. */
int err_http(enum err e);

/* True if the same request may succeed later. */
bool err_retryable(enum err e);

enum err_class err_class(enum err e);
enum err_effect err_effect(enum err e);

/* "", "breaker", "block", "quota", "flag": as SQL is told. */
const char *err_effect_name(enum err_effect effect);

/* Why it came and what can be done, a sentence each; "" for ERR_OK. */
const char *err_cause(enum err e, enum err_language language);
const char *err_advice(enum err e, enum err_language language);

/* The error of a code that came over the wire; ERR_INTERNAL for one that this build doesn't know.
 */
enum err err_from_code(const char *code, size_t n);

/* The error of a PostgreSQL SQLSTATE; ERR_DATABASE_AWAY for classes 08, 57P and 53,
 * ERR_DATABASE for one that has no row. NULL or "" means that no server answered. */
enum err err_from_sqlstate(const char *sqlstate);

#endif
