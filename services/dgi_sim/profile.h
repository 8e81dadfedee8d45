/*
 * profile.h - the kinds of main dealer that are played, by base path.
 *
 *   profile  base path                   what is particular
 *   spec13   /dgi-api/v1.3               the document: HTTP 200 always, object messages, []
 *   legacy   /legacy/dgi-api/v1          one row per child, capitals, no audit fields, no data is
 *                                        status 0, range judged before the token, late clocks only
 *   colon    /colon/dgi-api/v1.3         token with colons, text instead of codes, data null
 *   gateway  /gateway/dgi-api/v1.3       a gateway in front: HTTP errors in four shapes, a quota,
 *                                        untidy values
 *
 * Any version of the form v1, v1.3 is taken. DD_SIM_PROFILE changes what the bare path plays.
 */
#ifndef DGI_SIM_PROFILE_H
#define DGI_SIM_PROFILE_H

#include "services/dgi_sim/prospects.h"
#include "services/dgi_sim/text.h"
#include "services/dgi_sim/token.h"

enum profile_id { PROFILE_SPEC13, PROFILE_LEGACY, PROFILE_COLON, PROFILE_GATEWAY, PROFILE_COUNT };

/* Why a call is refused. */
enum refusal {
    REFUSAL_NONE,
    REFUSAL_BODY,  /* body or filter unreadable */
    REFUSAL_RANGE, /* window too long */
    REFUSAL_CLOCK, /* X-Request-Time outside the tolerance */
    REFUSAL_KEY,   /* unknown API key */
    REFUSAL_TOKEN, /* wrong token */
    REFUSAL_QUOTA, /* too many calls today */
    REFUSAL_SCOPE, /* dealer of another group */
    REFUSAL_COUNT
};

struct profile {
    const char *name;
    const char *prefix; /* before /dgi-api, "" = the bare path */
    enum token_formula formula;
    bool clock_one_sided;  /* a future X-Request-Time passes */
    bool range_by_date;    /* the window's length counts date parts only */
    bool to_time_required; /* otherwise it defaults to now */
    enum refusal order[5]; /* of the checks after the body's, ends with REFUSAL_NONE */
    bool exploded;         /* one row per child */
    bool no_data_fails;    /* no data is status 0 with a text */
    bool no_data_null;     /* no data is null, otherwise [] */
    bool count_header;     /* X-Response-Count */
};
extern const struct profile profile_table[PROFILE_COUNT];

/* What can be set while it runs; 0 = no limit. */
struct profile_settings {
    int64_t max_days;     /* longest window */
    int64_t history_days; /* nothing older is shown */
    int64_t quota;        /* calls per key and day */
    int64_t skew_s;       /* tolerance of X-Request-Time */
};
extern const struct profile_settings profile_defaults[PROFILE_COUNT];

const char *refusal_name(enum refusal r);

/* -1 when the name is unknown. */
int profile_find(const char *name);

/* The profile of a path and what follows the version (`/prsp/read`); -1: no such base path. */
int profile_of_path(const char *path, int bare, const char **rest);

/* Turns a record into what this main dealer knows of it: text codes, lost fields, untidy data. What
 * is only spelling (date style, blanks) is render.h's. */
void profile_shape(enum profile_id id, struct prospect *p);

/* Writes the body of a refusal and returns its HTTP status; 0 = no answer at all. */
int profile_refuse(enum profile_id id, enum refusal r, const struct profile_settings *settings,
                   struct text *body);

#endif
