/*
 * store_flush.c - one transaction: stage the rows, then lock, merge, roll up, complete, commit.
 */
#include "services/fetcher/store_flush.h"

#include "services/fetcher/faultpoint.h"
#include "services/fetcher/store_answer.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COPY_CHUNK = 256 * 1024, /* sent at a time */
    BAD_ROWS = 100,          /* quarantined by one statement, when by COPY */
    BAD_BYTES = 1024 * 1024,
    STORE_PARAMETERS = 12,
    BAD_COLUMNS = 5,
    COUNTS = 5,         /* columns of what a store found */
    BAD_PARAMETERS = 4, /* before the columns: task, epoch, feed, begin of the call */
};

void flush_init(struct flush *f, struct store_session *s)
{
    memset(f, 0, sizeof(*f));
    f->session = s;
    for (unsigned i = 0; i < FEED_MAX_PARTS; i++)
        stage_arrays_init(&f->rows[i]);
    stage_arrays_init(&f->bad);
    buf_init(&f->lines, COPY_CHUNK + 4 * RECORD_MAX_BYTES);
    for (unsigned i = 1; i < FEED_MAX_PARTS; i++)
        spool_init(&f->children[i], NULL);
}

void flush_free(struct flush *f)
{
    for (unsigned i = 0; i < FEED_MAX_PARTS; i++)
        stage_arrays_free(&f->rows[i]);
    stage_arrays_free(&f->bad);
    buf_free(&f->lines);
    for (unsigned i = 1; i < FEED_MAX_PARTS; i++)
        spool_free(&f->children[i]);
}

/* Nothing of the answer is here. */
static void reset(struct flush *f)
{
    for (unsigned i = 0; i < FEED_MAX_PARTS; i++)
        stage_arrays_reset(&f->rows[i]);
    for (unsigned i = 1; i < FEED_MAX_PARTS; i++)
        spool_reset(&f->children[i], SIZE_MAX);
    stage_arrays_reset(&f->bad);
    buf_reset(&f->lines);
    f->seq = 0;
    f->n_bad = 0;
    f->job->rows_quarantined = 0;
}

static enum err read_answer(struct flush *f, struct record_sink *sink)
{
    char text[STORE_MAX_TEXT + 1];
    enum err err = answer_read(f->job, sink, text);

    if (err != ERR_OK && err != ERR_DATABASE_AWAY && err != ERR_TOO_LARGE)
        return wire_fail(&f->session->error, err, text);
    return err;
}

/* ---- arrays ---- */

/* A beat tells the rows while they are being read. */
static void count_row(struct flush *f)
{
    f->seq++;
    atomic_store_explicit(&f->job->rows_so_far, f->seq, memory_order_relaxed);
}

static enum err keep_good(void *arg, const struct record *r)
{
    struct flush *f = arg;
    struct stage_row row;

    count_row(f);
    if (f->seq + f->n_bad >= f->copy_rows)
        return ERR_TOO_LARGE;
    stage_record(r, f->seq, record_dealer(r, true), &row);
    enum err err = stage_arrays_add(&f->rows[0], row.cells, row.n);
    for (unsigned i = 0; i < r->n_children && err == ERR_OK; i++) {
        stage_child(r, &r->children[i], f->seq, &row);
        err = stage_arrays_add(&f->rows[r->children[i].part], row.cells, row.n);
    }
    return err;
}

static enum err add_bad(struct flush *f, const struct bad_record *b)
{
    struct view field = view_of(b->field);
    const struct view cells[BAD_COLUMNS] = {b->dealer, view_of(err_code(b->reason)),
                                            field.n > 0 ? field : (struct view){NULL, 0}, b->raw,
                                            view_of(b->whole ? "true" : "false")};

    f->job->rows_quarantined++;
    return stage_arrays_add(&f->bad, cells, BAD_COLUMNS);
}

static enum err keep_bad(void *arg, const struct bad_record *b)
{
    struct flush *f = arg;

    f->n_bad++;
    if (f->seq + f->n_bad >= f->copy_rows)
        return ERR_TOO_LARGE;
    return add_bad(f, b);
}

static enum err close_arrays(struct flush *f)
{
    enum err err = stage_arrays_close(&f->bad);

    for (unsigned i = 0; i < f->job->feed->n_parts && err == ERR_OK; i++)
        err = stage_arrays_close(&f->rows[i]);
    return err;
}

enum err flush_prepare(struct flush *f, struct store_job *j, int64_t copy_rows)
{
    struct record_sink sink = {f, keep_good, keep_bad, 0};

