/*
 * openapi.c - paths, operations and components of the description. Pure, no I/O.
 *
 * DESIGN: operations of one path stand together, in the order of the tables; a schema is written
 * when an operation mentions it, with everything that it mentions. One line for each path and
 * schema, so that the committed file can be compared by people.
 */
#include "gateway/openapi.h"
#include "gateway/pages.h"
#include "gateway/workbooks.h"
#include "proto/access.h"

#include <string.h>

enum { MAX_SCHEMAS = 192 };

/* A schema that must be written: of a record or message, or of a shape. */
struct wanted {
    const struct desc *desc;
    const struct shape *shape;
    const char *path; /* of a body: its path parameters are not part of it */
};

struct writer {
    struct buf *b;
    struct wanted schemas[MAX_SCHEMAS];
    unsigned n;
};

static void want_desc(struct writer *w, const struct desc *d, const char *path)
{
    for (unsigned i = 0; i < w->n; i++)
        if (w->schemas[i].desc == d)
            return;
    if (w->n == MAX_SCHEMAS) {
        w->b->failed = true;
        return;
    }
    w->schemas[w->n++] = (struct wanted){.desc = d, .path = path};
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].of && compat_field_given(&d->fields[i]))
            want_desc(w, d->fields[i].of, "");
}

static void want_shape(struct writer *w, const struct shape *s)
{
    for (unsigned i = 0; i < w->n; i++)
        if (w->schemas[i].shape == s)
            return;
    if (w->n == MAX_SCHEMAS) {
        w->b->failed = true;
        return;
    }
    w->schemas[w->n++] = (struct wanted){.shape = s, .path = ""};
    for (unsigned i = 0; i < s->n; i++)
        if (s->rows[i].inner)
            want_shape(w, s->rows[i].inner);
}

static void parameter(const struct field_desc *f, bool in_path, const char **comma, struct buf *b)
{
    buf_printf(b, "%s{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,", *comma, f->name,
               in_path ? "path" : "query", in_path || (f->flags & REQUIRED) ? "true" : "false");
    if (f->type == F_WORDS)
        buf_puts(b, "\"style\":\"form\",\"explode\":false,");
    buf_puts(b, "\"description\":");
    openapi_text(f->doc, b);
    buf_puts(b, ",\"schema\":");
    schema_of_field(f, b);
    buf_puts(b, "}");
    *comma = ",";
}

static void field_header(const char *name, const struct field_desc *f, const char **comma,
                         struct buf *b)
{
    buf_printf(b, "%s{\"name\":\"%s\",\"in\":\"header\",\"required\":false,", *comma, name);
    buf_puts(b, "\"description\":");
    openapi_text(f->doc, b);
    buf_printf(b, ",\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":%d}}",
               (int)f->max);
    *comma = ",";
}

static bool reads_query(const struct route *r)
{
    return r->method == GET || r->method == DELETE;
}

static void parameters(const struct route *r, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, ",\"parameters\":[");
    for (unsigned i = 0; r->input && i < r->input->n_fields; i++) {
        const struct field_desc *f = &r->input->fields[i];
        bool in_path = path_has(r->path, f->name);
        bool in_query = reads_query(r) && !(f->flags & SECRET) && f->type != F_SUB &&
                        f->type != F_LIST && compat_field_given(f);
        if (in_path || in_query)
            parameter(f, in_path, &comma, b);
        if (r->method == POST && strcmp(f->name, "idempotency_key") == 0)
            field_header("Idempotency-Key", f, &comma, b);
        if (r->method != POST && strcmp(f->name, "if_match") == 0)
            field_header("If-Match", f, &comma, b);
    }
    if (page_items(r))
        buf_printf(b,
                   "%s{\"name\":\"format\",\"in\":\"query\",\"required\":false,\"description\":"
                   "\"json, or csv for a file of at most 100,000 rows over all pages; `Accept: "
                   "text/csv` is the same as the latter.\",\"schema\":{\"type\":\"string\","
                   "\"enum\":[\"json\",\"csv\"]}}",
                   comma);
    buf_puts(b, "]");
}

static void request_body(struct writer *w, const struct route *r)
{
    if (!r->input || reads_query(r))
        return;
    buf_printf(w->b,
               ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":"
               "{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}}",
               r->input->type_name);
    want_desc(w, r->input, r->path);
}

