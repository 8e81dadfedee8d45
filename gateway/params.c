/*
 * params.c - from the parts of an HTTP request to a message. Pure, no I/O.
 */
#include "gateway/params.h"
#include "proto/json.h"

#include <string.h>

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool percent_decode(struct view in, bool query, struct arena *a, struct view *out)
{
    bool plain = in.n == 0 || (!memchr(in.p, '%', in.n) && !(query && memchr(in.p, '+', in.n)));
    if (plain) {
        *out = in;
        return in.n == 0 || !memchr(in.p, 0, in.n);
    }
    char *p = arena_take(a, in.n);
    if (!p)
        return false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '%') {
            int high = i + 2 < in.n ? hex(in.p[i + 1]) : -1;
            int low = i + 2 < in.n ? hex(in.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (query && c == '+') {
            c = ' ';
        }
        if (c == 0)
            return false;
        p[n++] = c;
    }
    *out = (struct view){p, n};
    return true;
}

enum err percent_encode(struct view v, struct buf *b)
{
    static const char digits[] = "0123456789ABCDEF";
    for (uint32_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        unsigned char u = (unsigned char)c;
        bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        char escaped[3] = {'%', digits[u >> 4], digits[u & 15]};
        enum err e = unreserved ? buf_append(b, &c, 1) : buf_append(b, escaped, 3);
        if (e)
            return e;
    }
    return ERR_OK;
}

void error_from_code(enum err e, struct remote_error *out)
{
    *out = (struct remote_error){.code = view_of(err_code(e)), .text = view_of(err_text(e))};
}

void error_from_fault(struct arena *a, const struct fault *f, struct remote_error *out)
{
    error_from_code(f->code, out);
    struct view text = f->text[0] ? arena_copy(a, view_of(f->text)) : out->text;
    struct view field = arena_copy(a, view_of(f->field));
    if (text.p)
        out->text = text;
    if (field.n && field.p) {
        out->fields[0] = remote_field_of(f);
        out->fields[0].field = field;
        out->fields[0].text = out->text;
        out->n_fields = 1;
        struct view detail = arena_printf(a, "%s: %s", f->field, f->text[0] ? f->text : "");
        if (detail.n && f->text[0])
            out->text = detail;
    }
}

/* Sets a field from the path or query; the same value may have come before. */
static enum err set_once(const struct desc *d, const struct field_desc *field, struct view text,
                         struct arena *a, void *message, struct fault *f)
{
    if (!field_given(d, field, message))
        return json_field_from_text(d, field, text, a, message, f);
    struct view before;
    memcpy(&before, (char *)message + field->offset, sizeof before);
    bool textual = field->type == F_TEXT || field->type == F_UUID || field->type == F_DATE;
    if (textual && before.n == text.n && (text.n == 0 || memcmp(before.p, text.p, text.n) == 0))
        return ERR_OK;
    return fault_set(f, ERR_DUPLICATE_FIELD, field->name, "%s is given twice.", field->name);
}

static enum err read_path(const struct route_match *m, const struct desc *d, struct arena *a,
                          void *message, struct fault *f)
{
    for (unsigned i = 0; i < m->n_params; i++) {
        const struct field_desc *field = desc_field(d, m->params[i].name);
        struct view text;
        if (!field)
            return fault_set(f, ERR_INTERNAL, "", "The route names no field of its message.");
        if (!percent_decode(m->params[i].raw, false, a, &text))
            return fault_set(f, ERR_FORMAT, field->name, "The escape is broken.");
        enum err e = set_once(d, field, text, a, message, f);
        if (e)
            return e;
    }
    return ERR_OK;
}

/* A name as it may be shown in a fault: short and printable. */
static const char *shown(struct view name, char out[64])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < name.n && n < 60; i++)
        out[n++] = name.p[i] > 32 && name.p[i] < 127 ? name.p[i] : '?';
    out[n] = 0;
    return out;
}

static enum err read_pair(const struct desc *d, struct view pair, bool allowed, struct arena *a,
                          void *message, struct fault *f)
{
    const char *equal = memchr(pair.p, '=', pair.n);
    uint32_t name_n = equal ? (uint32_t)(equal - pair.p) : pair.n;
    struct view name = {pair.p, name_n};
    struct view text = {equal ? equal + 1 : pair.p + pair.n, equal ? pair.n - name_n - 1 : 0};
    char safe[64];
    if (!percent_decode(name, true, a, &name))
        return fault_set(f, ERR_FORMAT, "", "The query's escapes are broken.");
    const struct field_desc *field = d ? desc_field(d, name) : NULL;
    if (!field || !allowed || (field->flags & SECRET) || field->type == F_SUB ||
        field->type == F_LIST || !compat_field_given(field))
        return fault_set(f, ERR_UNKNOWN_FIELD, shown(name, safe), "There is no parameter %s.",
                         shown(name, safe));
    if (!percent_decode(text, true, a, &text))
        return fault_set(f, ERR_FORMAT, field->name, "The escape is broken.");
    if (field_given(d, field, message))
        return fault_set(f, ERR_DUPLICATE_FIELD, field->name, "%s is given twice.", field->name);
    return json_field_from_text(d, field, text, a, message, f);
}

