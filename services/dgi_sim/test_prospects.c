/*
 * test_prospects.c - generation: the same for the same seed, alive as the clock moves, complete for
 * a window.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/records.h"

enum { SEED = 12284, MANY = 20000 };

static int64_t day_0(void)
{
    return wall_day(2026, 9, 1);
}

static void the_same_seed_makes_the_same_record(void **state)
{
    const struct dealer_info *dealer = dealer_find("12284");
    struct prospect a, b, other;
    int64_t now = (day_0() + 30) * DAY_S;

    (void)state;
    assert_true(prospect_make(SEED, dealer, day_0(), 3, now, &a));
    assert_true(prospect_make(SEED, dealer, day_0(), 3, now, &b));
    assert_true(prospect_make(SEED + 1, dealer, day_0(), 3, now, &other));
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(&a, &other, sizeof a);
}

/* What was true once stays: only later steps change a record, and they move modifiedTime. */
static void a_life_only_goes_on(void **state)
{
    const struct dealer_info *dealer = dealer_find("12284");
    int moved = 0, ended = 0;

    (void)state;
    for (int n = 0; n < prospects_of_day(SEED, dealer, day_0()); n++) {
        struct prospect last, p;

        assert_false(prospect_make(SEED, dealer, day_0(), n, day_0() * DAY_S, &p));
        assert_true(prospect_make(SEED, dealer, day_0(), n, (day_0() + 1) * DAY_S, &last));
        for (int64_t d = 2; d <= LIFE_DAYS + 3; d++) {
            assert_true(prospect_make(SEED, dealer, day_0(), n, (day_0() + d) * DAY_S, &p));
            if (memcmp(&p, &last, sizeof p) != 0) {
                assert_true(p.modified > last.modified);
                assert_true(p.modified >= (day_0() + d - 1) * DAY_S);
                assert_true(d <= LIFE_DAYS);
                moved++;
            }
            last = p;
        }
        ended += p.text[PROSPECT_STATUS_PROSPECT][0] >= '4';
    }
    assert_true(moved > 5);
    assert_true(ended > 2);
}

static void days_are_believable(void **state)
{
    const struct dealer_info *dealer = dealer_find("12284");
    int empty = 0, week = 0, weekend = 0;

    (void)state;
    for (int64_t d = day_0() - 400; d < day_0(); d++) {
        int n = prospects_of_day(SEED, dealer, d), weekday = wall_weekday(d);

        assert_true(n == 0 || (n >= 8 && n <= 30));
        empty += n == 0;
        if (weekday == 0 || weekday == 6)
            weekend += n;
        else
            week += n;
    }
    assert_true(empty >= 3 && empty <= 20);
    assert_true(weekend / 2 > week / 5 * 3 / 2);
}

struct seen {
    char *ids[MANY];
    int count;
    int64_t from, to;
};

