/*
 * spool.h - one answer as it comes in: memory up to 64 KiB, before it an unlinked file.
 *
 * DESIGN: nothing is known about an answer's size beforehand, and many come in at once, so each
 * gets little memory; what it holds goes to the file when it is full, so that small pieces cost no
 * call of the system each. It is read back in pieces. The file has no name: whatever happens to the
 * process, no personal data stay behind.
 *
 * THREADS: filled by the loop's thread (a replay's by the store's), read by the store's; handed
 * over, never shared.
 */
#ifndef FETCHER_SPOOL_H
#define FETCHER_SPOOL_H

#include "proto/memory.h"

enum { SPOOL_MEMORY = 64 * 1024 };

struct spool {
    struct buf memory;  /* the end of the answer; all of it while it is small */
    int file;           /* what comes before; -1 = nothing */
    size_t n;           /* bytes so far */
    size_t max_bytes;   /* ERR_UPSTREAM_TOO_LARGE beyond */
    const char *folder; /* of the file; borrowed */
};

void spool_init(struct spool *s, const char *folder);

/* Empty again, ready for an answer of at most max_bytes. */
void spool_reset(struct spool *s, size_t max_bytes);

enum err spool_write(struct spool *s, const void *p, size_t n) MUST_CHECK;

/* Up to n bytes of what was written, from an offset; *got less than n only at the end. */
enum err spool_read(const struct spool *s, size_t from, void *p, size_t n, size_t *got) MUST_CHECK;

void spool_free(struct spool *s);

#endif