static const struct desc *record_named(const char *name)
{
    for (const struct desc *const *d = all_descs; *d; d++)
        if ((*d)->kind == DESC_RECORD && strcmp((*d)->type_name, name) == 0)
            return *d;
    return NULL;
}

static void success_content(struct writer *w, const struct route *r)
{
    struct buf *b = w->b;
    const struct desc *d = r->service == SERVICE_NONE ? record_named(r->output) : r->msg->reply;
    if (r->workbook) {
        buf_puts(b,
                 ",\"content\":{\"" WORKBOOK_MEDIA_TYPE "\":{\"schema\":{\"type\":\"string\"}}}");
    } else if (r->shape) {
        buf_printf(b,
                   ",\"content\":{\"application/json\":{\"schema\":%s{\"$ref\":"
                   "\"#/components/schemas/%s\"}%s}}",
                   r->each ? "{\"type\":\"array\",\"items\":" : "", r->shape->name,
                   r->each ? "}" : "");
        want_shape(w, r->shape);
    } else if (d) {
        buf_printf(b,
                   ",\"content\":{\"application/json\":{\"schema\":{\"$ref\":"
                   "\"#/components/schemas/%s\"}}%s}",
                   d->type_name,
                   page_items(r) ? ",\"text/csv\":{\"schema\":{\"type\":\"string\"}}" : "");
        want_desc(w, d, "");
    } else if (*r->output) {
        buf_printf(b, ",\"content\":{\"%s\":{\"schema\":{\"type\":\"%s\"}}}", r->output,
                   strcmp(r->output, "application/json") == 0 ? "object" : "string");
    }
}

static void responses(struct writer *w, const struct route *r)
{
    struct buf *b = w->b;
    buf_printf(b, ",\"responses\":{\"%d\":{\"description\":\"Done.\"", r->status);
    if (page_items(r) && desc_field(r->msg->reply, view_of("next")))
        buf_puts(b, ",\"headers\":{\"Link\":{\"description\":\"rel=next names the following "
                    "page, if there is one.\",\"schema\":{\"type\":\"string\"}}}");
    if (*r->location)
        buf_puts(b, ",\"headers\":{\"Location\":{\"description\":\"Path of the new record.\","
                    "\"schema\":{\"type\":\"string\"}}}");
    success_content(w, r);
    buf_puts(b, "}");
    if (r->etag)
        buf_puts(b, ",\"304\":{\"description\":\"The same as If-None-Match names.\"}");
    if (r->local == LOCAL_READYZ || r->local == LOCAL_HEALTH) {
        buf_puts(b, ",\"503\":{\"description\":\"Something is missing.\"");
        success_content(w, r);
        buf_puts(b, "}");
    }
    buf_puts(b, ",\"default\":{\"$ref\":\"#/components/responses/problem\"}}");
}

static void operation_id(const struct route *r, struct buf *b)
{
    if (r->msg && !r->old) {
        buf_printf(b, "%s%s", r->msg->type_name, r->workbook ? "_xlsx" : "");
        return;
    }
    buf_printf(b, "%s", r->old ? "old" : "local");
    for (const char *p = method_name(r->method); *p; p++)
        buf_printf(b, "%s%c", p == method_name(r->method) ? "_" : "", *p | 0x20);
    bool gap = true;
    for (const char *p = r->path; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_';
        if (plain)
            buf_printf(b, "%s%c", gap ? "_" : "", *p);
        gap = !plain;
    }
}

static void operation(struct writer *w, const struct route *r)
{
    struct buf *b = w->b;
    const char *comma = "";
    for (const char *p = method_name(r->method); *p; p++)
        buf_printf(b, "%s%c", p == method_name(r->method) ? "\"" : "", *p | 0x20);
    buf_puts(b, "\":{\"operationId\":\"");
    operation_id(r, b);
    buf_printf(b, "\",\"tags\":[\"%s\"],\"summary\":",
               r->old                       ? "old API"
               : r->service != SERVICE_NONE ? service_name(r->service)
                                            : "gateway");
    openapi_text(r->doc, b);
    if (r->old)
        buf_puts(b, ",\"deprecated\":true");
    buf_puts(b, ",\"x-roles\":[");
    for (unsigned role = ROLE_API; role <= ROLE_ADMIN; role <<= 1) {
        if (!(r->roles & role))
            continue;
        buf_printf(b, "%s\"%s\"", comma, role_name((enum role)role));
        comma = ",";
    }
    buf_puts(b, "]");
    buf_printf(b, ",\"x-who\":\"%s\"",
               r->who == WHO_ANYBODY ? "anybody" : access_role_name(r->who));
    if (r->service != SERVICE_NONE)
        buf_printf(b, ",\"x-scope\":\"%s\",\"x-message\":\"%s\"",
                   access_scope_name((enum scope)r->msg->scope), r->msg->name);
    if (r->who == WHO_ANYBODY)
        buf_puts(b, ",\"security\":[]");
    parameters(r, b);
    request_body(w, r);
    responses(w, r);
    buf_puts(b, "}");
}

