/*
 * main.c - simulate [MODEL] [--seeds N] [--seed N]: runs seeds 0 to N-1 of one model or of all, or
 * a single seed; prints a line per model. Exit code 1 when a claim failed, with the line that
 * repeats it.
 */
#include "tests/simulation/simulation.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_SEEDS = 100000 };

struct model {
    const char *name;
    void (*simulate)(struct run *r);
};

static const struct model models[] = {
    {"retry", simulate_retry},     {"planner", simulate_planner}, {"cron", simulate_cron},
    {"catchup", simulate_catchup}, {"breaker", simulate_breaker},
};

uint64_t draw(struct run *r)
{
    uint64_t x = r->dice += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

int64_t between(struct run *r, int64_t low, int64_t high)
{
    return low + (int64_t)(draw(r) % (uint64_t)(high - low + 1));
}

bool chance(struct run *r, int percent)
{
    return between(r, 0, 99) < percent;
}

bool claim(struct run *r, bool holds, const char *format, ...)
{
    if (!holds && fine(r)) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(r->wrong, sizeof r->wrong, format, arguments);
        va_end(arguments);
    }
    return holds;
}

bool fine(const struct run *r)
{
    return r->wrong[0] == '\0';
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seeds from `first` on; false at the first that fails. */
static bool run_model(const struct model *m, uint64_t first, uint64_t n)
{
    double begun = seconds();
    uint64_t steps = 0;
    for (uint64_t seed = first; seed < first + n; seed++) {
        struct run r = {.dice = seed * UINT64_C(0xd1342543de82ef95) + 1};
        m->simulate(&r);
        steps += r.steps;
        if (!fine(&r)) {
            printf("%s: seed %" PRIu64 ": %s\n", m->name, seed, r.wrong);
            printf("repeat: build/dev/bin/simulate %s --seed %" PRIu64 "\n", m->name, seed);
            return false;
        }
    }
    printf("%s: %" PRIu64 " seeds, %" PRIu64 " decisions, %.1f s\n", m->name, n, steps,
           seconds() - begun);
    return true;
}

static int usage(void)
{
    fprintf(stderr, "simulate [MODEL] [--seeds N] [--seed N]; models:");
    for (unsigned i = 0; i < sizeof models / sizeof *models; i++)
        fprintf(stderr, " %s", models[i].name);
    fprintf(stderr, "\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    uint64_t first = 0;
    uint64_t n = DEFAULT_SEEDS;
    bool known = false;
    bool ok = true;
    for (int i = 1; i < argc; i++) {
        bool value = i + 1 < argc;
        if (strcmp(argv[i], "--seeds") == 0 && value) {
            n = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && value) {
            first = strtoull(argv[++i], NULL, 10);
            n = 1;
        } else if (argv[i][0] != '-' && !only) {
            only = argv[i];
        } else {
            return usage();
        }
    }
    for (unsigned i = 0; i < sizeof models / sizeof *models; i++)
        if (!only || strcmp(only, models[i].name) == 0) {
            known = true;
            ok = run_model(&models[i], first, n) && ok;
        }
    if (!known)
        return usage();
    return ok ? 0 : 1;
}