    f->job = j;
    f->copy_rows = copy_rows;
    f->commit_sent = false;
    f->by_copy = false;
    for (unsigned i = 1; i < FEED_MAX_PARTS; i++)
        f->children[i].folder = j->spool->folder;
    reset(f);
    enum err err = read_answer(f, &sink);
    if (err == ERR_OK)
        err = close_arrays(f);
    if (err != ERR_TOO_LARGE)
        return err;
    reset(f);
    f->by_copy = true;
    return ERR_OK;
}

/* ---- the pipeline ---- */

static int send_arrays(struct flush *f, const char *statement, const struct stage_arrays *a)
{
    const char *values[STAGE_MAX_COLUMNS];

    for (unsigned i = 0; i < a->n_columns; i++)
        values[i] = a->columns[i].p;
    return PQsendQueryPrepared(f->session->conn, statement, (int)a->n_columns, values, NULL, NULL,
                               0);
}

static int send_bad(struct flush *f)
{
    char numbers[3][24];
    const char *values[BAD_PARAMETERS + BAD_COLUMNS] = {numbers[0], numbers[1], f->job->feed->name,
                                                        numbers[2]};

    (void)snprintf(numbers[0], sizeof(numbers[0]), "%" PRId64, f->job->task_id);
    (void)snprintf(numbers[1], sizeof(numbers[1]), "%" PRId64, f->job->epoch);
    (void)snprintf(numbers[2], sizeof(numbers[2]), "%" PRId64, f->job->requested_at_ms);
    for (unsigned i = 0; i < BAD_COLUMNS; i++)
        values[BAD_PARAMETERS + i] = f->bad.columns[i].p;
    return PQsendQueryPrepared(f->session->conn, statement_name(SQL_FETCHER_QUARANTINE_UNNEST),
                               BAD_PARAMETERS + BAD_COLUMNS, values, NULL, NULL, 0);
}

/* What a replay stores is out of quarantine, but for what was set aside again. */
static int send_settle(struct flush *f)
{
    char numbers[2][24];
    const char *const values[] = {numbers[0], numbers[1]};

    (void)snprintf(numbers[0], sizeof(numbers[0]), "%" PRId64, f->job->task_id);
    (void)snprintf(numbers[1], sizeof(numbers[1]), "%" PRId64, f->job->epoch);
    return PQsendQueryPrepared(f->session->conn, statement_name(SQL_FETCHER_REPLAY_SETTLE), 2,
                               values, NULL, NULL, 0);
}

static int send_store(struct flush *f)
{
    const struct store_job *j = f->job;
    const int64_t numbers[STORE_PARAMETERS] = {j->task_id,
                                               j->epoch,
                                               j->requested_at_ms,
                                               j->rows_quarantined,
                                               (int64_t)j->spool->n,
                                               j->http_status,
                                               j->timings.dns_ms,
                                               j->timings.connect_ms,
                                               j->timings.first_byte_ms,
                                               j->timings.total_ms,
                                               f->seq,
                                               j->skew_ms};
    char texts[STORE_PARAMETERS][24];
    const char *values[STORE_PARAMETERS];

    for (unsigned i = 0; i < STORE_PARAMETERS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%" PRId64, numbers[i]);
        values[i] = texts[i];
    }
    if (j->skew_ms == 0)
        values[STORE_PARAMETERS - 1] = NULL;
    return PQsendQueryPrepared(f->session->conn, j->feed->store, STORE_PARAMETERS, values, NULL,
                               NULL, 0);
}

static int send_plain(struct flush *f, const char *sql)
{
    return PQsendQueryParams(f->session->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
}

static void read_counts(struct store_job *j, const PGresult *r)
{
    j->rows_read = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    j->rows_new = strtoll(PQgetvalue(r, 0, 1), NULL, 10);
    j->rows_changed = strtoll(PQgetvalue(r, 0, 2), NULL, 10);
    j->rows_same = strtoll(PQgetvalue(r, 0, 3), NULL, 10);
}

enum err flush_broken(struct flush *f)
{
    return wire_fail(&f->session->error, ERR_DATABASE_AWAY, PQerrorMessage(f->session->conn));
}

static void take_result(struct flush *f, PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);

    if (status == PGRES_TUPLES_OK && PQnfields(r) == COUNTS && PQntuples(r) == 1 &&
        f->n_takers > 0) {
        read_counts(*f->takers++, r);
        f->n_takers--;
    }
    if (status == PGRES_COMMAND_OK && strcmp(PQcmdStatus(r), "COMMIT") == 0)
        f->committed = true;
}

