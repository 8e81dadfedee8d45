/*
 * control.c - cancel, pause, resume, how often feeds are tried, and the state of upstreams.
 * Messages to the scheduler.
 */
#include "services/ddctl/ddctl.h"

static const char pause_columns[] = "scope,target,reason,paused_by,paused_at";
static const char feed_columns[] =
    "feed,max_attempts,retry_base_ms,retry_cap_ms,deadline_minutes,changed_by,changed_at";

/* SCOPE [TARGET]: the first one is the command's field. */
static struct view target(const struct arguments *a)
{
    return view_of(a->n_positional > 1 ? a->positional[1] : "");
}

static int pause_it(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct pause_set m = {.has = 0};
    struct pause done = {.has = 0};
    int code = arguments_fill(c, command, a, &m);
    if (!code && a->n_positional > 1)
        PUT(&m, pause_set, target, target(a));
    if (!code)
        code = ask(c, command->service, command->msg, &m, &done);
    if (!code)
        print_record(c, &PAUSE, &done);
    return code;
}

static int resume_it(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct pause_clear m = {.has = 0};
    struct empty done = {.has = 0};
    int code = arguments_fill(c, command, a, &m);
    if (!code && a->n_positional > 1)
        PUT(&m, pause_clear, target, target(a));
    return code ? code : ask(c, command->service, command->msg, &m, &done);
}

static const struct option pause_options[] = {
    {"reason", "reason", OPTION_VALUE, "TEXT", "Why; others see it."},
    {0},
};

static const struct option feed_options[] = {
    {"attempts", "max_attempts", OPTION_VALUE, "N", "Tries of a call in all; 0 = the usual."},
    {"wait-ms", "retry_base_ms", OPTION_VALUE, "N", "Wait after the first; it doubles."},
    {"longest-wait-ms", "retry_cap_ms", OPTION_VALUE, "N", "Longest wait between two tries."},
    {"deadline-minutes", "deadline_minutes", OPTION_VALUE, "N", "From the first try to the last."},
    {"if-match", "if_match", OPTION_VALUE, "ETAG", "Only if it is still as it was read."},
    {0},
};

#define ROW(verb_, positional_, options_, doc_, fn_, msg_, field_, columns_)                       \
    .verb = verb_, .positional = positional_, .options = options_, .doc = doc_, .fn = fn_,         \
    .msg = msg_, .service = "scheduler", .field = field_, .columns = columns_

const struct command control_commands[] = {
    {"job", ROW("cancel", "ID", NULL, "Cancels all of a job that has not ended.", run_message,
                &JOB_CANCEL, "id", NULL)},
    {"pause", ROW(NULL, "SCOPE [TARGET]", pause_options,
                  "No new calls of all, or of one dealer, feed, credential or upstream.", pause_it,
                  &PAUSE_SET, "scope", NULL)},
    {"resume",
     ROW(NULL, "SCOPE [TARGET]", NULL, "Ends a pause.", resume_it, &PAUSE_CLEAR, "scope", NULL)},
    {"pauses",
     ROW(NULL, "", NULL, "What is paused.", run_message, &PAUSE_LIST, NULL, pause_columns)},
    {"feed", ROW("ls", "", NULL, "The feeds, and what they have of their own.", run_message,
                 &FEED_LIST, NULL, feed_columns)},
    {"feed",
     ROW("show", "FEED", NULL, "One, with what is usual.", run_message, &FEED_GET, "feed", NULL)},
    {"feed", ROW("set", "FEED", feed_options, "How often a failed call of it is tried.",
                 run_message, &FEED_UPDATE, "feed", NULL)},
    {"upstream", ROW("state", "NAME", NULL, "Its breaker, tokens, quotas and refusals.",
                     run_message, &UPSTREAM_STATE, "name", NULL)},
    {"upstream", ROW("reset", "NAME", NULL, "Closes its breaker: it is called again at once.",
                     run_message, &UPSTREAM_RESET, "name", NULL)},
    {"storage", ROW("check", "", NULL, "Whether PostgreSQL and Redis answer.", run_message,
                    &STORAGE_CHECK, NULL, "name,ready,ms")},
    {"credential", ROW("unflag", "NUMBER", NULL, "A refused or blocked credential is used again.",
                       run_message, &CREDENTIAL_UNFLAG, "credential_id", NULL)},
    {0},
};
