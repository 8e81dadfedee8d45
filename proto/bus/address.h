/*
 * address.h - addresses of the bus as texts.
 *
 *   ipc:///run/dd/scheduler-1.ipc         a socket in a folder of mode 0700: in the clear
 *   tcp://10.0.0.1:7102#scheduler-1       guarded by keys; after the # who has to answer there
 *
 * DESIGN: anything else is refused, so no tcp address is ever without keys. A list is comma
 * separated. Pure.
 */
#ifndef PROTO_BUS_ADDRESS_H
#define PROTO_BUS_ADDRESS_H

#include "proto/bus/allowed.h"

enum { BUS_MAX_ADDRESS = 256, BUS_MAX_PEERS = 32 };

struct bus_address {
    char transport[BUS_MAX_ADDRESS]; /* as the library takes it */
    char server[MAX_PEER_NAME + 1];  /* who answers there; "" if not told */
    bool guarded;                    /* by keys: tcp */
};

/* The next address of a list; ERR_NOT_FOUND after the last, ERR_CONFIG for one that is none. */
enum err bus_address_next(const char **list, struct bus_address *out) MUST_CHECK;

/* True if some address of the list is guarded. */
bool addresses_guarded(const char *list);

/* Where a process that answers on `address` publishes: ipc: address + ".events"; tcp: port + 1. */
enum err event_address(const struct bus_address *address, struct bus_address *out) MUST_CHECK;

/* Where the process itself reaches what it has bound: a wildcard becomes loopback. */
void own_address(const struct bus_address *bound, struct bus_address *out);

#endif
