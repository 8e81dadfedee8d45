/*
 * figures.h - the statements behind report.prospects, and what becomes of their rows.
 *
 * DESIGN: a statement answers rows of (kind, code, label, count, more), sorted by kind; a table
 * says where each kind goes.
 */
#ifndef ANALYTICS_FIGURES_H
#define ANALYTICS_FIGURES_H

#include "services/daemon/database.h"

/* The dealers of a report, as the database counts them. */
struct counted {
    struct view dealers;   /* those that count, as an array of PostgreSQL */
    struct param upstream; /* whose labels they have in common, or null */
    int64_t found;         /* in sight and meant */
    int64_t counted;       /* without those that are left out */
};

/* Fills the head: who is meant, how fresh. `dealers`: an array or null. */
enum err figures_head(struct db *db, struct param dealers, struct arena *a, struct counted *c,
                      struct prospect_report *out) MUST_CHECK;

/* Fills the rest for the days of `ask`. */
enum err figures_fill(struct db *db, const struct report_prospects *ask, const struct counted *c,
                      struct arena *a, struct prospect_report *out) MUST_CHECK;

#endif
