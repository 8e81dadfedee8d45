/*
 * replay.c - the answer of a task that makes no call: records of the quarantine, as they were sent.
 *
 * DESIGN: from here on a replay is an answer like any other: the same parser, the same merge, the
 * same fence. A task's records were asked for at the same time, so one time says which version
 * wins. Records that somebody dismissed meanwhile are not there any more; a replay of nothing is no
 * error.
 */
#include "services/fetcher/replay.h"

#include <stdlib.h>

enum { REPLAY_MAX_BYTES = 16 * 1024 * 1024 };

static enum err put(struct spool *s, struct view v)
{
    return spool_write(s, v.p, v.n);
}

static enum err put_records(struct spool *s, const struct rows *rows)
{
    enum err err = put(s, view_of("{\"status\":1,\"data\":["));

    for (int i = 0; i < rows_count(rows) && err == ERR_OK; i++) {
        if (i > 0)
            err = put(s, view_of(","));
        if (err == ERR_OK)
            err = put(s, rows_text(rows, i, 0));
    }
    return err == ERR_OK ? put(s, view_of("]}")) : err;
}

enum err replay_fill(struct store_session *s, struct store_job *j)
{
    struct rows *rows = NULL;
    enum err err = db_run(s->db, SQL_FETCHER_REPLAY_RECORDS, PARAMS(P_INT(j->task_id)), &rows);

    if (err != ERR_OK) {
        s->error = *db_error(s->db);
        return err;
    }
    if (rows_count(rows) > 0)
        j->requested_at_ms = rows_int(rows, 0, 1);
    spool_reset(j->spool, REPLAY_MAX_BYTES);
    err = put_records(j->spool, rows);
    rows_free(&rows);
    return err;
}
