/*
 * process_state.h - inside of a running process; for process.c, guarding.c, registry.c and system.c
 * alone.
 */
#ifndef DAEMON_PROCESS_STATE_H
#define DAEMON_PROCESS_STATE_H

#include "services/daemon/process.h"

enum process_phase { PHASE_STARTING, PHASE_RUNNING, PHASE_DRAINING, PHASE_GONE };

enum { MAX_NEEDS = 14 }; /* with database and cache as many as the record takes */

struct need {
    char name[33];
    bool ready;
    char detail[257]; /* why not; "" = nothing to say */
};

struct daemon {
    struct process p; /* first, so that a struct process * is one of these */
    const struct process_spec *spec;
    struct shared_conf conf;
    enum process_phase phase;
    const char *told_state; /* the state that was last logged and published */
    struct need needs[MAX_NEEDS];
    unsigned n_needs;
    int signal_fd;               /* -1 = none */
    int64_t drain_deadline_mono; /* when the drain ends in any case */

    /* guarding.c */
    struct keyring *keys; /* of the bus; NULL: all of it is local */
    struct guard *guard;  /* likewise */

    /* registry.c */
    struct client *dealer;      /* of processes without a database; NULL otherwise */
    uint64_t report_timer;      /* 0 = none */
    unsigned report_generation; /* database connection that knows us; 0 = none */
};

/* ---- system.c ---- */
extern const struct handler system_handlers[];

/* The handlers' state is the service's own, so sys.* find the process here. One per program. */
void system_attach(struct daemon *d);

/* "starting", "ready", "degraded", "draining" or "gone". */
const char *system_state(const struct daemon *d);

/* Logs and publishes a state that is new. */
void system_note_state(struct daemon *d);

/* What the process is; texts are borrowed or of the arena. */
enum err system_info(struct daemon *d, struct arena *a, struct process_info *out) MUST_CHECK;

/* ---- guarding.c ---- */
/* Keys and guard of the bus, if there is anything to guard; before any address is used. */
enum err guarding_start(struct daemon *d) MUST_CHECK;
/* Once the process answers: a stranger has to be refused. */
enum err guarding_check(struct daemon *d) MUST_CHECK;
void guarding_end(struct daemon *d);    /* after all sockets, before the bus */
void guarding_forget(struct daemon *d); /* after the bus */

/* ---- registry.c ---- */
enum err registry_start(struct daemon *d) MUST_CHECK;
void registry_soon(struct daemon *d);
void registry_stop(struct daemon *d); /* says that we are gone */

#endif
