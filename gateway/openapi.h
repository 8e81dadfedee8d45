/*
 * openapi.h - the OpenAPI 3.1 description, from the routes and the descriptors. Pure.
 *
 * One document for all roles; `x-roles` of an operation says which ports have it. Operations of the
 * old API are marked deprecated.
 */
#ifndef GATEWAY_OPENAPI_H
#define GATEWAY_OPENAPI_H

#include "gateway/routes.h"

enum err openapi_write(const struct routes *r, struct buf *b) MUST_CHECK;

/* Appends the JSON Schema of a record, of a message's body (without the fields of `path`, a
 * template or ""), or of an old shape. */
void schema_of_desc(const struct desc *d, const char *path, struct buf *b);
void schema_of_field(const struct field_desc *f, struct buf *b);
void schema_of_shape(const struct shape *s, struct buf *b);

/* Appends text as a JSON string. */
void openapi_text(const char *s, struct buf *b);

/* True if {name} is in the template. */
bool path_has(const char *path, const char *name);

#endif
