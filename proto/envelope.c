/*
 * envelope.c - what is in a frame: request, reply, event.
 *
 *   request  [0, id, "owner.verb", context, body]
 *   reply    [1, id, nil, result]    or    [1, id, error, nil]
 *   event    [2, "owner.event", body]
 *   error    [code, text, [[field, code, text, rule, limit], ...], retry_after_ms]
 *
 * DESIGN: a body is the last item of its frame, so it is handed on as the rest of the bytes and
 * walked once, by codec_decode(), which refuses what trails. nil as context or body means an empty
 * map. Of an error the first two items are needed; items that a later build adds are skipped.
 * When a frame cannot be read, `kind` and `id` are set as far as they were, for the refusal.
 */
#include "proto/codec.h"

#include "proto/check.h"
#include "proto/cursor.h"

#include <msgpack.h>

#include <string.h>

enum { MAX_NAME = 64, REQUEST_ITEMS = 5, REPLY_ITEMS = 4, EVENT_ITEMS = 3 };

static const struct view empty_map = {"\x80", 1};

/* ---- reading ---- */

static enum err malformed(struct fault *f, const char *what)
{
    return fault_set(f, ERR_MALFORMED, "", "The frame is malformed: %s.", what);
}

static bool read_text(struct cursor *c, struct view *out)
{
    return cursor_text(c, out) && text_valid(*out);
}

static bool read_name(struct cursor *c, struct view *out)
{
    return read_text(c, out) && out->n > 0 && out->n <= MAX_NAME;
}

/* One item as it stands; nil becomes an empty map. */
static bool read_raw(struct cursor *c, struct view *out)
{
    const unsigned char *first = c->p;
    if (cursor_nil(c)) {
        *out = empty_map;
        return true;
    }
    if (!cursor_skip(c, CODEC_MAX_DEPTH))
        return false;
    *out = (struct view){(const char *)first, (uint32_t)(c->p - first)};
    return true;
}

/* Everything up to the end. */
static bool read_rest(struct cursor *c, struct view *out)
{
    if (cursor_left(c) == 0)
        return false;
    if (cursor_left(c) == 1 && cursor_nil(c)) {
        *out = empty_map;
        return true;
    }
    *out = (struct view){(const char *)c->p, (uint32_t)cursor_left(c)};
    c->p = c->end;
    return true;
}

/* Steps over the items from `seen` to n. */
static bool skip_added(struct cursor *c, uint32_t seen, uint32_t n)
{
    for (uint32_t i = seen; i < n; i++)
        if (!cursor_skip(c, CODEC_MAX_DEPTH))
            return false;
    return true;
}

static bool read_error_field(struct cursor *c, struct remote_field *out)
{
    uint32_t n;
    struct view rule;
    bool above;
    *out = (struct remote_field){0};
    if (!cursor_array(c, &n) || n < 3 || !read_text(c, &out->field) || !read_text(c, &out->code) ||
        !read_text(c, &out->text))
        return false;
    if (n < 5)
        return skip_added(c, 3, n);
    if (!read_text(c, &rule) || !cursor_int(c, &out->limit, &above))
        return false;
    out->rule = rule_from_name(rule.p, rule.n);
    return skip_added(c, 5, n);
}

