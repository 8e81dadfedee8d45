/*
 * progress.h - telling the pages what becomes of jobs (job.changed).
 *
 * The database tells by notification when a job begins, ends, or is cancelled; how far it is, it
 * does not tell: a notification in each storing transaction would make them wait for one another.
 * So the unfinished jobs are looked at a few times a second, and those whose version rose are told.
 * One that is no longer among them has ended: that covers notifications that were lost, too.
 *
 * THREADS: the scheduler's one.
 */
#ifndef SCHEDULER_PROGRESS_H
#define SCHEDULER_PROGRESS_H

#include <stdint.h>

struct scheduler;

enum { MAX_DIRTY = 256, MAX_TOLD = 256 };

/* An unfinished job as it was told last. */
struct told {
    char id[37];
    int64_t version;
};

struct progress {
    char dirty[MAX_DIRTY][37]; /* jobs that are to be told */
    unsigned n_dirty;
    struct told told[MAX_TOLD]; /* unfinished jobs */
    unsigned n_told;
    uint64_t tell_timer; /* when dirty jobs are told, 0 = none */
    uint64_t look_timer; /* when the unfinished jobs are looked at */
};

void progress_start(struct scheduler *s);
void progress_stop(struct scheduler *s);

/* The job has changed: it is told soon, once for however many changes. */
void progress_mark(struct scheduler *s, const char *id);

/* All unfinished jobs are told anew: something changed that their versions do not know. */
void progress_tell_all(struct scheduler *s);

#endif
