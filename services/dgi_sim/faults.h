/*
 * faults.h - faults that were ordered for coming calls.
 *
 * DESIGN: a queue in order of arrival. A call takes the first fault that fits it; a fault that was
 * taken `times` times is gone (times -1: stays until removed). The kinds are described in main.c.
 */
#ifndef DGI_SIM_FAULTS_H
#define DGI_SIM_FAULTS_H

#include <yajl/yajl_tree.h>

#include "services/dgi_sim/text.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_DELAY,
    FAULT_STATUS,
    FAULT_HTML,
    FAULT_EMPTY,
    FAULT_TRUNCATE,
    FAULT_MALFORMED,
    FAULT_NULL_DATA,
    FAULT_SINGLE_OBJECT,
    FAULT_WRONG_TYPE,
    FAULT_DUPLICATE,
    FAULT_SLOW_BODY,
    FAULT_DROP,
    FAULT_HANG,
    FAULT_BAD_DATE,
    FAULT_LONG_VALUE,
    FAULT_NO_KEY,
    FAULT_RENAME_FIELD,
    FAULT_QUOTA,
    FAULT_SKEW,
    FAULT_STALL,
    FAULT_HUGE,
    FAULT_ADD_FIELD,
    FAULT_DROP_FIELD,
    FAULT_NUMBER_FIELD,
    FAULT_KIND_COUNT
};

struct fault {
    int64_t id; /* for DELETE and the list of calls */
    enum fault_kind kind;
    int profile;           /* -1 = any */
    char dealer[16];       /* "" = any */
    char match[96];        /* must occur in "path fromTime toTime"; "" = any */
    int64_t times;         /* calls it still takes; -1 = all */
    int64_t skip;          /* fitting calls that it lets pass first */
    int64_t delay_ms;      /* waits before the answer, with any kind */
    int64_t value;         /* status, length, duration or seconds, by kind */
    int64_t retry_after_s; /* header Retry-After; 0 = none */
    bool retry_date;       /* as a date */
    bool announced;        /* huge: its length is told */
    int64_t record;        /* index of the record that suffers; -1 = all */
    char field[40];        /* the field that suffers, by upstream name */
    char to[40];           /* its new name */
};

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults **f);

/* Reads one order; NULL when it was taken, else what is wrong with it. */
const char *faults_add(struct faults *f, yajl_val order, int64_t *id);

/* Removes one by id, or all (id 0); how many. */
int faults_remove(struct faults *f, int64_t id);

/* The fault for a call; kind FAULT_NONE when there is none. */
struct fault faults_take(struct faults *f, int profile, const char *dealer, const char *subject);

void faults_write(const struct faults *f, struct text *out);
const char *fault_kind_name(enum fault_kind kind);

#endif
