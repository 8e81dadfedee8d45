/*
 * memory.h - the two containers of bytes: an arena and a growing buffer, both with a maximum.
 *
 * DESIGN: neither can be made without a maximum. An arena hands out zeroed memory that lives until
 * arena_reset(); a buffer grows by doubling. When the maximum is reached, or malloc fails, the call
 * fails and the container stays usable. Not thread safe; one owner each.
 */
#ifndef PROTO_MEMORY_H
#define PROTO_MEMORY_H

#include "proto/errors.h"
#include "proto/schema.h"

#include <stdarg.h>

struct arena_block;

struct arena {
    struct arena_block *head; /* newest block; owned */
    size_t used_bytes;        /* handed out since the last reset */
    size_t max_bytes;         /* arena_take() beyond it fails */
};

void arena_init(struct arena *a, size_t max_bytes);

/* n zeroed bytes, aligned for any type; NULL when the maximum is reached. n may be 0. */
void *arena_take(struct arena *a, size_t n);

/* A copy of v in the arena; p is NULL when the maximum is reached. */
struct view arena_copy(struct arena *a, struct view v);

/* printf into the arena; an empty view when the maximum is reached. */
struct view arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Everything handed out is invalid afterwards; one block is kept for reuse. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

struct buf {
    char *p;          /* owned; NULL until the first byte */
    size_t n;         /* bytes in use */
    size_t cap;       /* bytes allocated */
    size_t max_bytes; /* never grows beyond */
    bool failed;      /* sticky: an append did not fit; the content is not complete */
};

void buf_init(struct buf *b, size_t max_bytes);
enum err buf_append(struct buf *b, const void *p, size_t n);
enum err buf_puts(struct buf *b, const char *s);
enum err buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Empty and usable again; keeps its memory. */
void buf_reset(struct buf *b);
void buf_free(struct buf *b);
struct view buf_view(const struct buf *b);

#endif
