/*
 * scribe.h - writes workbooks beside the loop: one thread, one after the other.
 *
 * DESIGN: a task goes to the thread and comes back through a descriptor that the loop watches. In
 * between nobody else touches it, but for `stop`. The file has no name while it is written, so that
 * it is gone when its descriptor is; what the library puts beside it is unlinked as soon as it is
 * open. All of it is in a folder of the process's own, which is cleared at the start: a process
 * that was killed between two of those calls leaves nothing for long.
 *
 * THREADS: the calls are of the loop's thread.
 */
#ifndef GATEWAY_SCRIBE_H
#define GATEWAY_SCRIBE_H

#include "gateway/workbook.h"
#include "proto/bus/loop.h"

struct scribe;

struct scribe_task {
    struct workbook book;     /* in */
    atomic_bool stop;         /* in, at any time: ends it with ERR_TIMEOUT */
    enum err err;             /* out */
    int fd;                   /* out: the file; -1 after an error. The task's owner closes it */
    uint64_t bytes;           /* out: of the file */
    struct scribe_task *next; /* the scribe's */
};

/* fn gets each task back, in the loop's thread. folder is made if need be, and emptied. */
typedef void scribe_fn(struct scribe_task *task);
enum err scribe_new(struct loop *l, const char *folder, scribe_fn *fn,
                    struct scribe **out) MUST_CHECK;

/* Ends what is being written; every task comes back before this returns. */
void scribe_free(struct scribe **s);

void scribe_give(struct scribe *s, struct scribe_task *task);

#endif
