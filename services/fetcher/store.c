/*
 * store.c - the store thread: takes complete answers, leaves committed rows.
 */
#include "services/fetcher/store.h"

#include "services/fetcher/drift_tell.h"
#include "services/fetcher/faultpoint.h"
#include "services/fetcher/replay.h"
#include "services/fetcher/store_answer.h"
#include "services/fetcher/store_group.h"

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_REPEATS = 3,     /* of a transaction that met another one */
    PAUSE_MS = 200,      /* between tries while the database is away */
    PATIENCE_MS = 60000, /* for a database that answers the scheduler, but not us */
    MAX_HAND_OVER = MAX_HELD_TASKS,
};

struct store {
    struct store_conf conf;
    struct endpoint *near; /* the loop's end */
    pthread_t thread;
    bool has_thread;
    sem_t began;                  /* the thread has its end of the pair, or failed to get it */
    bool failed;                  /* read after began */
    char pair[64];                /* name of the pair */
    struct store_session session; /* the thread's */
    struct flush flush;           /* the thread's */
    struct drift_memory drift;    /* the thread's */
    struct drift_answer fields;   /* the thread's: of the answer at hand */
    struct endpoint *far;         /* the thread's end */
    struct loop *loop;            /* the thread's */
    struct counter_cell *repeats;
    struct counter_cell *unanswered;
    struct counter_cell *copied;
    struct counter_cell *waits;
    struct counter_cell *grouped;
    struct counter_cell *ungrouped;
};

/* What is known about one job in the middle of it. */
struct trial {
    int repeats;      /* after a deadlock or conflict */
    bool unknown;     /* a COMMIT got no answer */
    bool was_unknown; /* at any time */
    bool wrote;       /* a transaction was begun, and ended without COMMIT */
    bool connected;   /* the last try had a connection */
    int64_t patience_mono;
};

/* ---- one answer ---- */

static void end_job(struct store_job *j, enum store_outcome outcome, enum err err, const char *text)
{
    j->outcome = outcome;
    j->err = err;
    (void)snprintf(j->text, sizeof(j->text), "%s", text);
}

/* What became of a COMMIT that got no answer. ERR_OK: the job has ended, or t->unknown is false. */
static enum err ask(struct store *s, struct store_job *j, struct trial *t, bool *ended)
{
    struct rows *rows = NULL;
    enum err err = db_run(s->session.db, SQL_FETCHER_TASK_STATE,
                          PARAMS(P_INT(j->task_id), P_INT(j->epoch)), &rows);

    if (err != ERR_OK)
        return ERR_DATABASE_AWAY;
    struct view state = {"", 0};
    if (rows_count(rows) == 1)
        state = rows_text(rows, 0, 0);
    if (view_is(state, "leased")) {
        t->unknown = false; /* it was not committed */
    } else {
        *ended = true;
        if (view_is(state, "succeeded"))
            end_job(j, STORE_DONE, ERR_OK, "");
        else
            end_job(j, STORE_FENCED, ERR_FENCED, "");
    }
    rows_free(&rows);
    return ERR_OK;
}

static enum err try_once(struct store *s, struct store_job *j, struct trial *t, bool *ended)
{
    enum err err = session_ready(&s->session);

    t->connected = err == ERR_OK;
    if (err != ERR_OK)
        return err;
    if (t->unknown)
        return ask(s, j, t, ended);
    t->wrote = true;
    int64_t started_us = loop_now_us();
    err = flush_run(&s->flush);
    stats_call(s->conf.process->stats, STATS_STATEMENTS, j->feed->store, err != ERR_OK,
               loop_now_us() - started_us);
    if (err == ERR_OK) {
        faultpoint_reach(FAULT_AFTER_COMMIT);
        end_job(j, STORE_DONE, ERR_OK, "");
        *ended = true;
    } else if (err == ERR_DATABASE_AWAY && s->flush.commit_sent) {
        t->unknown = true;
        t->was_unknown = true;
        counter_add(s->unanswered, 1);
        log_warn("commit without an answer", KN("task", j->task_id), KN("epoch", j->epoch));
    } else if (err == ERR_FENCED && t->was_unknown) {
        t->unknown = true; /* fenced by our own commit, perhaps */
        err = ERR_DATABASE_AWAY;
    }
    return err;
}

