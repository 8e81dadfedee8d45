/*
 * failures.c - calls that failed: what becomes of their tasks, and what the errors mean.
 *
 * A fetcher tells the error of a call; retry.c decides by the error's class and the feed's policy,
 * and jobs.fail_task() does it: requeue, split or end. What the error's effect says all fetchers
 * must know (breaker, block, quota, flag) is done by the same statement.
 */
#include "services/scheduler/failures.h"

#include "services/scheduler/retry.h"
#include "services/scheduler/scheduler.h"
#include "services/scheduler/store.h"

#include <sodium.h>

enum { RETRY_CAP_MS = 60000 };

void on_task_fail(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct task_fail *m = body;
    const struct retry_policy policy = {(int)s->conf.retry_max, s->conf.retry_base_ms,
                                        RETRY_CAP_MS};
    struct task_verdict verdict = {.decision = view_of("fenced")};
    enum err cause = err_from_code(m->error_code.p, m->error_code.n);
    int attempt = 0;
    int64_t delay = -1;
    enum err err = store_attempt_number(s->process->db, m->task_id, m->epoch, &attempt);
    if (!err) {
        delay = retry_delay(&policy, cause, attempt, m->retry_after_ms, randombytes_random());
        err = store_fail(s->process->db, m, delay);
    }
    if (err && err != ERR_FENCED) {
        request_fail_err(r, err);
        return;
    }
    if (err == ERR_FENCED) {
        counter_add(s->tasks_fenced, 1);
    } else if (delay < 0) {
        verdict.decision = view_of("failed");
        counter_add(s->tasks_failed, 1);
    } else {
        verdict.decision = view_of("retry");
        PUT(&verdict, task_verdict, delay_ms, delay);
        counter_add(s->tasks_retried, 1);
    }
    log_line(LOG_WARN, request_id(r), "call failed",
             LOG_FIELDS(KN("task", m->task_id), KN("attempt", attempt), KV("code", m->error_code),
                        KV("decision", verdict.decision), KN("delay_ms", delay)));
    request_answer(r, &verdict);
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
        if (wanted && *err_cause((enum err)e, ERR_ENGLISH))
            tell((enum err)e, indonesian ? ERR_INDONESIAN : ERR_ENGLISH, &items[page.items.n++]);
    }
    if (page.items.n == 0)
        request_fail(r, ERR_NOT_FOUND, "code", "There is no error %.*s.", (int)m->code.n,
                     m->code.p);
    else
        request_answer(r, &page);
}
