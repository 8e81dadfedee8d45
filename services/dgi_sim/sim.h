/*
 * sim.h - the state of the simulator, and a call and its answer without HTTP.
 *
 * THREADS: one; everything here belongs to the loop of http.c.
 * OWNERSHIP: struct sim owns its parts from sim_open to sim_close. A struct call borrows from the
 * connection; a struct answer owns its body and goes to http.c, which frees it.
 */
#ifndef DGI_SIM_SIM_H
#define DGI_SIM_SIM_H

#include "services/dgi_sim/calls.h"
#include "services/dgi_sim/faults.h"
#include "services/dgi_sim/profile.h"
#include "services/dgi_sim/records.h"
#include "services/dgi_sim/wall.h"

enum { QUERY_MAX = 12, BODY_MAX_BYTES = 4 << 20 };

struct group {
    const char *name;
    const char *key;
    const char *secret;
};
extern const struct group group_table[]; /* ends with name NULL */

struct sim {
    uint64_t seed; /* of all data */
    struct sim_clock clock;
    struct profile_settings settings[PROFILE_COUNT];
    int bare_profile;   /* what /dgi-api plays */
    int64_t latency_ms; /* before every read's answer */
    int64_t hang_ms;    /* how long "no answer" lasts */
    int64_t bulk_rows;  /* > 0: bulk mode */
    struct records *records;
    struct faults *faults;
    struct calls *calls;
    int64_t started_ms; /* epoch */
};

struct query {
    const char *name;
    const char *value;
};

struct call {
    const char *method;
    const char *path;
    const char *key;   /* DGI-API-Key, "" when absent */
    const char *token; /* DGI-API-Token, "" */
    const char *time;  /* X-Request-Time, "" */
    const char *body;  /* not NUL-terminated */
    size_t body_bytes;
    struct query query[QUERY_MAX]; /* of the URL, decoded */
    int query_count;
};

enum delivery {
    DELIVER_PLAIN,
    DELIVER_CUT,   /* announced in full, closed after half */
    DELIVER_SLOW,  /* in pieces over slow_ms */
    DELIVER_STALL, /* half, nothing for slow_ms, the rest */
    DELIVER_HUGE,  /* the body and blanks, huge_bytes in all */
    DELIVER_DROP,  /* closed without an answer */
};

struct answer {
    int status;
    const char *type; /* Content-Type, static */
    struct text body;
    enum delivery delivery;
    int64_t delay_ms; /* before the first byte */
    int64_t slow_ms;
    int64_t huge_bytes;
    bool announced;        /* huge: with Content-Length, else chunked */
    int64_t retry_after_s; /* header; 0 = none */
    bool retry_date;       /* the header is a date */
    int64_t count;         /* header X-Response-Count; -1 = none */
    char allow[24];        /* header Allow; "" = none */
};

/* False with a log line when memory is short. */
bool sim_open(struct sim *s);
void sim_close(struct sim *s);

/* Any call: the reads of the main dealers (read.c), or the control (control.c). */
void sim_answer(struct sim *s, const struct call *c, struct answer *a);

void read_answer(struct sim *s, const struct call *c, int profile, struct answer *a);
void control_answer(struct sim *s, const struct call *c, struct answer *a);
const char *call_query(const struct call *c, const char *name); /* NULL when absent */

/* Writes the expected records of a window as JSON members into an open object. */
void truth_write(const struct sim *s, enum profile_id profile, const struct dealer_info *dealer,
                 int64_t from, int64_t to, struct text *out);

/* What a read looks for; the history limit of the profile is applied to `from`. */
struct record_query sim_query(const struct sim *s, enum profile_id profile,
                              const struct dealer_info *dealer, int64_t from, int64_t to);

#endif
