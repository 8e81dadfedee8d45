/*
 * rows.h - inside of a result; for database.c alone.
 */
#ifndef DAEMON_ROWS_H
#define DAEMON_ROWS_H

#include "services/daemon/database.h"

#include <libpq-fe.h>

/* Takes the result; NULL (result freed) when there is no memory. */
struct rows *rows_wrap(PGresult *result);

/* One value, as PostgreSQL writes it, into a record's field; texts are copied into the arena. */
enum err rows_value(const struct desc *d, const struct field_desc *f, struct view text,
                    struct arena *a, void *record) MUST_CHECK;

#endif
