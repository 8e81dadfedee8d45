/*
 * checks.h - what is accepted as a login and a password. Pure.
 */
#ifndef ACCOUNT_CHECKS_H
#define ACCOUNT_CHECKS_H

#include "proto/codec.h"

enum { PASSWORD_LEAST = 12 };

/* 1 to 64 letters, digits, points, - _ or @, and no key's beginning. */
enum err check_login(struct view login, struct fault *f) MUST_CHECK;

/* Length counts, and that nobody would guess it (guessable.h); what helps beyond that is for people
 * to choose. */
enum err check_password(struct view password, struct view login, struct fault *f) MUST_CHECK;

#endif
