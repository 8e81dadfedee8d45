/*
 * store.h - the statements of the analytics service, but for those of the figures (figures.h).
 */
#ifndef ANALYTICS_STORE_H
#define ANALYTICS_STORE_H

#include "services/analytics/versions.h"
#include "services/daemon/database.h"

/* All dealers' versions, sorted by code; *rows is malloc'ed and the caller's. */
enum err store_versions(struct db *db, struct version **rows, unsigned *n) MUST_CHECK;

enum err store_dealers(struct db *db, const struct report_dealers *ask, struct arena *a,
                       struct list *out) MUST_CHECK;

/* *next: cursor of the following page, empty on the last. ERR_FORMAT: the cursor is none. */
enum err store_fetches(struct db *db, const struct report_fetches *ask, int64_t limit,
                       struct arena *a, struct list *out, struct view *next) MUST_CHECK;
/* Puts it into the audit trail that names are revealed, and why. */
enum err store_reveal(struct db *db, const struct prospect_list *ask, struct arena *a) MUST_CHECK;

enum err store_prospects(struct db *db, const struct prospect_list *ask, int64_t limit,
                         struct arena *a, struct list *out, struct view *next) MUST_CHECK;

/* Fills the days that are meant, then (with them) everything else; at most `limit` items. */
enum err store_statistics_range(struct db *db, const struct job_statistics *ask, struct arena *a,
                                struct job_statistics_page *out) MUST_CHECK;
enum err store_statistics(struct db *db, const struct job_statistics *ask, int64_t limit,
                          struct arena *a, struct job_statistics_page *out) MUST_CHECK;

#endif
