/*
 * schema_json.c - JSON Schema from descriptors and shapes. Pure, no I/O.
 */
#include "gateway/openapi.h"
#include "proto/json.h"

#include <inttypes.h>
#include <string.h>

/* Larger numbers lose bits in JavaScript; a limit beyond says nothing to a reader. */
#define LARGEST_SAFE (INT64_C(1) << 53)

void openapi_text(const char *s, struct buf *b)
{
    if (json_encode_text(view_of(s), b))
        b->failed = true;
}

bool path_has(const char *path, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strchr(path, '{'); p; p = strchr(p + 1, '{'))
        if (strncmp(p + 1, name, n) == 0 && p[n + 1] == '}')
            return true;
    return false;
}

static void choices(const char *words, struct buf *b)
{
    buf_puts(b, ",\"enum\":[");
    for (const char *p = words; *p;) {
        const char *end = strchrnul(p, '|');
        buf_printf(b, "%s\"%.*s\"", p == words ? "" : ",", (int)(end - p), p);
        p = *end ? end + 1 : end;
    }
    buf_puts(b, "]");
}

/* {"type": ... without the closing brace */
static void open_type(const struct field_desc *f, struct buf *b)
{
    static const char *const types[] = {
        [F_TEXT] = "\"type\":\"string\"",
        [F_BLOB] = "\"type\":\"string\",\"contentEncoding\":\"base64\"",
        [F_INT] = "\"type\":\"integer\",\"format\":\"int64\"",
        [F_REAL] = "\"type\":\"number\"",
        [F_BOOL] = "\"type\":\"boolean\"",
        [F_TIME] = "\"type\":\"string\",\"format\":\"date-time\"",
        [F_DATE] = "\"type\":\"string\",\"format\":\"date\"",
        [F_UUID] = "\"type\":\"string\",\"format\":\"uuid\"",
        [F_ENUM] = "\"type\":\"string\"",
        [F_LIST] = "\"type\":\"array\"",
        [F_WORDS] = "\"type\":\"array\"",
    };
    buf_puts(b, "{");
    if (f->flags & NULLABLE)
        buf_puts(b, "\"type\":[\"integer\",\"null\"],\"format\":\"int64\"");
    else if (f->type == F_SUB)
        buf_printf(b, "\"$ref\":\"#/components/schemas/%s\"", f->of->type_name);
    else
        buf_puts(b, types[f->type]);
    if (f->type == F_ENUM)
        choices(f->choices, b);
    if (f->type == F_TEXT)
        buf_printf(b, ",\"maxLength\":%" PRId64, f->max);
    if (f->type == F_LIST)
        buf_printf(b, ",\"maxItems\":%" PRId64 ",\"items\":{\"$ref\":\"#/components/schemas/%s\"}",
                   f->max, f->of->type_name);
    if (f->type == F_WORDS)
        buf_printf(b,
                   ",\"maxItems\":%" PRId64 ",\"items\":{\"type\":\"string\",\"maxLength\":%" PRIu32
                   "}",
                   f->max, f->item_max);
    if (f->type == F_INT && f->min >= -LARGEST_SAFE)
        buf_printf(b, ",\"minimum\":%" PRId64, f->min);
    if (f->type == F_INT && f->max <= LARGEST_SAFE)
        buf_printf(b, ",\"maximum\":%" PRId64, f->max);
}

static void example(const struct field_desc *f, struct buf *b)
{
    if (!*f->example)
        return;
    buf_puts(b, ",\"examples\":[");
    if (f->type == F_WORDS)
        buf_puts(b, "[");
    if (f->type == F_INT || f->type == F_REAL || f->type == F_BOOL)
        buf_puts(b, f->example);
    else
        openapi_text(f->example, b);
    buf_puts(b, f->type == F_WORDS ? "]]" : "]");
}

void schema_of_field(const struct field_desc *f, struct buf *b)
{
    open_type(f, b);
    buf_puts(b, ",\"description\":");
    openapi_text(f->doc, b);
    example(f, b);
    if (f->flags & SECRET)
        buf_puts(b, ",\"writeOnly\":true");
    buf_puts(b, "}");
}

void schema_of_desc(const struct desc *d, const char *path, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, "{\"type\":\"object\",\"description\":");
    openapi_text(d->doc, b);
    buf_puts(b, ",\"properties\":{");
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        if (!compat_field_given(f) || path_has(path, f->name))
            continue;
        buf_printf(b, "%s\"%s\":", comma, f->name);
        schema_of_field(f, b);
        comma = ",";
    }
    buf_puts(b, "}");
    comma = "";
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        if (!(f->flags & REQUIRED) || !compat_field_given(f) || path_has(path, f->name))
            continue;
        buf_printf(b, "%s\"%s\"", *comma ? comma : ",\"required\":[", f->name);
        comma = ",";
    }
    buf_puts(b, *comma ? "]" : "");
    /* A message with a field that is not known is refused; answers may grow. */
    buf_puts(b, d->kind == DESC_MSG ? ",\"additionalProperties\":false}" : "}");
}

/* The new words of `a=x|b=y`, each once. */
static void translated(const char *words, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, "{\"type\":\"string\",\"enum\":[");
    for (const char *p = words; *p;) {
        const char *equal = strchr(p, '=');
        const char *end = strchrnul(p, '|');
        int n = (int)(end - equal);
        bool seen = false;
        for (const char *q = words; q < p && !seen;) {
            const char *q_equal = strchr(q, '=');
            const char *q_end = strchrnul(q, '|');
            seen = q_end - q_equal == n && strncmp(q_equal, equal, (size_t)n) == 0;
            q = *q_end ? q_end + 1 : q_end;
        }
        if (!seen) {
            buf_printf(b, "%s\"%.*s\"", comma, n - 1, equal + 1);
            comma = ",";
        }
        p = *end ? end + 1 : end;
    }
    buf_puts(b, "]}");
}

static void shape_row(const struct shape_row *row, struct buf *b)
{
    bool optional = row->field && !(row->field->flags & REQUIRED);
    switch (row->how) {
    case SHAPE_FIELD:
        if (optional)
            buf_puts(b, "{\"anyOf\":[");
        schema_of_field(row->field, b);
        if (optional)
            buf_puts(b, ",{\"type\":\"null\"}]}");
        break;
    case SHAPE_FIRST:
        buf_puts(b, "{\"type\":[\"string\",\"null\"]}");
        break;
    case SHAPE_WORD:
        translated(row->argument, b);
        break;
    case SHAPE_TEXT:
        buf_puts(b, "{\"type\":\"string\",\"const\":");
        openapi_text(row->argument, b);
        buf_puts(b, "}");
        break;
    case SHAPE_OBJECT:
        buf_printf(b, "{\"anyOf\":[{\"$ref\":\"#/components/schemas/%s\"},{\"type\":\"null\"}]}",
                   row->inner->name);
        break;
    case SHAPE_ARRAY:
    case SHAPE_NONZERO:
        buf_printf(b, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}}",
                   row->inner->name);
        break;
    }
}

void schema_of_shape(const struct shape *s, struct buf *b)
{
    buf_puts(b, "{\"type\":\"object\",\"properties\":{");
    for (unsigned i = 0; i < s->n; i++) {
        buf_printf(b, "%s\"%s\":", i ? "," : "", s->rows[i].name);
        shape_row(&s->rows[i], b);
    }
    buf_puts(b, "},\"required\":[");
    for (unsigned i = 0; i < s->n; i++)
        buf_printf(b, "%s\"%s\"", i ? "," : "", s->rows[i].name);
    buf_puts(b, "]}");
}
