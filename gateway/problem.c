/*
 * problem.c - problem documents through the record `problem`. Pure, no I/O.
 */
#include "gateway/problem.h"
#include "proto/json.h"

#include <stdio.h>

int problem_status(const struct remote_error *e)
{
    enum err code = err_from_code(e->code.p, e->code.n);
    int status = err_http(code);
    return status >= 400 ? status : 500;
}

/* The record has maxima; a longer text of a service is cut rather than refused. */
static struct view cut(struct view v, uint32_t max)
{
    if (v.n <= max)
        return v;
    uint32_t n = max;
    while (n && ((unsigned char)v.p[n] & 0xc0) == 0x80)
        n--;
    return (struct view){v.p, n};
}

enum err problem_write(const struct remote_error *e, int status, const char *request_id,
                       struct buf *b)
{
    struct problem_field rows[MAX_REMOTE_FIELDS];
    char type[128];
    enum err code = err_from_code(e->code.p, e->code.n);
    unsigned n = e->n_fields < MAX_REMOTE_FIELDS ? e->n_fields : MAX_REMOTE_FIELDS;
    for (unsigned i = 0; i < n; i++)
        rows[i] = (struct problem_field){.field = cut(e->fields[i].field, 200),
                                         .code = cut(e->fields[i].code, 64),
                                         .text = cut(e->fields[i].text, 300)};
    snprintf(type, sizeof type, "urn:dealer-dashboard:error:%s", err_code(code));
    struct problem p = {.type = view_of(type),
                        .title = view_of(err_text(code)),
                        .status = status,
                        .detail = cut(e->text.n ? e->text : view_of(err_text(code)), 1000),
                        .code = view_of(err_code(code)),
                        .errors = {rows, n},
                        .request_id = view_of(request_id)};
    return json_encode(&PROBLEM, &p, b);
}
