/*
 * assets.h - the built pages of the role, and the API's documentation under /docs.
 *
 * DESIGN: every file below DD_UI_DIR/<role> and DD_UI_DIR/docs is read at the start, with its ETag;
 * a file beside it with .gz is its compressed form. A path without a dot in its last segment is a
 * place inside the application and gets index.html. /docs without a final slash is not redirected
 * but gets a page that names its base. Names under assets/ carry a hash and may be kept for ever;
 * everything else is asked for again.
 */
#ifndef GATEWAY_ASSETS_H
#define GATEWAY_ASSETS_H

#include "gateway/exchange.h"

struct assets;

/* A folder that is missing is no error: the role then has no pages. */
enum err assets_new(const char *ui_dir, const char *role, struct assets **out) MUST_CHECK;
void assets_free(struct assets **a);

struct asset {
    char *path;       /* URL path, "/assets/index-1a2b.js"; owned */
    const char *type; /* media type */
    struct view body; /* owned */
    struct view gzip; /* owned; empty = none */
    char etag[24];
    bool forever; /* the name changes with the content */
};

/* The asset for a raw path: exact, or the index for places inside the application. NULL: none. */
const struct asset *assets_find(const struct assets *a, struct view path);

/* Answers with an asset; false: there is none. */
bool assets_answer(const struct assets *a, struct exchange *ex);

const char *media_type_of(const char *path);

#endif
