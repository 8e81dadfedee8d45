/*
 * main.c - prints what the pages take from our tables: openapi.json, for their TypeScript types, or
 * with `faults` what each error means in Indonesian, so that a page can say it while no service
 * answers.
 */
#include "gateway/openapi.h"

#include <stdio.h>
#include <string.h>

enum { MAX_BYTES = 4 * 1024 * 1024 };

static int print_openapi(void)
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

/* {"code": "cause advice", ...}; a text that would have to be escaped is refused. */
static int print_faults(void)
{
    for (int i = 1; i < ERR_COUNT; i++) {
        enum err e = (enum err)i;
        const char *cause = err_cause(e, ERR_INDONESIAN), *advice = err_advice(e, ERR_INDONESIAN);
        if (strpbrk(cause, "\"\\\n") || strpbrk(advice, "\"\\\n"))
            return 1;
        printf("%s\n  \"%s\": \"%s %s\"", i == 1 ? "{" : ",", err_code(e), cause, advice);
    }
    puts("\n}");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return print_openapi();
    if (argc == 2 && strcmp(argv[1], "faults") == 0)
        return print_faults();
    fputs("usage: openapi_tool [faults]\n", stderr);
    return 2;
}
