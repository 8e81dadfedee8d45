/*
 * parameters.c - parameters as text: see parameters.h.
 */
#include "services/daemon/parameters.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { MAX_BYTES = 32 * 1024 * 1024, KEEP_BYTES = 1024 * 1024 };

void parameters_init(struct parameters *p)
{
    memset(p, 0, sizeof *p);
    buf_init(&p->bytes, MAX_BYTES);
}

void parameters_free(struct parameters *p)
{
    buf_free(&p->bytes);
}

static void put_words(struct buf *b, struct list words)
{
    buf_puts(b, "{");
    for (uint32_t i = 0; i < words.n; i++) {
        const struct view *v = LIST_AT(struct view, &words, i);
        buf_puts(b, i ? ",\"" : "\"");
        for (uint32_t k = 0; k < v->n; k++) {
            if (v->p[k] == '"' || v->p[k] == '\\')
                buf_puts(b, "\\");
            buf_append(b, v->p + k, 1);
        }
        buf_puts(b, "\"");
    }
    buf_puts(b, "}");
}

static void put_ints(struct buf *b, const int64_t *ints, size_t n)
{
    buf_puts(b, "{");
    for (size_t i = 0; i < n; i++)
        buf_printf(b, i ? ",%" PRId64 : "%" PRId64, ints[i]);
    buf_puts(b, "}");
}

static void put_param(struct buf *b, const struct param *param)
{
    switch (param->type) {
    case PARAM_NULL:
        break;
    case PARAM_TEXT:
        buf_append(b, param->text.p, param->text.n);
        break;
    case PARAM_INT:
        buf_printf(b, "%" PRId64, param->number);
        break;
    case PARAM_BOOL:
        buf_puts(b, param->number ? "t" : "f");
        break;
    case PARAM_WORDS:
        put_words(b, param->words);
        break;
    case PARAM_INTS:
        put_ints(b, param->ints, param->n_ints);
        break;
    }
}

enum err parameters_set(struct parameters *p, const struct param *params, int n)
{
    size_t starts[MAX_PARAMS];
    assert(n >= 0 && n <= MAX_PARAMS);
    if (p->bytes.cap > KEEP_BYTES)
        buf_free(&p->bytes); /* one large statement must not keep its memory for ever */
    buf_reset(&p->bytes);
    for (int i = 0; i < n; i++) {
        starts[i] = p->bytes.n;
        put_param(&p->bytes, &params[i]);
        if (memchr(p->bytes.p ? p->bytes.p + starts[i] : "x", '\0', p->bytes.n - starts[i]))
            return ERR_UTF8;
        buf_append(&p->bytes, "", 1);
    }
    if (p->bytes.failed)
        return ERR_TOO_LARGE;
    /* Only now: the block may have moved while it grew. */
    for (int i = 0; i < n; i++)
        p->values[i] = params[i].type == PARAM_NULL ? NULL : p->bytes.p + starts[i];
    return ERR_OK;
}
