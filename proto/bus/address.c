/*
 * address.c - takes the addresses of the bus apart: see address.h. Pure.
 */
#include "proto/bus/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tcp[] = "tcp://", ipc[] = "ipc://";

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The port of tcp://host:port; 0 if there is none that has a successor. */
static long port_of(const char *transport, int *host_n)
{
    const char *colon = strrchr(transport, ':');
    char *end = NULL;
    *host_n = (int)(colon - transport);
    if (*host_n <= (int)strlen(tcp) || colon[1] < '0' || colon[1] > '9')
        return 0;
    long port = strtol(colon + 1, &end, 10);
    return *end || port < 1 || port > 65534 ? 0 : port;
}

static enum err parse(const char *text, size_t n, struct bus_address *out)
{
    int host_n;
    if (n == 0 || n >= sizeof out->transport)
        return ERR_CONFIG;
    memset(out, 0, sizeof *out);
    memcpy(out->transport, text, n);
    if (begins(out->transport, ipc))
        return n > strlen(ipc) ? ERR_OK : ERR_CONFIG;
    char *hash = strchr(out->transport, '#');
    if (hash) {
        struct view name = view_of(hash + 1);
        if (!peer_name_valid(name))
            return ERR_CONFIG;
        memcpy(out->server, name.p, name.n);
        *hash = '\0';
    }
    out->guarded = begins(out->transport, tcp);
    return out->guarded && port_of(out->transport, &host_n) ? ERR_OK : ERR_CONFIG;
}

enum err bus_address_next(const char **list, struct bus_address *out)
{
    size_t n = strcspn(*list, ",");
    if (!**list)
        return ERR_NOT_FOUND;
    enum err err = parse(*list, n, out);
    *list += n + ((*list)[n] == ',');
    return err;
}

bool addresses_guarded(const char *list)
{
    struct bus_address a;
    while (*list)
        if (bus_address_next(&list, &a) == ERR_OK && a.guarded)
            return true;
    return false;
}

enum err event_address(const struct bus_address *address, struct bus_address *out)
{
    int n, host_n;
    *out = *address;
    if (address->guarded) {
        long port = port_of(address->transport, &host_n);
        n = snprintf(out->transport, sizeof out->transport, "%.*s:%ld", host_n, address->transport,
                     port + 1);
    } else {
        n = snprintf(out->transport, sizeof out->transport, "%s.events", address->transport);
    }
    return n > 0 && (size_t)n < sizeof out->transport ? ERR_OK : ERR_CONFIG;
}

void own_address(const struct bus_address *bound, struct bus_address *out)
{
    static const char *const any[] = {"tcp://*:", "tcp://0.0.0.0:"};
    *out = *bound;
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        if (begins(bound->transport, any[i]))
            snprintf(out->transport, sizeof out->transport, "tcp://127.0.0.1:%s",
                     bound->transport + strlen(any[i]));
}
