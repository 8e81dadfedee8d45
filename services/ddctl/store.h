/*
 * store.h - the record of applied migrations: ops.migration, and the lock of its runner.
 */
#ifndef DDCTL_STORE_H
#define DDCTL_STORE_H

#include "services/ddctl/migrations.h"

struct store;

/* Connects as the URL says, and makes ops.migration where it is missing. */
enum err store_open(const char *url, struct store **out) MUST_CHECK;
void store_close(struct store **s);

/* What went wrong last, as PostgreSQL says it, with position and hint; may have several lines. */
const char *store_error(const struct store *s);

/* One runner at a time: waits at most so long, then ERR_BUSY. Held until the connection ends. */
enum err store_lock(struct store *s, int64_t wait_ms) MUST_CHECK;

/* Marks what is applied, and adds migrations whose files are gone (MIGRATION_MISSING). */
enum err store_compare(struct store *s, struct arena *a, struct list *migrations) MUST_CHECK;

/* Runs one migration up or down and records it, both in one transaction. */
enum err store_run(struct store *s, const struct migration *m, bool up) MUST_CHECK;

#endif
