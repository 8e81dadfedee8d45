/*
 * guard.h - who is let in by tcp, and what they may send.
 *
 * DESIGN: the library asks inside of the process whether a key may come in (ZAP); we answer from
 * the list of allowed keys. That the question is always asked, and that no answer means no, are
 * settings of the sockets (links.c). Who a message comes from is the key of its connection, never
 * anything in the message; which messages its kind may send is the table of senders.def. A key
 * that is taken off the list may send nothing from then on. One after its end stays until it loses
 * its connection.
 *
 * Files of keys are looked at twice a second, and whenever somebody comes.
 *
 * THREADS: all on the loop's.
 */
#ifndef PROTO_BUS_GUARD_H
#define PROTO_BUS_GUARD_H

#include "proto/bus/endpoint.h"

struct guard;

/* Before anything is bound. The bus has its keys (bus_use_keys). */
enum err guard_new(struct bus *b, struct loop *l, struct guard **out) MUST_CHECK;
void guard_free(struct guard **g); /* after all endpoints */

/* Comes to each tcp address of the list, and to that of its events, with a key that nobody knows:
 * ERR_FORBIDDEN, told in f, unless all of them refuse it. Before the loop runs. */
enum err guard_check(struct guard *g, const char *bound, struct fault *f) MUST_CHECK;

/* ERR_NOT_ALLOWED, with who may not send what. */
enum err guard_may_send(struct bus *b, const struct peer *from, struct view message,
                        struct fault *f) MUST_CHECK;

#endif
