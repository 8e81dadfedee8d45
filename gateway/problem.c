/*
 * problem.c - problem documents through the record `problem`. Pure, no I/O.
 */
#include "gateway/problem.h"
#include "proto/json.h"

#include <stdio.h>
#include <string.h>

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

enum { MAX_CHOICES = 64 };

/* The words of `a|b|c`. */
static uint32_t split(struct view choices, struct view words[MAX_CHOICES])
{
    uint32_t n = 0;
    while (choices.n && n < MAX_CHOICES) {
        const char *bar = memchr(choices.p, '|', choices.n);
        uint32_t len = bar ? (uint32_t)(bar - choices.p) : choices.n;
        words[n++] = (struct view){choices.p, len};
        len += bar != NULL;
        choices = (struct view){choices.p + len, choices.n - len};
    }
    return n;
}

/* What was broken, beside the text; `words` holds the choices. */
static void put_rule(struct problem_field *row, const struct remote_field *field, enum err code,
                     struct view words[MAX_CHOICES])
{
    enum rule rule = field->rule ? field->rule : rule_usual(code);
    if (!rule)
        return;
    PUT(row, problem_field, rule, view_of(rule_name(rule)));
    if (rule_limit(rule) == RULE_LIMIT_MIN)
        PUT(row, problem_field, min, field->limit);
    if (rule_limit(rule) == RULE_LIMIT_MAX)
        PUT(row, problem_field, max, field->limit);
    if (field->choices.n)
        PUT(row, problem_field, choices, ((struct list){words, split(field->choices, words)}));
}

enum err problem_write(const struct remote_error *e, int status, const char *request_id,
                       struct buf *b)
{
    struct problem_field rows[MAX_REMOTE_FIELDS];
    struct view words[MAX_CHOICES];
    char type[128];
    enum err code = err_from_code(e->code.p, e->code.n);
    unsigned n = e->n_fields < MAX_REMOTE_FIELDS ? e->n_fields : MAX_REMOTE_FIELDS;
    for (unsigned i = 0; i < n; i++) {
        const struct remote_field *f = &e->fields[i];
        rows[i] = (struct problem_field){
            .field = cut(f->field, 200), .code = cut(f->code, 64), .text = cut(f->text, 300)};
        put_rule(&rows[i], f, err_from_code(f->code.p, f->code.n), words);
    }
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
