/*
 * refusal.h - what libmicrohttpd refuses by itself, in our words and once.
 *
 * DESIGN: a head that is too large or cannot be read, a broken chunk and an unknown version are
 * answered by the library before it asks us: in HTML, with 505 for some, and with two heads for a
 * bad Content-Length (its state machine goes on behind the refusal). It hands each such answer to
 * MHD_queue_response(), by the dynamic symbol, which a program may define itself: ours sends a
 * problem document on the socket and says that nothing was queued, and then the library closes
 * the connection. Where a build of the library does not call by the symbol, its own answers go out
 * as before; a scenario test tells.
 *
 * Saying so also takes the connection's memory away, and not every place in the library looks for
 * that before it goes on. Two would not: where parameters and where cookies fill that memory. Both
 * are ours to read, so the library is kept from them: parameters by http.c, cookies by
 * MHD_lookup_connection_value_n(), which it calls by its symbol as well.
 *
 * The socket is written directly: no answer is under way on it, since the library works on one
 * request of a connection at a time, and a few hundred bytes find place in its send buffer.
 */
#ifndef GATEWAY_REFUSAL_H
#define GATEWAY_REFUSAL_H

#include "services/daemon/stats.h"

#include <microhttpd.h>

/* Once, before the library starts: `count` counts refusals. False: the library has no such symbol.
 */
bool refusal_open(struct counter_cell *count);

/* The library's own MHD_queue_response(), for our answers. */
enum MHD_Result refusal_pass(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response);

/* The value of a header; NULL: there is none. The library's own look-up, which finds cookies too.
 */
const char *refusal_header(struct MHD_Connection *connection, const char *name);

/* Sends a problem document past the library; the caller then ends the connection. */
void refusal_send(struct MHD_Connection *connection, enum err why);

#endif
