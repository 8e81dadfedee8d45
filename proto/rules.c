/*
 * rules.c - look-ups in the table of rules. Pure, no state.
 */
#include "proto/rules.h"

#include <string.h>

struct rule_row {
    const char *name;
    enum err code;
    enum rule_limit limit;
};

static const struct rule_row rows[RULE_COUNT] = {
    [RULE_NONE] = {"", ERR_OK, RULE_LIMIT_NONE},
#define USUAL(code, symbol)
#define RULE(symbol, name_, code_, limit_, text)                                                   \
    [RULE_##symbol] = {name_, ERR_##code_, RULE_LIMIT_##limit_},
#include "proto/rules.def"
#undef RULE
#undef USUAL
};

static const unsigned char usual[ERR_COUNT] = {
#define RULE(symbol, name, code, limit, text)
#define USUAL(code, symbol) [ERR_##code] = RULE_##symbol,
#include "proto/rules.def"
#undef RULE
#undef USUAL
};

static const struct rule_row *row(enum rule rule)
{
    return (unsigned)rule < RULE_COUNT ? &rows[rule] : &rows[RULE_NONE];
}

const char *rule_name(enum rule rule)
{
    return row(rule)->name;
}

enum err rule_code(enum rule rule)
{
    return row(rule)->code;
}

enum rule_limit rule_limit(enum rule rule)
{
    return row(rule)->limit;
}

enum rule rule_usual(enum err code)
{
    return (unsigned)code < ERR_COUNT ? (enum rule)usual[code] : RULE_NONE;
}

enum rule rule_from_name(const char *name, size_t n)
{
    for (int i = RULE_NONE + 1; i < RULE_COUNT; i++)
        if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0)
            return (enum rule)i;
    return RULE_NONE;
}
