/*
 * codec.h - structs to and from MessagePack by descriptor.
 *
 * DESIGN: msgpack-c writes. It has no limits when it reads (five bytes can make it map
 * gigabytes), so reading is a bounded cursor that never passes the end of the frame, compares each
 * count with the bytes that are left before it takes memory, and stops at CODEC_MAX_DEPTH.
 * A message is a map of field name to value; nested records are maps, lists are arrays; absent
 * optional fields are left out; nil counts as absent. Unknown fields are skipped; duplicates,
 * missing required fields, values beyond the table's limits and trailing bytes are faults.
 */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include "proto/memory.h"
#include "proto/rules.h"

enum { CODEC_MAX_DEPTH = 16 };

/* What was wrong and where; `field` is a path such as `items[3].name`, "" for the whole. */
struct fault {
    enum err code;
    char field[128];
    char text[160];      /* one sentence for a person */
    enum rule rule;      /* what was broken; RULE_NONE: the usual of the code */
    int64_t limit;       /* of the rule, if it has one */
    const char *choices; /* `a|b|c`, static; NULL: none are told */
};

/* Fills f and returns its code. */
enum err fault_set(struct fault *f, enum err code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Likewise, with the rule that was broken, whose code it has; `limit`: its number, if it has one.
 */
enum err fault_rule(struct fault *f, enum rule rule, int64_t limit, const char *field,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Puts `prefix.` or `prefix[index].` before the field's path (index < 0: none). */
void fault_within(struct fault *f, const char *prefix, long index);

/* Reads one message of `len` bytes into `out` (d->size bytes, overwritten). Views in it point into
 * buf, lists into the arena. On an error `out` must not be used and `f` says why. */
enum err codec_decode(const struct desc *d, const void *buf, size_t len, struct arena *a, void *out,
                      struct fault *f) MUST_CHECK;

/* Appends the message to b. ERR_TOO_LARGE when b is full. Values beyond the table's limits are a
 * mistake of the caller and fail with ERR_LIMIT, so that a peer never has to refuse our message. */
enum err codec_encode(const struct desc *d, const void *in, struct buf *b) MUST_CHECK;

/* Checks lengths, ranges, words, UTF-8, dates, UUIDs of one present field; the codec and the JSON
 * mapping both end here. `at` is the member. */
enum err field_check(const struct field_desc *f, const void *at, struct fault *fault) MUST_CHECK;

/* ---- the envelope: what is in a frame ---- */

enum frame_kind { FRAME_REQUEST = 0, FRAME_REPLY = 1, FRAME_EVENT = 2 };

enum { MAX_REMOTE_FIELDS = 32 };

/* One field error of an answer; views into the frame. */
struct remote_field {
    struct view field;
    struct view code;
    struct view text;
    enum rule rule;      /* RULE_NONE: the usual of the code */
    int64_t limit;       /* of the rule, if it has one */
    struct view choices; /* empty: none are told; never over the bus */
};

/* The one field of a fault; views into it. */
struct remote_field remote_field_of(const struct fault *f);

/* `[code, text, [[field, code, text, rule, limit], ...], retry_after_ms]`; n_fields 0 and empty
 * code = none. */
struct remote_error {
    struct view code;
    struct view text;
    struct remote_field fields[MAX_REMOTE_FIELDS];
    unsigned n_fields;
    int64_t retry_after_ms; /* 0 = not said */
};

struct frame {
    enum frame_kind kind;
    uint64_t id;         /* request, reply */
    struct view name;    /* request, event: wire name */
    struct view context; /* request: msgpack of a context record */
    struct view body;    /* msgpack of the message, result or event; empty in an error reply */
    bool is_error;       /* reply */
    struct remote_error error; /* reply with is_error */
};

/* Splits a frame; views point into buf. */
enum err frame_decode(const void *buf, size_t len, struct frame *out, struct fault *f) MUST_CHECK;

/* Append a whole frame to b. `body` is an encoded message (NULL p with n 0: an empty map). */
enum err frame_request(struct buf *b, uint64_t id, const char *name, const struct context *ctx,
                       const struct desc *d, const void *body) MUST_CHECK;
enum err frame_reply(struct buf *b, uint64_t id, const struct desc *d,
                     const void *result) MUST_CHECK;
enum err frame_reply_encoded(struct buf *b, uint64_t id, struct view result) MUST_CHECK;
enum err frame_error(struct buf *b, uint64_t id, const struct remote_error *e) MUST_CHECK;
enum err frame_event(struct buf *b, const struct desc *d, const void *event) MUST_CHECK;

#endif
