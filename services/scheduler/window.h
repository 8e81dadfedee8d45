/*
 * window.h - the two ends of a job's window, as people write them.
 *
 * Accepted are a date, a wall-clock time of the upstream (YYYY-MM-DD HH:MM:SS, with a blank or T)
 * and an instant (RFC 3339 with an offset), which the database turns into the upstream's zone.
 * Pure.
 */
#ifndef SCHEDULER_WINDOW_H
#define SCHEDULER_WINDOW_H

#include "proto/codec.h"

enum window_kind { WINDOW_ABSENT, WINDOW_WALL, WINDOW_INSTANT };

struct window_end {
    enum window_kind kind;
    char text[36]; /* WALL: YYYY-MM-DD HH:MM:SS; INSTANT: RFC 3339 */
};

/* `last`: it is the window's end, so that a date means its last second. ERR_FORMAT on anything
 * else than the accepted forms. */
enum err window_read(struct view text, bool last, struct window_end *out) MUST_CHECK;

/* "absent", "wall", "instant": what the SQL statement is told. */
const char *window_kind_name(enum window_kind kind);

#endif
