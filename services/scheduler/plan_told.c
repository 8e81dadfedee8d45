/*
 * plan_told.c - a plan in the words of the bus.
 *
 * The answer is bounded: so many calls, names and remarks, and the number of calls left out.
 */
#include "services/scheduler/plan_told.h"

#include "proto/calendar.h"

#include <stdio.h>

enum { MAX_CALLS = 500, MAX_NAMES = 20000, MAX_SKIPS = 500, MAX_WARNINGS = 100 };

void wall_text(int64_t s, int n, char *out)
{
    char full[48];
    int64_t day = s / PLAN_DAY_S - (s % PLAN_DAY_S < 0);
    int left = (int)(s - day * PLAN_DAY_S);
    int year;
    int month;
    int of_month;
    date_of_day(day, &year, &month, &of_month);
    snprintf(full, sizeof full, "%04d-%02d-%02d %02d:%02d:%02d", year, month, of_month, left / 3600,
             left / 60 % 60, left % 60);
    snprintf(out, (size_t)n + 1, "%.*s", n, full);
}

static struct view wall(struct arena *a, int64_t s)
{
    char text[20];
    wall_text(s, 19, text);
    return arena_copy(a, view_of(text));
}

static bool tell_calls(const struct planning *p, struct plan_told *told)
{
    uint32_t most = p->plan.n_calls < MAX_CALLS ? (uint32_t)p->plan.n_calls : MAX_CALLS;
    uint32_t names = 0;
    struct plan_call_told *out = arena_take(p->arena, (most + 1) * sizeof *out);
    if (!out)
        return false;
    for (told->items.n = 0; told->items.n < most; told->items.n++) {
        const struct plan_call *c = &p->plan.calls[told->items.n];
        struct view *codes = arena_take(p->arena, (size_t)c->n_members * sizeof *codes);
        names += (uint32_t)c->n_members;
        if (!codes)
            return false;
        if (names > MAX_NAMES)
            break;
        for (int m = 0; m < c->n_members; m++) {
            int subject = p->plan.members[c->first_member + m];
            codes[m] = p->dealers[p->subjects[subject].dealer].code;
        }
        out[told->items.n] =
            (struct plan_call_told){.dealer_ids = {codes, (uint32_t)c->n_members},
                                    .feed = *LIST_AT(struct view, &p->feeds, c->feed),
                                    .from = wall(p->arena, c->from_s),
                                    .to = wall(p->arena, c->to_s)};
    }
    told->items.items = out;
    told->left_out = p->plan.n_calls - (int64_t)told->items.n;
    return true;
}

static bool tell_credentials(const struct planning *p, struct plan_told *told)
{
    size_t n = (size_t)p->ask.n_sources;
    struct plan_credential *rows = arena_take(p->arena, (n + 1) * sizeof *rows);
    if (!rows)
        return false;
    PUT(told, plan_told, days, 0);
    for (size_t i = 0; i < n; i++) {
        const struct plan_spend *spent = &p->plan.spend[i];
        const struct plan_source *s = &p->sources[i];
        rows[i] = (struct plan_credential){.credential_id = p->about[i].credential_id,
                                           .upstream = p->about[i].upstream,
                                           .calls = spent->calls,
                                           .window_days = spent->window_days};
        if (s->quota >= 0) {
            PUT(&rows[i], plan_credential, quota, s->quota);
            PUT(&rows[i], plan_credential, quota_used, s->used);
            PUT(&rows[i], plan_credential, quota_left, spent->left);
        }
        if (spent->days >= 0)
            PUT(&rows[i], plan_credential, days, spent->days);
        else
            told->has &= ~(UINT64_C(1) << plan_told_days_index);
        told->days = spent->days > told->days ? spent->days : told->days;
    }
    for (int i = 0; i < p->n_dealers; i++)
        if (p->dealers[i].fetchable)
            rows[p->dealers[i].source].dealers++;
    told->credentials = (struct list){rows, (uint32_t)n};
    return true;
}

static bool tell_skips(const struct planning *p, struct plan_told *told)
{
    struct plan_skip_told *rows = arena_take(p->arena, MAX_SKIPS * sizeof *rows);
    if (!rows)
        return false;
    told->skipped.items = rows;
    for (int i = 0; i < p->ask.n_subjects && told->skipped.n < MAX_SKIPS; i++) {
        const struct plan_skip *s = &p->plan.skips[i];
        if (s->stored + s->failed + s->pending + s->lost == 0)
            continue;
        rows[told->skipped.n++] =
            (struct plan_skip_told){.dealer_id = p->dealers[p->subjects[i].dealer].code,
                                    .feed = *LIST_AT(struct view, &p->feeds, p->subjects[i].feed),
                                    .stored = s->stored,
                                    .failed = s->failed,
                                    .pending = s->pending,
                                    .lost = s->lost};
    }
    return true;
}

static void warn(struct plan_told *told, const char *code, struct view text)
{
    if (told->warnings.n < MAX_WARNINGS)
        *LIST_AT(struct plan_warning, &told->warnings, told->warnings.n++) =
            (struct plan_warning){.code = view_of(code), .text = text};
}

static void warn_of_source(const struct planning *p, int i, struct plan_told *told)
{
    const struct plan_spend *s = &p->plan.spend[i];
    long long credential = (long long)p->about[i].credential_id;
    if (s->days < 0)
        warn(told, "no_quota",
             arena_printf(p->arena, "Credential %lld: the quota leaves no call for this priority.",
                          credential));
    else if (s->days > 1)
        warn(told, "quota",
             arena_printf(p->arena, "Credential %lld: %lld calls take %lld days.", credential,
                          (long long)s->calls, (long long)s->days));
    if (s->lost_before > 0)
        warn(told, "holes_lost",
             arena_printf(
                 p->arena,
                 "Credential %lld: %lld calls come after the upstream drops their first day.",
                 credential, (long long)s->lost_before));
}

static bool tell_warnings(const struct planning *p, struct plan_told *told)
{
    int64_t lost = 0;
    int64_t failed = 0;
    told->warnings.items = arena_take(p->arena, MAX_WARNINGS * sizeof(struct plan_warning));
    if (!told->warnings.items)
        return false;
    if (p->plan.n_calls == 0)
        warn(told, "nothing", view_of(err_text(ERR_NOTHING_MISSING)));
    for (int i = 0; i < p->ask.n_subjects; i++) {
        lost += p->plan.skips[i].lost;
        failed += p->plan.skips[i].failed;
    }
    if (lost)
        warn(told, "days_lost",
             arena_printf(p->arena,
                          "Changes of %lld days are lost: the upstream no longer holds them.",
                          (long long)lost));
    if (failed)
        warn(told, "days_failed",
             arena_printf(p->arena,
                          "%lld days that failed are left out: missing_failed fetches them, too.",
                          (long long)failed));
    for (int i = 0; i < p->ask.n_sources; i++)
        warn_of_source(p, i, told);
    return true;
}

void plan_answer(struct request *r, const struct planning *p)
{
    struct plan_told told = {.calls = p->plan.n_calls};
    int64_t from_s;
    int64_t to_s;
    planning_span(p, &from_s, &to_s);
    told.from = wall(p->arena, from_s);
    told.to = wall(p->arena, to_s);
    if (tell_calls(p, &told) && tell_credentials(p, &told) && tell_skips(p, &told) &&
        tell_warnings(p, &told))
        request_answer(r, &told);
    else
        request_fail_err(r, ERR_NO_MEMORY);
}
