/*
 * headers.h - the header fields of every answer.
 *
 * DESIGN: what protects a browser is said on each answer, whoever makes it: fixed_headers is the
 * list, also for answers that do not come from an exchange (http.c's when the table is full,
 * refusal.c's). A page gets a Content-Security-Policy under which it can work; everything else one
 * under which nothing can.
 */
#ifndef GATEWAY_HEADERS_H
#define GATEWAY_HEADERS_H

#include "gateway/exchange.h"

struct MHD_Response;

struct fixed_header {
    const char *name; /* NULL ends the list */
    const char *value;
};

extern const struct fixed_header fixed_headers[];

/* The policy of answers that are no page. */
#define HEADERS_NO_PAGE "default-src 'none'; frame-ancestors 'none'"

void headers_fixed(struct MHD_Response *r);

/* Adds all that the exchange's answer has to say. */
void headers_add(struct MHD_Response *r, const struct exchange *ex);

#endif
