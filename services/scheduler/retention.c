/*
 * retention.c - what is old goes, in small steps.
 *
 * DESIGN: jobs.sweep() deletes a bounded number of rows of one kind by the ages in dealer.setting.
 * While a step finds as many rows as it may take, the next one follows soon; when nothing is left
 * the sweep rests. A step that took long makes the next ones smaller, so that a tick never holds up
 * leases for long. Two schedulers don't meet: a kind is worked on by one at a time.
 */
#include "services/scheduler/retention.h"

#include "services/daemon/database.h"

enum {
    LEAST_ROWS = 20,
    MOST_ROWS = 1000,
    LONG_STEP_MS = 100, /* smaller steps from there on */
    SHORT_STEP_MS = 25, /* larger ones below */
    NEXT_STEP_MS = 1000,
};

static const struct {
    const char *kind;    /* as jobs.sweep() knows it */
    const char *counter; /* rows deleted */
    const char *doc;
} kinds[SWEEP_KINDS] = {
    {"jobs", "swept_jobs", "Old jobs and calls deleted."},
    {"quarantine", "swept_quarantine", "Old quarantined records deleted."},
    {"drift", "swept_drift", "Old findings of drift deleted."},
    {"ticks", "swept_ticks", "Old ticks of schedules deleted."},
    {"coverage", "swept_coverage", "Days of coverage deleted."},
};

void retention_start(struct scheduler *s)
{
    s->sweep.rows = LEAST_ROWS;
    s->sweep.due_ms = loop_now_ms() + NEXT_STEP_MS;
    for (int i = 0; i < SWEEP_KINDS; i++)
        s->sweep.swept[i] = stats_counter(s->process->stats, kinds[i].counter, kinds[i].doc);
}

static int64_t step(struct scheduler *s, int kind)
{
    struct rows *rows = NULL;
    int64_t gone = 0;
    enum err err = db_run(s->process->db, SQL_SCHEDULER_SWEEP,
                          PARAMS(P_TEXT(view_of(kinds[kind].kind)), P_INT(s->sweep.rows)), &rows);
    if (err)
        log_warn("sweep failed", K("kind", kinds[kind].kind), K("error", err_code(err)));
    else
        gone = rows_int(rows, 0, 0);
    rows_free(&rows);
    if (gone > 0) {
        counter_add(s->sweep.swept[kind], gone);
        log_info("swept", K("kind", kinds[kind].kind), KN("rows", gone));
    }
    return gone;
}

static void adapt(struct sweep *w, int64_t took_ms)
{
    if (took_ms > LONG_STEP_MS)
        w->rows = w->rows / 2 > LEAST_ROWS ? w->rows / 2 : LEAST_ROWS;
    else if (took_ms < SHORT_STEP_MS)
        w->rows = w->rows * 2 < MOST_ROWS ? w->rows * 2 : MOST_ROWS;
}

void retention_tick(struct scheduler *s)
{
    struct sweep *w = &s->sweep;
    bool more = false;
    if (loop_now_ms() < w->due_ms)
        return;
    for (int i = 0; i < SWEEP_KINDS; i++) {
        int64_t began = loop_now_ms();
        int64_t asked = w->rows;
        more |= step(s, i) >= asked;
        adapt(w, loop_now_ms() - began);
    }
    w->due_ms = loop_now_ms() + (more ? NEXT_STEP_MS : s->conf.sweep_ms);
}
