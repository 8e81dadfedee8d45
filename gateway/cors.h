/*
 * cors.h - the origins whose pages may call the API from a browser. Pure.
 *
 * DESIGN: an exact list, empty by default; no wildcard and no "null". Such a page sends a key:
 * cookies are never allowed across origins (no Access-Control-Allow-Credentials).
 */
#ifndef GATEWAY_CORS_H
#define GATEWAY_CORS_H

#include "proto/schema.h"

enum { MAX_ORIGINS = 32 };

struct origins {
    struct view rows[MAX_ORIGINS]; /* in the text that was parsed */
    unsigned n;
};

/* Origins as browsers write them (https://app.example.com, http://localhost:5173), with commas or
 * spaces between. False: something that is none, or too many. */
bool origins_parse(const char *text, struct origins *out);
bool origins_has(const struct origins *o, struct view origin);

#endif
