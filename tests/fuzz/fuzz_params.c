/*
 * fuzz_params.c - attacks the way from a request to a message: the first byte picks the route, then
 * come the path's parameter, the query and the body, separated by line feeds.
 *
 * Properties: what is accepted can be sent over the bus and arrives; what is refused names a reason
 * that can be written as a problem document.
 */
#include "gateway/params.h"
#include "gateway/problem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 8 << 20 };

static void require(bool ok)
{
    if (!ok)
        abort();
}

static struct view cut(struct view *rest)
{
    const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    uint32_t n = end ? (uint32_t)(end - rest->p) : rest->n;
    struct view part = {rest->p, n};
    uint32_t skip = end ? n + 1 : n;
    rest->p += skip;
    rest->n -= skip;
    return part;
}

static void accepted(const struct route *r, const void *message, struct arena *a)
{
    struct buf b;
    struct fault f;
    buf_init(&b, MAX_BYTES);
    require(codec_encode(r->msg, message, &b) == ERR_OK);
    void *arrived = arena_take(a, r->msg->size);
    if (arrived)
        require(codec_decode(r->msg, b.p, b.n, a, arrived, &f) == ERR_OK);
    buf_free(&b);
}

static void refused(const struct remote_error *why)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    require(why->code.n > 0 && problem_status(why) >= 400);
    require(problem_write(why, problem_status(why), "id", &b) == ERR_OK);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct routes *routes;
    struct route_match m = {0};
    struct remote_error why = {0};
    struct arena a;
    void *message = NULL;
    if (!routes)
        require((routes = routes_new()) != NULL);
    if (size < 1)
        return 0;
    m.route = &routes->rows[data[0] % routes->n];
    struct view rest = {(const char *)data + 1, (uint32_t)(size - 1)};
    struct view parameter = cut(&rest);
    struct view query = cut(&rest);
    const char *brace = strchr(m.route->path, '{');
    if (brace && parameter.n) {
        struct view name = {brace + 1, (uint32_t)(strchr(brace, '}') - brace - 1)};
        m.params[m.n_params++] = (struct route_param){name, parameter};
    }
    arena_init(&a, MAX_BYTES);
    if (params_read(&m, query, rest, &a, &message, &why))
        refused(&why);
    else if (m.route->msg)
        accepted(m.route, message, &a);
    arena_free(&a);
    return 0;
}
