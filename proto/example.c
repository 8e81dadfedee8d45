/*
 * example.c - records from the examples of the tables.
 *
 * DESIGN: an example is text as it would stand in a query string, so it goes the same way as a
 * parameter. Pure; memory of the arena.
 */
#include "proto/example.h"

#include "proto/json.h"

#include <string.h>

enum { EXAMPLE_ITEMS = 2 };

static enum err fill_list(const struct field_desc *field, enum example_fields which,
                          struct arena *a, struct list *out, struct fault *f)
{
    size_t size = field->of->size;
    uint32_t n = field->max < EXAMPLE_ITEMS ? (uint32_t)field->max : EXAMPLE_ITEMS;
    char *items = arena_take(a, n * size);
    if (!items)
        return fault_set(f, ERR_TOO_LARGE, field->name, "%s", err_text(ERR_TOO_LARGE));
    for (uint32_t i = 0; i < n; i++) {
        enum err e = example_fill(field->of, which, a, items + i * size, f);
        if (e != ERR_OK) {
            fault_within(f, field->name, (long)i);
            return e;
        }
    }
    *out = (struct list){items, n};
    return ERR_OK;
}

static enum err fill_field(const struct desc *d, const struct field_desc *field,
                           enum example_fields which, struct arena *a, void *out, struct fault *f)
{
    char *at = (char *)out + field->offset;
    enum err e = ERR_OK;
    if (field->type == F_BLOB) {
        *(struct view *)(void *)at = (struct view){"\x00\xff\x7f", 3};
    } else if (field->type == F_SUB) {
        e = example_fill(field->of, which, a, at, f);
        if (e != ERR_OK)
            fault_within(f, field->name, -1);
    } else if (field->type == F_LIST) {
        e = fill_list(field, which, a, (void *)at, f);
    } else {
        return json_field_from_text(d, field, view_of(field->example), a, out, f);
    }
    field_set_present(d, field, out);
    return e;
}

enum err example_fill(const struct desc *d, enum example_fields which, struct arena *a, void *out,
                      struct fault *f)
{
    memset(out, 0, d->size);
    for (unsigned i = 0; i < d->n_fields; i++) {
        if (which == EXAMPLE_REQUIRED && !(d->fields[i].flags & REQUIRED))
            continue;
        enum err e = fill_field(d, &d->fields[i], which, a, out, f);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}
