/*
 * faultpoint.c - named instants at which a test lets the process die or freeze.
 *
 * The one piece of state that is no part of the fetcher's struct: set once before any thread
 * begins, and then counted down.
 */
#include "services/fetcher/faultpoint.h"

#include "services/daemon/log.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[FAULT_COUNT] = {
    [FAULT_LEASED] = "leased",
    [FAULT_IN_COPY] = "in_copy",
    [FAULT_BEFORE_COMMIT] = "before_commit",
    [FAULT_AFTER_COMMIT] = "after_commit",
};

static struct {
    int at;           /* enum faultpoint; -1 = nowhere */
    int signal;       /* SIGKILL or SIGSTOP */
    atomic_long left; /* times that it still passes by, this one included */
} fault = {.at = -1};

/* `[:n[:stop]]` */
static enum err read_rest(const char *rest)
{
    char *end = NULL;
    long n = 1;

    fault.signal = SIGKILL;
    if (*rest == ':') {
        n = strtol(rest + 1, &end, 10);
        if (end == rest + 1 || n < 1)
            return ERR_CONFIG;
        rest = end;
    }
    if (strcmp(rest, ":stop") == 0)
        fault.signal = SIGSTOP;
    else if (*rest != '\0')
        return ERR_CONFIG;
    atomic_store(&fault.left, n);
    return ERR_OK;
}

enum err faultpoint_set(const char *setting, bool allowed)
{
    fault.at = -1;
    if (!setting || *setting == '\0')
        return ERR_OK;
    if (!allowed)
        return ERR_CONFIG;
    for (int i = 0; i < FAULT_COUNT; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(setting, names[i], n) == 0 && (setting[n] == ':' || setting[n] == '\0')) {
            enum err err = read_rest(setting + n);
            fault.at = err == ERR_OK ? i : -1;
            return err;
        }
    }
    return ERR_CONFIG;
}

bool faultpoint_armed(enum faultpoint at)
{
    return fault.at == (int)at && atomic_load(&fault.left) > 0;
}

void faultpoint_reach(enum faultpoint at)
{
    if (fault.at != (int)at || atomic_fetch_sub(&fault.left, 1) != 1)
        return;
    log_warn("faultpoint reached", K("at", names[at]));
    (void)fflush(NULL);
    /* Sent to this thread, which so cannot go on; it kills or stops all of them. */
    (void)raise(fault.signal);
}