/* More fields than MAX_REMOTE_FIELDS are read and forgotten. */
static bool read_error_fields(struct cursor *c, struct remote_error *e)
{
    uint32_t n;
    if (cursor_nil(c))
        return true;
    if (!cursor_array(c, &n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        struct remote_field field;
        if (!read_error_field(c, &field))
            return false;
        if (i < MAX_REMOTE_FIELDS)
            e->fields[e->n_fields++] = field;
    }
    return true;
}

static bool read_error(struct cursor *c, struct remote_error *e)
{
    uint32_t n;
    bool above;
    if (!cursor_array(c, &n) || n < 2 || !read_name(c, &e->code) || !read_text(c, &e->text))
        return false;
    if (n > 2 && !read_error_fields(c, e))
        return false;
    if (n > 3 && !cursor_nil(c) && !cursor_int(c, &e->retry_after_ms, &above))
        return false;
    if (e->retry_after_ms < 0)
        e->retry_after_ms = 0;
    return skip_added(c, 4, n);
}

static enum err read_request(struct cursor *c, struct frame *out, struct fault *f)
{
    if (!cursor_uint(c, &out->id))
        return malformed(f, "no request id");
    if (!read_name(c, &out->name))
        return malformed(f, "no message name");
    if (!read_raw(c, &out->context))
        return malformed(f, "no context");
    return read_rest(c, &out->body) ? ERR_OK : malformed(f, "no body");
}

static enum err read_reply(struct cursor *c, struct frame *out, struct fault *f)
{
    if (!cursor_uint(c, &out->id))
        return malformed(f, "no request id");
    if (cursor_nil(c))
        return read_rest(c, &out->body) ? ERR_OK : malformed(f, "no result");
    out->is_error = true;
    if (!read_error(c, &out->error))
        return malformed(f, "no error");
    return skip_added(c, 0, 1) && cursor_left(c) == 0 ? ERR_OK
                                                      : malformed(f, "no end behind the error");
}

enum err frame_decode(const void *buf, size_t len, struct frame *out, struct fault *f)
{
    struct cursor c = cursor_of(buf, len);
    uint32_t n;
    uint64_t kind;
    memset(out, 0, sizeof *out);
    if (len > UINT32_MAX)
        return malformed(f, "it is too long");
    if (!cursor_array(&c, &n) || !cursor_uint(&c, &kind))
        return malformed(f, "it is no array that begins with its kind");
    if (kind == FRAME_REQUEST && n == REQUEST_ITEMS)
        return read_request(&c, out, f);
    if (kind == FRAME_REPLY && n == REPLY_ITEMS) {
        out->kind = FRAME_REPLY;
        return read_reply(&c, out, f);
    }
    if (kind == FRAME_EVENT && n == EVENT_ITEMS) {
        out->kind = FRAME_EVENT;
        if (!read_name(&c, &out->name))
            return malformed(f, "no event name");
        return read_rest(&c, &out->body) ? ERR_OK : malformed(f, "no body");
    }
    return malformed(f, "unknown kind or number of items");
}

/* ---- writing ---- */

/* msgpack-c's callback. */
static int append(void *b, const char *p, size_t n)
{
    return buf_append(b, p, n) == ERR_OK ? 0 : -1;
}

static void write_text(msgpack_packer *pk, struct view v)
{
    msgpack_pack_str(pk, v.n);
    if (v.n)
        msgpack_pack_str_body(pk, v.p, v.n);
}

/* The encoded record, or an empty map for NULL. */
static enum err write_record(struct buf *b, const struct desc *d, const void *record)
{
    if (!record)
        return buf_append(b, empty_map.p, empty_map.n);
    return codec_encode(d, record, b);
}

/* A frame that could not be written leaves nothing behind. */
static enum err finish(struct buf *b, size_t before, enum err e)
{
    if (e == ERR_OK && b->failed)
        e = ERR_TOO_LARGE;
    if (e != ERR_OK)
        b->n = before;
    return e;
}

enum err frame_request(struct buf *b, uint64_t id, const char *name, const struct context *ctx,
                       const struct desc *d, const void *body)
{
    size_t before = b->n;
    msgpack_packer pk;
    msgpack_packer_init(&pk, b, append);
    msgpack_pack_array(&pk, REQUEST_ITEMS);
    msgpack_pack_uint8(&pk, FRAME_REQUEST);
    msgpack_pack_uint64(&pk, id);
    write_text(&pk, view_of(name));
    enum err e = write_record(b, &CONTEXT, ctx);
    if (e == ERR_OK)
        e = write_record(b, d, body);
    return finish(b, before, e);
}

static void begin_reply(struct buf *b, uint64_t id, msgpack_packer *pk)
{
    msgpack_packer_init(pk, b, append);
    msgpack_pack_array(pk, REPLY_ITEMS);
    msgpack_pack_uint8(pk, FRAME_REPLY);
    msgpack_pack_uint64(pk, id);
}

enum err frame_reply(struct buf *b, uint64_t id, const struct desc *d, const void *result)
{
    size_t before = b->n;
    msgpack_packer pk;
    begin_reply(b, id, &pk);
    msgpack_pack_nil(&pk);
    return finish(b, before, write_record(b, d, result));
}

enum err frame_reply_encoded(struct buf *b, uint64_t id, struct view result)
{
    size_t before = b->n;
    msgpack_packer pk;
    begin_reply(b, id, &pk);
    msgpack_pack_nil(&pk);
    if (result.n == 0)
        result = empty_map;
    return finish(b, before, buf_append(b, result.p, result.n));
}

struct remote_field remote_field_of(const struct fault *f)
{
    return (struct remote_field){.field = view_of(f->field),
                                 .code = view_of(err_code(f->code)),
                                 .text = view_of(*f->text ? f->text : err_text(f->code)),
                                 .rule = f->rule,
                                 .limit = f->limit,
                                 .choices = view_of(f->choices ? f->choices : "")};
}

enum err frame_error(struct buf *b, uint64_t id, const struct remote_error *e)
{
    size_t before = b->n;
    msgpack_packer pk;
    begin_reply(b, id, &pk);
    msgpack_pack_array(&pk, 4);
    write_text(&pk, e->code);
    write_text(&pk, e->text);
    msgpack_pack_array(&pk, e->n_fields);
    for (unsigned i = 0; i < e->n_fields; i++) {
        msgpack_pack_array(&pk, 5);
        write_text(&pk, e->fields[i].field);
        write_text(&pk, e->fields[i].code);
        write_text(&pk, e->fields[i].text);
        write_text(&pk, view_of(rule_name(e->fields[i].rule)));
        msgpack_pack_int64(&pk, e->fields[i].limit);
    }
    msgpack_pack_int64(&pk, e->retry_after_ms);
    msgpack_pack_nil(&pk);
    return finish(b, before, ERR_OK);
}

enum err frame_event(struct buf *b, const struct desc *d, const void *event)
{
    size_t before = b->n;
    msgpack_packer pk;
    msgpack_packer_init(&pk, b, append);
    msgpack_pack_array(&pk, EVENT_ITEMS);
    msgpack_pack_uint8(&pk, FRAME_EVENT);
    write_text(&pk, view_of(d->name));
    return finish(b, before, write_record(b, d, event));
}
