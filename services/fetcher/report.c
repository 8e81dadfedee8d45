/*
 * report.c - telling a failure until somebody has heard it.
 *
 * DESIGN: task.fail goes to a scheduler, which decides about a retry. Without an answer it is told
 * again each second while the lease lasts; after that the lease runs out, which says the same more
 * slowly. An answer that was lost makes the second telling look fenced: no harm, it was heard. What
 * the scheduler refuses for a reason that will not pass is told a few times, then left to the
 * lease.
 */
#include "services/fetcher/fetcher.h"

#include <string.h>

enum { TELL_TIMEOUT_MS = 3000, TELL_AGAIN_MS = 1000, MOST_REFUSALS = 3, MAX_MS = 3600000 };

static void tell(struct slot *s);

static void on_again(void *arg)
{
    struct slot *s = arg;

    s->retry_timer = 0;
    tell(s);
}

/* Nobody heard it, or nobody said so. False: the lease has run out meanwhile, which says the same.
 */
static bool tell_later(struct slot *s)
{
    if (loop_now_ms() >= atomic_load(&s->job.lease_until_mono))
        return false;
    s->retry_timer = loop_after(s->fetcher->process->loop, TELL_AGAIN_MS, on_again, s);
    return s->retry_timer != 0;
}

static void on_verdict(void *arg, const struct reply *reply)
{
    struct slot *s = arg;
    struct fetcher *f = s->fetcher;

    s->tell_id = 0;
    if (reply->err != ERR_OK && reply->err != ERR_FENCED) {
        s->told_before = true;
        if (!err_retryable(reply->err))
            s->refusals++;
        if (s->refusals < MOST_REFUSALS && tell_later(s))
            return;
    }
    struct task_verdict v = {0};
    struct fault fault;
    struct arena a;
    arena_init(&a, 4096);
    if (reply->err != ERR_OK)
        log_warn("failure not told", K("task", s->task_text), K("error", err_code(reply->err)));
    else if (reply_decode(reply, &a, &v, &fault) == ERR_OK && view_is(v.decision, "fenced") &&
             !s->told_before)
        counter_add(f->counters.stores_fenced, 1);
    arena_free(&a);
    slot_set_state(s, SLOT_FREE);
}

static int64_t bounded(int64_t ms, int64_t max)
{
    return ms < 0 ? 0 : ms > max ? max : ms;
}

static void tell(struct slot *s)
{
    const struct store_job *j = &s->job;
    const struct failure *failure = &s->failure;
    struct task_fail m = {
        .task_id = s->task.task_id,
        .epoch = s->task.epoch,
        .error_code = view_of(err_code(failure->err)),
    };

    PUT(&m, task_fail, error_text, view_of(failure->text));
    if (j->http_status > 0)
        PUT(&m, task_fail, http_status, bounded(j->http_status, 999));
    PUT(&m, task_fail, bytes, (int64_t)s->spool.n);
    PUT(&m, task_fail, dns_ms, bounded(j->timings.dns_ms, MAX_MS));
    PUT(&m, task_fail, connect_ms, bounded(j->timings.connect_ms, MAX_MS));
    PUT(&m, task_fail, first_byte_ms, bounded(j->timings.first_byte_ms, MAX_MS));
    PUT(&m, task_fail, total_ms, bounded(j->timings.total_ms, MAX_MS));
    if (failure->body_head[0])
        PUT(&m, task_fail, body_head, view_of(failure->body_head));
    if (j->skew_ms != 0)
        PUT(&m, task_fail, skew_ms, j->skew_ms);
    if (failure->retry_after_ms > 0)
        PUT(&m, task_fail, retry_after_ms, bounded(failure->retry_after_ms, 24 * (int64_t)MAX_MS));
    s->tell_id =
        client_call(s->fetcher->scheduler, &TASK_FAIL, &m, NULL, TELL_TIMEOUT_MS, on_verdict, s);
    /* 0: the message could not even be made or queued, and no answer will come. */
    if (s->tell_id == 0 && !tell_later(s)) {
        log_warn("failure not told", K("task", s->task_text));
        slot_set_state(s, SLOT_FREE);
    }
}

void report_failure(struct slot *s)
{
    s->told_before = false;
    s->refusals = 0;
    tell(s);
}

void report_stop(struct slot *s)
{
    loop_cancel(s->fetcher->process->loop, s->retry_timer);
    s->retry_timer = 0;
    if (s->tell_id)
        client_cancel(s->fetcher->scheduler, s->tell_id);
    s->tell_id = 0;
}
