/*
 * change.h - POST /_sim/records: changes to records, and new ones.
 */
#ifndef DGI_SIM_CHANGE_H
#define DGI_SIM_CHANGE_H

#include <yajl/yajl_tree.h>

#include "services/dgi_sim/sim.h"

/* Writes `changed` and `added`, the ids; returns NULL or what is wrong with the order. */
const char *change_records(struct sim *s, yajl_val order, struct text *out);

#endif
