/*
 * compat.c - compiles the rows of compat.def and writes replies in the old shapes. Pure, no I/O.
 */
#include "gateway/compat.h"
#include "gateway/routes.h"
#include "proto/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_INPUTS = 16, MAX_SHAPES = 24 };

/* A name that no request can carry, since it is not UTF-8: hides a field. */
static const char hidden_name[] = "\xff";

enum in_how { IN_SAME, IN_SINGLE };

struct in_row {
    const char *input;
    const char *name;
    const char *field;
    enum in_how how;
    const char *fallback;
};

struct out_row {
    const char *shape;
    const char *name;
    enum shape_how how;
    const char *field;
    const char *argument;
};

struct input {
    struct desc desc; /* first member, so that a desc leads to its input */
    const char *name; /* of the rows */
    struct field_desc fields[MAX_FIELDS];
    const char *fallback[MAX_FIELDS]; /* by field; "" = none */
    bool single[MAX_FIELDS];          /* one text stands for a list */
};

struct compat {
    struct input *inputs[MAX_INPUTS];
    unsigned n_inputs;
    struct shape *shapes[MAX_SHAPES];
    unsigned n_shapes;
};

/* clang-format off */
static const struct in_row in_rows[] = {
#define OLD(method, path, service, msg, input, shape, each, deadline, doc)
#define IN(input, name, field, how, fallback) {#input, name, field, IN_##how, fallback},
#define OUT(shape, name, how, field, argument)
#include "gateway/compat.def"
#undef IN
#undef OUT
};
static const struct out_row out_rows[] = {
#define IN(input, name, field, how, fallback)
#define OUT(shape, name, how, field, argument) {#shape, name, SHAPE_##how, field, argument},
#include "gateway/compat.def"
#undef OLD
#undef IN
#undef OUT
};
/* clang-format on */

/* A single text is decoded in place of the list that it becomes. */
_Static_assert(sizeof(struct view) == sizeof(struct list), "a view must fit a list's place");

struct compat *compat_new(void)
{
    return calloc(1, sizeof(struct compat));
}

void compat_free(struct compat **c)
{
    if (!*c)
        return;
    for (unsigned i = 0; i < (*c)->n_inputs; i++)
        free((*c)->inputs[i]);
    for (unsigned i = 0; i < (*c)->n_shapes; i++)
        free((*c)->shapes[i]);
    free(*c);
    *c = NULL;
}

static void rename_field(struct input *in, const struct in_row *row, const struct desc *msg)
{
    const struct field_desc *original = desc_field(msg, view_of(row->field));
    assert(original);
    size_t index = (size_t)(original - msg->fields);
    struct field_desc *f = &in->fields[index];
    f->name = row->name;
    f->name_bytes = (uint8_t)strlen(row->name);
    in->fallback[index] = row->fallback;
    if (row->how == IN_SINGLE) {
        assert(f->type == F_WORDS);
        f->type = F_TEXT;
        f->max = f->item_max;
        f->flags |= REQUIRED;
        in->single[index] = true;
    }
}

const struct desc *compat_input(struct compat *c, const char *input, const struct desc *msg)
{
    for (unsigned i = 0; i < c->n_inputs; i++)
        if (strcmp(c->inputs[i]->name, input) == 0 && c->inputs[i]->desc.size == msg->size &&
            strcmp(c->inputs[i]->desc.name, msg->name) == 0)
            return &c->inputs[i]->desc;
    assert(c->n_inputs < MAX_INPUTS);
    struct input *in = calloc(1, sizeof *in);
    if (!in)
        return NULL;
    c->inputs[c->n_inputs++] = in;
    in->desc = *msg;
    in->desc.fields = in->fields;
    in->desc.type_name = input;
    in->name = input;
    memcpy(in->fields, msg->fields, msg->n_fields * sizeof *msg->fields);
    for (unsigned i = 0; i < msg->n_fields; i++) {
        in->fields[i].name = hidden_name;
        in->fields[i].name_bytes = sizeof hidden_name - 1;
        in->fallback[i] = "";
    }
    for (size_t i = 0; i < sizeof in_rows / sizeof in_rows[0]; i++)
        if (strcmp(in_rows[i].input, input) == 0)
            rename_field(in, &in_rows[i], msg);
    return &in->desc;
}

bool compat_field_given(const struct field_desc *f)
{
    return f->name != hidden_name;
}

bool compat_is_input(const struct desc *d)
{
    return strncmp(d->type_name, "old_", 4) == 0;
}

const char *compat_fallback(const struct desc *input, const struct field_desc *f)
{
    if (!compat_is_input(input))
        return "";
    return ((const struct input *)input)->fallback[f - input->fields];
}

struct view compat_old_name(const struct desc *input, const struct desc *msg, struct view field)
{
    uint32_t n = 0;
    while (n < field.n && field.p[n] != '[' && field.p[n] != '.')
        n++;
    const struct field_desc *f = desc_field(msg, (struct view){field.p, n});
    if (!f || !compat_is_input(input))
        return field;
    const struct field_desc *old = &input->fields[f - msg->fields];
    return compat_field_given(old) ? view_of(old->name) : field;
}

