/*
 * http.h - the HTTP server of the simulator.
 */
#ifndef DGI_SIM_HTTP_H
#define DGI_SIM_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "services/dgi_sim/sim.h"

struct http;

/* Listens; NULL with a log line when it cannot. `sim` is borrowed. */
struct http *http_new(struct sim *sim, const char *address, uint16_t port);

/* Serves until `stop_fd` becomes readable; false when the loop broke. */
bool http_run(struct http *h, int stop_fd);

/* Ends every waiting call, then the server. */
void http_free(struct http **h);

#endif
