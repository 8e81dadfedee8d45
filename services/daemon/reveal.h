/*
 * reveal.h - who may see personal data in full, and what is said for it.
 *
 * THREADS: the loop's.
 */
#ifndef DAEMON_REVEAL_H
#define DAEMON_REVEAL_H

#include "proto/bus/serve.h"

/* A reason that can be kept: long enough, and without the number or mail address of a person.
 * False: the request has failed, by this field. */
bool reason_given(struct request *r, const char *field, bool given, struct view reason);

/* Role and reason for a request that asks to reveal. False: the request has failed. Whoever calls
 * this puts it into the audit trail before anything is shown. */
bool reveal_allowed(struct request *r, bool given, struct view reason);

#endif
