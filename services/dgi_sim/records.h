/*
 * records.h - all records of the main dealer: the generated ones, and over them those that were
 * changed or added by hand.
 *
 * OWNERSHIP: struct records owns what is kept in it. A record handed to a visitor lives until
 * the visitor returns.
 */
#ifndef DGI_SIM_RECORDS_H
#define DGI_SIM_RECORDS_H

#include "services/dgi_sim/prospects.h"

enum { RECORDS_MAX = 5000 }; /* changed or added at a time; about 7 KiB each */

struct records;

struct record_query {
    uint64_t seed;                    /* of the generator */
    const struct dealer_info *dealer; /* whose records */
    int64_t from;                     /* wall, included */
    int64_t to;                       /* wall, included */
    int64_t now;                      /* wall: the state shown is that of this instant */
    int bulk_rows;                    /* > 0: so many made-up rows instead of the usual ones */
};

/* Sees one qualifying record; it may change its copy. */
typedef void (*record_visit)(void *context, struct prospect *p);

struct records *records_new(void);
void records_free(struct records **r);

void records_each(const struct records *r, const struct record_query *q, record_visit visit,
                  void *context);

/* Keeps a copy in place of the record with the same dealer and id; false when there is no room. */
bool records_keep(struct records *r, const struct dealer_info *dealer, const struct prospect *p);

/* The record with this id as of q->now, in q's dealer, window ignored. */
bool records_find(const struct records *r, const struct record_query *q, const char *id,
                  struct prospect *p);

int records_count(const struct records *r);
void records_forget(struct records *r);

#endif
