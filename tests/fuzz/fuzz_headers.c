/*
 * fuzz_headers.c - attacks what reads header values: strictness, cookies, origins, Last-Event-ID,
 * tokens of sign-in links. The input is lines of `name: value`.
 *
 * Properties: cookies lie within their header; an accepted Last-Event-ID is one that the ring
 * holds; nothing signs in without the key.
 */
#include "gateway/fields.h"
#include "gateway/live.h"
#include "gateway/strict.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void read_value(struct view value)
{
    struct view name, cookie;
    uint64_t at;
    uint32_t position = 0;
    while (cookie_next(value, &position, &name, &cookie)) {
        require(name.p >= value.p && name.p + name.n <= value.p + value.n);
        require(cookie.p >= value.p && cookie.p + cookie.n <= value.p + value.n);
    }
    if (live_resume_point(value, 1700000000000, 5, 10, &at))
        require(at >= 5 && at <= 10);
    else
        require(at == 10);
    struct view bearer = bearer_of(value);
    require(bearer.n <= value.n);
    require(!origin_allowed(view_of("cross-site"), value, view_of("localhost:8502")));
    origin_allowed((struct view){0}, value, view_of("localhost:8502"));
    origin_allowed(value, view_of("http://localhost:8502"), value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strict s = {0};
    const char *p = (const char *)data, *end = p + size;
    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        const char *stop = line_end ? line_end : end;
        const char *colon = memchr(p, ':', (size_t)(stop - p));
        if (colon) {
            strict_header(&s, p, (size_t)(colon - p), colon + 1, (size_t)(stop - colon - 1));
            read_value((struct view){colon + 1, (uint32_t)(stop - colon - 1)});
        }
        p = stop + 1;
    }
    if (!strict_verdict(&s, true))
        require(s.hosts == 1 && s.lengths <= 1 && !(s.lengths && s.encodings) && !s.bad_name);
    return 0;
}
