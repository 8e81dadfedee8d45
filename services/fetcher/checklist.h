/*
 * checklist.h - what one call tells about a connection, check by check. Pure.
 *
 * DESIGN: a call has one outcome; where it ended says which checks it passed before, which one it
 * failed, and which it never reached. What nobody can know is skipped: an upstream that answers
 * HTTP 500 has not said whether it likes the key.
 */
#ifndef FETCHER_CHECKLIST_H
#define FETCHER_CHECKLIST_H

#include "services/fetcher/call.h"
#include "services/fetcher/skew.h"

enum check {
    CHECK_ADDRESS,
    CHECK_DNS,
    CHECK_CONNECT,
    CHECK_TLS,
    CHECK_CLOCK,
    CHECK_AUTHENTICATION,
    CHECK_SAMPLE,
    CHECK_MAPPING,
    CHECK_COUNT
};

enum check_state { CHECK_SKIPPED, CHECK_OK, CHECK_FAILED };

enum { CHECK_MAX_TEXT = 300 };

struct checked {
    enum check_state state;
    enum err err; /* FAILED */
    int64_t ms;   /* -1 = took no time of its own */
    char text[CHECK_MAX_TEXT + 1];
};

/* The last call, and the answer to it. */
struct check_facts {
    enum err err;     /* of the call, or of its answer */
    const char *text; /* what was said about it; "" = nothing */
    bool began;       /* false: it was refused before any call */
    bool https;
    bool answered; /* the beginning of an HTTP answer came */
    struct timings timings;
    struct skew skew;
    int64_t good;   /* records that could be stored */
    int64_t bad;    /* and that could not */
    enum err worst; /* why the first of those could not */
    int64_t parse_ms;
};

/* "dns", as messages name it. */
const char *check_name(enum check check);
const char *check_state_name(enum check_state state);

void checklist_fill(const struct check_facts *facts, struct checked out[CHECK_COUNT]);

#endif
