/*
 * routes.c - the array of routes from the two tables, and the matcher. Pure, no I/O.
 */
#include "gateway/routes.h"
#include "gateway/transcode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { R = ROLE_API, A = ROLE_ANALYTICS, D = ROLE_ADMIN };

/* A row as the tables give it; `input` and `shape` are names until compat compiles them. */
struct source_row {
    struct route route;
    const char *input;
    const char *shape;
};

/* clang-format off */
#define TAG_ETAG .etag = true
#define TAG_PLAIN .etag = false
#define TAG_XLSX .workbook = true
#define COUNT_EACH true
#define COUNT_ONE false
static const struct source_row sources[] = {
#define ROUTE(roles_, method_, path_, service_, msg_, status_, deadline_, tag_, location_, doc_)   \
    {{.path = path_, .doc = doc_, .location = location_, .output = "", .msg = &msg_,               \
      .input = &msg_, .status = status_, .deadline_ms = deadline_, .roles = roles_,                \
      .method = method_, .service = SERVICE_##service_, TAG_##tag_},                              \
     NULL, NULL},
#define LOCAL(roles_, method_, path_, handler_, access_, input_, output_, status_, doc_)           \
    {{.path = path_, .doc = doc_, .location = "", .output = output_, .msg = INPUT_##input_,        \
      .input = INPUT_##input_, .status = status_, .roles = roles_, .method = method_,              \
      .service = SERVICE_NONE, .who = WHO_##access_, .local = LOCAL_##handler_},                   \
     NULL, NULL},
#define INPUT_NONE NULL
#define INPUT_SESSION_START &SESSION_START
#include "gateway/routes.def"
#undef ROUTE
#undef LOCAL
#define OLD(method_, path_, service_, msg_, input_, shape_, each_, deadline_, doc_)                \
    {{.path = path_, .doc = doc_, .location = "", .output = "", .msg = &msg_, .status = 200,       \
      .deadline_ms = deadline_, .roles = R, .method = method_, .service = SERVICE_##service_,      \
      .each = COUNT_##each_, .old = true},                                   \
     #input_, #shape_},
#define IN(input_, old_, field_, how_, fallback_)
#define OUT(shape_, old_, how_, field_, argument_)
#include "gateway/compat.def"
#undef OLD
#undef IN
#undef OUT
};
/* clang-format on */

enum { N_SOURCES = sizeof sources / sizeof sources[0] };

static const char *const method_names[] = {"GET",    "POST", "PUT",  "PATCH",
                                           "DELETE", "",     "HEAD", "OPTIONS"};
static const char *const service_names[] = {"account", "dealer", "scheduler", "analytics", "", ""};

/* The record that an old shape is laid over. */
static const struct desc *shaped_record(const struct route *r)
{
    if (!r->each)
        return r->msg->reply;
    const struct field_desc *items = desc_field(r->msg->reply, view_of("items"));
    assert(items && items->type == F_LIST);
    return items->of;
}

struct routes *routes_new(void)
{
    struct routes *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->rows = calloc(N_SOURCES, sizeof *r->rows);
    r->compat = compat_new();
    if (!r->rows || !r->compat)
        goto fail;
    for (unsigned i = 0; i < N_SOURCES; i++) {
        struct route *row = &r->rows[r->n++];
        *row = sources[i].route;
        if (row->service != SERVICE_NONE)
            row->who = (enum who)row->msg->who;
        row->direct = row->service != SERVICE_NONE && !row->old && !*row->location &&
                      transcode_fits(row->msg->reply);
        if (!row->old)
            continue;
        row->input = compat_input(r->compat, sources[i].input, row->msg);
        row->shape = compat_shape(r->compat, sources[i].shape, shaped_record(row));
        if (!row->input || !row->shape)
            goto fail;
    }
    return r;
fail:
    routes_free(&r);
    return NULL;
}

void routes_free(struct routes **r)
{
    if (!*r)
        return;
    compat_free(&(*r)->compat);
    free((*r)->rows);
    free(*r);
    *r = NULL;
}

/* Does the raw path fit the template? Fills params as it goes. */
static bool fits(const struct route *r, struct view path, struct route_match *m)
{
    const char *t = r->path;
    const char *p = path.p;
    const char *end = path.p + path.n;
    m->n_params = 0;
    while (*t) {
        if (*t != '{') {
            if (p == end || *p != *t)
                return false;
            p++;
            t++;
            continue;
        }
        const char *name_end = strchr(t, '}');
        const char *begin = p;
        while (p < end && *p != '/')
            p++;
        if (p == begin)
            return false;
        assert(name_end && m->n_params < ROUTE_MAX_PARAMS);
        m->params[m->n_params++] = (struct route_param){{t + 1, (uint32_t)(name_end - t - 1)},
                                                        {begin, (uint32_t)(p - begin)}};
        t = name_end + 1;
    }
    if (r->old && p < end && *p == '/')
        p++;
    return p == end;
}

void route_find(const struct routes *r, enum role role, enum method method, struct view path,
                struct route_match *out)
{
    *out = (struct route_match){0};
    if (method == HEAD)
        method = GET;
    for (unsigned i = 0; i < r->n; i++) {
        const struct route *row = &r->rows[i];
        if (!(row->roles & (unsigned)role) || !fits(row, path, out))
            continue;
        out->allowed |= 1u << row->method;
        if (row->method == method) {
            out->route = row;
            return;
        }
    }
    out->n_params = 0;
}

enum method method_from(const char *name)
{
    for (int m = GET; m <= OPTIONS; m++)
        if (m != METHODS && strcmp(name, method_names[m]) == 0)
            return (enum method)m;
    return METHOD_UNKNOWN;
}

const char *method_name(enum method m)
{
    return m <= OPTIONS ? method_names[m] : "?";
}

const char *service_name(enum service s)
{
    return service_names[s];
}

const char *role_name(enum role r)
{
    return r == ROLE_API ? "api" : r == ROLE_ANALYTICS ? "analytics" : "admin";
}
