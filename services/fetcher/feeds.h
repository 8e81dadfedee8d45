/*
 * feeds.h - the feeds as a table (services/daemon/feeds.def) that request, parser and staging walk.
 */
#ifndef FETCHER_FEEDS_H
#define FETCHER_FEEDS_H

#include "proto/schema.h"

enum field_kind { KIND_KEY, KIND_TEXT, KIND_DATE, KIND_DATETIME, KIND_DEALER };

enum { FEED_MAX_FIELDS = 48, FEED_MAX_PARTS = 8 };

struct feed_field {
    const char *json;     /* name in the answer; compared without regard to case */
    const char *column;   /* of the staging table; a date also has <column>_raw */
    enum field_kind kind; /* how the value is read */
};

/* The record itself (part 0) or one of its child lists. */
struct feed_part {
    const char *list;  /* name of the list in the record; "" for the record itself */
    const char *table; /* staging table */
    const struct feed_field *fields;
    unsigned n_fields;
};

struct feed {
    const char *name;  /* "prsp" */
    const char *path;  /* "/prsp/read" */
    const char *store; /* name of the statement that merges what is staged, and ends the task */
    const char *rows;  /* the same without the end, for a transaction of several tasks */
    const struct feed_part *parts;
    unsigned n_parts;
};

/* The feed of a name; NULL if there is none. */
const struct feed *feed_by_name(struct view name);

/* The feed with this index; NULL past the last one. */
const struct feed *feed_at(unsigned i);

/* Index of the key field of part 0. */
unsigned feed_key(const struct feed *f);

/* Index of a field by its name in the answer, blanks around it ignored; -1: unknown. `hint` is
 * looked at first: fields mostly come in the order of the table. */
int part_field(const struct feed_part *p, struct view json, int hint);

/* Index of the child part whose list has this name; 0: none. */
unsigned feed_list(const struct feed *f, struct view json);

#endif
