/*
 * spool.h - one answer as it comes in: memory up to 4 MiB, then an unlinked file.
 *
 * DESIGN: nothing is known about an answer's size beforehand, and several come in at once. Reading
 * maps the file, so the parser sees one piece either way. The file has no name: whatever happens to
 * the process, no personal data stay behind.
 *
 * THREADS: filled by the loop's thread, read by the store's; handed over, never shared.
 */
#ifndef FETCHER_SPOOL_H
#define FETCHER_SPOOL_H

#include "proto/memory.h"

enum { SPOOL_MEMORY = 4 * 1024 * 1024, SPOOL_KEEP = 256 * 1024 };

struct spool {
    struct buf memory;  /* the whole answer while it is small */
    int file;           /* -1 while it is */
    size_t n;           /* bytes so far */
    size_t max_bytes;   /* ERR_UPSTREAM_TOO_LARGE beyond */
    const char *folder; /* of the file; borrowed */
    void *map;          /* made by spool_view() */
};

void spool_init(struct spool *s, const char *folder);

/* Empty again, ready for an answer of at most max_bytes; keeps a little memory. */
void spool_reset(struct spool *s, size_t max_bytes);

enum err spool_write(struct spool *s, const void *p, size_t n) MUST_CHECK;

/* The whole answer; valid until reset or free. */
enum err spool_view(struct spool *s, struct view *out) MUST_CHECK;

void spool_free(struct spool *s);

#endif
