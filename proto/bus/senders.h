/*
 * senders.h - which kind of process may send which message: the table of senders.def. Pure.
 */
#ifndef PROTO_BUS_SENDERS_H
#define PROTO_BUS_SENDERS_H

#include "proto/schema.h"

enum sender {
    SENDER_NONE, /* no such kind: may do nothing */
#define KIND(symbol, name, events) SENDER_##symbol,
#define MAY(symbol, pattern)
#include "proto/bus/senders.def"
#undef KIND
#undef MAY
    SENDER_COUNT
};

/* SENDER_NONE for a word that is no kind. */
enum sender sender_kind(struct view word);
/* "" for SENDER_NONE. */
const char *sender_name(enum sender kind);

bool sender_may(enum sender kind, struct view message);
bool sender_may_subscribe(enum sender kind);

/* The n-th pattern of the table and whose it is; NULL after the last. For tests and lists. */
const char *sender_pattern(unsigned n, enum sender *kind);

#endif
