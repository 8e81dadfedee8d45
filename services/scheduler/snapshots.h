/*
 * snapshots.h - jobs as they were last told, in Redis.
 *
 * DESIGN: the record of a job, encoded as it is answered, is kept a day under its id, with its
 * version: an older one never replaces a newer one, whichever scheduler comes last. It is written
 * whenever progress is told. Redis may be away, slow or empty at any time: then the database
 * answers alone.
 *
 * THREADS: the loop's; a call waits 50 ms at most (cache.h).
 */
#ifndef SCHEDULER_SNAPSHOTS_H
#define SCHEDULER_SNAPSHOTS_H

#include "services/scheduler/scheduler.h"

void snapshots_start(struct scheduler *s);

/* Keeps a job that was just read. */
void snapshot_keep(struct scheduler *s, const struct job *job);

/* False: there is none. */
bool snapshot_find(struct scheduler *s, struct view id, struct arena *a, struct job *out);

/* True once the job has ended: from then on its record stays as it is. */
bool job_is_over(const struct job *job);

#endif
