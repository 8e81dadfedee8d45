/*
 * slot.c - one task from its lease to its end: call, store, or failure.
 */
#include "services/daemon/personal.h"
#include "services/fetcher/answer.h"
#include "services/fetcher/fetcher.h"
#include "services/fetcher/request.h"
#include "services/fetcher/sign.h"
#include "services/fetcher/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TASK_BYTES = 32 * 1024 };

/* ---- states ---- */

void slot_set_state(struct slot *s, enum slot_state state)
{
    static const bool allowed[][SLOT_FAILING + 1] = {
        [SLOT_FREE] = {[SLOT_CALLING] = true},
        [SLOT_CALLING] = {[SLOT_FREE] = true, [SLOT_STORING] = true, [SLOT_FAILING] = true},
        [SLOT_STORING] = {[SLOT_FREE] = true, [SLOT_CALLING] = true, [SLOT_FAILING] = true},
        [SLOT_FAILING] = {[SLOT_FREE] = true},
    };
    struct fetcher *f = s->fetcher;

    assert(allowed[s->state][state]);
    if (s->state == SLOT_FREE)
        f->n_busy++;
    s->state = state;
    if (state == SLOT_FREE) {
        f->n_busy--;
        spool_reset(&s->spool, 0);
        arena_reset(&s->arena);
        lease_ask(f);
    }
    gauge_set(f->counters.slots_busy, f->n_busy);
}

struct slot *slot_of_task(struct fetcher *f, int64_t task_id, int64_t epoch)
{
    for (unsigned i = 0; i < f->n_slots; i++) {
        struct slot *s = &f->slots[i];
        if (s->state != SLOT_FREE && s->task.task_id == task_id && s->task.epoch == epoch)
            return s;
    }
    return NULL;
}

struct slot *slot_free_one(struct fetcher *f)
{
    for (unsigned i = 0; i < f->n_slots; i++)
        if (f->slots[i].state == SLOT_FREE)
            return &f->slots[i];
    return NULL;
}

void slot_init(struct fetcher *f, struct slot *s, const char *spool_folder)
{
    *s = (struct slot){.magic = SLOT_MAGIC, .fetcher = f};
    spool_init(&s->spool, spool_folder);
    arena_init(&s->arena, TASK_BYTES);
}

void slot_close(struct slot *s)
{
    call_abort(&s->call);
    spool_free(&s->spool);
    arena_free(&s->arena);
}

/* ---- failures ---- */

/* An answer may repeat what it was asked with. */
static void redact(struct slot *s)
{
    struct seal *seal = s->fetcher->seal;

    sign_redact(seal, s->task.api_key, s->task.secret_key, s->failure.text);
    sign_redact(seal, s->task.api_key, s->task.secret_key, s->failure.body_head);
}

/* How the answer begins, for people: without personal data. */
static void keep_head(struct slot *s)
{
    char head[4 * MAX_BODY_HEAD]; /* some bytes become fewer */
    size_t n = 0;
    struct buf masked;

    s->failure.body_head[0] = '\0';
    if (s->spool.n == 0 || spool_read(&s->spool, 0, head, sizeof(head), &n) != ERR_OK)
        return;
    buf_init(&masked, 8 * sizeof(head));
    if (personal_answer(view_of(s->job.feed ? s->job.feed->name : ""),
                        (struct view){head, (uint32_t)n}, &masked) == ERR_OK)
        (void)text_storable_copy(buf_view(&masked), s->failure.body_head,
                                 sizeof(s->failure.body_head));
    buf_free(&masked);
}

static void fail(struct slot *s, enum err err, const char *text)
{
    struct failure *failure = &s->failure;

    failure->err = err;
    (void)text_printable(view_of(*text ? text : err_text(err)), failure->text,
                         sizeof(failure->text));
    keep_head(s);
    redact(s);
    counter_add(s->fetcher->counters.tasks_failed, 1);
    log_warn("task failed", K("task", s->task_text), KV("dealer", s->task.dealer_id),
             KN("attempt", s->task.attempt), K("code", err_code(err)),
             KN("http", s->job.http_status), KN("bytes", s->spool.n),
             KN("ms", s->job.timings.total_ms));
    slot_set_state(s, SLOT_FAILING);
    report_failure(s);
}

/* ---- the call ---- */

static void on_called(void *arg, const struct call_result *r)
{
    struct slot *s = arg;
    struct fetcher *f = s->fetcher;

    assert(s->magic == SLOT_MAGIC && s->state == SLOT_CALLING);
    s->call = NULL;
    s->job.http_status = r->http_status;
    s->job.timings = r->timings;
    s->failure.retry_after_ms = headers_retry_after_ms(&r->headers);
    s->skew.measured = headers_skew(&r->headers, &s->skew.measured_ms);
    s->job.skew_ms = skew_report(&s->skew);
    counter_add(f->counters.bytes, r->bytes);
    if (r->err != ERR_OK) {
        /* A refusal stays one, however much it says. */
        enum err http = r->err == ERR_UPSTREAM_TOO_LARGE ? answer_http(r->http_status) : ERR_OK;
        counter_add(f->counters.call_errors, 1);
        fail(s, http != ERR_OK ? http : r->err, r->text);
        return;
    }
    slot_set_state(s, SLOT_STORING);
    store_submit(f->store, &s->job);
}

