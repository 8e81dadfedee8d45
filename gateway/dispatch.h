/*
 * dispatch.h - what a complete request does: route, access, parameters, the call, the answer.
 */
#ifndef GATEWAY_DISPATCH_H
#define GATEWAY_DISPATCH_H

#include "gateway/exchange.h"

/* After the headers, which end before `end`; an answer that is complete then must go out before any
 * body is read. */
void dispatch_head(struct exchange *ex, const char *version, const char *end);

/* After the body. Either completes the exchange or leaves it for a callback that will. */
void dispatch(struct exchange *ex);

/* Counts the finished exchange in the gateway's own figures. */
void dispatch_count(struct exchange *ex);

#endif
