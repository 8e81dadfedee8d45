/*
 * test_catchup.c - unit tests of due and missed ticks.
 */
#include "services/scheduler/catchup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000, MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* A midnight of Jakarta */
#define START INT64_C(1772643600000)

static const struct zone jakarta = {1, {{0, 7 * HOUR}}};
static struct catchup plan;

static void ask(const char *expression, int64_t first, int64_t now, int64_t jitter,
                enum catchup_policy policy)
{
    struct cron cron;
    struct cron_fault fault;
    assert_int_equal(cron_parse(view_of(expression), &cron, &fault), ERR_OK);
    const struct catchup_ask a = {.cron = &cron,
                                  .zone = &jakarta,
                                  .schedule = 7,
                                  .first_ms = first,
                                  .now_ms = now,
                                  .jitter_seconds = jitter,
                                  .policy = policy};
    catchup_plan(&a, &plan);
}

static void assert_verdicts(const char *letters)
{
    assert_int_equal(plan.n, strlen(letters));
    for (unsigned i = 0; i < plan.n; i++)
        assert_int_equal("rmM"[plan.ticks[i].verdict], letters[i]);
}

static void tick_in_time_runs(void **state)
{
    (void)state;
    for (int policy = CATCHUP_SKIP; policy <= CATCHUP_ALL; policy++) {
        ask("*/5 * * * *", START, START + 2 * SECOND, 0, (enum catchup_policy)policy);
        assert_verdicts("r");
        assert_true(plan.ticks[0].at_ms == START && plan.next_ms == START + 5 * MINUTE);
    }
}

static void nothing_is_due_before_its_time(void **state)
{
    (void)state;
    ask("*/5 * * * *", START, START - 1, 0, CATCHUP_ALL);
    assert_verdicts("");
    assert_true(plan.next_ms == START && plan.left == 0);
}

static void missed_ticks_follow_the_policy(void **state)
{
    (void)state;
    ask("*/5 * * * *", START, START + 20 * MINUTE, 0, CATCHUP_SKIP);
    assert_verdicts("mmmmr");
    ask("*/5 * * * *", START, START + 20 * MINUTE, 0, CATCHUP_ONCE);
    assert_verdicts("MMMMr");
    ask("*/5 * * * *", START, START + 20 * MINUTE, 0, CATCHUP_ALL);
    assert_verdicts("rrrrr");
    assert_true(plan.next_ms == START + 25 * MINUTE);
}

static void last_tick_is_missed_beyond_the_grace(void **state)
{
    (void)state;
    ask("0 * * * *", START, START + HOUR + CATCHUP_GRACE_MS, 0, CATCHUP_SKIP);
    assert_verdicts("mr");
    ask("0 * * * *", START, START + HOUR + CATCHUP_GRACE_MS + 1, 0, CATCHUP_SKIP);
    assert_verdicts("mm");
    ask("0 * * * *", START, START + HOUR + CATCHUP_GRACE_MS + 1, 0, CATCHUP_ONCE);
    assert_verdicts("Mr");
}

static void only_the_latest_ticks_are_told(void **state)
{
    (void)state;
    ask("* * * * *", START, START + 2 * DAY, 0, CATCHUP_ALL);
    assert_int_equal(plan.n, CATCHUP_MAX_TICKS);
    assert_true(plan.left == 2 * DAY / MINUTE + 1 - CATCHUP_MAX_TICKS);
    for (unsigned i = 0; i < plan.n; i++)
        assert_true(plan.ticks[i].at_ms ==
                    START + 2 * DAY - (int64_t)(CATCHUP_MAX_TICKS - 1 - i) * MINUTE);
    assert_true(plan.next_ms == START + 2 * DAY + MINUTE);
}

static void what_is_older_than_the_history_is_left(void **state)
{
    (void)state;
    ask("0 0 * * *", START - INT64_C(400) * DAY, START + HOUR, 0, CATCHUP_ALL);
    assert_int_equal(plan.n, CATCHUP_MAX_DAYS);
    assert_true(plan.left > 0 && plan.ticks[plan.n - 1].at_ms == START);
}

static void jitter_is_within_bounds_and_repeats(void **state)
{
    int64_t most = 0;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t at = START + (int64_t)i * HOUR;
        int64_t late = tick_jitter_ms(7, at, 90);
        assert_true(late >= 0 && late <= 90 * SECOND && late % SECOND == 0);
        assert_true(late == tick_jitter_ms(7, at, 90));
        assert_true(tick_jitter_ms(7, at, 0) == 0);
        most = late > most ? late : most;
    }
    assert_true(most > 80 * SECOND);
}

static void jitter_delays_a_tick(void **state)
{
    (void)state;
    int64_t late = tick_jitter_ms(7, START, 600);
    assert_true(late > 0);
    ask("0 * * * *", START, START + late - 1, 600, CATCHUP_ALL);
    assert_verdicts("");
    assert_true(plan.next_ms == START && plan.next_due_ms == START + late);
    ask("0 * * * *", START, START + late, 600, CATCHUP_ALL);
    assert_verdicts("r");
    assert_true(plan.ticks[0].due_ms == START + late);
}

static void jitter_must_not_change_the_order(void **state)
{
    struct cron cron;
    struct cron_fault fault;
    (void)state;
    assert_int_equal(cron_parse(view_of("0,10 * * * *"), &cron, &fault), ERR_OK);
    assert_true(jitter_fits(&cron, &jakarta, START, 599));
    assert_false(jitter_fits(&cron, &jakarta, START, 600));
}

/* Whatever the moments at which somebody looks, each tick is told exactly once and in order. */
static void ticks_have_no_gap_and_no_double(void **state)
{
    static const char *const expressions[] = {"* * * * *", "*/7 * * * *", "0 3,15 * * *"};
    struct cron cron;
    struct cron_fault fault;
    (void)state;
    srandom(20260305);
    for (int round = 0; round < 300; round++) {
        assert_int_equal(cron_parse(view_of(expressions[round % 3]), &cron, &fault), ERR_OK);
        int64_t jitter = round % 2 ? 45 : 0;
        int64_t expected = START;
        int64_t next = START;
        for (int64_t now = START; now < START + DAY / 2; now += random() % (20 * MINUTE)) {
            ask(expressions[round % 3], next, now, jitter, (enum catchup_policy)(round % 3));
            for (unsigned i = 0; i < plan.n; i++) {
                assert_true(plan.ticks[i].at_ms == expected);
                expected = cron_next(&cron, &jakarta, expected);
            }
            assert_true(plan.next_ms == expected && plan.next_due_ms > now);
            next = plan.next_ms;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tick_in_time_runs),
        cmocka_unit_test(nothing_is_due_before_its_time),
        cmocka_unit_test(missed_ticks_follow_the_policy),
        cmocka_unit_test(last_tick_is_missed_beyond_the_grace),
        cmocka_unit_test(only_the_latest_ticks_are_told),
        cmocka_unit_test(what_is_older_than_the_history_is_left),
        cmocka_unit_test(jitter_is_within_bounds_and_repeats),
        cmocka_unit_test(jitter_delays_a_tick),
        cmocka_unit_test(jitter_must_not_change_the_order),
        cmocka_unit_test(ticks_have_no_gap_and_no_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
