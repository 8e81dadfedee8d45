/*
 * json_read.c - JSON, and the texts of paths and queries, to records by descriptor.
 *
 * DESIGN: yajl calls back for each token; a small stack says which record and which of its fields
 * a token belongs to. Unknown fields are faults, so the nesting of a document that is accepted
 * cannot exceed that of the tables. The first fault cancels the parser. A value is checked where
 * it stands and copied into the arena only then.
 *
 * THREADS: none of its own, no state beyond one call. OWNERSHIP: results belong to the arena.
 */
#include "proto/base64.h"
#include "proto/check.h"
#include "proto/json.h"

#include <yajl/yajl_parse.h>

#include <stdlib.h>
#include <string.h>

enum { FIRST_ITEMS = 8, MAX_NUMBER = 64 };

/* One open record. */
struct level {
    const struct desc *d;           /* its table */
    char *record;                   /* its struct */
    uint64_t seen;                  /* bits of the keys that were read, also of those with null */
    const struct field_desc *field; /* whose value comes next, or is open */
    uint32_t room;                  /* items that fit the open list */
    bool in_list;                   /* field is a list that is open */
};

struct parser {
    struct level levels[CODEC_MAX_DEPTH];
    unsigned depth;       /* open records */
    struct arena *arena;  /* takes texts and lists */
    struct fault *fault;  /* set when a callback cancels */
    const struct desc *d; /* of the whole document */
    char *out;            /* record of the whole document */
};

/* ---- single values ---- */

static uint64_t bit_of(const struct desc *d, const struct field_desc *f)
{
    return UINT64_C(1) << (f - d->fields);
}

static uint64_t bits(const void *record)
{
    uint64_t has;
    memcpy(&has, record, sizeof has);
    return has;
}

static enum err wrong_type(const struct field_desc *f, struct fault *fault)
{
    static const char *const wanted[] = {
        [F_TEXT] = "a text",
        [F_BLOB] = "base64 text",
        [F_INT] = "an integer",
        [F_REAL] = "a number",
        [F_BOOL] = "true or false",
        [F_TIME] = "a time as text",
        [F_DATE] = "a date",
        [F_UUID] = "a UUID",
        [F_ENUM] = "a text",
        [F_SUB] = "an object",
        [F_LIST] = "an array of objects",
        [F_WORDS] = "an array of texts",
    };
    return fault_set(fault, ERR_TYPE, f->name, "Must be %s.", wanted[f->type]);
}

static enum err no_room(const struct field_desc *f, struct fault *fault)
{
    return fault_set(fault, ERR_TOO_LARGE, f->name, "The document needs too much memory.");
}

/* An integer without sign `+`, point or exponent. */
static enum err read_int(const struct field_desc *f, struct view v, int64_t *out,
                         struct fault *fault)
{
    bool negative = v.n > 0 && v.p[0] == '-';
    uint32_t i = negative ? 1 : 0;
    uint64_t limit = negative ? UINT64_C(1) << 63 : INT64_MAX;
    uint64_t n = 0;
    bool beyond = false;
    if (i == v.n)
        return wrong_type(f, fault);
    for (; i < v.n; i++) {
        unsigned digit = (unsigned)(v.p[i] - '0');
        if (v.p[i] < '0' || v.p[i] > '9')
            return wrong_type(f, fault);
        beyond = beyond || n > (limit - digit) / 10;
        n = beyond ? limit : n * 10 + digit;
    }
    if (beyond)
        return fault_set(fault, ERR_RANGE, f->name, "Must be an integer of 64 bits.");
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return field_check(f, out, fault);
}

static enum err read_real(const struct field_desc *f, struct view v, double *out,
                          struct fault *fault)
{
    char text[MAX_NUMBER + 1];
    char *end;
    if (v.n == 0 || v.n > MAX_NUMBER || !strchr("-0123456789", v.p[0]) || !v.p[0])
        return wrong_type(f, fault);
    memcpy(text, v.p, v.n);
    text[v.n] = '\0';
    *out = strtod(text, &end);
    if (end != text + v.n || strpbrk(text, "xX"))
        return wrong_type(f, fault);
    return field_check(f, out, fault);
}

