/*
 * request.c - see request.h.
 */
#include "services/dgi_sim/request.h"

#include <stdio.h>
#include <string.h>

#include "services/dgi_sim/json_in.h"
#include "services/dgi_sim/wall.h"

/* A filter that is too long matches nothing, so its start may stand for it. */
static void copy(yajl_val body, const char *name, char *out, size_t size)
{
    const char *text = json_text(body, name);
    size_t n = 0;

    for (; text[n] != '\0' && n < size - 1; n++)
        out[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
    out[n] = '\0';
}

bool request_read(const char *p, size_t n, int64_t now, struct read_request *r)
{
    yajl_val body = json_read(p, n);
    bool good = YAJL_IS_OBJECT(body);

    memset(r, 0, sizeof *r);
    r->to_at = now;
    if (good) {
        copy(body, "fromTime", r->from, sizeof r->from);
        copy(body, "toTime", r->to, sizeof r->to);
        copy(body, "dealerId", r->dealer, sizeof r->dealer);
        copy(body, "idProspect", r->prospect, sizeof r->prospect);
        copy(body, "idSalesPeople", r->sales, sizeof r->sales);
        r->has_to = r->to[0] != '\0';
        good = wall_parse(r->from, &r->from_at) && (!r->has_to || wall_parse(r->to, &r->to_at));
    }
    yajl_tree_free(body);
    return good;
}
