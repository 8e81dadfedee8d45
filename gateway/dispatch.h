/*
 * dispatch.h - what a complete request does: route, access, parameters, the call, the answer.
 */
#ifndef GATEWAY_DISPATCH_H
#define GATEWAY_DISPATCH_H

#include "gateway/exchange.h"

/* After the headers: NULL, or an answer is complete that must go out before any body is read. */
void dispatch_head(struct exchange *ex, bool http11);

/* After the body. Either completes the exchange or leaves it for a callback that will. */
void dispatch(struct exchange *ex);

/* Counts the finished exchange in the gateway's own figures. */
void dispatch_count(struct exchange *ex);

#endif
