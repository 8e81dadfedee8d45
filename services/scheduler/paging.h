/*
 * paging.h - cursors: where a list goes on. A cursor is made by us and comes back from anybody.
 *
 * DESIGN: it is the key of a page's last row, as text. Each check fails the request at the field
 * `cursor`, so that no statement is run with what is none of ours.
 *
 * THREADS: one. OWNERSHIP: texts live as long as their request.
 */
#ifndef SCHEDULER_PAGING_H
#define SCHEDULER_PAGING_H

#include "proto/bus/serve.h"
#include "services/daemon/database.h"

/* Fails the request, since its cursor is none of ours. */
void cursor_refuse(struct request *r);

/* Empty, or a whole number. False: the request has failed. */
bool cursor_is_number(struct request *r, struct view cursor);

/* Empty, or a UUID. False: the request has failed. */
bool cursor_is_uuid(struct request *r, struct view cursor);

/* Empty, or a UUID, a colon and a number. False: the request has failed. */
bool cursor_is_uuid_and_number(struct request *r, struct view cursor);

struct view cursor_of_number(struct request *r, int64_t number);

/* A page without a cursor is the first one. */
struct param cursor_param(struct view cursor);

#endif
