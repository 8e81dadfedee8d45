/*
 * headers.h - what the header lines of an answer tell: the upstream's clock, and how long it wants
 * to be left alone. Pure.
 */
#ifndef FETCHER_HEADERS_H
#define FETCHER_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEADERS_LONGEST_WISH_MS = 24 * 60 * 60 * 1000 };

struct headers {
    bool has_date;
    bool has_retry_at;
    int64_t date_ms;     /* Date: the upstream's clock */
    int64_t seen_ms;     /* ours when it came */
    int64_t retry_ms;    /* Retry-After in seconds; 0 = none */
    int64_t retry_at_ms; /* Retry-After as a date */
};

/* One line as it came; a status line begins anew. */
void headers_line(struct headers *h, const char *line, size_t n, int64_t wall_ms);

/* What was asked for, at most a day; a date is read by the upstream's own clock. 0 = nothing. */
int64_t headers_retry_after_ms(const struct headers *h);

/* The upstream's clock minus ours, half a second exact. False: it told no date. */
bool headers_skew(const struct headers *h, int64_t *skew_ms);

#endif
