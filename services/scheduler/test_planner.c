/*
 * test_planner.c - what is wanted is fetched, once, within every limit; small cases in full.
 */
#include "services/scheduler/planner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TODAY = 20000, NOON_S = 43200, MANY = 100000 };

static int64_t day_s(int64_t days_ago)
{
    return (TODAY - days_ago) * PLAN_DAY_S;
}

static struct plan_source source(void)
{
    return (struct plan_source){.now_s = TODAY * (int64_t)PLAN_DAY_S + NOON_S,
                                .max_days = 7,
                                .history_days = 30,
                                .quota = -1,
                                .reserve = 20};
}

/* A subject whose window reaches from the first of `states` to now; states end today. */
static struct plan_subject subject(int dealer, const unsigned char *states, int n)
{
    return (struct plan_subject){.dealer = dealer,
                                 .from_s = day_s(n - 1),
                                 .to_s = day_s(-1) - 1,
                                 .first_day = TODAY - n + 1,
                                 .days = states,
                                 .n_days = n};
}

static struct plan make(const struct plan_source *s, const struct plan_subject *subjects, int n,
                        enum plan_only only)
{
    struct plan_ask ask = {.sources = s,
                           .n_sources = 1,
                           .subjects = subjects,
                           .n_subjects = n,
                           .only = only,
                           .warn_days = 3,
                           .max_calls = MANY};
    struct plan p;
    assert_int_equal(plan_make(&ask, &p), ERR_OK);
    return p;
}

static void a_day_a_call_where_the_quota_is_not_known(void **state)
{
    struct plan_source s = source();
    struct plan_subject one = subject(0, NULL, 5);
    (void)state;
    struct plan p = make(&s, &one, 1, PLAN_ALL);
    assert_int_equal(p.n_calls, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(p.calls[i].from_s, day_s(4 - i));
        assert_int_equal(p.calls[i].to_s, day_s(3 - i) - 1);
        assert_int_equal(p.calls[i].n_members, 1);
    }
    assert_int_equal(p.spend[0].days, 1);
    assert_int_equal(p.spend[0].left, -1);
    plan_free(&p);
}

static void windows_end_at_midnight(void **state)
{
    struct plan_source s = source();
    struct plan_subject one = subject(0, NULL, 3);
    (void)state;
    one.from_s += 6 * 3600;
    one.to_s -= 3600;
    struct plan p = make(&s, &one, 1, PLAN_ALL);
    assert_int_equal(p.n_calls, 3);
    assert_int_equal(p.calls[0].from_s, day_s(2) + 6 * 3600);
    assert_int_equal(p.calls[0].to_s, day_s(1) - 1);
    assert_int_equal(p.calls[2].to_s, day_s(-1) - 1 - 3600);
    plan_free(&p);
}

static void a_given_slice_follows_from_the_start(void **state)
{
    struct plan_source s = source();
    struct plan_subject one = subject(0, NULL, 1);
    struct plan_ask ask = {.sources = &s,
                           .n_sources = 1,
                           .subjects = &one,
                           .n_subjects = 1,
                           .slice_s = 4 * 3600,
                           .max_calls = MANY};
    struct plan p;
    (void)state;
    one.from_s = day_s(0) + 6 * 3600;
    one.to_s = one.from_s + 9 * 3600 + 1800;
    s.quota = 1; /* the slice wins over it */
    assert_int_equal(plan_make(&ask, &p), ERR_OK);
    assert_int_equal(p.n_calls, 3);
    assert_int_equal(p.calls[0].to_s, one.from_s + 4 * 3600 - 1);
    assert_int_equal(p.calls[1].from_s, one.from_s + 4 * 3600);
    assert_int_equal(p.calls[2].to_s, one.to_s);
    plan_free(&p);
    s.max_days = 1;
    ask.slice_s = 100 * 3600;
    one.from_s = day_s(2);
    one.to_s = day_s(-1) - 1;
    assert_int_equal(plan_make(&ask, &p), ERR_OK);
    assert_int_equal(p.n_calls, 3);
    plan_free(&p);
}