static void paths(struct writer *w, const struct routes *r)
{
    for (unsigned i = 0; i < r->n; i++) {
        bool first = true;
        for (unsigned k = 0; k < i && first; k++)
            first = strcmp(r->rows[k].path, r->rows[i].path) != 0;
        if (!first)
            continue;
        buf_printf(w->b, "%s\n\"%s\":{", i ? "," : "", r->rows[i].path);
        const char *comma = "";
        for (unsigned k = i; k < r->n; k++) {
            if (strcmp(r->rows[k].path, r->rows[i].path) != 0)
                continue;
            buf_puts(w->b, comma);
            operation(w, &r->rows[k]);
            comma = ",";
        }
        buf_puts(w->b, "}");
    }
}

static void schemas(struct writer *w)
{
    for (unsigned i = 0; i < w->n; i++) {
        const struct wanted *s = &w->schemas[i];
        buf_printf(w->b, "%s\n\"%s\":", i ? "," : "",
                   s->desc ? s->desc->type_name : s->shape->name);
        if (s->desc)
            schema_of_desc(s->desc, s->path, w->b);
        else
            schema_of_shape(s->shape, w->b);
    }
}

/* What a problem's `code` may be, and the status that comes with it. */
static void codes(struct buf *b)
{
    buf_puts(b, "\n\"x-errors\":{");
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++)
        buf_printf(b, "%s\"%s\":%d", e > ERR_OK + 1 ? "," : "", err_code((enum err)e),
                   err_http((enum err)e));
    buf_puts(b, "},");
}

/* Events travel beside the operations; their schemas are part of the contract all the same. */
static void want_events(struct writer *w)
{
    for (const struct desc *const *d = all_descs; *d; d++)
        if ((*d)->kind == DESC_EVENT)
            want_desc(w, *d, "");
}

enum err openapi_write(const struct routes *r, struct buf *b)
{
    struct writer w = {.b = b};
    buf_puts(b, "{\"openapi\":\"3.1.0\",\n\"info\":{\"title\":\"Dealer Dashboard\",\"version\":\"");
    buf_puts(b, DD_VERSION "\",\"description\":");
    openapi_text("Dealers, jobs, prospects and their figures. Errors are problem documents "
                 "(RFC 9457). Lists are read page by page: `next` of one answer is the `cursor` of "
                 "the following request.",
                 b);
    buf_puts(b, "},");
    codes(b);
    buf_puts(b, "\n\"servers\":[{\"url\":\"./\"}],\n\"security\":[{\"key\":[]},{\"session\":[]}],"
                "\n\"paths\":{");
    paths(&w, r);
    want_desc(&w, &PROBLEM, "");
    want_events(&w);
    buf_puts(b, "\n},\n\"components\":{\"securitySchemes\":{\"key\":{\"type\":\"http\",\"scheme\":"
                "\"bearer\",\"description\":\"The administrator's key.\"},\"session\":{\"type\":"
                "\"apiKey\",\"in\":\"cookie\",\"name\":\"dd_session\",\"description\":\"Set by a "
                "one-time link; its name tells role and port.\"}},\n\"responses\":{\"problem\":{"
                "\"description\":\"What went wrong.\",\"content\":{\"application/problem+json\":{"
                "\"schema\":{\"$ref\":\"#/components/schemas/problem\"}}}}},\n\"schemas\":{");
    schemas(&w);
    buf_puts(b, "\n}}}\n");
    return b->failed ? ERR_TOO_LARGE : ERR_OK;
}
