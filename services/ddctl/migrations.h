/*
 * migrations.h - the migrations of a folder: NNNN_name.up.sql with NNNN_name.down.sql.
 */
#ifndef DDCTL_MIGRATIONS_H
#define DDCTL_MIGRATIONS_H

#include "services/ddctl/ddctl.h"

enum { MAX_MIGRATIONS = 1000, MIGRATION_NAME = 64, SHA256_HEX = 65 };

/* What became of a migration in a database. */
enum migration_state { MIGRATION_PENDING, MIGRATION_APPLIED, MIGRATION_EDITED, MIGRATION_MISSING };

struct migration {
    int version;               /* from the file's name; 1 and up */
    char name[MIGRATION_NAME]; /* "jobs" of 0003_jobs.up.sql */
    const char *up;            /* text of the file; NULL when it is missing */
    const char *down;          /* NULL when there is no way back */
    char sha256[SHA256_HEX];   /* of up */
    enum migration_state state;
    struct view applied_at; /* RFC 3339; empty when it is not applied */
};

/* Reads the folder, in the order of versions; texts live in the arena. Says on stderr what is wrong
 * with it: two files of one version, a file that cannot be read. */
int migrations_read(struct ddctl *c, const char *folder, struct list *out);

#endif
