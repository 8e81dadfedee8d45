/*
 * quarantine.c - records set aside, their replay, and drifting fields: what the scheduler answers.
 *
 * DESIGN: fetchers write both; here they are read, and marked by functions of the database. The
 * content of a record is personal data: quarantine.get alone tells it, masked unless somebody says
 * why not; no list and no log line does.
 */
#include "services/scheduler/quarantine.h"

#include "proto/errors.h"
#include "proto/json.h"
#include "services/daemon/personal.h"
#include "services/daemon/reveal.h"
#include "services/daemon/seal.h"
#include "services/scheduler/paging.h"
#include "services/scheduler/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    USUAL_PAGE = 100,
    MAX_IDS = 1000,
    MAX_TELL_MEMORY = 64 * 1024,
    MAX_RAW = 256 * 1024,
    MAX_NOTE = 4096
};

static void refuse(struct scheduler *s, struct request *r, enum err err, const char *field)
{
    if (err == ERR_NOTHING_TO_REPLAY || err == ERR_TOO_MANY_RECORDS)
        request_fail_said(r, err, field, db_error(s->process->db)->message);
    else
        request_fail_err(r, err);
}

/* ---- quarantine ---- */

static enum err read_page(struct db *db, const struct quarantine_list *m, int64_t limit,
                          struct arena *a, struct list *out)
{
    return db_list(
        db, SQL_SCHEDULER_QUARANTINE_LIST,
        PARAMS(P_OPT_TEXT(m, quarantine_list, dealer_id), P_OPT_TEXT(m, quarantine_list, job_id),
               cursor_param(m->cursor), P_INT(limit + 1), P_OPT_TEXT(m, quarantine_list, feed),
               P_OPT_TEXT(m, quarantine_list, reason), P_OPT_TEXT(m, quarantine_list, state),
               P_OPT_INT(m, quarantine_list, from), P_OPT_INT(m, quarantine_list, to),
               P_OPT_TEXT(m, quarantine_list, field)),
        &QUARANTINED, a, out);
}

void on_quarantine_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct quarantine_list *m = body;
    struct quarantine_page page = {0};
    int64_t limit = HAS(m, quarantine_list, limit) ? m->limit : USUAL_PAGE;
    if (!cursor_is_number(r, m->cursor))
        return;
    enum err err = read_page(s->process->db, m, limit, request_arena(r), &page.items);
    if (err) {
        refuse(s, r, err, "");
        return;
    }
    if (list_cut(&page.items, limit))
        PUT(&page, quarantine_page, next,
            cursor_of_number(r, LIST_AT(struct quarantined, &page.items, page.items.n - 1)->id));
    request_answer(r, &page);
}

/* The content as it was sent is noted in the transaction that reads it. */
static enum err note_reveal(struct db *db, const struct quarantine_get *m, struct arena *a)
{
    struct buf json;
    buf_init(&json, MAX_NOTE);
    enum err err = json_encode_text(m->reason, &json);
    struct view text = arena_printf(a, "{\"reason\": %.*s}", (int)json.n, json.n ? json.p : "");
    struct view id = arena_printf(a, "%lld", (long long)m->id);
    buf_free(&json);
    if (err || !text.p || !id.p)
        return err ? err : ERR_NO_MEMORY;
    return db_run(db, SQL_SCHEDULER_QUARANTINE_REVEAL, PARAMS(P_TEXT(id), P_TEXT(text)), NULL);
}

static enum err mask_raw(struct arena *a, struct quarantined_raw *answer)
{
    struct buf masked;
    buf_init(&masked, MAX_RAW);
    enum err err = personal_record(answer->record.feed, answer->raw, &masked);
    if (!err) {
        answer->raw = arena_copy(a, buf_view(&masked));
        err = answer->raw.p || masked.n == 0 ? ERR_OK : ERR_NO_MEMORY;
    }
    buf_free(&masked);
    return err;
}

static enum err read_record(struct db *db, const struct quarantine_get *m, bool reveal,
                            struct arena *a, struct quarantined_raw *out)
{
    struct rows *rows = NULL;
    enum err err = db_run(db, SQL_SCHEDULER_QUARANTINE_GET, PARAMS(P_INT(m->id)), &rows);
    if (!err && rows_count(rows) == 0)
        err = ERR_NOT_FOUND;
    if (!err)
        err = rows_record(rows, 0, &QUARANTINED, a, &out->record);
    if (!err) {
        out->raw = arena_copy(a, rows_text(rows, 0, rows_column(rows, "raw")));
        err = out->raw.p ? ERR_OK : ERR_NO_MEMORY;
    }
    rows_free(&rows);
    PUT(out, quarantined_raw, masked, !reveal);
    if (err)
        return err;
    return reveal ? note_reveal(db, m, a) : mask_raw(a, out);
}

