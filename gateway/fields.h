/*
 * fields.h - reads the values of a request's header fields: cookies, origins, credentials. Pure.
 */
#ifndef GATEWAY_FIELDS_H
#define GATEWAY_FIELDS_H

#include "proto/schema.h"

/* Without blanks and tabs at either end. */
struct view field_trim(struct view v);

/* Walks `a=1; b=2`: the next pair at or after *at; false at the end. */
bool cookie_next(struct view header, uint32_t *at, struct view *name, struct view *value);

/* May a request with these headers change something on behalf of a cookie? Empty = absent. */
bool origin_allowed(struct view sec_fetch_site, struct view origin, struct view host);

/* The credentials of `Bearer x`; an empty view for any other scheme. */
struct view bearer_of(struct view authorization);

#endif
