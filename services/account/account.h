/*
 * account.h - the state of an account process.
 *
 * The account service says who somebody is and what they may do: users with argon2id passwords,
 * sessions of the pages, API keys, one-time links. Of each secret it stores a hash alone. Gateways
 * ask it once about a session or key, remember the answer for a minute, and ask every second what
 * they have to forget. It also tells the audit trail, which the services write.
 *
 * Messages: session.open, session.close, session.close_all, account.check, account.changes,
 * user.*, password.change, key.*, audit.list, audit.verify.
 *
 * Files: checks (pure), tokens (pure), passwords (a thread that hashes), sign_in, users, keys,
 * audit (handlers), handlers (their table).
 *
 * THREADS: the loop's; passwords.c has one more.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "services/daemon/link.h"
#include "services/daemon/process.h"

struct passwords;

struct account_conf {
    int64_t idle_minutes;  /* DD_SESSION_IDLE_MINUTES */
    int64_t session_hours; /* DD_SESSION_HOURS */
};

struct account {
    struct process *process; /* borrowed */
    struct account_conf conf;
    struct link_keys *admin;     /* owned; of the administrator's key, NULL = none is usable */
    struct passwords *passwords; /* owned */
    uint64_t forget_timer;
    struct counter_cell *signed_in;
    struct counter_cell *refused;
};

extern const struct handler account_handlers[];

#endif