void on_quarantine_get(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct quarantine_get *m = body;
    struct quarantined_raw answer = {0};
    bool reveal = HAS(m, quarantine_get, reveal) && m->reveal;
    if (reveal && !reveal_allowed(r, HAS(m, quarantine_get, reason), m->reason))
        return;
    enum err err = db_begin(s->process->db);
    if (!err) {
        err = read_record(s->process->db, m, reveal, request_arena(r), &answer);
        if (err)
            db_rollback(s->process->db);
        else
            err = db_commit(s->process->db);
    }
    if (err == ERR_NOT_FOUND)
        request_fail(r, err, "id", "There is no quarantined record %lld.", (long long)m->id);
    else if (err)
        request_fail_err(r, err);
    else
        request_answer(r, &answer);
    if (!err)
        log_line(LOG_INFO, request_id(r),
                 reveal ? "quarantined record revealed" : "quarantined record shown",
                 LOG_FIELDS(KN("record", m->id), KV("principal", request_principal(r))));
}

void on_quarantine_summary(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct quarantine_summary *m = body;
    struct quarantine_counts counts = {0};
    enum err err = db_list(s->process->db, SQL_SCHEDULER_QUARANTINE_SUMMARY,
                           PARAMS(P_OPT_TEXT(m, quarantine_summary, dealer_id)), &QUARANTINE_COUNT,
                           request_arena(r), &counts.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    for (uint32_t i = 0; i < counts.items.n; i++) {
        struct quarantine_count *c = LIST_AT(struct quarantine_count, &counts.items, i);
        c->text = view_of(err_text(err_from_code(c->reason.p, c->reason.n)));
    }
    request_answer(r, &counts);
}

/* Words of digits to numbers. NULL, told: one of them is none. */
static const int64_t *read_ids(struct request *r, const struct list *words)
{
    int64_t *ids = arena_take(request_arena(r), MAX_IDS * sizeof *ids);
    for (uint32_t i = 0; ids && i < words->n && i < MAX_IDS; i++) {
        const struct view *w = LIST_AT(struct view, words, i);
        char text[24] = "", *end = text;
        if (w->n > 0 && w->n < sizeof text)
            memcpy(text, w->p, w->n);
        errno = 0;
        ids[i] = strtoll(text, &end, 10);
        if (errno || end == text || *end || ids[i] < 1) {
            request_fail(r, ERR_FORMAT, "ids", "An id is a whole number.");
            return NULL;
        }
    }
    if (!ids)
        request_fail_err(r, ERR_NO_MEMORY);
    return ids;
}

/* What a replay or a dismissal means; NULL parameters mean all. */
struct meaning {
    struct param ids;
    struct param dealer;
    struct param feed;
    struct param reason;
    struct param job;
    struct param field;
    struct param from;
    struct param to;
};

/* Nothing named means nothing, rather than everything. False: told. */
static bool read_meaning(struct request *r, bool has_ids, const struct list *ids,
                         struct meaning *out)
{
    bool named = out->dealer.type != PARAM_NULL || out->feed.type != PARAM_NULL ||
                 out->reason.type != PARAM_NULL || out->job.type != PARAM_NULL ||
                 out->field.type != PARAM_NULL || out->from.type != PARAM_NULL ||
                 out->to.type != PARAM_NULL;
    out->ids = P_NULL;
    if (!has_ids) {
        if (!named)
            request_fail(r, ERR_MISSING, "ids",
                         "Name records, or a dealer, a feed, a reason, a field, a job or a time.");
        return named;
    }
    const int64_t *numbers = read_ids(r, ids);
    if (numbers)
        out->ids = P_INTS(numbers, ids->n);
    return numbers != NULL;
}

#define MEANING(m, owner)                                                                          \
    {                                                                                              \
        .dealer = P_OPT_TEXT(m, owner, dealer_id), .feed = P_OPT_TEXT(m, owner, feed),             \
        .reason = P_OPT_TEXT(m, owner, reason), .job = P_OPT_TEXT(m, owner, job_id),               \
        .field = P_OPT_TEXT(m, owner, field), .from = P_OPT_INT(m, owner, from),                   \
        .to = P_OPT_INT(m, owner, to)                                                              \
    }

void on_quarantine_replay(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct quarantine_replay *m = body;
    struct meaning what = MEANING(m, quarantine_replay);
    struct job job;
    char id[37];
    if (!read_meaning(r, HAS(m, quarantine_replay, ids), &m->ids, &what))
        return;
    uuid_v7(id);
    enum err err =
        db_run(s->process->db, SQL_SCHEDULER_QUARANTINE_REPLAY,
               PARAMS(P_TEXT(view_of(id)), what.ids, what.dealer, what.feed, what.reason, what.job,
                      what.field, what.from, what.to, P_TEXT(request_principal(r))),
               NULL);
    if (!err)
        err = store_job(s->process->db, view_of(id), request_arena(r), &job);
    if (err) {
        refuse(s, r, err, "ids");
        return;
    }
    counter_add(s->jobs_accepted, 1);
    log_line(LOG_INFO, request_id(r), "replay accepted",
             LOG_FIELDS(K("job", id), KN("tasks", job.tasks_total),
                        KV("principal", request_principal(r))));
    request_answer(r, &job);
}

/* Runs a statement that marks rows and tells how many. */
static void mark(struct scheduler *s, struct request *r, enum statement statement,
                 const struct param *params, int n)
{
    struct quarantine_done done = {0};
    struct rows *rows = NULL;
    enum err err = db_run(s->process->db, statement, params, n, &rows);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    done.count = rows_int(rows, 0, 0);
    rows_free(&rows);
    log_line(LOG_INFO, request_id(r), "marked",
             LOG_FIELDS(K("message", request_name(r)), KN("count", done.count),
                        KV("principal", request_principal(r))));
    request_answer(r, &done);
}

void on_quarantine_dismiss(void *service, struct request *r, const void *body)
{
    const struct quarantine_dismiss *m = body;
    struct meaning what = MEANING(m, quarantine_dismiss);
    if (read_meaning(r, HAS(m, quarantine_dismiss, ids), &m->ids, &what) &&
        reason_given(r, "why", HAS(m, quarantine_dismiss, why), m->why))
        mark(service, r, SQL_SCHEDULER_QUARANTINE_DISMISS,
             PARAMS(what.ids, what.dealer, what.feed, what.reason, what.job, what.field, what.from,
                    what.to, P_TEXT(request_principal(r)), P_TEXT(m->why)));
}

/* ---- drift ---- */

void on_drift_list(void *service, struct request *r, const void *body)
{
    struct scheduler *s = service;
    const struct drift_list *m = body;
    struct drift_page page = {0};
    int64_t limit = HAS(m, drift_list, limit) ? m->limit : USUAL_PAGE;
    if (!cursor_is_number(r, m->cursor))
        return;
    enum err err =
        db_list(s->process->db, SQL_SCHEDULER_DRIFT_LIST,
                PARAMS(P_OPT_TEXT(m, drift_list, upstream), P_OPT_TEXT(m, drift_list, feed),
                       P_OPT_TEXT(m, drift_list, kind), P_OPT_BOOL(m, drift_list, acknowledged),
                       cursor_param(m->cursor), P_INT(limit + 1)),
                &DRIFT, request_arena(r), &page.items);
    if (err) {
        request_fail_err(r, err);
        return;
    }
    if (list_cut(&page.items, limit))
        PUT(&page, drift_page, next,
            cursor_of_number(r, LIST_AT(struct drift, &page.items, page.items.n - 1)->id));
    request_answer(r, &page);
}

void on_drift_acknowledge(void *service, struct request *r, const void *body)
{
    const struct drift_acknowledge *m = body;
    bool named = HAS(m, drift_acknowledge, ids), all = HAS(m, drift_acknowledge, all) && m->all;
    struct param ids = P_NULL;
    if (named == all) {
        request_fail(r, ERR_MISSING, "ids", "Name findings, or say all.");
        return;
    }
    const int64_t *numbers = named ? read_ids(r, &m->ids) : NULL;
    if (named && !numbers)
        return;
    if (named)
        ids = P_INTS(numbers, m->ids.n);
    mark(service, r, SQL_SCHEDULER_DRIFT_ACKNOWLEDGE, PARAMS(ids, P_TEXT(request_principal(r))));
}

void quarantine_tick(struct scheduler *s)
{
    struct list told = {0};
    struct arena a;
    arena_init(&a, MAX_TELL_MEMORY);
    if (db_list(s->process->db, SQL_SCHEDULER_DRIFT_TELL, NULL, 0, &DRIFT_NOTICED, &a, &told) ==
        ERR_OK)
        for (uint32_t i = 0; i < told.n; i++) {
            struct drift_noticed *d = LIST_AT(struct drift_noticed, &told, i);
            log_warn("an upstream's field drifts", KV("upstream", d->upstream), KV("feed", d->feed),
                     KV("field", d->field), KV("kind", d->kind));
            publish(s->process->events, &DRIFT_NOTICED, d);
        }
    arena_free(&a);
}
