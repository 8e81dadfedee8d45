/*
 * keyring.h - the keys that a process works with: its own, and the list of allowed ones.
 *
 * DESIGN: both come from files of one folder of mode 0700 (NAME.key, mode 0600, and `allowed`),
 * which are read again when they change, or from two texts, on a machine that shares no files. A
 * file that became unusable leaves what was known before.
 *
 * THREADS: one. OWNERSHIP: what the questions return is borrowed until the next refresh.
 */
#ifndef PROTO_BUS_KEYRING_H
#define PROTO_BUS_KEYRING_H

#include "proto/bus/own_keys.h"

struct keyring;

struct keyring_conf {
    const char *name;    /* own */
    const char *folder;  /* used for what the texts leave open */
    const char *secret;  /* text of own_keys.h; "" = the file */
    const char *allowed; /* text of allowed.h; "" = the file */
};

enum err keyring_open(const struct keyring_conf *conf, struct keyring **out,
                      struct fault *f) MUST_CHECK;
void keyring_free(struct keyring **k);

enum keyring_news {
    KEYRING_LIST = 1,     /* the list was read anew */
    KEYRING_OWN = 2,      /* the process has another key now */
    KEYRING_UNUSABLE = 4, /* a file changed and cannot be used; the fault tells */
};

/* Looks whether files changed or a key ended; a sum of enum keyring_news. */
int keyring_refresh(struct keyring *k, struct fault *f);

const struct allowed *keyring_allowed(const struct keyring *k);
const struct own_key *keyring_own(const struct keyring *k); /* NULL: it ended without another */
const char *keyring_name(const struct keyring *k);

/* The file of a name's keys, or with NULL that of the list. */
void keyring_path(const char *folder, const char *name, char *out, size_t size);

#endif