static void scarce_quota_makes_windows_longer(void **state)
{
    /* quota, used, priority -> calls for 30 days, days of the longest window */
    static const struct {
        int64_t quota, used, priority;
        int calls;
        int window;
    } rows[] = {
        {300, 0, 0, 30, 1}, {60, 0, 0, 30, 1}, {59, 0, 0, 15, 2},  {20, 0, 0, 10, 3},
        {10, 0, 0, 5, 6},   {9, 0, 0, 5, 7},   {0, 0, 0, 5, 7},    {100, 90, 0, 5, 6},
        {75, 0, 2, 30, 1},  {74, 0, 2, 15, 2}, {100, 80, 2, 5, 7},
    };
    struct plan_subject one = subject(0, NULL, 30);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_source s = source();
        s.quota = rows[i].quota;
        s.used = rows[i].used;
        struct plan_ask ask = {.sources = &s,
                               .n_sources = 1,
                               .subjects = &one,
                               .n_subjects = 1,
                               .priority = rows[i].priority,
                               .max_calls = MANY};
        struct plan p;
        assert_int_equal(plan_make(&ask, &p), ERR_OK);
        assert_int_equal(p.n_calls, rows[i].calls);
        assert_int_equal(p.spend[0].window_days, rows[i].window);
        plan_free(&p);
    }
}

static void the_reserve_is_for_priority_0(void **state)
{
    struct plan_source s = source();
    (void)state;
    s.quota = 101;
    s.used = 10;
    s.queued = 5;
    assert_int_equal(plan_left(&s, 0), 86);
    assert_int_equal(plan_left(&s, 1), 65); /* a part of a call is reserved whole */
    s.used = 100;
    assert_int_equal(plan_left(&s, 3), 0);
    s.quota = -1;
    assert_int_equal(plan_left(&s, 3), -1);
}

static void days_that_a_plan_takes(void **state)
{
    static const struct {
        int64_t quota, used, days;
    } rows[] = {{10, 0, 1}, {5, 0, 1}, {5, 1, 2}, {5, 5, 2},
                {4, 0, 2},  {2, 0, 3}, {1, 0, 5}, {0, 0, -1}};
    struct plan_subject one = subject(0, NULL, 30);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan_source s = source();
        s.quota = rows[i].quota;
        s.used = rows[i].used;
        struct plan p = make(&s, &one, 1, PLAN_ALL);
        assert_int_equal(p.n_calls, 5);
        assert_int_equal(p.spend[0].days, rows[i].days);
        plan_free(&p);
    }
}

static void holes_dropped_before_their_turn_are_counted(void **state)
{
    struct plan_source s = source();
    struct plan_subject one = subject(0, NULL, 31);
    (void)state;
    s.max_days = 1;
    s.quota = 2;
    struct plan p = make(&s, &one, 1, PLAN_ALL);
    /* Days left 0 and 1 go today, 2 and 3 tomorrow: none is lost. */
    assert_int_equal(p.spend[0].lost_before, 0);
    plan_free(&p);
    s.quota = 1;
    s.used = 1;
    p = make(&s, &one, 1, PLAN_ALL);
    assert_int_equal(p.spend[0].lost_before, 4);
    plan_free(&p);
}

static void urgent_calls_go_before_what_waits_and_is_not(void **state)
{
    struct plan_source s = source();
    struct plan_subject one = subject(0, NULL, 31);
    (void)state;
    s.max_days = 1;
    s.quota = s.queued = 4;
    struct plan p = make(&s, &one, 1, PLAN_ALL);
    assert_int_equal(p.n_urgent, 4);
    assert_int_equal(p.spend[0].left, 0);
    assert_int_equal(p.spend[0].lost_before, 0);
    assert_int_equal(p.spend[0].days, 1 + 7); /* 4 today, 27 later */
    plan_free(&p);
    s.ahead = 3;
    p = make(&s, &one, 1, PLAN_ALL);
    assert_int_equal(p.spend[0].lost_before, 0); /* one today, the rest tomorrow */
    plan_free(&p);
    s.ahead = 4;
    p = make(&s, &one, 1, PLAN_ALL);
    assert_int_equal(p.spend[0].lost_before, 1);
    plan_free(&p);
}

