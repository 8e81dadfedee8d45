/*
 * pages.h - lists that come page by page: in which form they are wanted, and where the next one is.
 *
 * A page is a reply with a list `items`, and perhaps `next`, the cursor of the following page. Each
 * route that answers one also gives CSV, for `format=csv` or `Accept: text/csv`. Pure.
 */
#ifndef GATEWAY_PAGES_H
#define GATEWAY_PAGES_H

#include "gateway/routes.h"
#include "proto/memory.h"

enum page_form { PAGE_JSON, PAGE_CSV };

/* The field `items` of the route's reply; NULL: its reply is no page. */
const struct field_desc *page_items(const struct route *r);

/* Which form is wanted; takes `format` out of the query. ERR_CHOICE: no such form. */
enum err page_form(const struct route *r, struct view accept, struct view *query, struct arena *a,
                   enum page_form *out) MUST_CHECK;

/* A text at the top of an encoded reply; false when it is not there, or empty. */
bool page_text(const struct desc *reply, struct view encoded, const char *field, struct view *out);

/* `next` of an encoded reply; false when there is none. */
bool page_next(const struct desc *reply, struct view encoded, struct view *next);

/* Value of a Link header that names the next page, terminated; NULL: no memory. */
const char *page_link(struct view query, struct view next, struct arena *a);

#endif
