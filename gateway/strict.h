/*
 * strict.h - what the HTTP library lets pass and a gateway must not. Pure.
 *
 * libmicrohttpd accepts Content-Length beside Transfer-Encoding, doubled Content-Length or Host,
 * and header names that are no token; each is a way to smuggle a request past a proxy.
 *
 * It also accepts lines that end with a bare LF, values that hold a NUL, folded lines, and any
 * number of blanks in a request line, and hands out what it made of them. But 0.9.75 cuts the head
 * in place: it writes zeros over CR and LF and leaves everything where it came, so that each part
 * has to begin where the one before ends, and two bytes later at a line's end. So it shows from
 * where things lie, without reading what is not ours. What it cannot show for certain
 * is a NUL beside a bare CR or LF, which leaves the same zeros as CRLF; nginx refuses any NUL.
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
    bool bad_line;           /* a line that is not cut as it should be */
    const char *next_line;   /* where the next header has to begin; NULL = not checked */
    uint64_t content_length; /* when lengths == 1 */
};

enum { STRICT_MAX_HEADERS = 100 };

/* Takes one header into account. */
void strict_header(struct strict *s, const char *name, size_t name_n, const char *value,
                   size_t value_n);

/* Do the parts of the request line follow one another as they should? From here on headers are
 * checked for it too. All point into the library's buffer but `target`, a copy of it. */
void strict_request_line(struct strict *s, const char *method, const char *url, const char *target,
                         const char *version);

/* After the last header: does the head end where the library says, with one empty line? */
void strict_head_end(struct strict *s, const char *end);

/* NULL, or one sentence that says what is wrong. `http11`: the version demands a Host. */
const char *strict_verdict(const struct strict *s, bool http11);

/* A request target in origin form: begins with a slash, printable, no fragment. */
bool strict_target(const char *target);

/* True for an RFC 9110 token. */
bool strict_token(const char *p, size_t n);

#endif
