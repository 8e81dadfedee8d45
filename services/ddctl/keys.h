/*
 * keys.h - what the commands about keys share.
 */
#ifndef DDCTL_KEYS_H
#define DDCTL_KEYS_H

#include "services/ddctl/ddctl.h"

/* USAGE, said on stderr, for a name that cannot be one. */
int key_name(struct ddctl *c, const char *name);

/* When keys that are replaced now end, by --overlap; 0 = at once. False: said on stderr. */
bool key_end(const struct arguments *a, int64_t now_ms, int64_t *until_ms);

#endif