/* The first error counts. */
enum err flush_read(struct flush *f)
{
    enum err err = ERR_OK;

    for (;;) {
        PGresult *r;
        enum err got = session_result(f->session, &r);
        if (got != ERR_OK)
            return got;
        if (!r)
            continue; /* the end of one statement's results */
        ExecStatusType status = PQresultStatus(r);
        take_result(f, r);
        if (err == ERR_OK && status != PGRES_PIPELINE_ABORTED)
            err = wire_error(r, &f->session->error);
        PQclear(r);
        if (status == PGRES_PIPELINE_SYNC)
            return err;
    }
}

enum err flush_send_commit(struct flush *f)
{
    PGconn *conn = f->session->conn;

    if (faultpoint_armed(FAULT_BEFORE_COMMIT)) {
        enum err err = PQpipelineSync(conn) ? flush_read(f) : flush_broken(f);
        if (err != ERR_OK)
            return err;
        faultpoint_reach(FAULT_BEFORE_COMMIT);
    }
    f->commit_sent = true;
    if (!send_plain(f, "COMMIT") || !PQpipelineSync(conn))
        return flush_broken(f);
    return ERR_OK;
}

enum err flush_send_rows(struct flush *f)
{
    for (unsigned i = 0; i < f->job->feed->n_parts; i++)
        if (f->rows[i].n_rows > 0 && !send_arrays(f, f->job->feed->parts[i].table, &f->rows[i]))
            return flush_broken(f);
    return f->bad.n_rows == 0 || send_bad(f) ? ERR_OK : flush_broken(f);
}

enum err flush_begin_pipeline(struct flush *f, struct store_job *const *takers, unsigned n)
{
    f->takers = takers;
    f->n_takers = n;
    f->commit_sent = false;
    f->committed = false;
    return PQenterPipelineMode(f->session->conn) ? ERR_OK : flush_broken(f);
}

enum err flush_end_pipeline(struct flush *f, enum err err)
{
    if (err != ERR_DATABASE_AWAY && !PQexitPipelineMode(f->session->conn))
        return flush_broken(f);
    if (err == ERR_OK && !f->committed)
        return wire_fail(&f->session->error, ERR_DATABASE, "the transaction was not committed");
    return err;
}

static enum err run_pipeline(struct flush *f)
{
    enum err err = flush_begin_pipeline(f, (struct store_job *const *)&f->job, 1);

    atomic_store(&f->job->parsed, true);
    if (err != ERR_OK)
        return err;
    if (!f->by_copy && !send_plain(f, "BEGIN"))
        return flush_broken(f);
    if (!f->by_copy)
        err = flush_send_rows(f);
    if (err == ERR_OK && ((f->job->replay && !send_settle(f)) || !send_store(f)))
        err = flush_broken(f);
    if (err == ERR_OK)
        err = flush_send_commit(f);
    if (err == ERR_OK)
        err = flush_read(f);
    return flush_end_pipeline(f, err);
}

/* ---- COPY ---- */

static enum err send_piece(struct flush *f, const char *p, size_t n)
{
    if (n > 0 && PQputCopyData(f->session->conn, p, (int)n) != 1)
        return flush_broken(f);
    return session_flush(f->session);
}

static enum err send_lines(struct flush *f)
{
    enum err err = send_piece(f, f->lines.p, f->lines.n);

    buf_reset(&f->lines);
    return err;
}

/* A child waits in the spool of its list; the lines' buffer is borrowed for it. */
static enum err spool_child(struct flush *f, unsigned part, const struct stage_row *row)
{
    size_t before = f->lines.n;
    enum err err = stage_copy_line(row, &f->lines);

    if (err == ERR_OK)
        err = spool_write(&f->children[part], f->lines.p + before, f->lines.n - before);
    f->lines.n = before;
    return err == ERR_UPSTREAM_TOO_LARGE ? ERR_NO_MEMORY : err;
}

static enum err copy_good(void *arg, const struct record *r)
{
    struct flush *f = arg;
    struct stage_row row;

    count_row(f);
    stage_record(r, f->seq, record_dealer(r, true), &row);
    enum err err = stage_copy_line(&row, &f->lines);
    for (unsigned i = 0; i < r->n_children && err == ERR_OK; i++) {
        stage_child(r, &r->children[i], f->seq, &row);
        err = spool_child(f, r->children[i].part, &row);
    }
    if (err == ERR_OK && f->lines.n > COPY_CHUNK)
        err = send_lines(f);
    return err == ERR_TOO_LARGE ? ERR_NO_MEMORY : err;
}

