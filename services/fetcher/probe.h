/*
 * probe.h - tests a connection by one call that stores nothing (fetcher.probe).
 *
 * DESIGN: the request is kept while the call runs, and answered with the checklist whatever became
 * of it: the call's time-outs are cut to what is left of the request's time, so an upstream that
 * hangs is a check that failed. A refused clock is corrected once, by a second call. The answer is
 * read here in the loop, so it must be small: larger ones are told as such.
 *
 * THREADS: the loop's.
 */
#ifndef FETCHER_PROBE_H
#define FETCHER_PROBE_H

#include "proto/bus/serve.h"
#include "services/fetcher/spool.h"

enum { MAX_PROBES = 2 }; /* at the same time, beside the slots */

struct fetcher;

struct probe {
    unsigned magic;
    struct fetcher *fetcher; /* borrowed */
    struct request *request; /* kept; NULL = free */
    struct probe_work *work; /* of the request's arena */
    struct spool spool;
};

void probe_init(struct fetcher *f, struct probe *p, const char *spool_folder);
void probe_close(struct probe *p);

extern const struct handler probe_handlers[];

#endif
