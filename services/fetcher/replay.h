/*
 * replay.h - the answer of a task that makes no call: records of the quarantine, as they were sent.
 *
 * THREADS: the store's.
 */
#ifndef FETCHER_REPLAY_H
#define FETCHER_REPLAY_H

#include "services/fetcher/store_session.h"

/* Fills the job's spool with the task's records, as the upstream would have answered them, and says
 * when they were asked for: what was stored by a later call stays. The session is ready. */
enum err replay_fill(struct store_session *s, struct store_job *j) MUST_CHECK;

#endif
