/*
 * checks.h - what dealers, keys and upstreams must look like beyond the limits of the tables. Pure.
 * A check that fails fills the fault with the field's name, and never with the value.
 */
#ifndef DEALER_CHECKS_H
#define DEALER_CHECKS_H

#include "proto/codec.h"

/* Takes white space off both ends of each text of the record; optional ones that are empty then
 * become absent, so that an empty box of a form means "not given". */
void trim_texts(const struct desc *d, void *record);

/* One to ten letters, digits, - and _. */
enum err check_code(const char *field, struct view v, struct fault *f) MUST_CHECK;
/* Not empty, no control characters. */
enum err check_name(const char *field, struct view v, struct fault *f) MUST_CHECK;
/* Visible ASCII: keys travel in HTTP headers. */
enum err check_key(const char *field, struct view v, struct fault *f) MUST_CHECK;
/* Letters, digits, - _ and a point. */
enum err check_upstream_name(const char *field, struct view v, struct fault *f) MUST_CHECK;
/* http or https, a host, no user, query or fragment; slashes at the end are taken off. */
enum err check_base_url(const char *field, struct view *v, struct fault *f) MUST_CHECK;

/* Whole messages, trimmed already. */
enum err check_dealer_create(const struct dealer_create *m, struct fault *f) MUST_CHECK;
enum err check_dealer_update(const struct dealer_update *m, struct fault *f) MUST_CHECK;
enum err check_upstream_set(struct upstream_set *m, struct fault *f) MUST_CHECK;

#endif
