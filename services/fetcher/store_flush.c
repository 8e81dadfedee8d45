/*
 * store_flush.c - one transaction: stage the rows, then lock, merge, roll up, complete, commit.
 */
#include "services/fetcher/store_flush.h"

#include "services/fetcher/faultpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COPY_CHUNK = 256 * 1024, /* sent at a time */
    BAD_ROWS = 100,          /* quarantined by one statement, when by COPY */
    BAD_BYTES = 4 * 1024 * 1024,
    STORE_PARAMETERS = 11,
    BAD_COLUMNS = 4,
    BAD_PARAMETERS = 3, /* before the columns: task, epoch, feed */
};

void flush_init(struct flush *f, struct store_session *s)
{
    memset(f, 0, sizeof(*f));
    f->session = s;
    for (unsigned i = 0; i < FEED_MAX_PARTS; i++)
        stage_arrays_init(&f->rows[i]);
    stage_arrays_init(&f->bad);
}

void flush_free(struct flush *f)
{
    for (unsigned i = 0; i < FEED_MAX_PARTS; i++)
        stage_arrays_free(&f->rows[i]);
    stage_arrays_free(&f->bad);
}

static void reset(struct flush *f)
{
    for (unsigned i = 0; i < FEED_MAX_PARTS; i++)
        stage_arrays_reset(&f->rows[i]);
    stage_arrays_reset(&f->bad);
    f->seq = 0;
    f->job->rows_quarantined = 0;
}

/* ---- arrays ---- */

static enum err keep_good(void *arg, const struct record *r)
{
    struct flush *f = arg;
    struct stage_row row;

    f->seq++;
    stage_record(r, f->seq, f->job->dealer, &row);
    enum err err = stage_arrays_add(&f->rows[0], row.cells, row.n);
    for (unsigned i = 0; i < r->n_children && err == ERR_OK; i++) {
        stage_child(r, &r->children[i], f->seq, &row);
        err = stage_arrays_add(&f->rows[r->children[i].part], row.cells, row.n);
    }
    return err;
}

static enum err keep_bad(void *arg, const struct bad_record *b)
{
    struct flush *f = arg;
    struct view field = view_of(b->field);
    const struct view cells[BAD_COLUMNS] = {f->job->dealer, view_of(err_code(b->reason)),
                                            field.n > 0 ? field : (struct view){NULL, 0}, b->raw};

    f->job->rows_quarantined++;
    return stage_arrays_add(&f->bad, cells, BAD_COLUMNS);
}

static enum err close_arrays(struct flush *f)
{
    enum err err = stage_arrays_close(&f->bad);

    for (unsigned i = 0; i < f->job->feed->n_parts && err == ERR_OK; i++)
        err = stage_arrays_close(&f->rows[i]);
    return err;
}

static enum err parse(struct flush *f, struct record_sink *sink)
{
    struct envelope e;
    enum err err = parse_answer(f->body, f->job->feed, f->job->upstream_dealer, sink, &e);

    f->job->rows_foreign = sink->foreign;
    return err;
}

enum err flush_prepare(struct flush *f, struct store_job *j, struct view body, int64_t elements,
                       int64_t copy_rows)
{
    struct record_sink sink = {f, keep_good, keep_bad, 0};

    f->job = j;
    f->body = body;
    f->commit_sent = false;
    f->by_copy = elements >= copy_rows;
    reset(f);
    if (f->by_copy)
        return ERR_OK;
    enum err err = parse(f, &sink);
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
    char numbers[2][24];
    const char *values[BAD_PARAMETERS + BAD_COLUMNS] = {numbers[0], numbers[1], f->job->feed->name};

    (void)snprintf(numbers[0], sizeof(numbers[0]), "%" PRId64, f->job->task_id);
    (void)snprintf(numbers[1], sizeof(numbers[1]), "%" PRId64, f->job->epoch);
    for (unsigned i = 0; i < BAD_COLUMNS; i++)
        values[BAD_PARAMETERS + i] = f->bad.columns[i].p;
    return PQsendQueryPrepared(f->session->conn, statement_name(SQL_FETCHER_QUARANTINE_UNNEST),
                               BAD_PARAMETERS + BAD_COLUMNS, values, NULL, NULL, 0);
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

/* Reads all results up to the sync; the first error counts. *committed: COMMIT answered so. */
static enum err read_pipeline(struct flush *f, bool *committed)
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
        if (status == PGRES_TUPLES_OK && PQnfields(r) == 5 && PQntuples(r) == 1)
            read_counts(f->job, r);
        if (status == PGRES_COMMAND_OK && strcmp(PQcmdStatus(r), "COMMIT") == 0)
            *committed = true;
        if (err == ERR_OK && status != PGRES_PIPELINE_ABORTED)
            err = wire_error(r, &f->session->error);
        PQclear(r);
        if (status == PGRES_PIPELINE_SYNC)
            return err;
    }
}

static enum err broken(struct flush *f)
{
    return wire_fail(&f->session->error, ERR_DATABASE_AWAY, PQerrorMessage(f->session->conn));
}

/* Queues what locks, and the COMMIT. A test that stops before COMMIT gets it in two flights. */
static enum err send_tail(struct flush *f)
{
    PGconn *conn = f->session->conn;
    bool committed = false;

    if (f->bad.n_rows > 0 && !send_bad(f))
        return broken(f);
    if (!send_store(f))
        return broken(f);
    if (faultpoint_armed(FAULT_BEFORE_COMMIT)) {
        enum err err = PQpipelineSync(conn) ? read_pipeline(f, &committed) : broken(f);
        if (err != ERR_OK)
            return err;
        faultpoint_reach(FAULT_BEFORE_COMMIT);
    }
    f->commit_sent = true;
    if (!send_plain(f, "COMMIT") || !PQpipelineSync(conn))
        return broken(f);
    return ERR_OK;
}

