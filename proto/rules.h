/*
 * rules.h - the rules that a value can break, from one table (rules.def).
 *
 * Pure. THREADS: any.
 */
#ifndef PROTO_RULES_H
#define PROTO_RULES_H

#include "proto/errors.h"

enum rule {
    RULE_NONE = 0,
#define RULE(symbol, name, code, limit, text) RULE_##symbol,
#define USUAL(code, symbol)
#include "proto/rules.def"
#undef RULE
#undef USUAL
    RULE_COUNT
};

/* What is told beside the rule. */
enum rule_limit { RULE_LIMIT_NONE, RULE_LIMIT_MIN, RULE_LIMIT_MAX, RULE_LIMIT_CHOICES };

/* The stable name, as in "too_long"; "" for RULE_NONE. Never NULL. */
const char *rule_name(enum rule rule);

/* The error that a broken rule is. */
enum err rule_code(enum rule rule);

enum rule_limit rule_limit(enum rule rule);

/* The rule of an error whose place says no more exact one; RULE_NONE: it is not about a value. */
enum rule rule_usual(enum err code);

/* The rule of a name that came over the wire; RULE_NONE for one that this build doesn't know. */
enum rule rule_from_name(const char *name, size_t n);

#endif