/* The lease belongs to somebody else. What a transaction had written was refused with it. */
static void abandon(struct store_job *j, const struct trial *t)
{
    if (t->wrote)
        end_job(j, STORE_FENCED, ERR_FENCED, "");
    else
        end_job(j, STORE_DROPPED, ERR_OK, "abandoned");
}

static bool lock_timed_out(const struct store_session *s)
{
    return strcmp(s->error.sqlstate, "55P03") == 0;
}

/* After an error: true when the job shall be tried again, after a pause; else it has ended. */
static bool go_on(struct store *s, struct store_job *j, struct trial *t, enum err err)
{
    bool away = err == ERR_DATABASE_AWAY || err == ERR_ERASURE_KEY || lock_timed_out(&s->session);

    if (err == ERR_FENCED) {
        end_job(j, STORE_FENCED, err, "");
        return false;
    }
    if (atomic_load(&j->abandoned) || atomic_load(&s->session.stopping)) {
        abandon(j, t);
        return false;
    }
    if ((err == ERR_DATABASE_CONFLICT || err == ERR_DEADLOCK) && t->repeats < MAX_REPEATS) {
        t->repeats++;
        counter_add(s->repeats, 1);
        return true;
    }
    if (!away) {
        end_job(j, STORE_FAILED, err, s->session.error.message);
        return false;
    }
    int64_t now = loop_now_ms();
    bool lease_over = now > atomic_load(&j->lease_until_mono);
    /* A connection that broke says nothing about the task: a new one can be asked once more. */
    if ((lease_over && !t->connected) || (now > t->patience_mono && t->was_unknown)) {
        end_job(j, STORE_DROPPED, err, "the lease ran out while the database was away");
        return false;
    }
    if (now > t->patience_mono) {
        end_job(j, STORE_FAILED, ERR_DATABASE_AWAY, s->session.error.message);
        return false;
    }
    if (err == ERR_ERASURE_KEY)
        (void)!session_learn(&s->session); /* else the next try finds that out */
    counter_add(s->waits, 1);
    session_pause(&s->session, PAUSE_MS);
    return true;
}

/* The records of a task that made no call. False: the job has ended. */
static bool read_replay(struct store *s, struct store_job *j, struct trial *t)
{
    for (;;) {
        enum err err = session_ready(&s->session);
        t->connected = err == ERR_OK;
        if (err == ERR_OK)
            err = replay_fill(&s->session, j);
        if (err == ERR_OK)
            return true;
        if (!go_on(s, j, t, err))
            return false;
    }
}

/* Which jobs a wait of the session may be cut short for. */
static void work_on(struct store *s, struct store_job *const *jobs, unsigned n)
{
    s->session.jobs = jobs;
    s->session.n_jobs = n;
    s->session.cancelled = false;
    s->session.error = (struct db_error){.message = ""};
}

/* unknown: a COMMIT that holds it got no answer. */
static void store_alone(struct store *s, struct store_job *j, bool unknown)
{
    struct trial t = {.patience_mono = loop_now_ms() + PATIENCE_MS,
                      .unknown = unknown,
                      .was_unknown = unknown,
                      .wrote = unknown};
    bool ended = false;
    int64_t started_us = loop_now_us();

    work_on(s, &j, 1);
    j->drift = j->replay ? NULL : &s->fields;
    if (j->replay && !read_replay(s, j, &t))
        goto out;
    enum err err = flush_prepare(&s->flush, j, s->conf.copy_rows);
    if (err != ERR_OK) {
        end_job(j, STORE_FAILED, err, s->session.error.message);
        goto out;
    }
    if (s->flush.by_copy)
        counter_add(s->copied, 1);
    while (!ended) {
        if (atomic_load(&j->abandoned)) {
            abandon(j, &t);
            break;
        }
        err = try_once(s, j, &t, &ended);
        if (err != ERR_OK && !go_on(s, j, &t, err))
            break;
    }
    if (ended && j->outcome == STORE_DONE && j->drift)
        drift_tell(&s->session, &s->drift, j);
out:
    j->store_us = loop_now_us() - started_us;
    work_on(s, NULL, 0);
}

/* Drift is a hint: of a group, the fields of one answer are looked at. */
static struct store_job *watch_one(struct store *s, struct group *g)
{
    struct store_job *watched = NULL;

