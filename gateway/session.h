/*
 * session.h - signing in and out, and who is signed in: the local handlers.
 *
 * DESIGN: the account service decides; the gateway turns its token into a cookie, which the page's
 * scripts cannot read.
 *
 * THREADS: the loop's.
 */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include "gateway/exchange.h"

void session_start(struct exchange *ex);
void session_get(struct exchange *ex);
void session_end(struct exchange *ex);

#endif
