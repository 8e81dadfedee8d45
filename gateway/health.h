/*
 * health.h - whether the services behind this gateway answer, and what they miss.
 *
 * DESIGN: every second each service that the role's routes use is asked sys.info, so /health and
 * /readyz answer at once from what was heard last, at most two seconds old. A need of a service
 * that it can do without (its cache) makes the gateway degraded, any other one not ready. So does a
 * spare service: one that the role uses for a part of its work alone.
 *   healthy    everything answers and misses nothing
 *   degraded   something is away; at least one service works
 *   unhealthy  no service works: each is unreachable or misses what it cannot do without
 */
#ifndef GATEWAY_HEALTH_H
#define GATEWAY_HEALTH_H

#include "gateway/exchange.h"

enum { HEALTH_MAX_NEEDS = 16, HEALTH_ASK_MS = 1000, HEALTH_ANSWER_MS = 1200 };

struct need {
    char name[33];
    char detail[257];
    bool ready;
};

/* What is known of one service. */
struct service_state {
    bool used;        /* by the role */
    bool spare;       /* the role can do without it */
    bool answered;    /* the last question */
    char detail[257]; /* why not */
    struct need needs[HEALTH_MAX_NEEDS];
    unsigned n_needs;
};

enum condition { HEALTHY, DEGRADED, UNHEALTHY };

/* True for needs that a service cannot do without. Pure. */
bool need_is_vital(const char *name);

/* What follows from the states: the condition, and whether all that is vital is there. Pure. */
enum condition health_judge(const struct service_state states[SERVICES], bool *ready);

struct health_watch;

enum err health_new(struct gateway *g, struct health_watch **out) MUST_CHECK;
void health_free(struct health_watch **h);

/* ---- local handlers ---- */
void health_answer(struct exchange *ex);
void health_readyz(struct exchange *ex);

#endif
