/*
 * fuzz_fields.c - any bytes as a header Cookie, Authorization or Origin.
 *
 * Properties: a trimmed value is trimmed; the pairs of a cookie hold no separators and, written
 * again, are read as the same; credentials lie within their header and begin with no blank; an
 * origin that is let in is the host's own by one of two schemes.
 */
#include "gateway/fields.h"
#include "proto/codec.h"
#include "proto/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static bool same(struct view a, struct view b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool inside(struct view v, struct view whole)
{
    return v.n == 0 || (v.p >= whole.p && v.p + v.n <= whole.p + whole.n);
}

static bool has(struct view v, char c)
{
    return v.n && memchr(v.p, c, v.n);
}

static unsigned write_again(struct view header, struct buf *b)
{
    struct view name, value;
    unsigned n = 0;
    for (uint32_t at = 0; cookie_next(header, &at, &name, &value); n++) {
        require(inside(name, header) && inside(value, header));
        require(!has(name, ';') && !has(name, '=') && !has(value, ';'));
        require(same(field_trim(name), name) && same(field_trim(value), value));
        if (n)
            buf_append(b, "; ", 2);
        buf_append(b, name.p, name.n);
        buf_append(b, "=", 1);
        buf_append(b, value.p, value.n);
    }
    return n;
}

static void read_cookies(struct view header)
{
    struct buf first, second;
    buf_init(&first, 1 << 22);
    buf_init(&second, 1 << 22);
    unsigned n = write_again(header, &first);
    require(write_again(buf_view(&first), &second) == n);
    require(same(buf_view(&first), buf_view(&second)));
    buf_free(&first);
    buf_free(&second);
}

static void read_origin(struct view v)
{
    struct view host = view_of("localhost:8502");
    if (origin_allowed((struct view){0}, v, host)) {
        require(v.n == 7 + host.n || v.n == 8 + host.n);
        require(strncasecmp(v.p + v.n - host.n, host.p, host.n) == 0);
    }
    if (v.n && origin_allowed(v, view_of("http://localhost:8502"), host))
        require(view_is(v, "same-origin") || view_is(v, "none"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view v = {(const char *)data, (uint32_t)size}, bearer = bearer_of(v);
    require(same(field_trim(field_trim(v)), field_trim(v)));
    require(inside(bearer, v) && same(field_trim(bearer), bearer));
    require(!bearer.n || strncasecmp(v.p, "Bearer ", 7) == 0);
    read_cookies(v);
    read_origin(v);
    return 0;
}
