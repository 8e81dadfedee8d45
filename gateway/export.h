/*
 * export.h - a list as a file of CSV: page after page of a service's answers, one call at a time.
 *
 * DESIGN: the file is made in the exchange's buffer, so that it comes whole or, when a service
 * fails in the middle, as an error and not as half a file. It ends after EXPORT_ROWS rows or
 * EXPORT_BYTES (or the `limit` that was asked for); what is left is named by a Link header, as on
 * any page. At most MAX_EXPORTS run side by side, for the sake of memory. Between two pages the
 * loop does other work.
 */
#ifndef GATEWAY_EXPORT_H
#define GATEWAY_EXPORT_H

#include "gateway/exchange.h"

enum { EXPORT_ROWS = 100000, EXPORT_BYTES = 24 * 1024 * 1024, MAX_EXPORTS = 4 };

/* Begins with the message that asks for the first page; it lives in the exchange's arena. */
void export_begin(struct exchange *ex, void *message);

/* The exchange is over. */
void export_end(struct exchange *ex);

#endif
