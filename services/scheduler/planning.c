/*
 * planning.c - reads what a plan needs, writes what it made.
 */
#include "services/scheduler/planning.h"

#include "services/daemon/seal.h"

#include <stdio.h>
#include <string.h>

enum { LARGE_CALLS = 5000, LARGE_MS = 8000 };

static int64_t number(const struct rows *rows, int row, const char *column)
{
    return rows_int(rows, row, rows_column(rows, column));
}

static bool truth(const struct rows *rows, int row, const char *column)
{
    return rows_bool(rows, row, rows_column(rows, column));
}

static struct view text(const struct planning *p, const struct rows *rows, int row,
                        const char *column)
{
    return arena_copy(p->arena, rows_text(rows, row, rows_column(rows, column)));
}

static void *take(const struct planning *p, size_t n, size_t size)
{
    return arena_take(p->arena, (n + 1) * size);
}

/* ---- dealers ---- */

static void read_source(struct planning *p, const struct rows *rows, int row)
{
    int i = p->ask.n_sources++;
    bool limited = !rows_null(rows, row, rows_column(rows, "quota"));
    p->about[i] = (struct planned_source){
        .credential_id = number(rows, row, "credential_id"),
        .overlap_s = number(rows, row, "overlap_hours") * 3600,
        .upstream = text(p, rows, row, "upstream"),
        .clock = text(p, rows, row, "clock"),
    };
    p->sources[i] = (struct plan_source){
        .now_s = number(rows, row, "now_s"),
        .max_days = number(rows, row, "max_days"),
        .history_days = number(rows, row, "history_days"),
        .quota = limited ? number(rows, row, "quota") : -1,
        .reserve = number(rows, row, "quota_reserve"),
        .used = number(rows, row, "used"),
        .queued = number(rows, row, "queued"),
        .ahead = number(rows, row, "ahead"),
        .group = truth(rows, row, "group_calls"),
    };
}

/* Rows come by credential. */
static void read_dealer(struct planning *p, const struct rows *rows, int row)
{
    struct planned_dealer *d = &p->dealers[row];
    int credential = rows_column(rows, "credential_id");
    *d = (struct planned_dealer){.code = text(p, rows, row, "code"),
                                 .known = truth(rows, row, "known"),
                                 .active = truth(rows, row, "active"),
                                 .fetchable = !rows_null(rows, row, credential)};
    LIST_AT(struct view, &p->codes, row)[0] = d->code;
    if (!d->fetchable)
        return;
    int last = p->ask.n_sources - 1;
    if (last < 0 || p->about[last].credential_id != rows_int(rows, row, credential))
        read_source(p, rows, row);
    d->source = p->ask.n_sources - 1;
    d->from_s = number(rows, row, "from_s");
    d->to_s = number(rows, row, "to_s");
}

enum err planning_dealers(struct planning *p, const struct list *codes,
                          const struct window_end *from, const struct window_end *to,
                          bool whole_history, int64_t priority, int64_t schedule)
{
    struct rows *rows = NULL;
    bool oldest = whole_history && from->kind == WINDOW_ABSENT;
    enum err err = db_run(
        p->db, SQL_SCHEDULER_PLAN_DEALERS,
        PARAMS(codes ? P_WORDS(*codes) : P_NULL,
               P_TEXT(view_of(oldest ? "history" : window_kind_name(from->kind))),
               P_TEXT(view_of(from->text)), P_TEXT(view_of(window_kind_name(to->kind))),
               P_TEXT(view_of(to->text)), P_INT(priority), schedule ? P_INT(schedule) : P_NULL),
        &rows);
    if (err)
        return err;
    size_t n = (size_t)rows_count(rows);
    p->n_dealers = (int)n;
    p->dealers = take(p, n, sizeof *p->dealers);
    p->about = take(p, n, sizeof *p->about);
    p->sources = take(p, n, sizeof *p->sources);
    p->codes = (struct list){take(p, n, sizeof(struct view)), (uint32_t)n};
    if (!p->dealers || !p->about || !p->sources || !p->codes.items)
        err = ERR_NO_MEMORY;
    p->ask.n_sources = 0;
    for (int i = 0; !err && i < p->n_dealers; i++)
        read_dealer(p, rows, i);
    rows_free(&rows);
    p->ask.sources = p->sources;
    p->ask.priority = priority;
    return err;
}