    for (unsigned i = 0; i < g->n; i++) {
        g->members[i]->drift = NULL;
        if (g->members[i]->elements > 0)
            watched = g->members[i];
    }
    if (watched)
        watched->drift = &s->fields;
    return watched;
}

/* One try for all of them together. False: each must be stored alone. *unknown: see store_alone. */
static bool store_together(struct store *s, struct group *g, bool *unknown)
{
    int64_t started_us = loop_now_us();
    struct store_job *watched = watch_one(s, g);

    work_on(s, g->members, g->n);
    enum err err = session_ready(&s->session);
    s->flush.commit_sent = false;
    if (err == ERR_OK)
        err = group_run(g, &s->flush);
    int64_t us = loop_now_us() - started_us;
    stats_call(s->conf.process->stats, STATS_STATEMENTS, "fetcher_group", err != ERR_OK, us);
    work_on(s, NULL, 0);
    *unknown = err == ERR_DATABASE_AWAY && s->flush.commit_sent;
    if (err != ERR_OK) {
        counter_add(s->ungrouped, 1);
        if (*unknown)
            counter_add(s->unanswered, 1);
        return false;
    }
    faultpoint_reach(FAULT_AFTER_COMMIT);
    counter_add(s->grouped, g->n);
    for (unsigned i = 0; i < g->n; i++) {
        g->members[i]->store_us = us;
        end_job(g->members[i], STORE_DONE, ERR_OK, "");
    }
    if (watched)
        drift_tell(&s->session, &s->drift, watched);
    return true;
}

/* Complete and in order? False: the job has ended with what is wrong. */
static bool in_order(struct store_job *j)
{
    char text[STORE_MAX_TEXT + 1];
    enum err err = answer_read(j, NULL, text);

    if (err != ERR_OK)
        end_job(j, STORE_FAILED, err, text);
    return err == ERR_OK;
}

static void give_back(struct store *s, struct store_job *j)
{
    atomic_store(&j->holder, WITH_LOOP);
    /* As many jobs as slots travel: far fewer than the pair holds. */
    enum err err = endpoint_send(s->far, NULL, &j, sizeof(j));
    assert(err == ERR_OK);
}

/* Takes members from the front of the waiting jobs; how many were looked at. */
static unsigned make_group(struct store *s, struct store_job **jobs, unsigned n, struct group *g)
{
    unsigned i = 0;

    g->n = 0;
    g->full = 0;
    g->bytes = 0;
    for (; i < n && group_takes(g, jobs[i], s->conf.group); i++) {
        if (!atomic_load(&jobs[i]->abandoned) && in_order(jobs[i])) {
            if (jobs[i]->elements >= s->conf.copy_rows)
                return i; /* by COPY, alone */
            group_add(g, jobs[i]);
            continue;
        }
        if (atomic_load(&jobs[i]->abandoned))
            end_job(jobs[i], STORE_DROPPED, ERR_OK, "abandoned");
        give_back(s, jobs[i]);
    }
    return i;
}

/* What waits is stored, several small answers at once where they stand together. */
static void store_waiting(struct store *s, struct store_job **jobs, unsigned n)
{
    struct group g;

    for (unsigned done = 0; done < n;) {
        bool unknown = false;
        bool stored = false;
        unsigned looked_at = n - done > 1 ? make_group(s, jobs + done, n - done, &g) : 0;
        if (looked_at == 0) {
            store_alone(s, jobs[done], false);
            give_back(s, jobs[done++]);
            continue;
        }
        done += looked_at;
        if (g.n > 1)
            stored = store_together(s, &g, &unknown);
        for (unsigned i = 0; i < g.n; i++) {
            if (!stored)
                store_alone(s, g.members[i], unknown);
            give_back(s, g.members[i]);
        }
    }
}

/* ---- the thread ---- */

static void on_job(void *arg, void *socket)
{
    struct store *s = arg;
    struct store_job *jobs[MAX_HAND_OVER];
    unsigned n = 0;
    const void *p;
    size_t size;

    (void)socket;
    while (n < MAX_HAND_OVER && endpoint_receive(s->far, NULL, &p, &size)) {
        struct store_job *j;
        assert(size == sizeof(j));
        memcpy(&j, p, sizeof(j));
        if (!j) {
            loop_stop(s->loop);
            return;
        }
        assert(atomic_load(&j->holder) == WITH_STORE);
        jobs[n++] = j;
    }
    store_waiting(s, jobs, n);
}

