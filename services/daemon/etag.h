/*
 * etag.h - If-Match: was a change made from what there is?
 *
 * THREADS: any; pure.
 */
#ifndef DAEMON_ETAG_H
#define DAEMON_ETAG_H

#include "proto/schema.h"

/* Is one of an If-Match list the etag, or the list *? Weak tags never fit; quotes may be missing.
 */
bool etag_fits(struct view list, struct view etag);

#endif
