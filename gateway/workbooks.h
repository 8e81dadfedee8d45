/*
 * workbooks.h - the dashboard as a file of Excel, for a request of report.prospects.
 *
 * DESIGN: the figures, the dealers and then, dealer by dealer and page by page, the rows are asked
 * for by messages on behalf of whoever asks, one call at a time, each looked at as any other; they
 * stay in the arena of the work. scribe.h writes the file beside the loop, and the library sends it
 * from its descriptor. At most MAX_WORKBOOKS are made side by side; the next one is told to come
 * again. One that is not made within WORKBOOK_MS ends as an error. Rows end after WORKBOOK_ROWS, or
 * when they fill ROW_BYTES; the file says so.
 *
 * OWNERSHIP: an exchange that is over leaves its work; what the scribe holds then is freed when it
 * comes back.
 *
 * THREADS: the loop's thread.
 */
#ifndef GATEWAY_WORKBOOKS_H
#define GATEWAY_WORKBOOKS_H

#include "gateway/exchange.h"

#define WORKBOOK_MEDIA_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

enum { MAX_WORKBOOKS = 2, WORKBOOK_MS = 25000, ROW_BYTES = 24 * 1024 * 1024 };

struct workbooks;
struct MHD_Response;

enum err workbooks_new(struct gateway *g, struct workbooks **out) MUST_CHECK;
void workbooks_free(struct workbooks **w);

/* Begins with a struct report_prospects in the exchange's arena. */
void workbook_begin(struct exchange *ex, const void *message);

/* The response of a complete answer, from the file; NULL: no memory. The work is done then. */
struct MHD_Response *workbook_response(struct exchange *ex);

/* The exchange is over. */
void workbook_leave(struct exchange *ex);

#endif
