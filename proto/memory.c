/*
 * memory.c - arena and buffer.
 *
 * DESIGN: the arena is a list of blocks, the newest first; each is twice as large as the one
 * before, up to 1 MiB, so that the block that arena_reset() keeps fits what the owner usually
 * needs. Memory is cleared when it is handed out, because a kept block is dirty.
 *
 * THREADS: none of its own; one owner per container. OWNERSHIP: blocks and bytes belong to the
 * container.
 */
#include "proto/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_FIRST_BLOCK = 4096, ARENA_LARGEST_STEP = 1 << 20, ARENA_ALIGN = 16, BUF_FIRST = 256 };

struct arena_block {
    struct arena_block *next; /* older one */
    size_t cap;               /* bytes in data */
    size_t used;              /* handed out of data */
    size_t unused;            /* keeps data aligned */
    char data[];
};

_Static_assert(sizeof(struct arena_block) % ARENA_ALIGN == 0, "data must be aligned for any type");

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes};
}

static struct arena_block *add_block(struct arena *a, size_t n)
{
    size_t cap = a->head ? a->head->cap * 2 : ARENA_FIRST_BLOCK;
    if (cap > ARENA_LARGEST_STEP)
        cap = ARENA_LARGEST_STEP;
    if (cap < n)
        cap = n;
    struct arena_block *block = malloc(sizeof *block + cap);
    if (!block)
        return NULL;
    block->next = a->head;
    block->cap = cap;
    block->used = 0;
    a->head = block;
    return block;
}

void *arena_take(struct arena *a, size_t n)
{
    if (n > a->max_bytes)
        return NULL;
    n = n ? (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1) : ARENA_ALIGN;
    if (a->used_bytes > a->max_bytes || n > a->max_bytes - a->used_bytes)
        return NULL;
    struct arena_block *block = a->head;
    if (!block || block->cap - block->used < n) {
        block = add_block(a, n);
        if (!block)
            return NULL;
    }
    void *p = block->data + block->used;
    block->used += n;
    a->used_bytes += n;
    return memset(p, 0, n);
}

struct view arena_copy(struct arena *a, struct view v)
{
    char *p = arena_take(a, v.n);
    if (!p)
        return (struct view){NULL, 0};
    if (v.n)
        memcpy(p, v.p, v.n);
    return (struct view){p, v.n};
}

struct view arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : arena_take(a, (size_t)n + 1);
    if (!p)
        return (struct view){NULL, 0};
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return (struct view){p, (uint32_t)n};
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_reset(struct arena *a)
{
    a->used_bytes = 0;
    if (a->head) {
        free_blocks(a->head->next);
        a->head->next = NULL;
        a->head->used = 0;
    }
}

void arena_free(struct arena *a)
{
    free_blocks(a->head);
    a->head = NULL;
    a->used_bytes = 0;
}

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max_bytes = max_bytes};
}

/* Makes room for n more bytes. */
static enum err grow(struct buf *b, size_t n)
{
    if (b->failed || n > b->max_bytes || b->n > b->max_bytes - n) {
        b->failed = true;
        return ERR_TOO_LARGE;
    }
    size_t cap = b->cap ? b->cap : BUF_FIRST;
    while (cap < b->n + n && cap <= b->max_bytes / 2)
        cap *= 2;
    if (cap < b->n + n || cap > b->max_bytes)
        cap = b->max_bytes;
    char *p = realloc(b->p, cap);
    if (!p) {
        b->failed = true;
        return ERR_NO_MEMORY;
    }
    b->p = p;
    b->cap = cap;
    return ERR_OK;
}

enum err buf_append(struct buf *b, const void *p, size_t n)
{
    if (b->failed || b->cap - b->n < n) {
        enum err e = grow(b, n);
        if (e != ERR_OK)
            return e;
    }
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    return ERR_OK;
}

enum err buf_puts(struct buf *b, const char *s)
{
    return buf_append(b, s, strlen(s));
}

enum err buf_printf(struct buf *b, const char *format, ...)
{
    char small[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
        return ERR_INTERNAL;
    }
    if ((size_t)n < sizeof small)
        return buf_append(b, small, (size_t)n);
    char *large = malloc((size_t)n + 1);
    if (!large) {
        b->failed = true;
        return ERR_NO_MEMORY;
    }
    va_start(args, format);
    vsnprintf(large, (size_t)n + 1, format, args);
    va_end(args);
    enum err e = buf_append(b, large, (size_t)n);
    free(large);
    return e;
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.max_bytes = b->max_bytes};
}

struct view buf_view(const struct buf *b)
{
    return (struct view){b->p, (uint32_t)b->n};
}
