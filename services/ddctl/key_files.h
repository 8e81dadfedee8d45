/*
 * key_files.h - the folder of the bus's keys, changed under a lock: NAME.key and `allowed`.
 *
 * DESIGN: a file is written beside its place and then renamed, so who reads it meanwhile reads the
 * whole old or the whole new one. The list is saved before an own key, so a key that is shown is
 * always known already. Functions say what went wrong on stderr and return exit codes.
 *
 * OWNERSHIP: the struct lies in the arena; key_files_close() lets the lock go.
 */
#ifndef DDCTL_KEY_FILES_H
#define DDCTL_KEY_FILES_H

#include "proto/bus/keyring.h"
#include "services/ddctl/ddctl.h"

struct key_files {
    const char *folder; /* of the settings */
    int lock_fd;        /* flock of the folder, -1 = none */
    struct allowed allowed;
};

/* Makes the folder where it is missing, and reads the list; an absent one is empty. */
int key_files_open(struct ddctl *c, struct key_files **out);
void key_files_close(struct key_files **k);

bool key_files_has_own(const struct key_files *k, const char *name);
int key_files_read_own(struct ddctl *c, const struct key_files *k, const char *name,
                       struct own_keys *out);
int key_files_save_own(struct ddctl *c, const struct key_files *k, const char *name,
                       const struct own_keys *own);
int key_files_remove_own(struct ddctl *c, const struct key_files *k, const char *name);
int key_files_save_list(struct ddctl *c, const struct key_files *k);

/* Writes a file that nobody else may read; `fresh`: there must be none yet. */
int write_private(struct ddctl *c, const char *path, const struct buf *b, bool fresh);

/* ---- the list ---- */

bool list_has(const struct allowed *a, const char *name);
/* Takes off what has ended, and gives an end to the keys of a name that have none; 0 = off the list
 * at once. */
void list_retire(struct allowed *a, const char *name, int64_t now_ms, int64_t until_ms);
void list_remove(struct allowed *a, const char *name);
int list_add(struct ddctl *c, struct allowed *a, const char *name, enum sender kind,
             const uint8_t key[BUS_KEY]);

#endif
