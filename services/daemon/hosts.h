/*
 * hosts.h - the order in which the hosts of a connection string are tried.
 *
 * libpq tries `host=a,b,c` from the left and, driven by PQconnectPoll(), has no time-out of its own
 * for one of them: a machine that is off and answers nothing would use up the whole deadline, every
 * time. So each try that failed lets the next one begin at another host.
 */
#ifndef DAEMON_HOSTS_H
#define DAEMON_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

/* Items of a comma separated list; 0 for none. */
unsigned hosts_count(const char *list);

/* Writes the list, begun at item `first` (modulo its length) and ended by those before it. False
 * when it does not fit into size bytes. */
bool hosts_rotate(const char *list, unsigned first, char *out, size_t size);

#endif
