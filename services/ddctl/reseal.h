/*
 * reseal.h - everything that is sealed in the database, sealed anew under the newest master key.
 *
 * DESIGN: first the older keys are retired, which the database then holds every process to: what
 * they have sealed so far is all there will be. Then credentials and dealers are sealed anew in
 * order, a few in one transaction; wherever that stops, a second run goes on with what is left.
 * Other processes read both meanwhile. A text that no key opens stays as it is and is counted.
 */
#ifndef DDCTL_RESEAL_H
#define DDCTL_RESEAL_H

#include "services/daemon/database.h"
#include "services/daemon/seal.h"
#include "services/ddctl/ddctl.h"

struct reseal {
    struct ddctl *c;   /* borrowed */
    struct db *db;     /* borrowed */
    struct seal *seal; /* borrowed; its first key is the one that stays */
    /* result */
    int64_t credentials; /* sealed anew */
    int64_t dealers;
    int64_t unreadable; /* rows of which no key opens something */
};

/* Waits for whoever is in the way, a minute at most. What went wrong is on stderr. */
int reseal_all(struct reseal *r);

#endif
