/*
 * compat.h - the old API's words: inputs with renamed fields, and shapes for replies.
 *
 * DESIGN: an input is a copy of the message's descriptor over the same struct, in which only the
 * fields of the table have a name, the old one; so the query, the body, the faults and openapi.json
 * speak the old words without further code. A shape is a row per field that says where its value
 * comes from. Both are compiled once; a row that fits no field is a mistake of ours and asserted.
 */
#ifndef GATEWAY_COMPAT_H
#define GATEWAY_COMPAT_H

#include "proto/memory.h"

struct compat;

enum shape_how {
    SHAPE_FIELD,
    SHAPE_FIRST,
    SHAPE_WORD,
    SHAPE_TEXT,
    SHAPE_OBJECT,
    SHAPE_ARRAY,
    SHAPE_NONZERO
};

struct shape;

struct shape_row {
    const char *name; /* in the old answer */
    enum shape_how how;
    const struct field_desc *field; /* source; NULL for texts and unconditional objects */
    const char *argument;           /* words or text */
    const struct shape *inner;      /* objects and arrays */
};

enum { SHAPE_MAX_ROWS = 16 };

struct shape {
    const char *name;          /* names the schema in OpenAPI */
    const struct desc *record; /* what it is laid over */
    struct shape_row rows[SHAPE_MAX_ROWS];
    unsigned n;
};

struct compat *compat_new(void);
void compat_free(struct compat **c);

/* The compiled input or shape; made at the first call. NULL: no memory. */
const struct desc *compat_input(struct compat *c, const char *input, const struct desc *msg);
const struct shape *compat_shape(struct compat *c, const char *shape, const struct desc *record);

/* After decoding, before the check for required fields: fills what the table says for absent
 * fields, and turns single texts into lists. `input` may be any descriptor; others are untouched.
 */
enum err compat_finish(const struct desc *input, struct arena *a, void *message) MUST_CHECK;

/* True if `d` was made by compat_input(). */
bool compat_is_input(const struct desc *d);

/* True for a field of an input that can be given. */
bool compat_field_given(const struct field_desc *f);

/* The value that stands for an absent field; "" = none. */
const char *compat_fallback(const struct desc *input, const struct field_desc *f);

/* What an old client calls the field that a fault of the service names. */
struct view compat_old_name(const struct desc *input, const struct desc *msg, struct view field);

/* Appends the reply in the old shape; `each`: an array with one object for each of its `items`. */
enum err compat_write(const struct shape *s, bool each, const struct desc *reply, const void *in,
                      struct buf *b) MUST_CHECK;

#endif
