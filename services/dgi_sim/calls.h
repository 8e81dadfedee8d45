/*
 * calls.h - what was called: the last CALLS_KEPT reads one by one, and counts per key, day, profile
 * and path. The counts are the quota's too.
 */
#ifndef DGI_SIM_CALLS_H
#define DGI_SIM_CALLS_H

#include "services/dgi_sim/text.h"

enum { CALLS_KEPT = 8192 };

struct call_note {
    int64_t n;       /* 1, 2, ... since the start */
    int64_t at_ms;   /* machine's clock, epoch */
    int64_t day;     /* of the data clock */
    int profile;     /* enum profile_id */
    char path[64];   /* after the version */
    char key[48];    /* "" = none */
    char dealer[16]; /* asked for, "" = the whole group */
    char from[24];   /* as sent */
    char to[24];
    char outcome[24]; /* ok, empty, a refusal's name, a fault's effect */
    char fault[24];   /* kind, "" = none */
    char hit[64];     /* idProspect that the fault changed, "" = none */
    int status;       /* HTTP; 0 = none was sent */
    int64_t rows;     /* elements of data */
    int64_t bytes;    /* of the body */
};

struct calls;

struct calls *calls_new(void);
void calls_free(struct calls **c);

/* Takes the next number and counts the call; the note may be filled further until the next begin.
 */
struct call_note *calls_begin(struct calls *c, const struct call_note *first);

/* Calls of a key on a day under a profile, all paths. */
int64_t calls_of_day(const struct calls *c, const char *key, int64_t day, int profile);

/* Members `calls` (numbers above `since`, at most `limit`, oldest first), `last`, `counts`. */
void calls_write(const struct calls *c, int64_t since, int64_t limit, struct text *out);

void calls_forget(struct calls *c);

#endif
