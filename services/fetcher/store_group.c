/*
 * store_group.c - one transaction for several small answers.
 */
#include "services/fetcher/store_group.h"

#include "services/fetcher/spool.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAX_LITERAL = 64 * 1024, END_COLUMNS = 9, ROWS_PARAMETERS = 5 };

bool group_takes(const struct group *g, const struct store_job *j, int64_t max)
{
    return g->n < GROUP_MAX && g->full < GROUP_FULL && (int64_t)g->n < max && !j->replay &&
           j->spool->file < 0 && g->bytes + j->spool->n <= GROUP_BYTES &&
           (g->n == 0 || g->members[0]->feed == j->feed);
}

void group_add(struct group *g, struct store_job *j)
{
    g->members[g->n++] = j;
    g->bytes += j->spool->n;
    g->full += j->elements > 0;
}

/* ---- statements ---- */

static bool is_empty(const struct store_job *j)
{
    return j->elements == 0;
}

static int send(struct flush *f, enum statement statement, int n, const char *const *values)
{
    return PQsendQueryPrepared(f->session->conn, statement_name(statement), n, values, NULL, NULL,
                               0);
}

static void add_number(struct buf *b, int64_t number)
{
    (void)buf_printf(b, "%s%" PRId64, b->n > 0 ? "," : "{", number);
}

/* Terminated; an empty array, when there was no number. */
static const char *literal(struct buf *b)
{
    (void)buf_append(b, b->n > 0 ? "}" : "{}", b->n > 0 ? 2 : 3);
    return b->failed ? NULL : b->p;
}

static void bufs_init(struct buf *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        buf_init(&b[i], MAX_LITERAL);
}

static void bufs_free(struct buf *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        buf_free(&b[i]);
}

static enum err send_begin(const struct group *g, struct flush *f)
{
    struct buf b[4]; /* tasks, epochs, tasks with records, tasks without */
    bool any_empty = false;
    int sent = 0;

    bufs_init(b, 4);
    for (unsigned i = 0; i < g->n; i++) {
        add_number(&b[0], g->members[i]->task_id);
        add_number(&b[1], g->members[i]->epoch);
        add_number(is_empty(g->members[i]) ? &b[3] : &b[2], g->members[i]->task_id);
        any_empty = any_empty || is_empty(g->members[i]);
    }
    const char *const begin[] = {g->members[0]->feed->name, literal(&b[0]), literal(&b[1]),
                                 literal(&b[2])};
    const char *const empty[] = {literal(&b[3])};
    if (begin[1] && begin[2] && begin[3] && empty[0])
        sent = PQsendQueryParams(f->session->conn, "BEGIN", 0, NULL, NULL, NULL, NULL, 0) &&
               send(f, SQL_FETCHER_GROUP_BEGIN, 4, begin) &&
               (!any_empty || send(f, SQL_FETCHER_GROUP_EMPTY, 1, empty));
    bufs_free(b, 4);
    return sent ? ERR_OK : flush_broken(f);
}

static enum err send_member(struct flush *f, struct store_job *j)
{
    char texts[ROWS_PARAMETERS][24];
    const char *values[ROWS_PARAMETERS];
    enum err err = flush_prepare(f, j, INT64_MAX);

    if (err == ERR_OK && f->by_copy)
        err = ERR_TOO_LARGE;
    if (err == ERR_OK)
        err = flush_send_rows(f);
    if (err != ERR_OK)
        return err;
    const int64_t numbers[ROWS_PARAMETERS] = {j->task_id, j->epoch, j->requested_at_ms, f->seq,
                                              j->rows_quarantined};
    for (unsigned i = 0; i < ROWS_PARAMETERS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%" PRId64, numbers[i]);
        values[i] = texts[i];
    }
    if (!PQsendQueryPrepared(f->session->conn, j->feed->rows, ROWS_PARAMETERS, values, NULL, NULL,
                             0) ||
        !send(f, SQL_FETCHER_GROUP_CLEAR, 0, NULL))
        return flush_broken(f);
    return session_flush(f->session);
}

static enum err send_end(const struct group *g, struct flush *f)
{
    struct buf b[END_COLUMNS];
    const char *values[END_COLUMNS];
    bool complete = true;

    bufs_init(b, END_COLUMNS);
    for (unsigned i = 0; i < g->n; i++) {
        const struct store_job *j = g->members[i];
        const int64_t numbers[END_COLUMNS] = {j->task_id,
                                              j->epoch,
                                              (int64_t)j->spool->n,
                                              j->http_status,
                                              j->timings.dns_ms,
                                              j->timings.connect_ms,
                                              j->timings.first_byte_ms,
                                              j->timings.total_ms,
                                              j->skew_ms};
        for (unsigned k = 0; k < END_COLUMNS; k++)
            if (k == END_COLUMNS - 1 && j->skew_ms == 0)
                (void)buf_puts(&b[k], i > 0 ? ",NULL" : "{NULL");
            else
                add_number(&b[k], numbers[k]);
    }
    for (unsigned k = 0; k < END_COLUMNS; k++) {
        values[k] = literal(&b[k]);
        complete = complete && values[k];
    }
    int sent = complete && send(f, SQL_FETCHER_GROUP_END, END_COLUMNS, values);
    bufs_free(b, END_COLUMNS);
    return sent ? ERR_OK : flush_broken(f);
}

/* ---- the transaction ---- */

static enum err send_all(struct group *g, struct flush *f)
{
    enum err err = send_begin(g, f);

    for (unsigned i = 0; i < g->n && err == ERR_OK; i++)
        if (!is_empty(g->members[i]))
            err = send_member(f, g->members[i]);
    if (err == ERR_OK)
        err = send_end(g, f);
    return err == ERR_OK ? flush_send_commit(f) : err;
}

enum err group_run(struct group *g, struct flush *f)
{
    struct store_job *takers[GROUP_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < g->n; i++)
        if (!is_empty(g->members[i]))
            takers[n++] = g->members[i];
    f->session->error = (struct db_error){.message = ""};
    enum err err = flush_begin_pipeline(f, takers, n);
    if (err == ERR_OK)
        err = send_all(g, f);
    if (err == ERR_OK)
        err = flush_read(f);
    err = flush_end_pipeline(f, err);
    if (err != ERR_OK)
        flush_clean_up(f, err);
    return err;
}