static enum err read_time(const struct field_desc *f, struct view v, int64_t *out,
                          struct fault *fault)
{
    if (!time_from_text(v, out))
        return fault_rule(fault, RULE_TIME, 0, f->name,
                          "Must be a time like 2026-03-05T09:15:00+07:00.");
    return ERR_OK;
}

static enum err read_blob(const struct field_desc *f, struct view v, struct arena *a,
                          struct view *out, struct fault *fault)
{
    enum err e = base64_decode(v, a, out);
    if (e == ERR_TOO_LARGE)
        return no_room(f, fault);
    if (e != ERR_OK)
        return fault_set(fault, e, f->name, "Must be base64.");
    return field_check(f, out, fault);
}

/* Text, date, word: checked where it stands, then copied. */
static enum err read_text(const struct field_desc *f, struct view v, struct arena *a,
                          struct view *out, struct fault *fault)
{
    enum err e = field_check(f, &v, fault);
    if (e != ERR_OK)
        return e;
    *out = arena_copy(a, v);
    return out->p ? ERR_OK : no_room(f, fault);
}

/* Either case is accepted, lower case is kept. */
static enum err read_uuid(const struct field_desc *f, struct view v, struct arena *a,
                          struct view *out, struct fault *fault)
{
    char lower[36];
    struct view view = v;
    if (v.n == sizeof lower) {
        for (uint32_t i = 0; i < v.n; i++)
            lower[i] = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] + 32) : v.p[i];
        view = (struct view){lower, v.n};
    }
    return read_text(f, view, a, out, fault);
}

/* A value that stands between quotes in JSON. */
static enum err read_quoted(const struct field_desc *f, struct view v, struct arena *a, void *at,
                            struct fault *fault)
{
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_ENUM:
        return read_text(f, v, a, at, fault);
    case F_UUID:
        return read_uuid(f, v, a, at, fault);
    case F_BLOB:
        return read_blob(f, v, a, at, fault);
    case F_TIME:
        return read_time(f, v, at, fault);
    case F_INT:
        return read_int(f, v, at, fault);
    case F_REAL:
    case F_BOOL:
    case F_SUB:
    case F_LIST:
    case F_WORDS:
        break;
    }
    return wrong_type(f, fault);
}

static enum err read_words(const struct field_desc *f, struct view v, struct arena *a,
                           struct list *out, struct fault *fault)
{
    uint32_t n = v.n ? 1 : 0;
    for (uint32_t i = 0; i < v.n; i++)
        n += v.p[i] == ',';
    if (n > f->max)
        return fault_rule(fault, RULE_TOO_MANY, f->max, f->name, "At most %lld items are allowed.",
                          (long long)f->max);
    struct view copy = arena_copy(a, v);
    struct view *items = arena_take(a, n * sizeof *items);
    if (!copy.p || !items)
        return no_room(f, fault);
    const char *p = copy.p;
    for (uint32_t i = 0; i < n; i++) {
        const char *comma = memchr(p, ',', (size_t)(copy.p + copy.n - p));
        const char *end = comma ? comma : copy.p + copy.n;
        items[i] = (struct view){p, (uint32_t)(end - p)};
        p = end + 1;
    }
    *out = (struct list){items, n};
    return field_check(f, out, fault);
}

enum err json_field_from_text(const struct desc *d, const struct field_desc *field,
                              struct view text, struct arena *a, void *out, struct fault *f)
{
    char *at = (char *)out + field->offset;
    enum err e;
    if (field_given(d, field, out))
        return fault_set(f, ERR_DUPLICATE_FIELD, field->name, "The field is given twice.");
    if (field->type == F_REAL) {
        e = read_real(field, text, (void *)at, f);
    } else if (field->type == F_WORDS) {
        e = read_words(field, text, a, (void *)at, f);
    } else if (field->type == F_BOOL) {
        bool yes = view_is(text, "true");
        e = yes || view_is(text, "false") ? ERR_OK : wrong_type(field, f);
        *(bool *)at = yes;
    } else {
        e = read_quoted(field, text, a, at, f);
    }
    if (e == ERR_OK)
        field_set_present(d, field, out);
    return e;
}

