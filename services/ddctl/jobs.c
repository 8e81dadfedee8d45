/*
 * jobs.c - jobs: submit, watch, list. Messages to the scheduler.
 */
#include "services/ddctl/ddctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { POLL_MS = 300, DEFAULT_WAIT_S = 3600, MAX_REASON = 32 };

static bool ended(const struct job *job)
{
    return !view_is(job->state, "queued") && !view_is(job->state, "running");
}

static void nap(int ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

/* On stderr, when it has changed: how far the job is, and why nothing of it runs. */
static void tell_progress(const struct job *job, int64_t *done, char reason[MAX_REASON])
{
    struct view why = HAS(job, job, waiting_for) ? job->waiting_for : view_of("");
    int64_t now = job->tasks_succeeded + job->tasks_failed;
    if (now != *done)
        fprintf(stderr, "%" PRId64 " of %" PRId64 " calls, %" PRId64 " rows\n", now,
                job->tasks_total, job->rows_read);
    if (why.n && !view_is(why, reason))
        fprintf(stderr, "it waits: %.*s\n", (int)why.n, why.p);
    snprintf(reason, MAX_REASON, "%.*s", (int)why.n, why.p);
    *done = now;
}

/* Asks until the job has ended. A scheduler that is away for a while is no reason to give up. */
static int wait_for(struct ddctl *c, struct view id, int64_t seconds, struct job *job)
{
    int64_t until = loop_now_ms() + seconds * 1000;
    int64_t done = -1;
    char reason[MAX_REASON] = "";
    for (;;) {
        struct job_get get = {.id = id};
        int code = ask(c, "scheduler", &JOB_GET, &get, job);
        if (!code && ended(job))
            return DONE;
        if (code && (job->id.n == 0 || loop_now_ms() >= until))
            return code; /* never seen: most likely there is no such job */
        if (!code && !c->json)
            tell_progress(job, &done, reason);
        if (loop_now_ms() >= until)
            return complain(c, ERR_TIMEOUT, "--seconds", "the job still runs");
        nap(POLL_MS);
    }
}

/* Waiting for a job says by its exit code whether all of it succeeded. */
static int finish(struct ddctl *c, struct view id, const struct arguments *a)
{
    struct job job = {.has = 0};
    int64_t seconds;
    if (!argument_number(a, "seconds", DEFAULT_WAIT_S, 1, 1000000, &seconds))
        return USAGE;
    int code = wait_for(c, id, seconds, &job);
    if (code)
        return code;
    print_record(c, &JOB, &job);
    return view_is(job.state, "succeeded") ? DONE : FAILED;
}

static bool flag(const struct arguments *a, const char *name)
{
    const char *value = argument(a, name);
    return value && strcmp(value, "true") == 0;
}

static int job_run(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct job_submit submit = {.has = 0};
    struct job job = {.has = 0};
    if (flag(a, "plan")) {
        struct command plan = *command; /* job.plan takes the fields of job.submit */
        plan.msg = &JOB_PLAN;
        return run_message(c, &plan, a);
    }
    int code = arguments_fill(c, command, a, &submit);
    if (!code)
        code = ask(c, command->service, command->msg, &submit, &job);
    if (code)
        return code;
    if (flag(a, "wait"))
        return finish(c, job.id, a);
    print_record(c, &JOB, &job);
    return DONE;
}

static int job_wait(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct job_get get = {.has = 0};
    int code = arguments_fill(c, command, a, &get);
    if (code)
        return code;
    return finish(c, get.id, a);
}

static const struct option run_options[] = {
    {"dealers", "dealer_ids", OPTION_VALUE, "CODE,...", "The dealers."},
    {"all", "all_dealers", OPTION_TRUE, "", "Every active dealer with a credential."},
    {"feeds", "feeds", OPTION_VALUE, "FEED,...", "The feeds; prsp if absent."},
    {"from", "from", OPTION_VALUE, "TIME", "Start: a date, YYYY-MM-DD HH:MM:SS, or RFC 3339."},
    {"to", "to", OPTION_VALUE, "TIME", "End, included."},
    {"slice-hours", "slice_hours", OPTION_VALUE, "N",
     "Length of one call's window; else as the quota allows."},
    {"priority", "priority", OPTION_VALUE, "0-3", "0 manual, 1 retry, 2 scheduled, 3 backfill."},
    {"only", "only", OPTION_VALUE, "RULE", "missing, missing_failed or all: which days."},
    {"key", "idempotency_key", OPTION_VALUE, "TEXT", "The same key gets the same job for a day."},
    {"plan", NULL, OPTION_FLAG, "", "Says what it would do, and does nothing."},
    {"wait", NULL, OPTION_FLAG, "", "Wait for the end; the exit code tells whether it succeeded."},
    {"seconds", NULL, OPTION_VALUE, "N", "How long to wait; 3600 if absent."},
    {0},
};

static const struct option wait_options[] = {
    {"seconds", NULL, OPTION_VALUE, "N", "How long to wait; 3600 if absent."},
    {0},
};

/* The filter of job.list, which job.bulk takes, too. */
#define JOB_FILTER                                                                                 \
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only jobs of this dealer."},                    \
        {"state", "state", OPTION_VALUE, "STATE,...", "Only jobs in these states."},               \
        {"feed", "feed", OPTION_VALUE, "FEED", "Only jobs that fetch this feed."},                 \
        {"kind", "kind", OPTION_VALUE, "KIND", "Only jobs that were made this way."},              \
        {"by", "requested_by", OPTION_VALUE, "NAME", "Only jobs that this one asked for."},        \
        {"schedule", "schedule_id", OPTION_VALUE, "ID", "Only jobs of this schedule."},            \
        {"since", "created_from", OPTION_VALUE, "TIME", "Only jobs accepted then or later."},      \
        {"before", "created_to", OPTION_VALUE, "TIME", "Only jobs accepted before."},              \
    {                                                                                              \
        "text", "text", OPTION_VALUE, "TEXT",                                                      \
            "Beginning of an id, or a part of error or requester."                                 \
    }

static const struct option list_options[] = {
    JOB_FILTER,
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 50 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option find_options[] = {
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only tasks for this dealer."},
    {"state", "state", OPTION_VALUE, "STATE,...", "Only tasks in these states."},
    {"feed", "feed", OPTION_VALUE, "FEED", "Only tasks of this feed."},
    {"error", "error_code", OPTION_VALUE, "CODE", "Only tasks with this error code."},
    {"since", "created_from", OPTION_VALUE, "TIME", "Only of jobs accepted then or later."},
    {"before", "created_to", OPTION_VALUE, "TIME", "Only of jobs accepted before."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 100 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option task_options[] = {
    {"state", "state", OPTION_VALUE, "STATE,...", "Only tasks in these states."},
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only tasks for this dealer."},
    {"feed", "feed", OPTION_VALUE, "FEED", "Only tasks of this feed."},
    {"error", "error_code", OPTION_VALUE, "CODE", "Only tasks with this error code."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 100 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option coverage_options[] = {
    {"feed", "feed", OPTION_VALUE, "FEED", "Only this feed."},
    {"from", "from", OPTION_VALUE, "DATE", "First day; else where the upstream's history begins."},
    {"to", "to", OPTION_VALUE, "DATE", "Last day; else today."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 50 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

/* A list for all dealers; one dealer is told with its days. */
static int coverage(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct coverage_list m = {.has = 0};
    struct coverage_page page = {.has = 0};
    int code = arguments_fill(c, command, a, &m);
    if (!code && !HAS(&m, coverage_list, dealer_id))
        return run_message(c, command, a);
    if (!code)
        code = ask(c, command->service, command->msg, &m, &page);
    if (!code && c->json)
        print_record(c, &COVERAGE_PAGE, &page);
    for (uint32_t i = 0; !code && !c->json && i < page.items.n; i++) {
        print_record(c, &COVERAGE, LIST_AT(struct coverage, &page.items, i));
    }
    return code;
}

static const char coverage_columns[] =
    "dealer_id,feed,mark,complete,partial,failed,pending,never,lost,days_left";
static const struct option rerun_options[] = {
    {"tasks", "task_ids", OPTION_VALUE, "ID,...", "These calls."},
    {"job", "job_id", OPTION_VALUE, "ID", "The failed calls of this job."},
    {"dealers", "dealer_ids", OPTION_VALUE, "CODE,...", "Only for these dealers."},
    {"feed", "feed", OPTION_VALUE, "FEED", "Only of this feed."},
    {"code", "error_code", OPTION_VALUE, "CODE", "Only those that ended with this error."},
    {"since", "from", OPTION_VALUE, "TIME",
     "Only those that ended at this time or later (RFC 3339)."},
    {"before", "to", OPTION_VALUE, "TIME", "Only those that ended at this time or before."},
    {"cancelled", "cancelled", OPTION_TRUE, "", "Calls that were cancelled, too."},
    {"force", "force", OPTION_TRUE, "", "Also what another call has stored since, or is about to."},
    {"dry-run", "dry_run", OPTION_TRUE, "", "Only tells how many calls it would be."},
    {0},
};

static const struct option bulk_options[] = {
    {"expected", "expected", OPTION_VALUE, "N", "How many jobs a dry run found; needed to do it."},
    {"dry-run", "dry_run", OPTION_TRUE, "", "Only tells how many it would be."},
    JOB_FILTER,
    {"key", "idempotency_key", OPTION_VALUE, "TEXT", "The same key does it once within a day."},
    {0},
};

static const struct option error_options[] = {
    {"lang", "lang", OPTION_VALUE, "en|id", "Language of cause and advice; English if absent."},
    {0},
};

static const struct option statistics_options[] = {
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only of this dealer."},
    {"from", "from", OPTION_VALUE, "DATE", "First day."},
    {"to", "to", OPTION_VALUE, "DATE", "Last day."},
    {0},
};

static const char job_columns[] =
    "id,state,dealer_ids,from,to,tasks_total,tasks_succeeded,tasks_failed,rows_read,created_at";
static const char task_columns[] =
    "id,dealer_id,feed,from,to,state,attempt,rows_read,bytes,error_code";
static const char attempt_columns[] =
    "number,fetcher,outcome,started_at,total_ms,http_status,bytes,rows_read,error_code,error_text";
static const char error_columns[] = "code,retry,cause,advice";

#define ROW(verb_, positional_, options_, doc_, fn_, msg_, field_, columns_)                       \
    .verb = verb_, .positional = positional_, .options = options_, .doc = doc_, .fn = fn_,         \
    .msg = msg_, .service = "scheduler", .field = field_, .columns = columns_

const struct command job_commands[] = {
    {"job", ROW("run", "", run_options, "Submits a job.", job_run, &JOB_SUBMIT, NULL, NULL)},
    {"job", ROW("rerun", "", rerun_options, "Runs calls that failed for good once more.",
                run_message, &JOB_RERUN, NULL, NULL)},
    {"job", ROW("bulk", "ACTION", bulk_options,
                "cancel: all open jobs that fit; rerun: what failed in all that fit.", run_message,
                &JOB_BULK, "action", NULL)},
    {"job",
     ROW("bulk-state", "ID", NULL, "How far that is.", run_message, &JOB_BULK_GET, "id", NULL)},
    {"job", ROW("show", "ID", NULL, "One job.", run_message, &JOB_GET, "id", NULL)},
    {"job", ROW("ls", "", list_options, "Jobs, the latest first.", run_message, &JOB_LIST, NULL,
                job_columns)},
    {"job", ROW("tasks", "ID", task_options, "The calls of a job.", run_message, &TASK_LIST,
                "job_id", task_columns)},
    {"job", ROW("wait", "ID", wait_options, "Waits for the end of a job.", job_wait, &JOB_GET, "id",
                NULL)},
    {"job", .verb = "stats", .positional = "", .options = statistics_options,
     .doc = "Success, tries, durations by day and dealer; 30 days if no range is given.",
     .fn = run_message, .msg = &JOB_STATISTICS, .service = "analytics"},
    {"task", ROW("ls", "", find_options, "Calls of all jobs; --state failed: those given up.",
                 run_message, &TASK_FIND, NULL, task_columns)},
    {"task", ROW("attempts", "ID", NULL, "The tries of a call, and why they failed.", run_message,
                 &ATTEMPT_LIST, "task_id", attempt_columns)},
    {"errors", ROW(NULL, "[CODE]", error_options, "What error codes mean, and what to do.",
                   run_message, &ERROR_LIST, "code", error_columns)},
    {"coverage", ROW(NULL, "[DEALER]", coverage_options, "Which changes are stored.", coverage,
                     &COVERAGE_LIST, "dealer_id", coverage_columns)},
    {0},
};
