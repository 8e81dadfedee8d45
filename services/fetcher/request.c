/*
 * request.c - what is sent: address, headers with a fresh token, JSON body.
 */
#include "services/fetcher/request.h"

#include "services/daemon/address.h"
#include "services/fetcher/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

enum err request_url(struct view base_url, bool private, const struct feed *feed,
                     char out[REQUEST_MAX_URL])
{
    base_url = text_trim(base_url);
    if (address_url_fault(base_url, private))
        return ERR_UPSTREAM_ADDRESS;
    while (base_url.n > 0 && base_url.p[base_url.n - 1] == '/')
        base_url.n--;
    int n = snprintf(out, REQUEST_MAX_URL, "%.*s%s", (int)base_url.n, base_url.p, feed->path);
    return n > 0 && n < REQUEST_MAX_URL ? ERR_OK : ERR_UPSTREAM_ADDRESS;
}

/* Visible ASCII and inner blanks: anything else could add a header of its own. */
static bool fits_header(struct view v)
{
    for (uint32_t i = 0; i < v.n; i++)
        if (v.p[i] < ' ' || v.p[i] > '~')
            return false;
    return v.n > 0;
}

enum err request_headers(enum token_formula formula, struct view key, struct view secret,
                         int64_t unix_seconds, struct request_headers *out)
{
    char token[TOKEN_LENGTH + 1];

    key = text_trim(key);
    secret = text_trim(secret);
    if (!fits_header(key) || secret.n == 0)
        return ERR_UPSTREAM_CREDENTIAL;
    enum err err = token_make(formula, key, secret, unix_seconds, token);
    if (err != ERR_OK)
        return err;
    char(*line)[REQUEST_MAX_HEADER] = out->lines;
    const int size = REQUEST_MAX_HEADER;
    (void)snprintf(line[0], (size_t)size, "Content-Type: application/json");
    (void)snprintf(line[1], (size_t)size, "Accept: application/json");
    (void)snprintf(line[2], (size_t)size, "X-Request-Time: %" PRId64, unix_seconds);
    int longest = snprintf(line[3], (size_t)size, "DGI-API-Key: %.*s", (int)key.n, key.p);
    (void)snprintf(line[4], (size_t)size, "DGI-API-Token: %s", token);
    return longest < size ? ERR_OK : ERR_UPSTREAM_CREDENTIAL;
}

static bool pair(yajl_gen gen, const char *name, struct view v)
{
    return yajl_gen_string(gen, (const unsigned char *)name, strlen(name)) == yajl_gen_status_ok &&
           yajl_gen_string(gen, (const unsigned char *)v.p, v.n) == yajl_gen_status_ok;
}

enum err request_body(struct view from, struct view to, struct view dealer, struct buf *out)
{
    enum err err = ERR_NO_MEMORY;
    const unsigned char *text = NULL;
    size_t n = 0;
    yajl_gen gen = yajl_gen_alloc(NULL);

    if (!gen)
        goto out;
    if (yajl_gen_map_open(gen) == yajl_gen_status_ok && pair(gen, "fromTime", from) &&
        pair(gen, "toTime", to) && pair(gen, "dealerId", dealer) &&
        yajl_gen_map_close(gen) == yajl_gen_status_ok &&
        yajl_gen_get_buf(gen, &text, &n) == yajl_gen_status_ok)
        err = buf_append(out, text, n);
out:
    if (gen)
        yajl_gen_free(gen);
    return err;
}
