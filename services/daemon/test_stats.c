/* test_stats.c - percentiles against exact ones, bounds, counters. */
#include "services/daemon/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 20000 };

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int64_t exact(const int64_t *sorted, int percent)
{
    return sorted[(SAMPLES * percent + 99) / 100 - 1];
}

static void assert_near(int64_t got, int64_t want)
{
    int64_t off = got > want ? got - want : want - got;
    if (off * 100 > want * 5)
        fail_msg("%ld is not within 5 %% of %ld", (long)got, (long)want);
}

static void percentiles_are_within_five_percent(void **state)
{
    static int64_t samples[SAMPLES];
    uint64_t seed = 42;
    struct stats *s = stats_new();
    struct process_stats out = {.has = 0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 20);
    for (int i = 0; i < SAMPLES; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        /* spread over many octaves, as times are */
        samples[i] = (int64_t)((seed >> 33) % 1000) << ((seed >> 20) % 12);
        stats_call(s, STATS_STATEMENTS, "x", i % 10 == 0, samples[i]);
    }
    qsort(samples, SAMPLES, sizeof samples[0], compare);
    assert_int_equal(stats_fill(s, &a, &out), ERR_OK);
    assert_int_equal(out.statements.n, 1);
    const struct call_stat *c = out.statements.items;
    assert_int_equal(c->calls, SAMPLES);
    assert_int_equal(c->errors, SAMPLES / 10);
    assert_near(c->p50_us, exact(samples, 50));
    assert_near(c->p95_us, exact(samples, 95));
    assert_near(c->p99_us, exact(samples, 99));
    assert_int_equal(c->max_us, samples[SAMPLES - 1]);
    arena_free(&a);
    stats_free(&s);
    assert_null(s);
}

static void extreme_times_are_kept(void **state)
{
    struct stats *s = stats_new();
    struct process_stats out = {.has = 0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 20);
    stats_call(s, STATS_CALLS, "x", false, -5);
    stats_call(s, STATS_CALLS, "x", false, 0);
    stats_call(s, STATS_CALLS, "x", false, INT64_C(1) << 60);
    assert_int_equal(stats_fill(s, &a, &out), ERR_OK);
    const struct call_stat *c = out.calls.items;
    assert_int_equal(c->calls, 3);
    assert_int_equal(c->p50_us, 0);
    assert_int_equal(c->max_us, INT64_C(1) << 60);
    arena_free(&a);
    stats_free(&s);
}

static void names_beyond_the_limit_fall_into_other(void **state)
{
    struct stats *s = stats_new();
    struct process_stats out = {.has = 0};
    struct arena a;
    int64_t calls = 0;
    (void)state;
    arena_init(&a, 1 << 20);
    for (int i = 0; i < 400; i++) {
        char name[32];
        snprintf(name, sizeof name, "name.%d", i);
        stats_call(s, STATS_MESSAGES, name, false, i);
    }
    assert_int_equal(stats_fill(s, &a, &out), ERR_OK);
    assert_int_equal(out.messages.n, 256);
    const struct call_stat *rows = out.messages.items;
    for (uint32_t i = 0; i < out.messages.n; i++)
        calls += rows[i].calls;
    assert_int_equal(calls, 400);
    assert_true(view_is(rows[255].name, "other"));
    assert_int_equal(rows[255].calls, 145);
    arena_free(&a);
    stats_free(&s);
}

static void a_counter_is_one_cell_by_name(void **state)
{
    struct stats *s = stats_new();
    struct process_stats out = {.has = 0};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 20);
    struct counter_cell *c = stats_counter(s, "things", "Things that happened.");
    counter_add(c, 2);
    counter_add(stats_counter(s, "things", "Things that happened."), 3);
    assert_int_equal(counter_value(c), 5);
    gauge_set(stats_gauge(s, "level", "A level."), 9);
    assert_int_equal(stats_fill(s, &a, &out), ERR_OK);
    assert_int_equal(out.counters.n, 2);
    assert_true(view_is(LIST_AT(struct counter, &out.counters, 1)->kind, "gauge"));
    assert_int_equal(LIST_AT(struct counter, &out.counters, 1)->value, 9);
    arena_free(&a);
    stats_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_within_five_percent),
        cmocka_unit_test(extreme_times_are_kept),
        cmocka_unit_test(names_beyond_the_limit_fall_into_other),
        cmocka_unit_test(a_counter_is_one_cell_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
