/*
 * process.h - the skeleton that every process stands on.
 *
 * DESIGN: main.c of a process fills a `struct process_spec` and calls process_main(), which does
 * the rest in this order: settings from the environment (config.h; --help prints them), log, loop,
 * signals, bus with its keys (guarding.c), database and cache if wanted (lazily connected: a
 * process starts and stays up while they are away), handlers on the process's endpoint,
 * spec->start, then the loop. sys.info, sys.stats, sys.drain are answered here. A row in
 * ops.process (or a process.report call for processes without a database) tells every 5 seconds
 * that the process lives.
 *
 * SIGTERM, SIGINT or sys.drain: state draining, new requests refused, spec->drain called; the loop
 * ends when spec->idle says that nothing is in hand (or after 5 s), then spec->stop, and exit 0.
 *
 * THREADS: everything runs on the loop's thread; signals come in by a signalfd.
 */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include "proto/bus/call.h"
#include "proto/bus/events.h"
#include "proto/bus/serve.h"
#include "services/daemon/cache.h"
#include "services/daemon/config.h"
#include "services/daemon/database.h"
#include "services/daemon/log.h"
#include "services/daemon/stats.h"

struct process;

struct process_spec {
    const char *service;            /* "scheduler"; also the default instance name + "-1" */
    const struct conf_row *conf;    /* the process's own settings, may be NULL */
    void *conf_out;                 /* struct that the rows' offsets refer to */
    const struct handler *handlers; /* may be NULL */
    void *state;                    /* first argument of handlers and of the callbacks below */
    bool database;                  /* connect with DATABASE_URL as role dd_<service> */
    bool cache;                     /* connect with REDIS_URL */
    bool publishes;                 /* has a publisher */
    enum err (*start)(void *state, struct process *p); /* make clients, timers; may be NULL */
    void (*drain)(void *state);                        /* stop taking work; may be NULL */
    bool (*idle)(void *state); /* nothing in hand any more; NULL: idle at once */
    void (*stop)(void *state); /* free what start made; may be NULL */
};

struct process {
    struct loop *loop;
    struct bus *bus;
    struct serve *serve;
    struct db *db;            /* NULL unless wanted */
    struct cache *cache;      /* NULL unless wanted */
    struct publisher *events; /* NULL unless wanted */
    struct stats *stats;
    const struct shared_conf *conf;      /* settings that all processes know */
    char endpoint[BUS_MAX_ADDRESS + 64]; /* where others find it */
    char instance[37];                   /* UUID made at this start */
    int64_t started_at;                  /* wall clock, ms */
    bool draining;
};

/* Runs the process; returns its exit code: 0 after a drain, 1 when it could not start, 2 for
 * settings that cannot be used. */
int process_main(const struct process_spec *spec, int argc, char **argv);

/* So many descriptors at the same time are wanted: the usual soft limit of 1,024 is raised as far
 * as it may be, and the log says so when that is not enough. */
void process_descriptors(int64_t wanted);

/* Keys must not reach the disk in a core dump, nor another process by ptrace. process_main() does
 * it; for programs that are no service and hold keys. */
void process_forbid_dumps(void);

/* Begins the drain, as SIGTERM does. */
void process_drain(struct process *p);

/* A client of "dealer", "scheduler" or "analytics" at the configured endpoints, counted in stats.
 */
enum err process_client(struct process *p, const char *service, struct client **out) MUST_CHECK;

/* What sys.stats answers; lists are in the arena. */
enum err process_figures(struct process *p, struct arena *a, struct process_stats *out) MUST_CHECK;

/* Tells whether a dependency answered; shown by sys.info, makes the state degraded when not.
 * Database and cache are told by the daemon itself. detail may be NULL. */
void process_need(struct process *p, const char *name, bool ready, const char *detail);

#endif