static enum err copy_count_bad(void *arg, const struct bad_record *b)
{
    struct flush *f = arg;

    (void)b;
    return answer_count_bad(&f->n_bad);
}

static enum err begin_copy(struct flush *f, unsigned part)
{
    struct buf sql;

    buf_init(&sql, STAGE_MAX_SQL);
    enum err err = stage_copy_sql(&f->job->feed->parts[part], part > 0, &sql);
    if (err == ERR_OK)
        err = session_run(f->session, sql.p, NULL);
    buf_free(&sql);
    return err;
}

/* Ends COPY as it went; what went wrong before counts more than what the server says to it. */
static enum err end_copy(struct flush *f, enum err err)
{
    struct db_error before = f->session->error;

    if (err == ERR_DATABASE_AWAY)
        return err;
    int ended = PQputCopyEnd(f->session->conn, err == ERR_OK ? NULL : "the answer is refused");
    enum err end = session_finish(f->session, ended == 1, NULL);
    if (err == ERR_OK || end == ERR_DATABASE_AWAY)
        return end;
    f->session->error = before;
    return err;
}

static enum err copy_records(struct flush *f)
{
    struct record_sink sink = {f, copy_good, copy_count_bad, 0};
    enum err err = begin_copy(f, 0);

    if (err != ERR_OK)
        return err;
    err = read_answer(f, &sink);
    if (err == ERR_OK)
        err = send_lines(f);
    if (err == ERR_OK)
        faultpoint_reach(FAULT_IN_COPY);
    return end_copy(f, err);
}

static enum err copy_children(struct flush *f, unsigned part)
{
    static const size_t size = 64 * (size_t)1024;
    char *piece = malloc(size);
    size_t got = size;
    enum err err = piece ? begin_copy(f, part) : ERR_NO_MEMORY;

    if (err == ERR_OK) {
        for (size_t at = 0; got == size && err == ERR_OK; at += got) {
            err = spool_read(&f->children[part], at, piece, size, &got);
            if (err == ERR_OK)
                err = send_piece(f, piece, got);
        }
        err = end_copy(f, err);
    }
    free(piece);
    return err;
}

/* ---- quarantine, when by COPY ---- */

static enum err send_bad_now(struct flush *f)
{
    enum err err = stage_arrays_close(&f->bad);

    if (err == ERR_OK)
        err = session_finish(f->session, send_bad(f), NULL);
    stage_arrays_reset(&f->bad);
    return err;
}

static enum err pass_good(void *arg, const struct record *r)
{
    (void)arg;
    (void)r;
    return ERR_OK;
}

static enum err store_bad(void *arg, const struct bad_record *b)
{
    struct flush *f = arg;
    enum err err = add_bad(f, b);

    if (err == ERR_OK && (f->bad.n_rows >= BAD_ROWS || f->bad.n_bytes >= BAD_BYTES))
        err = send_bad_now(f);
    return err;
}

/* An answer with records to set aside is read once more: COPY must have ended, and they are few. */
static enum err set_aside(struct flush *f)
{
    struct record_sink bad = {f, pass_good, store_bad, 0};
    enum err err = read_answer(f, &bad);

    if (err == ERR_OK && f->bad.n_rows > 0)
        err = send_bad_now(f);
    return err;
}

static enum err copy_all(struct flush *f)
{
    reset(f);
    enum err err = session_run(f->session, "BEGIN", NULL);
    if (err == ERR_OK)
        err = copy_records(f);
    for (unsigned i = 1; i < f->job->feed->n_parts && err == ERR_OK; i++)
        if (f->children[i].n > 0)
            err = copy_children(f, i);
    if (err == ERR_OK && f->n_bad > 0)
        err = set_aside(f);
    return err;
}

void flush_clean_up(struct flush *f, enum err err)
{
    struct store_session *s = f->session;
    struct db_error first = s->error;

    if (err != ERR_DATABASE_AWAY && PQpipelineStatus(s->conn) == PQ_PIPELINE_OFF &&
        (PQtransactionStatus(s->conn) == PQTRANS_IDLE ||
         session_run(s, "ROLLBACK", NULL) == ERR_OK))
        return;
    /* Nothing can be said about a connection that is in the middle of something. */
    s->error = first;
    session_lost(s);
}

enum err flush_run(struct flush *f)
{
    enum err err = ERR_OK;

    f->commit_sent = false;
    f->session->error = (struct db_error){.message = ""};
    if (f->by_copy)
        err = copy_all(f);
    if (err == ERR_OK)
        err = run_pipeline(f);
    if (err != ERR_OK)
        flush_clean_up(f, err);
    return err;
}
