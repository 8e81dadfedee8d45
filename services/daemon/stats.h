/*
 * stats.h - counters, levels and call times of one process, shown by sys.stats.
 *
 * DESIGN: rows are made on first use, at most 256 per group; beyond that they fall into "other".
 * Times go into a histogram of log-spaced buckets (a sixteenth of an octave), from which the
 * percentiles are read with at most 5 % error. counter_add() is safe from any thread; the rest
 * belongs to the loop's thread unless said otherwise.
 */
#ifndef DAEMON_STATS_H
#define DAEMON_STATS_H

#include "proto/memory.h"

struct stats;
struct counter_cell; /* one counter or gauge */

enum stats_group { STATS_MESSAGES, STATS_CALLS, STATS_STATEMENTS, STATS_GROUPS };

struct stats *stats_new(void);
void stats_free(struct stats **s);

/* Notes one finished call of `us` microseconds. Any thread. */
void stats_call(struct stats *s, enum stats_group g, const char *name, bool failed, int64_t us);

/* name and doc are literals. The cell lives as long as the stats. */
struct counter_cell *stats_counter(struct stats *s, const char *name, const char *doc);
struct counter_cell *stats_gauge(struct stats *s, const char *name, const char *doc);
void counter_add(struct counter_cell *c, int64_t n);
void gauge_set(struct counter_cell *c, int64_t value);
int64_t counter_value(const struct counter_cell *c);

/* Fills the lists of the record with memory of the arena. */
enum err stats_fill(struct stats *s, struct arena *a, struct process_stats *out) MUST_CHECK;

#endif
