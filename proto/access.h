/*
 * access.h - who may send which message, by the columns WHO and SCOPE of its row.
 *
 * DESIGN: the same check stands twice on the way of a request: in the gateway, before anything is
 * sent, and in the service that answers, which trusts no gateway. What is not said is refused: a
 * context without a role may do nothing. A dealer that the principal may not see is answered like
 * one that does not exist.
 *
 * Pure. THREADS: any.
 */
#ifndef PROTO_ACCESS_H
#define PROTO_ACCESS_H

#include "proto/codec.h"

/* ERR_OK, ERR_FORBIDDEN, or ERR_NOT_FOUND, which names the field of a dealer out of sight. `body`
 * is a struct of msg. */
enum err access_check(const struct context *ctx, const struct desc *msg, const void *body,
                      struct fault *f) MUST_CHECK;

/* May the principal do what needs this role? */
bool access_role(const struct context *ctx, enum who who);

/* Is this message for the principal at all, whatever it says? */
bool access_message(const struct context *ctx, const struct desc *msg);

/* May the principal see this dealer? */
bool access_dealer(const struct context *ctx, struct view dealer_id);

/* NULL: all dealers; else the list of codes (views) that it is limited to. */
const struct list *access_dealers(const struct context *ctx);

/* The word of a role in messages. */
const char *access_role_name(enum who who);

/* The word of a scope in the REST description. */
const char *access_scope_name(enum scope scope);

#endif