/* By the database's clock, which decides between versions of a record: ours may be wrong. */
static int64_t requested_at(const struct slot *s)
{
    if (!HAS(&s->task, leased_task, leased_at))
        return loop_wall_ms();
    return s->task.leased_at + (loop_now_ms() - s->begun_mono);
}

/* For benches: the way of a task without its call. */
static enum err skip_call(struct slot *s)
{
    static const char answer[] = "{\"status\":1,\"data\":[]}";

    spool_reset(&s->spool, (size_t)s->task.max_body_bytes);
    enum err err = spool_write(&s->spool, answer, sizeof(answer) - 1);
    if (err != ERR_OK)
        return err;
    s->job.http_status = 200;
    s->job.requested_at_ms = requested_at(s);
    slot_set_state(s, SLOT_STORING);
    store_submit(s->fetcher->store, &s->job);
    return ERR_OK;
}

static enum err begin_call(struct slot *s)
{
    char url[REQUEST_MAX_URL];
    struct request_headers headers;
    struct buf body;
    enum err err = sign_call(s->fetcher->seal, s->task.formula, s->task.api_key, s->task.secret_key,
                             (loop_wall_ms() + s->skew.used_ms) / 1000, &headers);

    buf_init(&body, REQUEST_MAX_BODY);
    if (err == ERR_OK)
        err = request_url(s->task.base_url, s->task.allow_private, s->job.feed, url);
    if (err == ERR_OK)
        err = request_body(s->task.from, s->task.to, s->task.upstream_dealer_id, &body);
    if (err == ERR_OK) {
        const struct call_request r = {
            .url = url,
            .body = buf_view(&body),
            .headers = &headers,
            .connect_timeout_ms = s->task.connect_timeout_ms,
            .first_byte_timeout_ms = s->task.first_byte_timeout_ms,
            .body_timeout_ms =
                HAS(&s->task, leased_task, body_timeout_ms) ? s->task.body_timeout_ms : 0,
            .total_timeout_ms = s->task.total_timeout_ms,
            .allow_private = s->task.allow_private,
            .spool = &s->spool,
        };
        spool_reset(&s->spool, (size_t)s->task.max_body_bytes);
        s->job.requested_at_ms = requested_at(s);
        err = call_start(s->fetcher->caller, &r, on_called, s, &s->call);
    }
    seal_wipe(&headers, sizeof(headers));
    buf_free(&body);
    return err;
}

/* ---- the lease ---- */

static bool copy_task(struct slot *s, const struct leased_task *task)
{
    s->task = *task;
    struct view *texts[] = {&s->task.job_id,    &s->task.dealer_id, &s->task.upstream_dealer_id,
                            &s->task.feed,      &s->task.from,      &s->task.to,
                            &s->task.base_url,  &s->task.formula,   &s->task.api_key,
                            &s->task.secret_key};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(&s->arena, *texts[i]);
        if (!texts[i]->p)
            return false;
    }
    s->task.dealers = (struct list){.items = NULL}; /* copied by copy_dealers() */
    return true;
}

/* Whose records the answer may hold: the dealer asked for, or all of a call for several. */
static bool copy_dealers(struct slot *s, const struct leased_task *task)
{
    uint32_t n = HAS(task, leased_task, dealers) ? task->dealers.n : 0;
    struct dealer_code *items = arena_take(&s->arena, (n > 0 ? n : 1) * sizeof(*items));

    if (!items)
        return false;
    s->job.dealers = (struct dealer_set){.items = items, .n = n > 0 ? n : 1, .group = n > 0};
    if (n == 0)
        items[0] = (struct dealer_code){s->task.upstream_dealer_id, s->task.dealer_id};
    for (uint32_t i = 0; i < n; i++) {
        const struct call_dealer *d = LIST_AT(struct call_dealer, &task->dealers, i);
        items[i].upstream = arena_copy(&s->arena, d->upstream_dealer_id);
        items[i].ours = arena_copy(&s->arena, d->dealer_id);
        if (!items[i].upstream.p || !items[i].ours.p)
            return false;
    }
    return true;
}

static void call_upstream(struct slot *s)
{
    counter_add(s->fetcher->counters.calls, 1);
    enum err err = begin_call(s);
    if (err != ERR_OK)
        fail(s, err,
             err == ERR_UPSTREAM_CREDENTIAL ? "The stored credential cannot be opened or used."
                                            : "");
}

