/*
 * faultpoint.h - named instants at which a test lets the process die or freeze.
 *
 * DESIGN: what must hold when a fetcher dies depends on where it dies, and a signal from outside
 * cannot hit an instant of microseconds. DD_FETCHER_STOP_AT=<instant>[:n[:stop]] makes the process
 * send itself SIGKILL (or SIGSTOP) when it comes to the instant for the n-th time, after a log line
 * that names it. Off unless DD_FAULTPOINTS=on as well: a setting that somebody left behind must not
 * kill a fetcher.
 *
 *   leased         tasks were granted, no call has begun
 *   in_copy        in the middle of COPY into the staging table
 *   before_commit  everything is flushed, COMMIT is not sent
 *   after_commit   the transaction is committed, nothing else knows
 */
#ifndef FETCHER_FAULTPOINT_H
#define FETCHER_FAULTPOINT_H

#include "proto/errors.h"

enum faultpoint {
    FAULT_LEASED,
    FAULT_IN_COPY,
    FAULT_BEFORE_COMMIT,
    FAULT_AFTER_COMMIT,
    FAULT_COUNT
};

/* Reads the setting, "" = none; ERR_CONFIG when it cannot be read, or is set while not allowed. */
enum err faultpoint_set(const char *setting, bool allowed) MUST_CHECK;

/* The next faultpoint_reach() of this instant may end the process. */
bool faultpoint_armed(enum faultpoint at);

/* Any thread. */
void faultpoint_reach(enum faultpoint at);

#endif
