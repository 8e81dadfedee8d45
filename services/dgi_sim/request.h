/*
 * request.h - the body of a read: window and filters.
 */
#ifndef DGI_SIM_REQUEST_H
#define DGI_SIM_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct read_request {
    char from[24]; /* as sent, printable ASCII; "" = absent */
    char to[24];
    char dealer[16];   /* dealerId; "" = the whole group */
    char prospect[64]; /* idProspect; "" = all */
    char sales[64];    /* idSalesPeople; "" = all */
    int64_t from_at;   /* wall */
    int64_t to_at;     /* wall; `now` when toTime is absent */
    bool has_to;       /* toTime was sent */
};

/* Takes any bytes. False when it is no JSON object or the window is unreadable; the texts are
 * filled as far as they could be read. Unknown names are ignored. */
bool request_read(const char *p, size_t n, int64_t now, struct read_request *r);

#endif
