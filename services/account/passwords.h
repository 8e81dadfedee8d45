/*
 * passwords.h - argon2id in a thread of its own, behind a short queue.
 *
 * DESIGN: a hash takes a tenth of a second and 64 MiB on purpose; meanwhile the loop answers
 * others. One at a time: more threads would only take more memory. A full queue refuses at once, so
 * that a flood of sign-ins costs those who sign in and nobody else.
 *
 * THREADS: everything here is for the loop's thread, where `fn` is called as well.
 * OWNERSHIP: texts are copied, and wiped when they were used.
 */
#ifndef ACCOUNT_PASSWORDS_H
#define ACCOUNT_PASSWORDS_H

#include "proto/bus/loop.h"
#include "proto/schema.h"

enum { PASSWORD_HASH_SIZE = 128, PASSWORD_MOST = 200, PASSWORD_QUEUE = 8 };

struct passwords;

/* good: what was to be compared fits (true if nothing was); hash: of the new password, "" if none
 * was to be made, or it was not because the comparison failed. */
typedef void password_fn(void *arg, bool good, const char *hash);

enum err passwords_new(struct loop *l, struct passwords **out) MUST_CHECK;
/* Waits for the hash at hand; the rest is dropped, without a callback. */
void passwords_free(struct passwords **p);

/* Compares `given` with a stored hash (stored.n 0: with one that nothing fits, which takes as long)
 * and, if it fits, hashes `fresh`. given.p NULL: only hashes; fresh.p NULL: only compares. ERR_OK,
 * or ERR_SIGN_IN_BUSY: then fn is not called. */
enum err passwords_work(struct passwords *p, struct view stored, struct view given,
                        struct view fresh, password_fn *fn, void *arg) MUST_CHECK;

#endif
