/*
 * main.c - the scheduler process: wiring only.
 */
#include "services/scheduler/scheduler.h"

static enum err start(void *state, struct process *p)
{
    struct scheduler *s = state;
    s->process = p;
    return clockwork_start(s);
}

static void drain(void *state)
{
    waiting_end(state);
}

static void stop(void *state)
{
    clockwork_stop(state);
}

int main(int argc, char **argv)
{
    static struct scheduler scheduler;
    const struct process_spec spec = {
        .service = "scheduler",
        .conf = scheduler_conf_rows,
        .conf_out = &scheduler.conf,
        .handlers = scheduler_handlers,
        .state = &scheduler,
        .database = true,
        .cache = true,
        .publishes = true,
        .start = start,
        .drain = drain,
        .stop = stop,
    };
    return process_main(&spec, argc, argv);
}
