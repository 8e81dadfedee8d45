/*
 * drift_tell.h - tells the database which fields came, when that is due.
 *
 * THREADS: the store's.
 */
#ifndef FETCHER_DRIFT_TELL_H
#define FETCHER_DRIFT_TELL_H

#include "services/fetcher/store_session.h"

/* After a stored answer. What cannot be told now is told with a later answer: drift is a hint. */
void drift_tell(struct store_session *s, struct drift_memory *d, const struct store_job *j);

#endif
