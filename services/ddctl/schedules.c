/*
 * schedules.c - schedules and freshness targets: each command is one message to the scheduler.
 */
#include "services/ddctl/ddctl.h"

#define ROW(verb_, positional_, options_, doc_, msg_, field_, columns_)                            \
    .verb = verb_, .positional = positional_, .options = options_, .doc = doc_, .fn = run_message, \
    .msg = msg_, .service = "scheduler", .field = field_, .columns = columns_

#define CLOCK_OPTIONS                                                                              \
    {"cron", "cron", OPTION_VALUE, "EXPRESSION", "Five fields, or @hourly, @daily, ..."},          \
        {"kind", "kind", OPTION_VALUE, "hourly|daily", "Instead of an expression."},               \
        {"zone", "zone", OPTION_VALUE, "ZONE", "IANA zone of the expression."},                    \
        {"jitter-seconds", "jitter_seconds", OPTION_VALUE, "N", "Come up to so much later."},      \
        {"catch-up", "catch_up", OPTION_VALUE, "skip|once|all", "What becomes of missed ticks."},  \
        {"dealers", "dealer_ids", OPTION_VALUE, "CODE,...", "The dealers."},                       \
        {"all", "all_dealers", OPTION_TRUE, "", "Every active dealer with a credential."},         \
        {"feeds", "feeds", OPTION_VALUE, "FEED,...", "The feeds; prsp if absent."},                \
        {"overlap-hours", "overlap_hours", OPTION_VALUE, "N",                                      \
         "Begin so far before the mark; set: -1 = its upstream's."},                               \
    {                                                                                              \
        "overlap-policy", "overlap_policy", OPTION_VALUE, "skip|queue",                            \
            "A tick while the run before is unfinished."                                           \
    }

static const struct option add_options[] = {
    CLOCK_OPTIONS,
    {"paused", "active", OPTION_FALSE, "", "Don't let it run yet."},
    {0},
};

static const struct option set_options[] = {
    {"name", "name", OPTION_VALUE, "NAME", "Name that people see."},
    CLOCK_OPTIONS,
    {0},
};

static const struct option list_options[] = {
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only those that name this dealer."},
    {"active", "active", OPTION_TRUE, "", "Only active ones."},
    {"paused", "active", OPTION_FALSE, "", "Only paused ones."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 50 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option tick_options[] = {
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 100 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option preview_options[] = {
    {"zone", "zone", OPTION_VALUE, "ZONE", "Its IANA zone; Asia/Jakarta if absent."},
    {0},
};

static const struct option freshness_list_options[] = {
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only those of this dealer."},
    {"state", "state", OPTION_VALUE, "fresh|due|stale|off", "Only those in this state."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 100 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option freshness_set_options[] = {
    {"minutes", "minutes", OPTION_VALUE, "N", "Not older than this."},
    {"feed", "feed", OPTION_VALUE, "FEED", "The feed; prsp if absent."},
    {"off", "active", OPTION_FALSE, "", "Do nothing for it."},
    {0},
};

static const struct option freshness_rm_options[] = {
    {"feed", "feed", OPTION_VALUE, "FEED", "The feed; all of them if absent."},
    {0},
};

static const char freshness_columns[] =
    "dealer_id,feed,minutes,state,reason,age_minutes,fetched_at,asked_at,last_job_id";
static const char schedule_columns[] =
    "id,name,active,cron,zone,all_dealers,dealer_ids,feeds,last_fetch_at,next_fetch_at";
static const char tick_columns[] = "at,due_at,state,reason,job_id,started_at";

const struct command schedule_commands[] = {
    {"schedule", ROW("ls", "", list_options, "Schedules.", &SCHEDULE_LIST, NULL, schedule_columns)},
    {"schedule", ROW("show", "ID", NULL, "One schedule.", &SCHEDULE_GET, "id", NULL)},
    {"schedule",
     ROW("add", "NAME", add_options, "Makes a schedule.", &SCHEDULE_CREATE, "name", NULL)},
    {"schedule",
     ROW("set", "ID", set_options, "Changes what is given.", &SCHEDULE_UPDATE, "id", NULL)},
    {"schedule", ROW("pause", "ID", NULL, "Pauses it.", &SCHEDULE_PAUSE, "id", NULL)},
    {"schedule", ROW("resume", "ID", NULL, "Resumes it.", &SCHEDULE_RESUME, "id", NULL)},
    {"schedule", ROW("run", "ID", NULL, "Makes a job of it at once.", &SCHEDULE_RUN, "id", NULL)},
    {"schedule", ROW("rm", "ID", NULL, "Removes it; its jobs stay.", &SCHEDULE_DELETE, "id", NULL)},
    {"schedule", ROW("ticks", "ID", tick_options, "When it was to run, and what became of it.",
                     &TICK_LIST, "schedule_id", tick_columns)},
    {"schedule", ROW("preview", "CRON", preview_options, "When an expression would run.",
                     &SCHEDULE_PREVIEW, "cron", NULL)},
    {"freshness", ROW("ls", "", freshness_list_options, "How old data may become, and are.",
                      &FRESHNESS_LIST, NULL, freshness_columns)},
    {"freshness", ROW("set", "CODE", freshness_set_options, "Sets how old a dealer's data may be.",
                      &FRESHNESS_SET, "dealer_id", NULL)},
    {"freshness", ROW("rm", "CODE", freshness_rm_options, "Removes a dealer's targets.",
                      &FRESHNESS_CLEAR, "dealer_id", NULL)},
    {0},
};