static void *thread_main(void *arg)
{
    struct store *s = arg;
    enum err err = ERR_NO_MEMORY;

    s->loop = loop_new();
    if (s->loop)
        err = endpoint_pair(s->conf.process->bus, s->pair, false, &s->far);
    if (err == ERR_OK)
        err = loop_watch_socket(s->loop, endpoint_socket(s->far), on_job, s);
    s->failed = err != ERR_OK;
    (void)sem_post(&s->began);
    if (err == ERR_OK)
        loop_run(s->loop);
    if (s->far && s->loop)
        loop_unwatch_socket(s->loop, endpoint_socket(s->far));
    endpoint_free(&s->far);
    loop_free(&s->loop);
    return NULL;
}

/* ---- the loop's side ---- */

static void on_done(void *arg, void *socket)
{
    struct store *s = arg;
    const void *p;
    size_t n;

    (void)socket;
    for (int i = 0; i < MAX_HAND_OVER && endpoint_receive(s->near, NULL, &p, &n); i++) {
        struct store_job *j;
        assert(n == sizeof(j));
        memcpy(&j, p, sizeof(j));
        assert(atomic_load(&j->holder) == WITH_LOOP);
        s->conf.done(s->conf.arg, j);
    }
}

static enum err hand_over(struct store *s, struct store_job *j)
{
    return endpoint_send(s->near, NULL, &j, sizeof(j));
}

void store_submit(struct store *s, struct store_job *job)
{
    atomic_store(&job->holder, WITH_STORE);
    enum err err = hand_over(s, job);
    assert(err == ERR_OK);
}

void store_abandon(struct store *s, struct store_job *job)
{
    atomic_store(&job->abandoned, true);
    session_wake(&s->session);
}

static void make_counters(struct store *s, struct stats *stats)
{
    s->repeats = stats_counter(stats, "store_repeats",
                               "Transactions repeated after a deadlock or conflict.");
    s->unanswered = stats_counter(stats, "commits_unanswered",
                                  "COMMITs whose answer was lost and that were asked after.");
    s->copied = stats_counter(stats, "answers_copied", "Answers that were staged by COPY.");
    s->grouped =
        stats_counter(stats, "answers_grouped", "Answers that were stored together with others.");
    s->ungrouped = stats_counter(stats, "groups_failed",
                                 "Transactions of several answers that failed; each was then "
                                 "stored alone.");
    s->waits = stats_counter(stats, "store_waits",
                             "Pauses of the store while PostgreSQL was away or locked.");
}

enum err store_new(const struct store_conf *conf, struct store **out)
{
    struct store *s = calloc(1, sizeof(*s));
    enum err err = ERR_NO_MEMORY;

    *out = NULL;
    if (!s)
        return err;
    s->conf = *conf;
    s->session.wake = -1;
    (void)sem_init(&s->began, 0, 0);
    (void)snprintf(s->pair, sizeof(s->pair), "store-%s", conf->process->instance);
    make_counters(s, conf->process->stats);
    flush_init(&s->flush, &s->session);
    err = session_new(&s->session, conf->process);
    if (err == ERR_OK)
        err = endpoint_pair(conf->process->bus, s->pair, true, &s->near);
    if (err == ERR_OK)
        err = loop_watch_socket(conf->process->loop, endpoint_socket(s->near), on_done, s);
    if (err == ERR_OK && pthread_create(&s->thread, NULL, thread_main, s) != 0)
        err = ERR_NO_MEMORY;
    s->has_thread = err == ERR_OK;
    while (err == ERR_OK && sem_wait(&s->began) != 0)
        continue;
    if (s->failed)
        err = ERR_NO_MEMORY;
    if (err != ERR_OK)
        store_free(&s);
    *out = s;
    return err;
}

void store_free(struct store **store)
{
    struct store *s = *store;

    if (!s)
        return;
    if (s->has_thread) {
        atomic_store(&s->session.stopping, true);
        session_wake(&s->session);
        (void)!hand_over(s, NULL);
        (void)pthread_join(s->thread, NULL);
    }
    if (s->near)
        loop_unwatch_socket(s->conf.process->loop, endpoint_socket(s->near));
    endpoint_free(&s->near);
    flush_free(&s->flush);
    drift_free(&s->drift);
    session_free(&s->session);
    (void)sem_destroy(&s->began);
    free(s);
    *store = NULL;
}