enum err planning_feeds(struct planning *p, const struct list *feeds)
{
    struct rows *rows = NULL;
    enum err err = db_run(p->db, SQL_SCHEDULER_PLAN_FEEDS, PARAMS(P_WORDS(*feeds)), &rows);
    if (err)
        return err;
    size_t n = (size_t)rows_count(rows);
    p->feeds = (struct list){take(p, n, sizeof(struct view)), 0};
    p->unknown_feeds = (struct list){take(p, n, sizeof(struct view)), 0};
    if (!p->feeds.items || !p->unknown_feeds.items)
        err = ERR_NO_MEMORY;
    for (int i = 0; !err && i < (int)n; i++) {
        struct list *of = truth(rows, i, "known") ? &p->feeds : &p->unknown_feeds;
        *LIST_AT(struct view, of, of->n++) = text(p, rows, i, "feed");
    }
    rows_free(&rows);
    return err;
}

/* ---- subjects ---- */

enum err planning_subjects(struct planning *p)
{
    p->subjects = take(p, (size_t)p->n_dealers * p->feeds.n, sizeof *p->subjects);
    if (!p->subjects)
        return ERR_NO_MEMORY;
    p->ask.n_subjects = 0;
    for (int d = 0; d < p->n_dealers; d++)
        for (int f = 0; p->dealers[d].fetchable && p->dealers[d].active && f < (int)p->feeds.n; f++)
            p->subjects[p->ask.n_subjects++] = (struct plan_subject){.source = p->dealers[d].source,
                                                                     .feed = f,
                                                                     .dealer = d,
                                                                     .from_s = p->dealers[d].from_s,
                                                                     .to_s = p->dealers[d].to_s};
    p->ask.subjects = p->subjects;
    return ERR_OK;
}

/* Subjects are few thousand at the most and rows come once: found by looking. NULL: gone meanwhile.
 */
static struct plan_subject *find_subject(const struct planning *p, struct view code,
                                         struct view feed)
{
    int low = 0;
    int high = p->ask.n_subjects;
    /* Dealers are sorted within a credential alone. */
    for (int i = low; i < high; i += (int)p->feeds.n) {
        struct view its = p->dealers[p->subjects[i].dealer].code;
        if (its.n != code.n || memcmp(its.p, code.p, code.n) != 0)
            continue;
        for (int f = 0; f < (int)p->feeds.n; f++) {
            struct view name = *LIST_AT(struct view, &p->feeds, f);
            if (name.n == feed.n && memcmp(name.p, feed.p, feed.n) == 0)
                return &p->subjects[i + f];
        }
    }
    return NULL;
}

void planning_span(const struct planning *p, int64_t *from_s, int64_t *to_s)
{
    *from_s = INT64_MAX;
    *to_s = INT64_MIN;
    for (int i = 0; i < p->ask.n_subjects; i++) {
        const struct plan_subject *s = &p->subjects[i];
        *from_s = s->from_s < *from_s ? s->from_s : *from_s;
        *to_s = s->to_s > *to_s ? s->to_s : *to_s;
    }
}

static unsigned char state_of_letter(char letter)
{
    static const char letters[] = "npfwsl"; /* in the order of enum day_state */
    const char *at = strchr(letters, letter);
    return (unsigned char)(at && *at ? at - letters : DAY_NEVER);
}

static enum err set_days(struct planning *p, const struct rows *rows, int row)
{
    struct view days = text(p, rows, row, "days");
    struct plan_subject *s = find_subject(p, rows_text(rows, row, rows_column(rows, "dealer_id")),
                                          rows_text(rows, row, rows_column(rows, "feed")));
    unsigned char *states = take(p, days.n, 1);
    if (!states || !days.p)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < days.n; i++)
        states[i] = state_of_letter(days.p[i]);
    if (s) {
        s->first_day = number(rows, row, "first_day");
        s->days = states;
        s->n_days = (int)days.n;
    }
    return ERR_OK;
}

