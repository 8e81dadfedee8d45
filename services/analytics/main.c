/*
 * main.c - the analytics process: wiring only.
 */
#include "services/analytics/analytics.h"

static enum err start(void *state, struct process *p)
{
    struct analytics *s = state;
    s->process = p;
    return watch_start(s);
}

static void stop(void *state)
{
    watch_stop(state);
}

int main(int argc, char **argv)
{
    static struct analytics analytics;
    const struct process_spec spec = {
        .service = "analytics",
        .conf = analytics_conf_rows,
        .conf_out = &analytics.conf,
        .handlers = analytics_handlers,
        .state = &analytics,
        .database = true,
        .cache = true,
        .publishes = true,
        .start = start,
        .stop = stop,
    };
    return process_main(&spec, argc, argv);
}
