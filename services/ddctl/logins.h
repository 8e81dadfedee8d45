/*
 * logins.h - database logins of fetchers on other machines.
 *
 * DESIGN: an enrolment brings a login of its own, with the rights of dd_fetcher and no other:
 * `dd_NAME_` and the first digits of its public key. It is dropped once that key is off the list,
 * so a rotated key and its login end together.
 */
#ifndef DDCTL_LOGINS_H
#define DDCTL_LOGINS_H

#include "services/ddctl/ddctl.h"

#include "proto/bus/allowed.h"

/* Makes the login for a key of `name`; *url is how it connects to the database that `reached` tells
 * as the other machine reaches it. Exit code. */
int logins_make(struct ddctl *c, const char *name, const uint8_t key[BUS_KEY], const char *reached,
                struct view *url);

/* Drops the logins of `name` whose keys are not in the list. */
int logins_prune(struct ddctl *c, const char *name, const struct allowed *a);

/* ---- store_logins.c ---- */

struct login_store;

enum err login_store_open(const char *url, struct login_store **out) MUST_CHECK;
void login_store_close(struct login_store **s);
const char *login_store_error(const struct login_store *s);
enum err login_store_make(struct login_store *s, const char *role, const char *password) MUST_CHECK;
enum err login_store_drop(struct login_store *s, const char *role) MUST_CHECK;
/* Names of logins that begin so; copies are in the arena. */
enum err login_store_list(struct login_store *s, const char *prefix, struct arena *a,
                          struct list *out) MUST_CHECK;
/* The settings of a URL in the other form that libpq reads, with this login instead of its own;
 * false (why is filled) when it names no other machine's way to the server. */
bool login_url(const char *reached, const char *role, const char *password, struct arena *a,
               struct view *out, const char **why);

#endif
