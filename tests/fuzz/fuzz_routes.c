/*
 * fuzz_routes.c - attacks the route matcher: the first byte picks role and method, the rest is a
 * raw request target.
 *
 * Properties: a match belongs to the role and the method; its parameters lie within the path, are
 * not empty and hold no slash; what was found is found again; static files are searched by the same
 * path without harm.
 */
#include "gateway/assets.h"
#include "gateway/params.h"
#include "gateway/routes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void check(const struct routes *r, enum role role, enum method method, struct view path)
{
    struct route_match m, again;
    route_find(r, role, method, path, &m);
    if (!m.route)
        return;
    require(m.route->roles & (unsigned)role);
    require(m.route->method == (method == HEAD ? GET : method));
    for (unsigned i = 0; i < m.n_params; i++) {
        struct view raw = m.params[i].raw;
        require(raw.n > 0 && raw.p >= path.p && raw.p + raw.n <= path.p + path.n);
        require(!memchr(raw.p, '/', raw.n));
        require(desc_field(m.route->input, m.params[i].name) != NULL);
    }
    route_find(r, role, method, path, &again);
    require(again.route == m.route && again.n_params == m.n_params);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct routes *routes;
    static struct assets *assets;
    static const enum role roles[] = {ROLE_API, ROLE_ANALYTICS, ROLE_ADMIN, ROLE_API};
    if (!routes) {
        routes = routes_new();
        require(routes && assets_new("", "api", &assets) == ERR_OK);
    }
    if (size < 1)
        return 0;
    struct view target = {(const char *)data + 1, (uint32_t)(size - 1)};
    const char *mark = target.n ? memchr(target.p, '?', target.n) : NULL;
    struct view path = {target.p, mark ? (uint32_t)(mark - target.p) : target.n};
    unsigned method = data[0] >> 2 & 7;
    check(routes, roles[data[0] & 3], (enum method)(method == METHODS ? HEAD : method), path);
    require(assets_find(assets, path) == NULL);
    return 0;
}