enum err compat_finish(const struct desc *d, struct arena *a, void *message)
{
    if (!compat_is_input(d))
        return ERR_OK;
    const struct input *in = (const struct input *)d;
    for (size_t i = 0; i < d->n_fields; i++) {
        struct fault fault;
        if (!field_given(d, &d->fields[i], message) && *in->fallback[i]) {
            enum err e = json_field_from_text(d, &d->fields[i], view_of(in->fallback[i]), a,
                                              message, &fault);
            if (e)
                return e;
        }
        if (!in->single[i] || !field_given(d, &d->fields[i], message))
            continue;
        struct view *one = arena_take(a, sizeof *one);
        if (!one)
            return ERR_NO_MEMORY;
        char *member = (char *)message + d->fields[i].offset;
        memcpy(one, member, sizeof *one);
        struct list many = {one, 1};
        memcpy(member, &many, sizeof many);
    }
    return ERR_OK;
}

static void shape_add(struct compat *c, struct shape *s, const struct out_row *row)
{
    assert(s->n < SHAPE_MAX_ROWS);
    const struct field_desc *field = desc_field(s->record, view_of(row->field));
    assert(field || !*row->field);
    struct shape_row *out = &s->rows[s->n++];
    *out = (struct shape_row){
        .name = row->name, .how = row->how, .field = field, .argument = row->argument};
    if (row->how == SHAPE_OBJECT)
        out->inner = compat_shape(c, row->argument, s->record);
    else if (row->how == SHAPE_ARRAY || row->how == SHAPE_NONZERO)
        out->inner = compat_shape(c, row->argument, field->of);
}

const struct shape *compat_shape(struct compat *c, const char *shape, const struct desc *record)
{
    for (unsigned i = 0; i < c->n_shapes; i++)
        if (strcmp(c->shapes[i]->name, shape) == 0 && c->shapes[i]->record == record)
            return c->shapes[i];
    assert(c->n_shapes < MAX_SHAPES);
    struct shape *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    c->shapes[c->n_shapes++] = s;
    s->name = shape;
    s->record = record;
    for (size_t i = 0; i < sizeof out_rows / sizeof out_rows[0]; i++)
        if (strcmp(out_rows[i].shape, shape) == 0)
            shape_add(c, s, &out_rows[i]);
    assert(s->n);
    return s;
}

/* The new word of `a=x|b=y`; the word itself when there is no row for it. */
static struct view translate(const char *words, struct view from)
{
    for (const char *p = words; p && *p;) {
        const char *equal = strchr(p, '=');
        const char *end = strchrnul(p, '|');
        assert(equal && equal < end);
        if ((size_t)(equal - p) == from.n && memcmp(p, from.p, from.n) == 0)
            return (struct view){equal + 1, (uint32_t)(end - equal - 1)};
        p = *end ? end + 1 : end;
    }
    return from;
}

static enum err write_object(const struct shape *s, const void *in, struct buf *b);

static enum err write_array(const struct shape *s, const struct list *l, bool nonzero,
                            struct buf *b)
{
    enum err e = buf_puts(b, "[");
    const struct field_desc *count = nonzero ? desc_field(s->record, view_of("count")) : NULL;
    bool first = true;
    for (uint32_t i = 0; !e && i < l->n; i++) {
        const char *item = (const char *)l->items + (size_t)i * s->record->size;
        int64_t n = 1;
        if (count)
            memcpy(&n, item + count->offset, sizeof n);
        if (n == 0)
            continue;
        e = first ? ERR_OK : buf_puts(b, ",");
        first = false;
        if (!e)
            e = write_object(s, item, b);
    }
    return e ? e : buf_puts(b, "]");
}

static enum err write_row(const struct shape *s, const struct shape_row *row, const void *in,
                          struct buf *b)
{
    const char *member = row->field ? (const char *)in + row->field->offset : NULL;
    bool present = !row->field || field_present(s->record, row->field, in);
    struct view text = {0};
    struct list list = {0};
    if (row->how == SHAPE_TEXT)
        return json_encode_text(view_of(row->argument), b);
    if (!present)
        return buf_puts(b, "null");
    if (row->how == SHAPE_OBJECT)
        return write_object(row->inner, in, b);
    if (row->how == SHAPE_FIELD)
        return json_encode_field(s->record, row->field, in, b);
    if (row->how == SHAPE_WORD) {
        memcpy(&text, member, sizeof text);
        return json_encode_text(translate(row->argument, text), b);
    }
    memcpy(&list, member, sizeof list);
    if (row->how != SHAPE_FIRST)
        return write_array(row->inner, &list, row->how == SHAPE_NONZERO, b);
    if (list.n == 0)
        return buf_puts(b, "null");
    return json_encode_text(*LIST_AT(struct view, &list, 0), b);
}

static enum err write_object(const struct shape *s, const void *in, struct buf *b)
{
    enum err e = buf_puts(b, "{");
    for (unsigned i = 0; !e && i < s->n; i++) {
        e = i ? buf_puts(b, ",\"") : buf_puts(b, "\"");
        if (!e)
            e = buf_puts(b, s->rows[i].name);
        if (!e)
            e = buf_puts(b, "\":");
        if (!e)
            e = write_row(s, &s->rows[i], in, b);
    }
    return e ? e : buf_puts(b, "}");
}

enum err compat_write(const struct shape *s, bool each, const struct desc *reply, const void *in,
                      struct buf *b)
{
    if (!each)
        return write_object(s, in, b);
    const struct field_desc *items = desc_field(reply, view_of("items"));
    struct list list;
    memcpy(&list, (const char *)in + items->offset, sizeof list);
    return write_array(s, &list, false, b);
}