static enum err run_pipeline(struct flush *f)
{
    PGconn *conn = f->session->conn;
    bool committed = false;
    enum err err = ERR_OK;

    if (!PQenterPipelineMode(conn))
        return broken(f);
    if (!f->by_copy) {
        if (!send_plain(f, "BEGIN"))
            return broken(f);
        for (unsigned i = 0; i < f->job->feed->n_parts; i++)
            if (f->rows[i].n_rows > 0 && !send_arrays(f, f->job->feed->parts[i].table, &f->rows[i]))
                return broken(f);
    }
    err = send_tail(f);
    if (err == ERR_OK)
        err = read_pipeline(f, &committed);
    if (err != ERR_DATABASE_AWAY && !PQexitPipelineMode(conn))
        return broken(f);
    if (err == ERR_OK && !committed)
        err = wire_fail(&f->session->error, ERR_DATABASE, "the transaction was not committed");
    return err;
}

/* ---- COPY ---- */

struct copy {
    struct flush *flush;
    unsigned part;   /* being copied */
    struct buf line; /* rows not sent yet */
    int64_t seq;
    int64_t children; /* seen; of all lists */
    int64_t bad;
};

static enum err send_chunk(struct copy *c)
{
    struct store_session *s = c->flush->session;

    if (c->line.n > 0 && PQputCopyData(s->conn, c->line.p, (int)c->line.n) != 1)
        return broken(c->flush);
    buf_reset(&c->line);
    return session_flush(s);
}

static enum err copy_good(void *arg, const struct record *r)
{
    struct copy *c = arg;
    struct stage_row row;
    enum err err = ERR_OK;

    c->seq++;
    c->children += r->n_children;
    if (c->part == 0) {
        stage_record(r, c->seq, c->flush->job->dealer, &row);
        err = stage_copy_line(&row, &c->line);
    }
    for (unsigned i = 0; i < r->n_children && err == ERR_OK; i++) {
        if (r->children[i].part != c->part)
            continue;
        stage_child(r, &r->children[i], c->seq, &row);
        err = stage_copy_line(&row, &c->line);
        if (err == ERR_OK && c->line.n > COPY_CHUNK)
            err = send_chunk(c);
    }
    if (err == ERR_OK && c->line.n > COPY_CHUNK)
        err = send_chunk(c);
    return err;
}

static enum err copy_count_bad(void *arg, const struct bad_record *b)
{
    struct copy *c = arg;

    (void)b;
    c->bad++;
    return ERR_OK;
}

static enum err copy_part(struct flush *f, struct copy *c)
{
    struct record_sink sink = {c, copy_good, copy_count_bad, 0};
    PGconn *conn = f->session->conn;
    struct buf sql;

    buf_init(&sql, STAGE_MAX_SQL);
    enum err err = stage_copy_sql(&f->job->feed->parts[c->part], c->part > 0, &sql);
    if (err == ERR_OK)
        err = session_run(f->session, sql.p, NULL);
    buf_free(&sql);
    if (err != ERR_OK)
        return err;
    c->seq = 0;
    err = parse(f, &sink);
    if (err == ERR_OK)
        err = send_chunk(c);
    if (err == ERR_OK && c->part == 0)
        faultpoint_reach(FAULT_IN_COPY);
    if (err == ERR_DATABASE_AWAY)
        return err;
    int ended = PQputCopyEnd(conn, err == ERR_OK ? NULL : "the rows cannot be read");
    enum err end = session_finish(f->session, ended == 1, NULL);
    return err == ERR_OK ? end : err;
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
    enum err err = keep_bad(arg, b);

    if (err == ERR_OK && (f->bad.n_rows >= BAD_ROWS || f->bad.n_bytes >= BAD_BYTES))
        err = send_bad_now(f);
    return err;
}

static enum err copy_all(struct flush *f)
{
    struct copy c = {.flush = f};
    struct record_sink bad = {f, pass_good, store_bad, 0};

    buf_init(&c.line, COPY_CHUNK + 4 * RECORD_MAX_BYTES);
    reset(f);
    enum err err = session_run(f->session, "BEGIN", NULL);
    if (err == ERR_OK)
        err = copy_part(f, &c);
    bool has_children = c.children > 0;
    bool has_bad = c.bad > 0;
    for (c.part = 1; c.part < f->job->feed->n_parts && has_children && err == ERR_OK; c.part++)
        err = copy_part(f, &c);
    if (err == ERR_OK && has_bad)
        err = parse(f, &bad);
    if (err == ERR_OK && f->bad.n_rows > 0)
        err = send_bad_now(f);
    buf_free(&c.line);
    return err;
}

enum err flush_run(struct flush *f)
{
    struct store_session *s = f->session;
    enum err err = ERR_OK;

    f->commit_sent = false;
    s->error = (struct db_error){.message = ""};
    if (f->by_copy)
        err = copy_all(f);
    if (err == ERR_OK)
        err = run_pipeline(f);
    if (err == ERR_OK)
        return ERR_OK;
    if (err != ERR_DATABASE_AWAY && PQpipelineStatus(s->conn) == PQ_PIPELINE_OFF &&
        (PQtransactionStatus(s->conn) == PQTRANS_IDLE ||
         session_run(s, "ROLLBACK", NULL) == ERR_OK))
        return err;
    /* Nothing can be said about a connection that is in the middle of something. */
    session_lost(s);
    return err;
}
