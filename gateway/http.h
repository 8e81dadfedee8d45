/*
 * http.h - libmicrohttpd inside the process's loop.
 *
 * DESIGN: external epoll: the library's epoll descriptor is watched by the loop, and before each
 * wait the library runs once more when something was resumed. (Its own thread locks up at exactly
 * 128 ready sockets, and this way nothing crosses threads.) A request is an exchange; when its body
 * is complete, dispatch.c decides; if no answer is there, the connection is suspended until
 * exchange_done(). A second's tick ends connections that take too long to send a request or to take
 * its answer, since the library's own limit counts from the last byte.
 *
 * Stopping with a suspended connection aborts the process, so http_free() resumes them first.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include "gateway/exchange.h"

struct http;

enum err http_new(struct gateway *g, struct http **out) MUST_CHECK;
void http_free(struct http **h);

/* No new connections; answers end their connection from now on. */
void http_quiesce(struct http *h);

/* Wakes the suspended connection of an exchange; the library runs later in this turn. */
void http_resume(struct http *h, struct exchange *ex);

/* Suspends from inside a callback of the library. */
void http_suspend(struct http *h, struct exchange *ex);

/* True when DD_LISTEN is a loopback address. */
bool http_is_loopback(const char *listen);

#endif
