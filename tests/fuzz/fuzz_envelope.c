/*
 * fuzz_envelope.c - attacks frame_decode() with whole frames.
 *
 * Property: the parts of an accepted frame lie inside of it; errors and events that are written
 * from what was read are read as the same; a request's context is read or refused, as serve does.
 */
#include "proto/check.h"
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok)
        abort();
}

/* In the frame, or the constant that stands for an absent map. */
static void inside(struct view v, const uint8_t *data, size_t size)
{
    const uint8_t *p = (const uint8_t *)v.p;
    if (v.n == 0 || (v.n == 1 && *p == 0x80))
        return;
    require(p >= data && p + v.n <= data + size);
}

static void same_text(struct view a, struct view b)
{
    require(a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0));
}

static void error_returns(const struct frame *in)
{
    struct buf b;
    struct frame out;
    struct fault f;
    buf_init(&b, 1 << 22);
    require(frame_error(&b, in->id, &in->error) == ERR_OK);
    require(frame_decode(b.p, b.n, &out, &f) == ERR_OK);
    require(out.is_error && out.id == in->id && out.error.n_fields == in->error.n_fields);
    require(out.error.retry_after_ms == in->error.retry_after_ms);
    same_text(out.error.code, in->error.code);
    same_text(out.error.text, in->error.text);
    for (unsigned i = 0; i < out.error.n_fields; i++) {
        same_text(out.error.fields[i].field, in->error.fields[i].field);
        same_text(out.error.fields[i].code, in->error.fields[i].code);
        same_text(out.error.fields[i].text, in->error.fields[i].text);
    }
    buf_free(&b);
}

static void result_returns(const struct frame *in)
{
    struct buf b;
    struct frame out;
    struct fault f;
    buf_init(&b, 1 << 22);
    require(frame_reply_encoded(&b, in->id, in->body) == ERR_OK);
    require(frame_decode(b.p, b.n, &out, &f) == ERR_OK);
    require(!out.is_error && out.id == in->id);
    same_text(out.body, in->body);
    buf_free(&b);
}

/* What serve.c does with each frame that comes in. */
static void request_is_taken(const struct frame *in)
{
    struct arena a;
    struct fault f;
    struct context ctx;
    require(text_valid(in->name) && in->name.n > 0 && in->name.n <= 64);
    arena_init(&a, 1 << 20);
    enum err e = codec_decode(&CONTEXT, in->context.p, in->context.n, &a, &ctx, &f);
    const struct desc *d = desc_by_name(in->name);
    void *body = d ? arena_take(&a, d->size) : NULL;
    if (e == ERR_OK && body && codec_decode(d, in->body.p, in->body.n, &a, body, &f) == ERR_OK) {
        struct buf b;
        struct frame out;
        buf_init(&b, 1 << 22);
        require(frame_request(&b, in->id, d->name, &ctx, d, body) == ERR_OK);
        require(frame_decode(b.p, b.n, &out, &f) == ERR_OK);
        require(out.id == in->id);
        same_text(out.name, in->name);
        buf_free(&b);
    }
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame;
    struct fault f;
    if (frame_decode(data, size, &frame, &f) != ERR_OK) {
        require(f.code == ERR_MALFORMED && f.text[0]);
        return 0;
    }
    inside(frame.name, data, size);
    inside(frame.context, data, size);
    inside(frame.body, data, size);
    if (frame.kind == FRAME_REQUEST)
        request_is_taken(&frame);
    else if (frame.is_error)
        error_returns(&frame);
    else if (frame.kind == FRAME_REPLY)
        result_returns(&frame);
    return 0;
}
