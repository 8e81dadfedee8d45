/*
 * enrolment.h - a file of settings for a process on a machine that shares nothing with us.
 *
 * FORMAT: a setting a line, `NAME=value`; lines that begin with # and empty ones are skipped. A
 * name is DATABASE_URL, REDIS_URL or begins with DD_; it stands there once. The file holds secrets:
 * one that others may read is refused.
 *
 * DESIGN: what it says counts as if it stood in the environment, which wins. `ddctl fetcher enrol`
 * writes it.
 */
#ifndef DAEMON_ENROLMENT_H
#define DAEMON_ENROLMENT_H

#include "proto/codec.h"

enum { ENROLMENT_MAX = 128 * 1024, ENROLMENT_MAX_NAME = 40 };

/* Told of each setting, in the order of the file. Returns what ends the reading. */
typedef enum err enrolment_fn(void *arg, struct view name, struct view value);

/* Pure. A fault names the line. */
enum err enrolment_parse(struct view text, enrolment_fn *fn, void *arg, struct fault *f) MUST_CHECK;

/* Puts the file's settings into the environment where it has none of that name. */
enum err enrolment_read(const char *file, struct fault *f) MUST_CHECK;

#endif
