/*
 * stage.h - records as rows of the staging tables: SQL text, COPY lines, arrays. Pure.
 *
 * DESIGN: the columns of a staging table follow from the feed table: seq and dealer_id (records) or
 * seq and position (child lists), then a column for each field, and <column>_raw beside each date.
 * Few rows go as one array per column in one INSERT, which fits into the pipeline of the storing
 * transaction; many go by COPY.
 */
#ifndef FETCHER_STAGE_H
#define FETCHER_STAGE_H

#include "proto/memory.h"
#include "services/fetcher/record.h"

enum {
    STAGE_MAX_COLUMNS = 2 * FEED_MAX_FIELDS + 2,
    STAGE_MAX_SQL = 16 * 1024,
    STAGE_MAX_ARRAYS = 1024 * 1024, /* all arrays of one part */
};

/* `COPY pg_temp.t (columns) FROM STDIN` */
enum err stage_copy_sql(const struct feed_part *p, bool is_child, struct buf *out) MUST_CHECK;

/* `INSERT INTO pg_temp.t (columns) SELECT * FROM unnest($1::int[], ...)` */
enum err stage_insert_sql(const struct feed_part *p, bool is_child, struct buf *out) MUST_CHECK;

/* One row; p NULL = null. */
struct stage_row {
    struct view cells[STAGE_MAX_COLUMNS];
    unsigned n;
    char numbers[2][24]; /* seq, position */
};

/* The record itself, or its child; views point into the record and into row. `dealer` is our code.
 */
void stage_record(const struct record *r, int64_t seq, struct view dealer, struct stage_row *row);
void stage_child(const struct record *r, const struct child *c, int64_t seq, struct stage_row *row);

/* Appends the row as one line of COPY's text format. */
enum err stage_copy_line(const struct stage_row *row, struct buf *out) MUST_CHECK;

/* Rows as one array literal per column. */
struct stage_arrays {
    struct buf columns[STAGE_MAX_COLUMNS];
    unsigned n_columns; /* 0 until the first row */
    int64_t n_rows;
    size_t n_bytes; /* of all columns */
};

void stage_arrays_init(struct stage_arrays *a);
void stage_arrays_reset(struct stage_arrays *a);
/* ERR_TOO_LARGE: beyond STAGE_MAX_ARRAYS; the row is not complete, the arrays must not be used. */
enum err stage_arrays_add(struct stage_arrays *a, const struct view *cells, unsigned n) MUST_CHECK;
/* Closes the literals and terminates them; columns[i].p are C strings then. */
enum err stage_arrays_close(struct stage_arrays *a) MUST_CHECK;
void stage_arrays_free(struct stage_arrays *a);

#endif
