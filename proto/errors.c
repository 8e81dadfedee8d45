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
#define CALL(symbol, class, effect)
#define TELL(symbol, cause, advice, sebab, saran)
#define ERR(symbol, code_, http_, retryable_, sqlstate_, text_)                                    \
    [ERR_##symbol] = {code_, text_, sqlstate_, http_, retryable_},
#include "proto/errors.def"
#undef ERR
#undef CALL
};

struct call_row {
    bool given;
    enum err_class class;
    enum err_effect effect;
};

static const struct call_row calls[ERR_COUNT] = {
#define ERR(symbol, code, http, retryable, sqlstate, text)
#define CALL(symbol, class_, effect_) [ERR_##symbol] = {true, CLASS_##class_, EFFECT_##effect_},
#include "proto/errors.def"
#undef CALL
#undef TELL
};

struct told_row {
    const char *cause[2]; /* by enum err_language */
    const char *advice[2];
};

static const struct told_row told[ERR_COUNT] = {
#define CALL(symbol, class, effect)
#define TELL(symbol, cause_, advice_, sebab_, saran_)                                              \
    [ERR_##symbol] = {{cause_, sebab_}, {advice_, saran_}},
#include "proto/errors.def"
#undef ERR
#undef CALL
#undef TELL
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

enum err_class err_class(enum err e)
{
    if ((unsigned)e < ERR_COUNT && calls[e].given)
        return calls[e].class;
    return err_retryable(e) ? CLASS_LATER : CLASS_NEVER;
}

enum err_effect err_effect(enum err e)
{
    return (unsigned)e < ERR_COUNT ? calls[e].effect : EFFECT_NONE;
}

const char *err_effect_name(enum err_effect effect)
{
    static const char *const names[] = {"", "breaker", "block", "quota", "flag"};
    return names[effect];
}

static const char *text_of(const char *text)
{
    return text ? text : "";
}

const char *err_cause(enum err e, enum err_language language)
{
    return (unsigned)e < ERR_COUNT ? text_of(told[e].cause[language]) : "";
}

const char *err_advice(enum err e, enum err_language language)
{
    return (unsigned)e < ERR_COUNT ? text_of(told[e].advice[language]) : "";
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