void slot_begin(struct slot *s, const struct leased_task *task, int64_t lease_until_mono)
{
    assert(s->state == SLOT_FREE);
    slot_set_state(s, SLOT_CALLING);
    memset(&s->failure, 0, sizeof(s->failure));
    s->told_before = false;
    bool copied = copy_task(s, task);
    s->begun_mono = loop_now_ms();
    s->skew = skew_begin(HAS(task, leased_task, skew_ms) ? task->skew_ms : 0);
    (void)snprintf(s->task_text, sizeof(s->task_text), "%" PRId64, task->task_id);
    s->job = (struct store_job){
        .feed = feed_by_name(s->task.feed),
        .task_id = task->task_id,
        .epoch = task->epoch,
        .upstream = s->task.base_url,
        .max_value = s->fetcher->conf.max_value,
        .replay = HAS(task, leased_task, kind) && view_is(task->kind, "replay"),
        .spool = &s->spool,
    };
    atomic_store(&s->job.lease_until_mono, lease_until_mono);
    enum err err = copied && copy_dealers(s, task) ? ERR_OK : ERR_NO_MEMORY;
    if (err == ERR_OK && !s->job.feed)
        err = ERR_UNKNOWN_FEED;
    if (err != ERR_OK) {
        fail(s, err, "");
    } else if (s->job.replay) {
        s->job.http_status = 200; /* as it was when the records came */
        slot_set_state(s, SLOT_STORING);
        store_submit(s->fetcher->store, &s->job);
    } else if (s->fetcher->conf.no_calls) {
        err = skip_call(s);
        if (err != ERR_OK)
            fail(s, err, "");
    } else {
        call_upstream(s);
    }
}

/* The upstream refused the time that was sent: once more by its own clock. False: that is no help,
 * or the lease was lost meanwhile. */
static bool call_again(struct slot *s)
{
    if (s->job.err != ERR_UPSTREAM_CLOCK || atomic_load(&s->job.abandoned) ||
        !skew_correct(&s->skew))
        return false;
    log_warn("the upstream's clock differs", K("task", s->task_text), KV("url", s->task.base_url),
             KN("skew_ms", s->skew.measured_ms));
    counter_add(s->fetcher->counters.clock_corrections, 1);
    slot_set_state(s, SLOT_CALLING);
    call_upstream(s);
    return true;
}

void slot_drop_call(struct slot *s)
{
    assert(s->state == SLOT_CALLING);
    call_abort(&s->call);
    slot_set_state(s, SLOT_FREE);
}

void slot_abandon(struct slot *s)
{
    switch (s->state) {
    case SLOT_CALLING:
        slot_drop_call(s);
        break;
    case SLOT_STORING:
        store_abandon(s->fetcher->store, &s->job);
        break;
    case SLOT_FAILING:
        report_stop(s);
        slot_set_state(s, SLOT_FREE);
        break;
    case SLOT_FREE:
        break;
    }
}

/* ---- how far it is ---- */

void slot_tell(const struct slot *s, struct held_task *out)
{
    static const char *const phases[] = {
        [CALL_DNS] = "dns",
        [CALL_CONNECT] = "connect",
        [CALL_WAITING] = "waiting",
        [CALL_RECEIVING] = "receiving",
    };
    const char *phase = "storing";

    if (s->state == SLOT_CALLING)
        phase = s->call ? phases[call_phase(s->call)] : "dns";
    else if (s->state == SLOT_STORING && !atomic_load(&s->job.parsed))
        phase = "parsing";
    PUT(out, held_task, phase, view_of(phase));
    PUT(out, held_task, bytes, (int64_t)s->spool.n);
    PUT(out, held_task, rows, atomic_load(&s->job.rows_so_far));
}

/* ---- the store's answer ---- */

static void log_stored(const struct slot *s)
{
    const struct store_job *j = &s->job;

    log_info("task stored", K("task", s->task_text), KV("job", s->task.job_id),
             KV("dealer", s->task.dealer_id), KV("from", s->task.from), KN("read", j->rows_read),
             KN("new", j->rows_new), KN("changed", j->rows_changed), KN("same", j->rows_same),
             KN("quarantined", j->rows_quarantined), KN("foreign", j->rows_foreign),
             KN("bytes", s->spool.n), KN("call_ms", j->timings.total_ms),
             KN("store_us", j->store_us));
}

void slot_stored(void *fetcher, struct store_job *job)
{
    struct fetcher *f = fetcher;
    struct slot *s = (struct slot *)((char *)job - offsetof(struct slot, job));
    struct counters *c = &f->counters;

    assert(s->magic == SLOT_MAGIC && s->state == SLOT_STORING);
    switch (job->outcome) {
    case STORE_DONE:
        counter_add(c->tasks_stored, 1);
        counter_add(c->rows_read, job->rows_read);
        counter_add(c->rows_quarantined, job->rows_quarantined);
        counter_add(c->rows_foreign, job->rows_foreign);
        log_stored(s);
        break;
    case STORE_FENCED:
        counter_add(c->stores_fenced, 1);
        log_warn("store refused: the lease was lost", K("task", s->task_text),
                 KN("epoch", s->task.epoch));
        break;
    case STORE_DROPPED:
        counter_add(c->stores_dropped, 1);
        log_warn("store given up", K("task", s->task_text), K("detail", job->text));
        break;
    case STORE_FAILED:
        if (!call_again(s))
            fail(s, job->err, job->text);
        return;
    }
    slot_set_state(s, SLOT_FREE);
}
