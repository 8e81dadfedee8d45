/*
 * statements.c - the named SQL statements, embedded from sql/queries by the build.
 */
#include "services/daemon/database.h"

#include <assert.h>

static const struct {
    const char *name; /* file name without suffix */
    const char *text; /* one statement */
} statements[] = {
#define STATEMENT(symbol, name, text) {name, text},
#include "statements.def"
#undef STATEMENT
    {NULL, NULL},
};

const char *statement_name(enum statement s)
{
    assert((int)s >= 0 && (int)s < SQL_COUNT);
    return statements[s].name;
}

const char *statement_text(enum statement s)
{
    assert((int)s >= 0 && (int)s < SQL_COUNT);
    return statements[s].text;
}
