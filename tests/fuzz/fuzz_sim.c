/*
 * fuzz_sim.c - bodies of reads and of the control's changes, as the simulator takes them: request.h
 * and change.h over bytes from anywhere.
 */
#include <stddef.h>
#include <stdint.h>

#include "services/dgi_sim/change.h"
#include "services/dgi_sim/json_in.h"
#include "services/dgi_sim/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim sim;
    const char *text = (const char *)data;
    struct read_request request;
    struct text out = {0};
    yajl_val tree;
    int64_t id;

    if (sim.records == NULL) {
        sim_open(&sim);
        clock_set(&sim.clock, 1790000000000, true);
    }
    request_read(text, size, 0, &request);
    tree = json_read(text, size);
    if (tree != NULL) {
        change_records(&sim, tree, &out);
        faults_add(sim.faults, tree, &id);
    }
    yajl_tree_free(tree);
    text_free(&out);
    records_forget(sim.records);
    faults_remove(sim.faults, 0);
    return 0;
}
