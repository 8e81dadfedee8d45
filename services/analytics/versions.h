/*
 * versions.h - the data version of each dealer, as last read. Pure: a sorted table.
 */
#ifndef ANALYTICS_VERSIONS_H
#define ANALYTICS_VERSIONS_H

#include "proto/memory.h"
#include "proto/schema.h"

enum { MAX_VERSIONS = 10000, VERSION_STATE = 128 };

struct version {
    char dealer[11];           /* code, terminated */
    char state[VERSION_STATE]; /* changes with everything that an answer depends on */
    int64_t number;            /* report.version */
};

struct versions {
    struct version *rows; /* by code, bytewise; owned */
    unsigned n;           /* in use */
    bool known;           /* false: never read, or the database went away since */
};

/* Told for each dealer whose number is another than before, or new. */
typedef void version_changed_fn(void *arg, const struct version *now);

struct versions *versions_new(void);
void versions_free(struct versions **v);

/* Replaces the table by n rows sorted by code; takes ownership of rows (malloc). fn may be NULL.
 * True when a number is another than before, or new. */
bool versions_replace(struct versions *v, struct version *rows, unsigned n, version_changed_fn *fn,
                      void *arg);

/* The state of a dealer; NULL when it is not in the table or the table is not known. */
const char *versions_state(const struct versions *v, struct view dealer);

/* The state of several dealers together, as a digest of their codes and states; dealers NULL: of
 * all. Codes that are not in the table count as such. False when the table is not known. */
enum { VERSIONS_DIGEST = 33 };
bool versions_digest(const struct versions *v, const struct list *dealers,
                     char out[VERSIONS_DIGEST]);

#endif
