/*
 * senders.c - the table of senders.def and the questions that are asked of it. Pure.
 */
#include "proto/bus/senders.h"

#include "proto/codec.h"

#include <string.h>

struct kind_row {
    const char *name;
    bool events; /* may subscribe */
};

struct may_row {
    enum sender kind;
    const char *pattern;
};

static const struct kind_row kinds[SENDER_COUNT] = {
    [SENDER_NONE] = {"", false},
#define KIND(symbol, name, events) [SENDER_##symbol] = {name, events},
#define MAY(symbol, pattern)
#include "proto/bus/senders.def"
#undef KIND
#undef MAY
};

static const struct may_row rows[] = {
#define KIND(symbol, name, events)
#define MAY(symbol, pattern) {SENDER_##symbol, pattern},
#include "proto/bus/senders.def"
#undef KIND
#undef MAY
};

enum { ROWS = sizeof rows / sizeof rows[0] };

enum sender sender_kind(struct view word)
{
    for (unsigned i = SENDER_NONE + 1; i < SENDER_COUNT; i++)
        if (view_is(word, kinds[i].name))
            return (enum sender)i;
    return SENDER_NONE;
}

const char *sender_name(enum sender kind)
{
    return kinds[kind].name;
}

/* "owner.*" also asks for the dot, so that it does not let "owners.x" pass. */
static bool matches(const char *pattern, struct view message)
{
    size_t n = strlen(pattern);
    if (n == 0 || pattern[n - 1] != '*')
        return view_is(message, pattern);
    return message.n >= n - 1 && (n == 1 || memcmp(message.p, pattern, n - 1) == 0);
}

bool sender_may(enum sender kind, struct view message)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].kind == kind && matches(rows[i].pattern, message))
            return true;
    return false;
}

bool sender_may_subscribe(enum sender kind)
{
    return kinds[kind].events;
}

const char *sender_pattern(unsigned n, enum sender *kind)
{
    if (n >= ROWS)
        return NULL;
    *kind = rows[n].kind;
    return rows[n].pattern;
}
