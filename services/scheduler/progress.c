/*
 * progress.c - see progress.h. A job is told at most four times a second.
 */
#include "services/scheduler/progress.h"

#include "services/scheduler/scheduler.h"
#include "services/scheduler/snapshots.h"
#include "services/scheduler/store.h"

#include <stdio.h>
#include <string.h>

enum { TELL_MS = 250, LOOK_MS = 300, MAX_MEMORY = 256 * 1024, MAX_DEALERS = 50 };

/* ---- what was told ---- */

static struct told *find(struct progress *p, struct view id)
{
    for (unsigned i = 0; i < p->n_told; i++)
        if (view_is(id, p->told[i].id))
            return &p->told[i];
    return NULL;
}

/* False when just that was told before. */
static bool note(struct progress *p, const struct job *job)
{
    struct told *before = find(p, job->id);
    if (job_is_over(job)) {
        if (before)
            *before = p->told[--p->n_told];
        return true;
    }
    if (before && before->version == job->version)
        return false;
    if (!before && p->n_told < MAX_TOLD) {
        before = &p->told[p->n_told++];
        snprintf(before->id, sizeof before->id, "%.*s", (int)job->id.n, job->id.p);
    }
    if (before)
        before->version = job->version;
    return true;
}

/* ---- telling ---- */

static void publish_job(struct scheduler *s, const struct job *job)
{
    struct job_changed event = {
        .id = job->id,
        .state = job->state,
        .tasks_total = job->tasks_total,
        .tasks_done = job->tasks_succeeded + job->tasks_failed + job->tasks_cancelled,
        .tasks_failed = job->tasks_failed,
        .rows_read = job->rows_read,
    };
    PUT(&event, job_changed, version, job->version);
    PUT(&event, job_changed, tasks_leased, job->tasks_leased);
    PUT(&event, job_changed, tasks_cancelled, job->tasks_cancelled);
    PUT(&event, job_changed, rows_new, job->rows_new);
    if (job->dealer_ids.n <= MAX_DEALERS)
        PUT(&event, job_changed, dealer_ids, job->dealer_ids);
    publish(s->process->events, &JOB_CHANGED, &event);
}

/* The snapshot goes first: whoever hears of an end finds it there. */
static void tell_job(struct scheduler *s, const char *id)
{
    struct arena a;
    struct job job;
    arena_init(&a, MAX_MEMORY);
    if (store_progress(s->process->db, id, &a, &job) == ERR_OK && note(&s->progress, &job)) {
        snapshot_keep(s, &job);
        publish_job(s, &job);
    }
    arena_free(&a);
}

static void on_tell(void *arg)
{
    struct scheduler *s = arg;
    struct progress *p = &s->progress;
    unsigned n = p->n_dirty;
    p->tell_timer = 0;
    p->n_dirty = 0;
    for (unsigned i = 0; i < n; i++)
        tell_job(s, p->dirty[i]);
}

void progress_mark(struct scheduler *s, const char *id)
{
    struct progress *p = &s->progress;
    for (unsigned i = 0; i < p->n_dirty; i++)
        if (strcmp(p->dirty[i], id) == 0)
            return;
    if (p->n_dirty == MAX_DIRTY || strlen(id) != 36)
        return; /* a hint that is lost; the pages poll as well */
    snprintf(p->dirty[p->n_dirty++], sizeof p->dirty[0], "%s", id);
    if (!p->tell_timer)
        p->tell_timer = loop_after(s->process->loop, TELL_MS, on_tell, s);
}

/* ---- looking ---- */

/* Jobs that were unfinished before and are no longer in the list have ended. Only a list that is
 * full does not say that; of those the pages hear by notification alone. */
static void mark_ended(struct scheduler *s, const struct list *open)
{
    const struct progress *p = &s->progress;
    for (unsigned i = 0; i < p->n_told && open->n < MAX_TOLD; i++) {
        bool is_open = false;
        for (uint32_t k = 0; k < open->n && !is_open; k++)
            is_open = view_is(LIST_AT(struct job_changed, open, k)->id, p->told[i].id);
        if (!is_open)
            progress_mark(s, p->told[i].id);
    }
}

static void look(struct scheduler *s, const struct list *open)
{
    char id[37];
    mark_ended(s, open);
    for (uint32_t i = 0; i < open->n; i++) {
        const struct job_changed *job = LIST_AT(struct job_changed, open, i);
        const struct told *before = find(&s->progress, job->id);
        snprintf(id, sizeof id, "%.*s", (int)job->id.n, job->id.p);
        if (!before || before->version != job->version)
            progress_mark(s, id);
    }
}

static void on_look(void *arg)
{
    struct scheduler *s = arg;
    struct arena a;
    struct list open;
    arena_init(&a, MAX_MEMORY);
    if (store_open_jobs(s->process->db, &a, &open) == ERR_OK)
        look(s, &open);
    arena_free(&a);
    s->progress.look_timer = loop_after(s->process->loop, LOOK_MS, on_look, s);
}

void progress_tell_all(struct scheduler *s)
{
    s->progress.n_told = 0;
}

/* ---- life ---- */

void progress_start(struct scheduler *s)
{
    s->progress.look_timer = loop_after(s->process->loop, LOOK_MS, on_look, s);
}

void progress_stop(struct scheduler *s)
{
    loop_cancel(s->process->loop, s->progress.tell_timer);
    loop_cancel(s->process->loop, s->progress.look_timer);
}
