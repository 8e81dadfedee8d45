/*
 * render.h - records as an answer's JSON, in the spelling of a profile, with the faults that
 * concern single values.
 */
#ifndef DGI_SIM_RENDER_H
#define DGI_SIM_RENDER_H

#include "services/dgi_sim/faults.h"
#include "services/dgi_sim/profile.h"
#include "services/dgi_sim/prospects.h"

struct render {
    struct text *out; /* takes the elements of `data`, borrowed */
    enum profile_id profile;
    const struct fault *fault; /* borrowed */
    int64_t index;             /* records so far */
    int64_t rows;              /* elements so far; more than records where they are exploded */
    char hit[64];              /* idProspect of the record that the fault changed */
};

/* A record as profile_shape left it. */
void render_prospect(struct render *r, const struct prospect *p);

#endif
