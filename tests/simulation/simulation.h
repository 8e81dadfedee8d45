/*
 * simulation.h - models that drive the scheduler's pure parts through made-up days and weeks.
 *
 * DESIGN: a model is a function of a seed: it draws a small world (an upstream's outages, a zone's
 * clock changes, a quota, what is wanted), lets the same C code that the scheduler runs decide,
 * under a virtual clock, and claims what must hold whatever happens (safety) and what must come to
 * pass once the upstream is well (liveness). The first claim that fails ends the seed. Nothing but
 * the seed decides, so that one line repeats it: simulate MODEL --seed N.
 *
 * THREADS: none. OWNERSHIP: models keep nothing between seeds.
 */
#ifndef SIMULATION_SIMULATION_H
#define SIMULATION_SIMULATION_H

#include <stdbool.h>
#include <stdint.h>

/* One seed under way: its dice, and what went wrong first. */
struct run {
    uint64_t dice;
    uint64_t steps; /* decisions that were asked for */
    char wrong[240];
};

/* Any 64 bits (splitmix64). */
uint64_t draw(struct run *r);

/* low to high, both included. */
int64_t between(struct run *r, int64_t low, int64_t high);

/* True in so many of 100 cases. */
bool chance(struct run *r, int percent);

/* Keeps the text of the first claim that does not hold; returns whether this one holds. */
bool claim(struct run *r, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True as long as all claims held. */
bool fine(const struct run *r);

void simulate_retry(struct run *r);
void simulate_planner(struct run *r);
void simulate_cron(struct run *r);
void simulate_catchup(struct run *r);
void simulate_breaker(struct run *r);

#endif
