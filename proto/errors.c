/*
 * errors.c - look-ups in the error table. Pure, no state.
 */
#include "proto/errors.h"

#include <string.h>

struct err_row {
    const char *code;
    const char *text;
    const char *sqlstate;
    short http;
    bool retryable;
};

static const struct err_row rows[ERR_COUNT] = {
    [ERR_OK] = {"ok", "No error.", "00000", 200, false},
#define ERR(symbol, code_, http_, retryable_, sqlstate_, text_)                                    \
    [ERR_##symbol] = {code_, text_, sqlstate_, http_, retryable_},
#include "proto/errors.def"
#undef ERR
};

static const struct err_row *row(enum err e)
{
    return (unsigned)e < ERR_COUNT ? &rows[e] : &rows[ERR_INTERNAL];
}

const char *err_code(enum err e)
{
    return row(e)->code;
}

const char *err_text(enum err e)
{
    return row(e)->text;
}

int err_http(enum err e)
{
    return row(e)->http;
}

bool err_retryable(enum err e)
{
    return row(e)->retryable;
}

enum err err_from_code(const char *code, size_t n)
{
    for (int e = 0; e < ERR_COUNT; e++)
        if (strlen(rows[e].code) == n && memcmp(rows[e].code, code, n) == 0)
            return (enum err)e;
    return ERR_INTERNAL;
}

enum err err_from_sqlstate(const char *sqlstate)
{
    if (!sqlstate || !*sqlstate)
        return ERR_DATABASE_AWAY;
    for (int e = 1; e < ERR_COUNT; e++)
        if (*rows[e].sqlstate && strcmp(rows[e].sqlstate, sqlstate) == 0)
            return (enum err)e;
    if (strncmp(sqlstate, "08", 2) == 0 || strncmp(sqlstate, "57P", 3) == 0 ||
        strncmp(sqlstate, "53", 2) == 0)
        return ERR_DATABASE_AWAY;
    return ERR_DATABASE;
}