enum err planning_days(struct planning *p)
{
    struct rows *rows = NULL;
    int64_t from_s;
    int64_t to_s;
    planning_span(p, &from_s, &to_s);
    if (from_s > to_s)
        return ERR_OK;
    enum err err = db_run(p->db, SQL_SCHEDULER_PLAN_DAYS,
                          PARAMS(P_WORDS(p->codes), P_WORDS(p->feeds), P_INT(from_s / PLAN_DAY_S),
                                 P_INT(to_s / PLAN_DAY_S)),
                          &rows);
    for (int i = 0; !err && i < rows_count(rows); i++)
        err = set_days(p, rows, i);
    rows_free(&rows);
    return err;
}

enum err planning_marks(struct planning *p, int64_t overlap_s, int64_t first_days)
{
    struct rows *rows = NULL;
    for (int i = 0; i < p->ask.n_subjects; i++) {
        struct plan_subject *s = &p->subjects[i];
        const struct plan_source *source = &p->sources[s->source];
        int64_t days =
            first_days > 0 && first_days < source->history_days ? first_days : source->history_days;
        s->to_s = source->now_s;
        s->from_s = (source->now_s / PLAN_DAY_S - days) * PLAN_DAY_S;
    }
    enum err err = db_run(p->db, SQL_SCHEDULER_PLAN_MARKS,
                          PARAMS(P_WORDS(p->codes), P_WORDS(p->feeds)), &rows);
    for (int i = 0; !err && i < rows_count(rows); i++) {
        struct plan_subject *s = find_subject(p, rows_text(rows, i, 0), rows_text(rows, i, 1));
        if (!s)
            continue;
        const struct plan_source *source = &p->sources[s->source];
        int64_t oldest = (source->now_s / PLAN_DAY_S - source->history_days) * PLAN_DAY_S;
        int64_t overlap = overlap_s < 0 ? p->about[s->source].overlap_s : overlap_s;
        int64_t from = number(rows, i, "mark_s") - overlap;
        s->from_s = from > oldest ? from : oldest;
    }
    rows_free(&rows);
    return err;
}

enum err planning_make(struct planning *p)
{
    plan_free(&p->plan);
    p->ask.max_calls = MOST_CALLS;
    return plan_make(&p->ask, &p->plan);
}

void planning_free(struct planning *p)
{
    plan_free(&p->plan);
}

/* ---- submission ---- */

/* The calls as the statement takes them: places count from 1. */
struct call_arrays {
    int64_t *dealer, *feed, *from, *to;
    int64_t *member_call, *member_dealer;
    size_t n, n_members;
    struct list codes;
    int64_t *credentials;
    int64_t *place; /* of a dealer among codes, by its number; 0 = it takes no part */
};

static bool take_arrays(const struct planning *p, struct call_arrays *a)
{
    size_t n = (size_t)p->plan.n_calls;
    size_t members = 0;
    for (int i = 0; i < p->plan.n_calls; i++)
        members += (size_t)p->plan.calls[i].n_members;
    a->dealer = take(p, n, sizeof(int64_t));
    a->feed = take(p, n, sizeof(int64_t));
    a->from = take(p, n, sizeof(int64_t));
    a->to = take(p, n, sizeof(int64_t));
    a->member_call = take(p, members, sizeof(int64_t));
    a->member_dealer = take(p, members, sizeof(int64_t));
    a->credentials = take(p, (size_t)p->n_dealers, sizeof(int64_t));
    a->place = take(p, (size_t)p->n_dealers, sizeof(int64_t));
    a->codes = (struct list){take(p, (size_t)p->n_dealers, sizeof(struct view)), 0};
    return a->dealer && a->feed && a->from && a->to && a->member_call && a->member_dealer &&
           a->credentials && a->place && a->codes.items;
}

