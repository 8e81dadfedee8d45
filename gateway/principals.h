/*
 * principals.h - whose sessions and keys this gateway has checked: a bounded table in memory.
 *
 * DESIGN: a session or key is found by its SHA-256, so the table itself lets nobody in. Eight rows
 * share a place; the one that was checked longest ago gives way. Of 10,000 all but a few find room.
 * What the account service says has changed is taken out. Pure but for its memory.
 *
 * THREADS: the loop's. OWNERSHIP: a row is the table's, valid until the next call that changes it.
 */
#ifndef GATEWAY_PRINCIPALS_H
#define GATEWAY_PRINCIPALS_H

#include "proto/schema.h"

enum { PRINCIPAL_HASH = 32, PRINCIPAL_ID = 65, PRINCIPAL_WAYS = 8, PRINCIPAL_PLACES = 4096 };

struct principal {
    unsigned char hash[PRINCIPAL_HASH];
    bool used;
    char name[PRINCIPAL_ID];    /* login, or a key's visible part */
    char owner[PRINCIPAL_ID];   /* what a change of the user or key names */
    char session[PRINCIPAL_ID]; /* what a change of the session names; "" = a key */
    char role[16];
    struct list dealers; /* views into codes; only if limited */
    char *codes;         /* owned */
    bool limited;        /* it may see these dealers alone */
    bool has_password;
    int64_t until;   /* wall clock, ms; 0 = no end */
    int64_t checked; /* monotonic, ms */
};

struct principals;

struct principals *principals_new(void); /* NULL: no memory */
void principals_free(struct principals **p);

/* NULL: not known. */
struct principal *principals_find(struct principals *p, const unsigned char hash[PRINCIPAL_HASH]);

/* Takes in, or replaces, what account.check said. NULL: no memory. */
struct principal *principals_keep(struct principals *p, const unsigned char hash[PRINCIPAL_HASH],
                                  const struct identity *identity, int64_t now_mono);

void principals_forget(struct principals *p, const unsigned char hash[PRINCIPAL_HASH]);
/* kind: "user", "session" or "key". */
void principals_forget_changed(struct principals *p, struct view kind, struct view target);
void principals_forget_all(struct principals *p);

#endif
