/*
 * hosts.c - rotates the lists of host, hostaddr and port alike: see hosts.h.
 */
#include "services/daemon/hosts.h"

#include <string.h>

unsigned hosts_count(const char *list)
{
    unsigned n = 0;
    if (!list || !*list)
        return 0;
    for (n = 1; *list; list++)
        n += *list == ',';
    return n;
}

bool hosts_rotate(const char *list, unsigned first, char *out, size_t size)
{
    unsigned n = hosts_count(list);
    const char *start = list;
    size_t length = strlen(list);
    if (length >= size)
        return false;
    for (unsigned skip = n > 1 ? first % n : 0; skip > 0; skip--)
        start = strchr(start, ',') + 1;
    size_t tail = length - (size_t)(start - list);
    memcpy(out, start, tail);
    if (start > list) {
        size_t head = (size_t)(start - list) - 1; /* without its last comma */
        out[tail++] = ',';
        memcpy(out + tail, list, head);
        tail += head;
    }
    out[tail] = '\0';
    return true;
}
