/*
 * dealer.h - the state of a dealer process.
 *
 * The dealer service keeps the register: dealers, upstreams, their credentials, and which processes
 * run; and it finds, tells and erases what is stored about one person. It seals secrets before they
 * reach the database and never opens them, but for the key of erasures; no answer, log line or
 * error of it holds one. Every change is one transaction, so any number of dealer processes may run
 * side by side. After a change it publishes dealer.changed.
 *
 * Messages: dealer.list, dealer.get, dealer.create, dealer.update, dealer.test, upstream.list,
 * upstream.set, person.find, person.export, person.erase, setting.list, setting.set, process.list,
 * process.drain, process.report.
 *
 * THREADS: one. Statements block, bounded by statement_timeout.
 */
#ifndef DEALER_H
#define DEALER_H

#include "services/daemon/process.h"
#include "services/daemon/seal.h"

enum { MAX_TESTS = 8 }; /* of connections, at the same time */

struct test;

struct dealer_service {
    struct process *process;       /* borrowed */
    struct seal *seal;             /* owned; the master key */
    struct test *tests[MAX_TESTS]; /* under way; NULL = free */
};

extern const struct handler dealer_handlers[];

#endif
