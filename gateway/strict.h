/*
 * strict.h - what the HTTP library lets pass and a gateway must not. Pure.
 *
 * libmicrohttpd accepts Content-Length beside Transfer-Encoding, doubled Content-Length or Host,
 * and header names that are no token; each is a way to smuggle a request past a proxy.
 */
#ifndef GATEWAY_STRICT_H
#define GATEWAY_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strict {
    unsigned hosts;          /* Host headers */
    unsigned lengths;        /* Content-Length headers */
    unsigned encodings;      /* Transfer-Encoding headers */
    unsigned types;          /* Content-Type headers */
    unsigned authorizations; /* Authorization headers */
    unsigned headers;        /* all */
    bool bad_name;           /* a name that is no token */
    bool bad_value;          /* a value with control characters */
    bool bad_length;         /* Content-Length that is no plain number */
    bool bad_encoding;       /* Transfer-Encoding other than chunked */
    uint64_t content_length; /* when lengths == 1 */
};

enum { STRICT_MAX_HEADERS = 100 };

/* Takes one header into account. */
void strict_header(struct strict *s, const char *name, size_t name_n, const char *value,
                   size_t value_n);

/* NULL, or one sentence that says what is wrong. `http11`: the version demands a Host. */
const char *strict_verdict(const struct strict *s, bool http11);

/* A request target in origin form: begins with a slash, printable, no fragment. */
bool strict_target(const char *target);

/* True for an RFC 9110 token. */
bool strict_token(const char *p, size_t n);

#endif