enum err json_require(const struct desc *d, const void *in, struct fault *f)
{
    uint64_t has = bits(in);
    for (unsigned i = 0; i < d->n_fields; i++)
        if ((d->fields[i].flags & REQUIRED) && !(has >> i & 1))
            return fault_set(f, ERR_MISSING, d->fields[i].name, "A value is required.");
    return ERR_OK;
}

/* ---- documents ---- */

static struct level *top(struct parser *p)
{
    return p->depth ? &p->levels[p->depth - 1] : NULL;
}

static void *member(const struct level *l)
{
    return l->record + l->field->offset;
}

/* Cancels; completes the fault's path by the fields that are open below the newest level. */
static int cancel(struct parser *p)
{
    for (unsigned i = p->depth; i-- > 1;) {
        const struct level *outer = &p->levels[i - 1];
        const struct list *l = member(outer);
        fault_within(p->fault, outer->field->name, outer->in_list ? (long)l->n - 1 : -1);
    }
    return 0;
}

/* Puts the place in the open list before the fault's path, which names the list. */
static int cancel_item(struct parser *p, const struct level *l)
{
    const struct list *list = member(l);
    p->fault->field[0] = '\0';
    fault_within(p->fault, l->field->name, (long)list->n);
    return cancel(p);
}

/* A scalar or null came where only an object can stand. */
static int no_object(struct parser *p)
{
    fault_set(p->fault, ERR_TYPE, "", "Must be an object.");
    return 0;
}

static int wrong_item(struct parser *p, const struct level *l)
{
    if (!l->in_list) {
        wrong_type(l->field, p->fault);
        return cancel(p);
    }
    fault_set(p->fault, ERR_TYPE, "", "Must be %s.",
              l->field->type == F_WORDS ? "a text" : "an object");
    return cancel_item(p, l);
}

static void got(struct level *l)
{
    field_set_present(l->d, l->field, l->record);
}

/* Memory for one more item of the open list, not yet counted; NULL after a fault. */
static void *next_item(struct parser *p, struct level *l, size_t size)
{
    const struct field_desc *f = l->field;
    struct list *list = member(l);
    if (list->n == l->room) {
        uint32_t room = l->room ? l->room * 2 : FIRST_ITEMS;
        if (list->n == f->max) {
            fault_rule(p->fault, RULE_TOO_MANY, f->max, f->name, "At most %lld items are allowed.",
                       (long long)f->max);
            return NULL;
        }
        if (room > f->max)
            room = (uint32_t)f->max;
        char *items = arena_take(p->arena, room * size);
        if (!items) {
            no_room(f, p->fault);
            return NULL;
        }
        if (list->n)
            memcpy(items, list->items, list->n * size);
        list->items = items;
        l->room = room;
    }
    return (char *)list->items + list->n * size;
}

static int on_null(void *ctx)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    if (!l)
        return no_object(p);
    if (l->in_list)
        return wrong_item(p, l);
    if (l->field->flags & NULLABLE) {
        *(int64_t *)member(l) = l->field->min;
        got(l);
    }
    return 1;
}

static int on_boolean(void *ctx, int value)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    if (!l)
        return no_object(p);
    if (l->in_list || l->field->type != F_BOOL)
        return wrong_item(p, l);
    *(bool *)member(l) = value != 0;
    got(l);
    return 1;
}

static int on_number(void *ctx, const char *text, size_t n)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    struct view v = {text, (uint32_t)n};
    enum err e;
    if (!l)
        return no_object(p);
    if (!l->in_list && l->field->type == F_INT)
        e = read_int(l->field, v, member(l), p->fault);
    else if (!l->in_list && l->field->type == F_REAL)
        e = read_real(l->field, v, member(l), p->fault);
    else
        return wrong_item(p, l);
    if (e != ERR_OK)
        return cancel(p);
    got(l);
    return 1;
}

