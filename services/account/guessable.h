/*
 * guessable.h - passwords that somebody who tries would try early. Pure.
 *
 * DESIGN: after NIST SP 800-63B what counts is length, and that a password is none of those that
 * are known to be common, expected or compromised: no rules of what kinds of characters it holds.
 * A long list of leaked passwords would hold few of twelve characters that are not a common word
 * with something before or behind it; so the list is short, and the rest of a password is taken
 * off before it is looked up.
 */
#ifndef ACCOUNT_GUESSABLE_H
#define ACCOUNT_GUESSABLE_H

#include "proto/codec.h"

/* It is a common one or made of one; a repetition; a row of letters or digits; or the login with
 * something before or behind. */
bool password_guessable(struct view password, struct view login);

/* The table, for its test. */
extern const char *const guessable_words[];
extern const unsigned guessable_count;

#endif
