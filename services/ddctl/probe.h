/*
 * probe.h - asks many processes the same question at the same time.
 *
 * DESIGN: one client per process on one loop, so that ten processes that hang cost one time-out and
 * not ten. A connection needs a moment before it carries a message, so a probe that finds nobody
 * tries again until its deadline.
 */
#ifndef DDCTL_PROBE_H
#define DDCTL_PROBE_H

#include "services/ddctl/ddctl.h"

enum { MAX_PROBES = 200, PROBE_MS = 2500 };

struct probe {
    struct process_info info; /* what is known of the process; endpoint and name are always set */
    bool answered;
    enum err err; /* when it has not answered */
    int64_t us;   /* time of the answer */
    void *answer; /* struct of msg->reply, of the arena; NULL unless answered */

    /* probe.c */
    struct client *client;
    struct probing *run;
};

/* The processes that report to the database, and those that the configuration and the folder of
 * sockets name. A database that is away is said on stderr. */
int probes_find(struct ddctl *c, struct list *out);

/* Sends msg to each and waits for all, PROBE_MS at most. */
int probes_ask(struct ddctl *c, struct list *probes, const struct desc *msg, const void *message);

#endif