static int on_word(struct parser *p, struct level *l, struct view v)
{
    struct list one = {&v, 1};
    struct list *list = member(l);
    struct view *at = next_item(p, l, sizeof *at);
    if (!at)
        return cancel(p);
    if (field_check(l->field, &one, p->fault) != ERR_OK)
        return cancel_item(p, l);
    *at = arena_copy(p->arena, v);
    if (!at->p) {
        no_room(l->field, p->fault);
        return cancel(p);
    }
    list->n++;
    return 1;
}

static int on_string(void *ctx, const unsigned char *text, size_t n)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    struct view v = {(const char *)text, (uint32_t)n};
    if (!l)
        return no_object(p);
    if (l->in_list)
        return l->field->type == F_WORDS ? on_word(p, l, v) : wrong_item(p, l);
    if (read_quoted(l->field, v, p->arena, member(l), p->fault) != ERR_OK)
        return cancel(p);
    got(l);
    return 1;
}

static int open_record(struct parser *p, const struct desc *d, void *record)
{
    if (p->depth == CODEC_MAX_DEPTH) {
        fault_set(p->fault, ERR_LIMIT, "", "The document nests deeper than %d.", CODEC_MAX_DEPTH);
        return 0;
    }
    p->levels[p->depth++] = (struct level){.d = d, .record = record};
    return 1;
}

static int on_start_map(void *ctx)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    if (!l)
        return open_record(p, p->d, p->out);
    if (!l->in_list && l->field->type == F_SUB)
        return open_record(p, l->field->of, member(l));
    if (!l->in_list || l->field->type != F_LIST)
        return wrong_item(p, l);
    void *item = next_item(p, l, l->field->of->size);
    if (!item)
        return cancel(p);
    ((struct list *)member(l))->n++;
    return open_record(p, l->field->of, item);
}

static int on_map_key(void *ctx, const unsigned char *text, size_t n)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    struct view key = {(const char *)text, (uint32_t)n};
    l->field = desc_field(l->d, key);
    if (!l->field) {
        char name[sizeof p->fault->field];
        size_t keep = n < sizeof name - 1 ? n : sizeof name - 1;
        memcpy(name, text, keep);
        name[keep] = '\0';
        fault_set(p->fault, ERR_UNKNOWN_FIELD, name, "There is no such field.");
        return cancel(p);
    }
    uint64_t bit = bit_of(l->d, l->field);
    if ((l->seen | bits(l->record)) & bit) {
        fault_set(p->fault, ERR_DUPLICATE_FIELD, l->field->name, "The field is given twice.");
        return cancel(p);
    }
    l->seen |= bit;
    return 1;
}

static int on_end_map(void *ctx)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    if (p->depth > 1 && json_require(l->d, l->record, p->fault) != ERR_OK)
        return cancel(p);
    p->depth--;
    l = top(p);
    if (l && !l->in_list)
        got(l);
    return 1;
}

static int on_start_array(void *ctx)
{
    struct parser *p = ctx;
    struct level *l = top(p);
    if (!l)
        return no_object(p);
    if (l->in_list || (l->field->type != F_LIST && l->field->type != F_WORDS))
        return wrong_item(p, l);
    l->in_list = true;
    l->room = 0;
    return 1;
}

static int on_end_array(void *ctx)
{
    struct level *l = top(ctx);
    l->in_list = false;
    got(l);
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_map_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

enum err json_decode(const struct desc *d, const char *text, size_t n, struct arena *a, void *out,
                     struct fault *f)
{
    struct parser p = {.arena = a, .fault = f, .d = d, .out = out};
    f->code = ERR_OK;
    yajl_handle yajl = yajl_alloc(&callbacks, NULL, &p);
    if (!yajl)
        return fault_set(f, ERR_NO_MEMORY, "", "%s", err_text(ERR_NO_MEMORY));
    yajl_status status = yajl_parse(yajl, (const unsigned char *)text, n);
    size_t at = yajl_get_bytes_consumed(yajl);
    if (status == yajl_status_ok) {
        status = yajl_complete_parse(yajl);
        at = n;
    }
    yajl_free(yajl);
    if (status == yajl_status_ok)
        return ERR_OK;
    if (f->code != ERR_OK)
        return f->code;
    return fault_set(f, ERR_MALFORMED, "", "The text is not valid JSON near byte %zu.", at);
}
