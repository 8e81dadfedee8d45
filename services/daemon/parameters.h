/*
 * parameters.h - parameters as libpq takes them; for database.c alone.
 *
 * DESIGN: everything travels as text in one growing block, which is kept between statements.
 */
#ifndef DAEMON_PARAMETERS_H
#define DAEMON_PARAMETERS_H

#include "services/daemon/database.h"

struct parameters {
    struct buf bytes;               /* the texts, each ended by NUL */
    const char *values[MAX_PARAMS]; /* into bytes; NULL = SQL's NULL */
};

void parameters_init(struct parameters *p);
void parameters_free(struct parameters *p);

/* ERR_UTF8: a text with a NUL in it, which PostgreSQL cannot hold. ERR_TOO_LARGE. */
enum err parameters_set(struct parameters *p, const struct param *params, int n) MUST_CHECK;

#endif
