/*
 * failures.c - calls that failed: what becomes of their tasks, and what the errors mean.
 *
 * A fetcher tells the error of a call; retry.c decides by the error's class and the feed's policy,
 * and jobs.fail_task() does it: requeue, split or end. What the error's effect says all fetchers
 * must know (breaker, block, quota, flag) is done by the same statement.
 */
#include "services/scheduler/failures.h"

#include "services/scheduler/control.h"
#include "services/scheduler/retry.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/store.h"

#include <sodium.h>

/* What is told of a failure, and where it is counted. */
struct outcome {
    const char *decision;
    struct counter_cell *counter;
};

static int64_t or_setting(int64_t of_feed, int64_t setting)
{
    return of_feed >= 0 ? of_feed : setting;
}

/* How long the upstream wants to be left alone; 0 = it did not say. Without other word a quota
 * lasts until its day ends. */
static int64_t wish(const struct task_fail *m, enum err_effect effect,
                    const struct failed_task *known)
{
    if (HAS(m, task_fail, retry_after_ms) && m->retry_after_ms > 0)
        return m->retry_after_ms;
    return effect == EFFECT_QUOTA ? known->midnight_ms : 0;
}

static struct view text_of(struct request *r, const struct task_fail *m, enum err cause, bool late)
{
    struct view text = HAS(m, task_fail, error_text) ? m->error_text : view_of(err_text(cause));
    if (!late)
        return text;
    return arena_printf(request_arena(r), "%.*s No further try: its deadline has passed.",
                        (int)(text.n < 900 ? text.n : 900), text.p);
}

/* Decides, and does it in the database. ERR_FENCED: the lease is lost. */
static enum err settle(struct scheduler *s, struct request *r, const struct task_fail *m,
                       struct failed_task *known, struct retry_verdict *verdict)
{
    enum err cause = err_from_code(m->error_code.p, m->error_code.n);
    enum err_effect effect = err_effect(cause);
    int64_t minutes = s->conf.task_deadline_min;
    enum err err = store_failed_task(s->process->db, m, minutes, known);
    if (err)
        return err;
    const struct retry_policy policy = {
        .max_attempts = (int)or_setting(known->max_attempts, s->conf.retry_max),
        .base_ms = or_setting(known->base_ms, s->conf.retry_base_ms),
        .cap_ms = or_setting(known->cap_ms, s->conf.retry_cap_ms),
    };
    const struct retry_case failed = {
        .error = cause,
        .attempt = (int)known->attempt,
        .retry_after_ms = wish(m, effect, known),
        .left_ms = known->left_ms,
        .can_split = known->can_split,
        .random = randombytes_random(),
    };
    *verdict = retry_decide(&policy, &failed);
    int64_t rest =
        verdict->delay_ms > failed.retry_after_ms ? verdict->delay_ms : failed.retry_after_ms;
    const struct fail_order order = {
        .failure = m,
        .text = text_of(r, m, cause, verdict->late),
        .retry_ms = verdict->what == RETRY_WAIT ? verdict->delay_ms : -1,
        .retry_after_ms = rest > 0 ? rest : policy.base_ms,
        .effect = err_effect_name(effect),
        .split = verdict->what == RETRY_SPLIT,
        .deadline_minutes = minutes,
    };
    return store_fail(s->process->db, &order);
}

static struct outcome outcome_of(const struct scheduler *s, enum err err, enum retry_what what)
{
    if (err == ERR_FENCED)
        return (struct outcome){"fenced", s->tasks_fenced};
    if (what == RETRY_WAIT)
        return (struct outcome){"retry", s->tasks_retried};
    if (what == RETRY_SPLIT)
        return (struct outcome){"split", s->tasks_split};
    return (struct outcome){"failed", s->tasks_failed};
}

void on_task_fail(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct task_fail *m = body;
    struct failed_task known = {0};
    struct retry_verdict verdict = {0};
    struct task_verdict answer = {0};
    enum err err = settle(s, r, m, &known, &verdict);
    if (err && err != ERR_FENCED) {
        request_fail_err(r, err);
        return;
    }
    if (!err && err_effect(err_from_code(m->error_code.p, m->error_code.n)) == EFFECT_BREAKER)
        control_note_failure(s, m->task_id);
    struct outcome outcome = outcome_of(s, err, verdict.what);
    counter_add(outcome.counter, 1);
    answer.decision = view_of(outcome.decision);
    if (!err && verdict.what == RETRY_WAIT)
        PUT(&answer, task_verdict, delay_ms, verdict.delay_ms);
    log_line(LOG_WARN, request_id(r), "call failed",
             LOG_FIELDS(KN("task", m->task_id), KN("attempt", known.attempt),
                        KV("code", m->error_code), K("decision", outcome.decision),
                        KN("delay_ms", verdict.delay_ms)));
    request_answer(r, &answer);
}

/* ---- what the errors mean ---- */

static void tell(enum err e, enum err_language language, struct error_told *out)
{
    static const char *const classes[] = {"never", "later", "split"};
    *out = (struct error_told){.code = view_of(err_code(e)),
                               .text = view_of(err_text(e)),
                               .cause = view_of(err_cause(e, language)),
                               .advice = view_of(err_advice(e, language)),
                               .retry = view_of(classes[err_class(e)])};
    if (err_effect(e) != EFFECT_NONE)
        PUT(out, error_told, effect, view_of(err_effect_name(err_effect(e))));
}

void on_error_list(void *service, struct request *r, const void *body)
{
    const struct error_list *m = body;
    bool indonesian = HAS(m, error_list, lang) && view_is(m->lang, "id");
    struct error_told *items = arena_take(request_arena(r), ERR_COUNT * sizeof *items);
    struct error_page page = {.items = {.items = items}};
    (void)service;
    if (!items) {
        request_fail_err(r, ERR_NO_MEMORY);
        return;
    }
    for (int e = 1; e < ERR_COUNT; e++) {
        bool wanted = !HAS(m, error_list, code) || view_is(m->code, err_code((enum err)e));
        if (wanted)
            tell((enum err)e, indonesian ? ERR_INDONESIAN : ERR_ENGLISH, &items[page.items.n++]);
    }
    if (page.items.n == 0)
        request_fail(r, ERR_NOT_FOUND, "code", "There is no error %.*s.", (int)m->code.n,
                     m->code.p);
    else
        request_answer(r, &page);
}
