/*
 * request.h - what is sent: address, headers with a fresh token, JSON body. Pure.
 */
#ifndef FETCHER_REQUEST_H
#define FETCHER_REQUEST_H

#include "proto/memory.h"
#include "services/fetcher/feeds.h"
#include "services/fetcher/token.h"

enum {
    REQUEST_MAX_URL = 512,
    REQUEST_MAX_BODY = 1024,
    REQUEST_HEADERS = 5,
    REQUEST_MAX_HEADER = 192
};

/* Complete header lines. They hold the key and the token: wiped after the call began. */
struct request_headers {
    char lines[REQUEST_HEADERS][REQUEST_MAX_HEADER];
};

/* Base URL (blanks and a final slash are dropped) and the feed's path. ERR_UPSTREAM_ADDRESS: one
 * that may not be called (address_url_fault), or too long. */
enum err request_url(struct view base_url, bool private, const struct feed *feed,
                     char out[REQUEST_MAX_URL]) MUST_CHECK;

/* `key` and `secret` in the clear; blanks around them are dropped. ERR_UPSTREAM_CREDENTIAL: empty,
 * or with characters that no header may hold. */
enum err request_headers(enum token_formula formula, struct view key, struct view secret,
                         int64_t unix_seconds, struct request_headers *out) MUST_CHECK;

/* {"fromTime": ..., "toTime": ..., "dealerId": ...} */
enum err request_body(struct view from, struct view to, struct view dealer,
                      struct buf *out) MUST_CHECK;

#endif