static void fill_arrays(const struct planning *p, struct call_arrays *a)
{
    for (int i = 0; i < p->n_dealers; i++) {
        const struct planned_dealer *d = &p->dealers[i];
        a->place[i] = 0;
        if (!d->fetchable || !d->active)
            continue;
        a->credentials[a->codes.n] = p->about[d->source].credential_id;
        *LIST_AT(struct view, &a->codes, a->codes.n++) = d->code;
        a->place[i] = a->codes.n;
    }
    a->n = (size_t)p->plan.n_calls;
    for (size_t i = 0; i < a->n; i++) {
        const struct plan_call *c = &p->plan.calls[i];
        const int *members = p->plan.members + c->first_member;
        int64_t first = a->place[p->subjects[members[0]].dealer];
        a->dealer[i] = c->n_members == 1 ? first : -first;
        a->feed[i] = c->feed + 1;
        a->from[i] = c->from_s;
        a->to[i] = c->to_s;
        for (int m = 0; c->n_members > 1 && m < c->n_members; m++) {
            a->member_call[a->n_members] = (int64_t)i + 1;
            a->member_dealer[a->n_members++] = a->place[p->subjects[members[m]].dealer];
        }
    }
}

static struct param text_or_null(struct view v)
{
    return v.n ? P_TEXT(v) : P_NULL;
}

static enum err run_submit(struct planning *p, const struct planning_job *j,
                           const struct call_arrays *a, const char *job, struct rows **rows)
{
    int64_t from_s;
    int64_t to_s;
    planning_span(p, &from_s, &to_s);
    return db_run(p->db, SQL_SCHEDULER_SUBMIT,
                  PARAMS(P_TEXT(view_of(job)), P_TEXT(view_of(j->kind)),
                         j->schedule_id ? P_INT(j->schedule_id) : P_NULL, P_WORDS(p->feeds),
                         P_INT(from_s), P_INT(to_s), P_INT(j->priority), P_TEXT(j->requested_by),
                         text_or_null(view_of(j->work)), text_or_null(j->key),
                         P_TEXT(j->requested_by), text_or_null(view_of(j->request)),
                         P_WORDS(a->codes), P_INTS(a->credentials, a->codes.n),
                         P_INTS(a->dealer, a->n), P_INTS(a->feed, a->n), P_INTS(a->from, a->n),
                         P_INTS(a->to, a->n), P_INTS(a->member_call, a->n_members),
                         P_INTS(a->member_dealer, a->n_members), P_INT(p->plan.n_urgent)),
                  rows);
}

/* A large job takes its second or two, more on a busy machine; that is no reason to refuse it. */
static enum err run_large(struct planning *p, const struct planning_job *j,
                          const struct call_arrays *a, const char *job, struct rows **rows)
{
    enum err err = db_patience(p->db, LARGE_MS);
    if (!err)
        err = run_submit(p, j, a, job, rows);
    /* Where it fails the connection is lost, and the next one has the usual patience. */
    enum err after = db_patience(p->db, 0);
    (void)after;
    return err;
}

enum err planning_submit(struct planning *p, const struct planning_job *j, char job[37],
                         enum outcome *outcome)
{
    struct call_arrays a = {0};
    struct rows *rows = NULL;
    if (!take_arrays(p, &a))
        return ERR_NO_MEMORY;
    fill_arrays(p, &a);
    uuid_v7(job);
    enum err err =
        a.n > LARGE_CALLS ? run_large(p, j, &a, job, &rows) : run_submit(p, j, &a, job, &rows);
    if (err)
        return err;
    struct view id = rows_text(rows, 0, 0);
    struct view what = rows_text(rows, 0, 1);
    snprintf(job, 37, "%.*s", (int)id.n, id.p);
    *outcome = view_is(what, "made")       ? OUTCOME_MADE
               : view_is(what, "existing") ? OUTCOME_EXISTING
                                           : OUTCOME_REPLAYED;
    rows_free(&rows);
    return ERR_OK;
}
