/*
 * main.c - the fetcher process: wiring only.
 *
 * It answers fetcher.probe and what every process answers (sys.*), and asks schedulers by
 * task.lease, task.beat, task.fail and task.release. Settings: the table below and those that all
 * processes share.
 */
#include "services/fetcher/faultpoint.h"
#include "services/fetcher/fetcher.h"

#include <stddef.h>
#include <string.h>

static void make_counters(struct counters *c, struct stats *s)
{
    c->leases = stats_counter(s, "leases", "Tasks leased.");
    c->leases_lost = stats_counter(s, "leases_lost", "Leases that another one took over.");
    c->tasks_cancelled = stats_counter(s, "tasks_cancelled", "Tasks cancelled while in hand.");
    c->tasks_released = stats_counter(s, "tasks_released", "Tasks given back unused.");
    c->tasks_stored = stats_counter(s, "tasks_stored", "Answers stored and committed.");
    c->tasks_failed = stats_counter(s, "tasks_failed", "Tasks that ended with an error.");
    c->calls = stats_counter(s, "upstream_calls", "Calls to upstreams begun.");
    c->call_errors = stats_counter(s, "upstream_call_errors", "Calls without a complete answer.");
    c->probes = stats_counter(s, "connection_tests", "Calls that tested a connection.");
    c->clock_corrections =
        stats_counter(s, "clock_corrections", "Calls made again by the upstream's clock.");
    c->bytes = stats_counter(s, "upstream_bytes", "Bytes of answers received.");
    c->rows_read = stats_counter(s, "rows_read", "Records stored, repeated ones merged.");
    c->rows_quarantined = stats_counter(s, "rows_quarantined", "Records set aside.");
    c->rows_foreign = stats_counter(s, "rows_foreign", "Records of other dealers, dropped.");
    c->stores_fenced = stats_counter(s, "stores_fenced",
                                     "Transactions refused or ended because the lease was lost.");
    c->stores_dropped = stats_counter(s, "stores_dropped",
                                      "Stores given up: lost, cancelled, or the lease ran out.");
    c->slots_busy = stats_gauge(s, "slots_busy", "Tasks in hand.");
}

/* Also after a start that failed half way: the bus ends when all its sockets are closed. */
static void stop(void *state)
{
    struct fetcher *f = state;

    /* The store first: it may still hold the spool of a slot. */
    store_free(&f->store);
    for (unsigned i = 0; i < f->n_slots; i++)
        slot_close(&f->slots[i]);
    for (unsigned i = 0; i < MAX_PROBES; i++)
        probe_close(&f->probes[i]);
    lease_stop(f);
    caller_free(&f->caller);
    seal_free(&f->seal);
}

enum { SPARE_DESCRIPTORS = 64 };

static enum err start(void *state, struct process *p)
{
    struct fetcher *f = state;
    const struct store_conf store = {
        .process = p,
        .copy_rows = f->conf.copy_rows,
        .group = f->conf.group,
        .done = slot_stored,
        .arg = f,
    };

    f->process = p;
    f->n_slots = (unsigned)f->conf.slots;
    /* A socket, a kept connection and a spool each. */
    process_descriptors(3 * f->conf.slots + SPARE_DESCRIPTORS);
    make_counters(&f->counters, p->stats);
    for (unsigned i = 0; i < f->n_slots; i++)
        slot_init(f, &f->slots[i], *f->conf.spool_folder ? f->conf.spool_folder : p->conf->state);
    for (unsigned i = 0; i < MAX_PROBES; i++)
        probe_init(f, &f->probes[i], *f->conf.spool_folder ? f->conf.spool_folder : p->conf->state);
    enum err err = faultpoint_set(f->conf.stop_at, f->conf.faultpoints);
    if (err != ERR_OK)
        log_error("DD_FETCHER_STOP_AT cannot be used", K("value", f->conf.stop_at));
    if (err == ERR_OK && f->conf.no_calls && !f->conf.faultpoints) {
        log_error("DD_FETCHER_NOOP cannot be used");
        err = ERR_CONFIG;
    }
    if (err == ERR_OK)
        err = seal_open_key(p->conf->master_key, p->conf->master_key_file, &f->seal);
    if (err == ERR_OK)
        err = caller_new(p->loop, f->n_slots + MAX_PROBES, &f->caller);
    if (err == ERR_OK)
        err = store_new(&store, &f->store);
    if (err == ERR_OK)
        err = lease_start(f);
    if (err != ERR_OK)
        stop(f);
    return err;
}

static void drain(void *state)
{
    lease_drain(state);
}

static bool idle(void *state)
{
    const struct fetcher *f = state;

    return f->n_busy == 0 && !f->lease_id && f->n_releases == 0;
}

static const struct conf_row rows[] = {
    {"DD_SLOTS", CONF_INT, offsetof(struct fetcher_conf, slots), "4", 1, MAX_SLOTS,
     "Tasks in hand at the same time."},
    {"DD_FETCHER_COPY_ROWS", CONF_INT, offsetof(struct fetcher_conf, copy_rows), "200", 1, 1000000,
     "Answers with at least so many records are staged by COPY."},
    {"DD_FETCHER_MAX_VALUE", CONF_INT, offsetof(struct fetcher_conf, max_value), "2000", 100,
     RECORD_MAX_LONG, "Longest value of a field that is stored, in bytes."},
    {"DD_FETCHER_GROUP", CONF_INT, offsetof(struct fetcher_conf, group), "512", 1, MAX_HELD_TASKS,
     "At most so many small answers that wait are stored in one transaction."},
    {"DD_FETCHER_SPOOL", CONF_TEXT, offsetof(struct fetcher_conf, spool_folder), "", 0, 256,
     "Folder of the unlinked files that hold large answers; empty: DD_STATE."},
    {"DD_FETCHER_STOP_AT", CONF_TEXT, offsetof(struct fetcher_conf, stop_at), "", 0, 64,
     "For tests: <instant>[:n[:stop]], see faultpoint.h."},
    {"DD_FAULTPOINTS", CONF_BOOL, offsetof(struct fetcher_conf, faultpoints), "off", 0, 0,
     "For tests: DD_FETCHER_STOP_AT and DD_FETCHER_NOOP may be used."},
    {"DD_FETCHER_NOOP", CONF_BOOL, offsetof(struct fetcher_conf, no_calls), "off", 0, 0,
     "For benches: nobody is called, an empty answer is stored for each task."},
    {0},
};

int main(int argc, char **argv)
{
    static struct fetcher fetcher;
    const struct process_spec spec = {
        .service = "fetcher",
        .conf = rows,
        .conf_out = &fetcher.conf,
        .handlers = probe_handlers,
        .state = &fetcher,
        .database = true,
        .start = start,
        .drain = drain,
        .idle = idle,
        .stop = stop,
    };

    return process_main(&spec, argc, argv);
}
