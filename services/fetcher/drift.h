/*
 * drift.h - which fields an upstream's answers hold, and of which JSON types: how drift is noticed.
 *
 * DESIGN: while an answer is read, each value leaves one bit, by field and type; a name that the
 * feed's table does not have gets a place of its own. Afterwards the answer is added to what is
 * known of its source (upstream and feed) in this process. The database is told at once when a
 * source shows something for the first time since this process began, else every ten seconds, and
 * decides what is new, vanished or retyped (feed.notice_fields). Names and types are kept, never a
 * value. Bounded: so many sources, so many unknown names each. Pure but for the allocation.
 *
 * THREADS: one owner, the store.
 */
#ifndef FETCHER_DRIFT_H
#define FETCHER_DRIFT_H

#include "services/fetcher/feeds.h"

enum {
    DRIFT_MAX_UNKNOWN = 32, /* names that the table does not have, in one answer */
    DRIFT_MAX_NAMES = 64,   /* of one source */
    DRIFT_MAX_NAME = 64,    /* bytes; longer ones are cut */
    DRIFT_MAX_SOURCES = 64,
    DRIFT_ENOUGH = 50,     /* records in a row that are enough to miss a field in */
    DRIFT_TELL_MS = 10000, /* at most so often, when nothing new appears */
    DRIFT_MAX_ROWS = 7 * (FEED_MAX_PARTS * (FEED_MAX_FIELDS + 1) + DRIFT_MAX_NAMES),
};

/* Bits: which JSON types a field had. */
enum drift_type {
    DRIFT_STRING = 1,
    DRIFT_NUMBER = 2,
    DRIFT_BOOLEAN = 4,
    DRIFT_OBJECT = 8,
    DRIFT_ARRAY = 16,
    DRIFT_NULL = 32,
    DRIFT_ABSENT = 64, /* in none of enough records in a row */
    DRIFT_TYPES = 7,
};

struct drift_name {
    char text[DRIFT_MAX_NAME + 1];
    unsigned part;
    uint8_t types;
};

/* What one answer holds. */
struct drift_answer {
    uint8_t fields[FEED_MAX_PARTS][FEED_MAX_FIELDS]; /* types, by part and field */
    uint8_t lists[FEED_MAX_PARTS];                   /* types of a child list, by its part */
    int64_t records[FEED_MAX_PARTS];                 /* elements, by part */
    struct drift_name unknown[DRIFT_MAX_UNKNOWN];
    unsigned n_unknown;
};

void drift_begin(struct drift_answer *a);

/* Where the types of an unknown field are noted; NULL: no room. */
uint8_t *drift_unknown(struct drift_answer *a, unsigned part, struct view name);

/* ---- what is known of the sources ---- */

struct drift_source;

struct drift_memory {
    struct drift_source *sources[DRIFT_MAX_SOURCES]; /* owned */
    unsigned n;
};

void drift_free(struct drift_memory *d);

/* Adds a stored answer of a task. NULL: no memory, or too many sources. */
struct drift_source *drift_add(struct drift_memory *d, struct view upstream,
                               const struct feed *feed, int64_t task, const struct drift_answer *a);

/* True when the database is to be told now. */
bool drift_due(const struct drift_source *s, int64_t now_ms);

/* What is told of a source: row i is a field, one type of it, and in how many answers. */
struct drift_row {
    const char *part;
    const char *field;
    const char *type; /* "" = absent */
    int64_t answers;
    bool expected; /* the feed's table has it */
};

/* Writes up to DRIFT_MAX_ROWS rows; how many. The texts are the source's. */
unsigned drift_rows(const struct drift_source *s, struct drift_row *rows);
const struct feed *drift_feed(const struct drift_source *s);
int64_t drift_task(const struct drift_source *s); /* a task of this source: names the upstream */

/* It was told, or could not be: then the same rows come again next time. */
void drift_told(struct drift_source *s, int64_t now_ms, bool done);

#endif
