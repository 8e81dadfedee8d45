/*
 * preview.c - what an answer would become if it were stored.
 */
#include "services/fetcher/preview.h"

#include <stdio.h>
#include <string.h>

static bool goes_on(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80; /* of a character in UTF-8 */
}

void preview_mask(struct view v, char out[PREVIEW_MAX_VALUE + 1])
{
    unsigned n = 0;

    for (uint32_t i = 0; i < v.n && n < PREVIEW_MAX_VALUE; i++) {
        char c = v.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
        if (goes_on(c))
            continue;
        out[n++] = letter ? 'x' : c >= '0' && c <= '9' ? '0' : c < ' ' ? ' ' : c;
    }
    out[n] = '\0';
}

static bool shown(const struct feed_field *field, const struct value *v)
{
    return !v->raw &&
           (field->kind == KIND_DATE || field->kind == KIND_DATETIME || field->kind == KIND_DEALER);
}

static void keep_values(struct preview *p, const struct record *r)
{
    const struct feed_part *part = &r->feed->parts[0];

    for (unsigned i = 0; i < part->n_fields && p->n_values < PREVIEW_VALUES; i++) {
        const struct value *v = &r->parent[i];
        if (!v->text.p)
            continue;
        struct preview_value *out = &p->values[p->n_values++];
        out->field = part->fields[i].json;
        if (shown(&part->fields[i], v))
            (void)snprintf(out->value, sizeof(out->value), "%.*s", (int)v->text.n, v->text.p);
        else
            preview_mask(v->text, out->value);
    }
}

static enum err on_good(void *arg, const struct record *r)
{
    struct preview *p = arg;

    if (p->good++ == 0)
        keep_values(p, r);
    return ERR_OK;
}

static enum err on_bad(void *arg, const struct bad_record *b)
{
    struct preview *p = arg;

    p->bad++;
    for (unsigned i = 0; i < p->n_reasons; i++)
        if (p->reasons[i].reason == b->reason && strcmp(p->reasons[i].field, b->field) == 0) {
            p->reasons[i].records++;
            return ERR_OK;
        }
    if (p->n_reasons < PREVIEW_REASONS) {
        struct preview_reason *out = &p->reasons[p->n_reasons++];
        out->reason = b->reason;
        out->records = 1;
        (void)snprintf(out->field, sizeof(out->field), "%s", b->field);
    }
    return ERR_OK;
}

struct record_sink preview_sink(struct preview *p)
{
    memset(p, 0, sizeof(*p));
    return (struct record_sink){.arg = p, .good = on_good, .bad = on_bad};
}