/* Only GET and DELETE take parameters from the query: a body is the place for the others. */
static enum err read_query(const struct desc *d, struct view query, bool allowed, struct arena *a,
                           void *message, struct fault *f)
{
    if (query.n == 0)
        return ERR_OK;
    const char *p = query.p;
    const char *end = query.p + query.n;
    while (p < end) {
        const char *and = memchr(p, '&', (size_t)(end - p));
        const char *stop = and? and : end;
        if (stop > p) {
            enum err e =
                read_pair(d, (struct view){p, (uint32_t)(stop - p)}, allowed, a, message, f);
            if (e)
                return e;
        }
        p = stop + 1;
    }
    return ERR_OK;
}

/* Reports every required field that is absent. */
static enum err check_required(const struct desc *d, const void *message, struct arena *a,
                               struct remote_error *why)
{
    error_from_code(ERR_MISSING, why);
    for (unsigned i = 0; i < d->n_fields; i++) {
        if (!(d->fields[i].flags & REQUIRED) || field_given(d, &d->fields[i], message))
            continue;
        if (why->n_fields == MAX_REMOTE_FIELDS)
            break;
        struct view name = view_of(d->fields[i].name);
        why->fields[why->n_fields++] =
            (struct remote_field){.field = name,
                                  .code = view_of(err_code(ERR_MISSING)),
                                  .text = arena_printf(a, "%s is required.", d->fields[i].name)};
    }
    if (!why->n_fields)
        return ERR_OK;
    why->text = why->fields[0].text;
    return ERR_MISSING;
}

enum err params_read(const struct route_match *m, struct view query, struct view body,
                     struct arena *a, void **message, struct remote_error *why)
{
    const struct route *r = m->route;
    const struct desc *d = r->input;
    bool from_query = r->method == GET || r->method == DELETE;
    struct fault f = {0};
    void *out = arena_take(a, d ? d->size : sizeof(uint64_t));
    enum err e = out ? ERR_OK : ERR_NO_MEMORY;
    if (!e && body.n) {
        if (!d || from_query)
            e = fault_set(&f, ERR_UNKNOWN_FIELD, "", "This request takes no body.");
        else
            e = json_decode(d, body.p, body.n, a, out, &f);
    }
    if (!e && d)
        e = read_path(m, d, a, out, &f);
    if (!e)
        e = read_query(d, query, from_query, a, out, &f);
    if (!e && d)
        e = compat_finish(d, a, out);
    if (e) {
        if (!f.code)
            f.code = e;
        error_from_fault(a, &f, why);
        return e;
    }
    *message = out;
    return d ? check_required(d, out, a, why) : ERR_OK;
}

enum err params_key(const struct route *r, struct view key, struct arena *a, void *message,
                    struct remote_error *why)
{
    const struct field_desc *field =
        r->method == POST && r->msg ? desc_field(r->msg, view_of("idempotency_key")) : NULL;
    struct fault f = {0};
    if (!field || key.n == 0)
        return ERR_OK;
    enum err e = key.n > 200 ? ERR_LIMIT : ERR_OK;
    for (uint32_t i = 0; i < key.n && !e; i++)
        if (key.p[i] <= ' ' || key.p[i] > '~')
            e = ERR_FORMAT;
    if (e)
        e = fault_set(&f, e, field->name,
                      "Idempotency-Key takes 1 to 200 visible ASCII characters.");
    else
        e = set_once(r->msg, field, key, a, message, &f);
    if (e)
        error_from_fault(a, &f, why);
    return e;
}

enum err params_match(const struct route *r, struct view tags, struct arena *a, void *message,
                      struct remote_error *why)
{
    bool changes = r->method == PATCH || r->method == PUT || r->method == DELETE;
    const struct field_desc *field =
        changes && r->msg ? desc_field(r->msg, view_of("if_match")) : NULL;
    struct fault f = {0};
    if (!field || tags.n == 0)
        return ERR_OK;
    enum err e = set_once(r->msg, field, tags, a, message, &f);
    if (e)
        error_from_fault(a, &f, why);
    return e;
}

static enum err fill_field(const struct desc *d, struct view name, const void *record,
                           struct buf *b)
{
    const struct field_desc *f = desc_field(d, name);
    if (!f || !field_present(d, f, record))
        return ERR_INTERNAL;
    const char *at = (const char *)record + f->offset;
    if (f->type == F_INT) {
        int64_t n;
        memcpy(&n, at, sizeof n);
        return buf_printf(b, "%lld", (long long)n);
    }
    if (f->type != F_TEXT && f->type != F_UUID)
        return ERR_INTERNAL;
    struct view v;
    memcpy(&v, at, sizeof v);
    return percent_encode(v, b);
}

enum err template_fill(const char *template, const struct desc *d, const void *record,
                       struct buf *b)
{
    enum err e = ERR_OK;
    for (const char *p = template; *p && !e;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end) {
            e = fill_field(d, (struct view){p + 1, (uint32_t)(end - p - 1)}, record, b);
            p = end + 1;
        } else {
            e = buf_append(b, p++, 1);
        }
    }
    return e;
}
