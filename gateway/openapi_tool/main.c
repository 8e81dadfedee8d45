/*
 * main.c - prints openapi.json, for the TypeScript types of the pages.
 */
#include "gateway/openapi.h"

#include <stdio.h>

enum { MAX_BYTES = 4 * 1024 * 1024 };

int main(void)
{
    struct routes *routes = routes_new();
    struct buf b;
    buf_init(&b, MAX_BYTES);
    int code = 1;
    if (routes && openapi_write(routes, &b) == ERR_OK && fwrite(b.p, 1, b.n, stdout) == b.n)
        code = 0;
    buf_free(&b);
    routes_free(&routes);
    return code;
}
