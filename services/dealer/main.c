/*
 * main.c - the dealer process: wiring only.
 */
#include "services/dealer/dealer.h"
#include "services/dealer/testing.h"

static enum err start(void *state, struct process *p)
{
    struct dealer_service *s = state;
    s->process = p;
    return seal_open_key(p->conf->master_key, p->conf->master_key_file, &s->seal);
}

static void stop(void *state)
{
    struct dealer_service *s = state;
    if (s->process)
        testing_stop(s);
    seal_free(&s->seal);
}

int main(int argc, char **argv)
{
    static struct dealer_service dealer;
    const struct process_spec spec = {
        .service = "dealer",
        .handlers = dealer_handlers,
        .state = &dealer,
        .database = true,
        .publishes = true,
        .start = start,
        .stop = stop,
    };
    return process_main(&spec, argc, argv);
}