static void what_will_be_lost_goes_first(void **state)
{
    struct plan_source s = source();
    struct plan_subject two[2] = {subject(0, NULL, 31), subject(0, NULL, 31)};
    (void)state;
    two[1].feed = 1;
    struct plan p = make(&s, two, 2, PLAN_ALL);
    assert_int_equal(p.n_calls, 62);
    for (int i = 0; i < 62; i++)
        assert_int_equal(p.calls[i].urgent, i < 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(p.calls[i].from_s, day_s(30 - i / 2));
    assert_int_equal(p.calls[8].feed, 0);
    assert_int_equal(p.calls[61].feed, 1);
    plan_free(&p);
}

static void a_stored_day_is_never_urgent(void **state)
{
    struct plan_source s = source();
    unsigned char states[31];
    struct plan_subject one = subject(0, states, 31);
    (void)state;
    memset(states, DAY_STORED, sizeof states);
    struct plan p = make(&s, &one, 1, PLAN_ALL);
    assert_int_equal(p.n_calls, 31);
    assert_false(p.calls[0].urgent);
    plan_free(&p);
}

static void nothing_before_the_history_is_asked_for(void **state)
{
    struct plan_source s = source();
    struct plan_subject one = subject(0, NULL, 40);
    (void)state;
    struct plan p = make(&s, &one, 1, PLAN_MISSING);
    assert_int_equal(p.n_calls, 31);
    assert_int_equal(p.calls[0].from_s, day_s(30));
    assert_int_equal(p.skips[0].lost, 9);
    plan_free(&p);
}

static void dealers_of_a_group_share_calls(void **state)
{
    static const unsigned char first[] = {DAY_NEVER, DAY_NEVER, DAY_STORED, DAY_STORED};
    static const unsigned char second[] = {DAY_STORED, DAY_NEVER, DAY_NEVER, DAY_STORED};
    struct plan_source s = source();
    struct plan_subject two[2] = {subject(0, first, 4), subject(1, second, 4)};
    (void)state;
    s.group = true;
    struct plan p = make(&s, two, 2, PLAN_MISSING);
    assert_int_equal(p.n_calls, 3);
    assert_int_equal(p.calls[0].n_members, 1);
    assert_int_equal(p.calls[1].n_members, 2);
    assert_int_equal(p.calls[2].n_members, 1);
    assert_int_equal(p.members[p.calls[2].first_member], 1);
    plan_free(&p);
    s.group = false;
    p = make(&s, two, 2, PLAN_MISSING);
    assert_int_equal(p.n_calls, 4);
    plan_free(&p);
}

static void a_group_call_covers_200_dealers_at_most(void **state)
{
    struct plan_source s = source();
    static struct plan_subject many[450];
    (void)state;
    s.group = true;
    for (int i = 0; i < 450; i++)
        many[i] = subject(i, NULL, 1);
    struct plan p = make(&s, many, 450, PLAN_ALL);
    assert_int_equal(p.n_calls, 3);
    assert_int_equal(p.calls[0].n_members, 200);
    assert_int_equal(p.calls[2].n_members, 50);
    plan_free(&p);
}

static void feeds_and_credentials_share_nothing(void **state)
{
    struct plan_source s[2] = {source(), source()};
    struct plan_subject three[3] = {subject(0, NULL, 1), subject(1, NULL, 1), subject(2, NULL, 1)};
    (void)state;
    s[0].group = s[1].group = true;
    three[1].source = 1;
    three[2].feed = 1;
    struct plan_ask ask = {
        .sources = s, .n_sources = 2, .subjects = three, .n_subjects = 3, .max_calls = MANY};
    struct plan p;
    assert_int_equal(plan_make(&ask, &p), ERR_OK);
    assert_int_equal(p.n_calls, 3);
    assert_int_equal(p.spend[0].calls, 2);
    assert_int_equal(p.spend[1].calls, 1);
    plan_free(&p);
    ask.n_subjects = 2;
    assert_int_equal(plan_make(&ask, &p), ERR_OK);
    assert_int_equal(p.n_calls, 2);
    plan_free(&p);
}

static void too_many_calls_are_refused(void **state)
{
    struct plan_source s = source();
    struct plan_subject one = subject(0, NULL, 30);
    struct plan_ask ask = {
        .sources = &s, .n_sources = 1, .subjects = &one, .n_subjects = 1, .max_calls = 29};
    struct plan p;
    (void)state;
    assert_int_equal(plan_make(&ask, &p), ERR_TOO_MANY_TASKS);
    assert_int_equal(p.n_calls, 30);
    plan_free(&p);
    ask.max_calls = 30;
    assert_int_equal(plan_make(&ask, &p), ERR_OK);
    plan_free(&p);
    ask.n_subjects = 0;
    assert_int_equal(plan_make(&ask, &p), ERR_OK);
    assert_int_equal(p.n_calls, 0);
    plan_free(&p);
}

/* ---- every state of six days, every rule, several limits ---- */

enum { DAYS = 6, STATES = 5 };

static bool wants(enum plan_only only, int state)
{
    return only == PLAN_ALL || state == DAY_NEVER || state == DAY_PARTIAL ||
           (only == PLAN_MISSING_FAILED && state == DAY_FAILED);
}

/* Fewest windows of `length` days that cover all wanted days: the same greedy over days. */
static int fewest(enum plan_only only, const unsigned char *states, int length)
{
    int n = 0;
    for (int i = 0; i < DAYS;) {
        bool wanted = wants(only, states[i]);
        n += wanted;
        i += wanted ? length : 1;
    }
    return n;
}

static void check_case(const struct plan_source *s, const unsigned char *states,
                       enum plan_only only)
{
    struct plan_subject one = subject(0, states, DAYS);
    struct plan p = make(s, &one, 1, only);
    int fetched[DAYS] = {0};
    int left_out = p.skips[0].stored + p.skips[0].failed + p.skips[0].pending;
    for (int i = 0; i < p.n_calls; i++) {
        const struct plan_call *c = &p.calls[i];
        assert_true(c->from_s <= c->to_s);
        assert_true(c->to_s - c->from_s < s->max_days * PLAN_DAY_S);
        for (int d = 0; d < DAYS; d++)
            fetched[d] += c->from_s <= day_s(DAYS - 1 - d) && c->to_s >= day_s(DAYS - 2 - d) - 1;
    }
    int days_wanted = 0;
    for (int d = 0; d < DAYS; d++) {
        assert_true(fetched[d] <= 1);
        if (wants(only, states[d])) {
            assert_int_equal(fetched[d], 1);
            days_wanted++;
        } else if (p.spend[0].window_days == 1) {
            assert_int_equal(fetched[d], 0);
        }
    }
    assert_int_equal(days_wanted + left_out, DAYS);
    assert_int_equal(p.n_calls, fewest(only, states, (int)p.spend[0].window_days));
    if (s->quota >= 0 && p.spend[0].window_days < s->max_days)
        assert_true(p.n_calls <= p.spend[0].left / 2);
    plan_free(&p);
}

static void all_small_cases(void **state)
{
    static const int64_t quotas[] = {-1, 0, 2, 4, 6, 12};
    unsigned char states[DAYS];
    (void)state;
    for (int code = 0; code < STATES * STATES * STATES * STATES * STATES * STATES; code++) {
        int rest = code;
        for (int d = 0; d < DAYS; d++, rest /= STATES)
            states[d] = (unsigned char)(rest % STATES);
        for (size_t q = 0; q < sizeof quotas / sizeof *quotas; q++) {
            struct plan_source s = source();
            s.quota = quotas[q];
            s.max_days = 3;
            check_case(&s, states, PLAN_ALL);
            check_case(&s, states, PLAN_MISSING);
            check_case(&s, states, PLAN_MISSING_FAILED);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_a_call_where_the_quota_is_not_known),
        cmocka_unit_test(windows_end_at_midnight),
        cmocka_unit_test(a_given_slice_follows_from_the_start),
        cmocka_unit_test(scarce_quota_makes_windows_longer),
        cmocka_unit_test(the_reserve_is_for_priority_0),
        cmocka_unit_test(days_that_a_plan_takes),
        cmocka_unit_test(holes_dropped_before_their_turn_are_counted),
        cmocka_unit_test(urgent_calls_go_before_what_waits_and_is_not),
        cmocka_unit_test(what_will_be_lost_goes_first),
        cmocka_unit_test(a_stored_day_is_never_urgent),
        cmocka_unit_test(nothing_before_the_history_is_asked_for),
        cmocka_unit_test(dealers_of_a_group_share_calls),
        cmocka_unit_test(a_group_call_covers_200_dealers_at_most),
        cmocka_unit_test(feeds_and_credentials_share_nothing),
        cmocka_unit_test(too_many_calls_are_refused),
        cmocka_unit_test(all_small_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
