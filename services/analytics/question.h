/*
 * question.h - what a question is about: its dealers and days, checked, and as parts of a cache
 * key.
 *
 * DESIGN: dealers are named one by one, or none is: then all are meant that whoever asks may see. A
 * named dealer out of sight is answered like one that does not exist. What an answer was made for
 * is in its key: nobody gets one that was made for somebody who sees more.
 *
 * OWNERSHIP: everything lies in the request's arena.
 */
#ifndef ANALYTICS_QUESTION_H
#define ANALYTICS_QUESTION_H

#include "services/analytics/analytics.h"
#include "services/daemon/database.h"

/* Dealers that a report takes at most. */
enum { MAX_CHOSEN = 1000 };

struct chosen {
    bool named;                   /* false: all in sight */
    bool limited;                 /* not named, and not all dealers are in sight */
    struct list dealers;          /* named or limited: their codes (views), sorted, each once */
    struct view key;              /* part of a cache key */
    const char *state;            /* what answers depend on; NULL: not known at present */
    struct param dealers_or_null; /* for statements */
};

/* Reads dealer_id and dealer_ids; absent ones are empty. False: the request has failed. */
bool question_dealers(struct analytics *s, struct request *r, struct view dealer_id,
                      const struct list *dealer_ids, struct chosen *out);

/* False when the range was refused; `both` ends are given. */
bool question_range(struct request *r, bool both, struct view from, struct view to);

/* False when another range of the same length, or a year before, cannot be told: `from` and `to`
 * may be empty, then it is about today. */
bool question_reaches_back(struct request *r, struct view from, struct view to);

#endif