static void see(void *context, struct prospect *p)
{
    struct seen *s = context;

    assert_true(s->count < MANY);
    assert_true(prospect_qualifies(p, s->from, s->to));
    s->ids[s->count++] = strdup(p->text[PROSPECT_ID_PROSPECT]);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted ids of a window; the caller frees them by `forget`. */
static void look(const struct records *r, const char *dealer, int64_t from, int64_t to, int64_t now,
                 struct seen *s)
{
    struct record_query q = {.seed = SEED, .dealer = dealer_find(dealer), .now = now};

    q.from = s->from = from;
    q.to = s->to = to;
    records_each(r, &q, see, s);
}

static void forget(struct seen *s)
{
    for (int i = 0; i < s->count; i++)
        free(s->ids[i]);
    free(s);
}

/* The slices of a window give its records, each of them at least once, and nothing else. */
static void slices_give_the_whole(void **state)
{
    struct records *r = records_new();
    struct seen *whole = calloc(1, sizeof *whole), *parts = calloc(1, sizeof *parts);
    int64_t now = (day_0() + 40) * DAY_S, unique = 0;

    (void)state;
    look(r, "12284", day_0() * DAY_S, (day_0() + 28) * DAY_S - 1, now, whole);
    for (int64_t d = 0; d < 28; d += 7)
        look(r, "12284", (day_0() + d) * DAY_S, (day_0() + d + 7) * DAY_S - 1, now, parts);
    assert_true(whole->count > 300);
    qsort(whole->ids, (size_t)whole->count, sizeof(char *), by_text);
    qsort(parts->ids, (size_t)parts->count, sizeof(char *), by_text);
    for (int i = 0; i < parts->count; i++)
        if (i == 0 || strcmp(parts->ids[i], parts->ids[i - 1]) != 0)
            assert_string_equal(parts->ids[i], whole->ids[unique++]);
    assert_int_equal(unique, whole->count);
    forget(whole);
    forget(parts);
    records_free(&r);
}

/* Dealer 99901 has records at the first and the last second of a day. */
static void both_ends_of_a_window_count(void **state)
{
    struct records *r = records_new();
    int64_t now = (day_0() + 40) * DAY_S, day = day_0();
    struct seen *s = calloc(1, sizeof *s);
    int before;

    (void)state;
    while (prospects_of_day(SEED, dealer_find("99901"), day) < 2)
        day++;
    look(r, "99901", day * DAY_S, day * DAY_S, now, s);
    assert_true(s->count >= 1);
    before = s->count;
    look(r, "99901", (day + 1) * DAY_S - 1, (day + 1) * DAY_S - 1, now, s);
    assert_true(s->count > before);
    forget(s);
    records_free(&r);
}

static void a_kept_record_takes_the_place(void **state)
{
    struct records *r = records_new();
    struct record_query q = {.seed = SEED, .dealer = dealer_find("12284")};
    struct seen *s = calloc(1, sizeof *s);
    struct prospect p, again;

    (void)state;
    q.now = (day_0() + 40) * DAY_S;
    assert_true(prospect_make(SEED, q.dealer, day_0(), 0, q.now, &p));
    p.modified = p.when[PROSPECT_MODIFIED_TIME] = q.now - 5;
    assert_true(records_keep(r, q.dealer, &p));
    assert_true(records_keep(r, q.dealer, &p));
    assert_int_equal(records_count(r), 1);
    look(r, "12284", q.now - 5, q.now - 5, q.now, s);
    assert_true(s->count >= 1);
    assert_string_equal(s->ids[s->count - 1], p.text[PROSPECT_ID_PROSPECT]);
    assert_true(records_find(r, &q, p.text[PROSPECT_ID_PROSPECT], &again));
    assert_int_equal(again.modified, q.now - 5);
    records_forget(r);
    assert_true(records_find(r, &q, p.text[PROSPECT_ID_PROSPECT], &again));
    assert_true(again.modified != q.now - 5);
    forget(s);
    records_free(&r);
}

static void bulk_fills_a_window(void **state)
{
    struct records *r = records_new();
    struct record_query q = {.seed = SEED, .dealer = dealer_find("12284"), .bulk_rows = 5000};
    struct seen *s = calloc(1, sizeof *s);

    (void)state;
    q.now = (day_0() + 40) * DAY_S;
    q.from = s->from = day_0() * DAY_S;
    q.to = s->to = q.from + DAY_S - 1;
    records_each(r, &q, see, s);
    assert_int_equal(s->count, 5000);
    qsort(s->ids, (size_t)s->count, sizeof(char *), by_text);
    for (int i = 1; i < s->count; i++)
        assert_string_not_equal(s->ids[i], s->ids[i - 1]);
    forget(s);
    records_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_makes_the_same_record),
        cmocka_unit_test(a_life_only_goes_on),
        cmocka_unit_test(days_are_believable),
        cmocka_unit_test(slices_give_the_whole),
        cmocka_unit_test(both_ends_of_a_window_count),
        cmocka_unit_test(a_kept_record_takes_the_place),
        cmocka_unit_test(bulk_fills_a_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
