/*
 * dates.h - the upstream's dates in all their spellings.
 *
 * DESIGN: DD/MM/YYYY or YYYY-MM-DD (either order with / or -), with or without a time of day after
 * a blank or T; seconds, a fraction, Z or an offset may follow, and a stray final colon, which one
 * upstream appends. What is written is the wall clock of the upstream's zone: Z and offsets are
 * read over, because upstreams hand local times to encoders that call them UTC. A date that the
 * calendar lacks, or a year outside 1900..2199 (0001-01-01 stands for "none" in some systems), is
 * no date.
 */
#ifndef FETCHER_DATES_H
#define FETCHER_DATES_H

#include "proto/schema.h"

/* YYYY-MM-DD; a time of day may follow in v and is dropped. False: not readable. */
bool date_read(struct view v, char out[11]);

/* YYYY-MM-DD HH:MM:SS; a bare date is midnight. False: not readable. */
bool datetime_read(struct view v, char out[20]);

#endif
