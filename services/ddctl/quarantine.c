/*
 * quarantine.c - records set aside, fields that drift, settings. Messages to scheduler and dealer.
 */
#include "services/ddctl/ddctl.h"

static const struct option list_options[] = {
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only those of this dealer."},
    {"feed", "feed", OPTION_VALUE, "FEED", "Only those of this feed."},
    {"reason", "reason", OPTION_VALUE, "CODE", "Only those with this reason."},
    {"field", "field", OPTION_VALUE, "NAME", "Only those with a fault in this field."},
    {"job", "job_id", OPTION_VALUE, "ID", "Only those that this job brought."},
    {"state", "state", OPTION_VALUE, "STATE", "open, replaying, stored or dismissed."},
    {"from", "from", OPTION_VALUE, "TIME", "Only those that came last at this time or later."},
    {"to", "to", OPTION_VALUE, "TIME", "Only those that came first at this time or before."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 100 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

#define SOME_OPTIONS                                                                               \
    {"ids", "ids", OPTION_VALUE, "ID,...", "These records."},                                      \
        {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Records of this dealer."},                  \
        {"feed", "feed", OPTION_VALUE, "FEED", "Records of this feed."},                           \
        {"reason", "reason", OPTION_VALUE, "CODE", "Records with this reason."},                   \
        {"field", "field", OPTION_VALUE, "NAME", "Records with a fault in this field."},           \
        {"job", "job_id", OPTION_VALUE, "ID", "Records that this job brought."},                   \
        {"from", "from", OPTION_VALUE, "TIME", "Records that came last at this time or later."},   \
    {                                                                                              \
        "to", "to", OPTION_VALUE, "TIME", "Records that came first at this time or before."        \
    }

static const struct option replay_options[] = {
    SOME_OPTIONS,
    {0},
};

static const struct option dismiss_options[] = {
    SOME_OPTIONS,
    {"why", "why", OPTION_VALUE, "TEXT", "Why nobody wants them; it is kept."},
    {0},
};

static const struct option show_options[] = {
    {"reveal", "reveal", OPTION_TRUE, "", "The content as it was sent; kept in the audit trail."},
    {"reason", "reason", OPTION_VALUE, "TEXT", "Why it is revealed."},
    {0},
};

static const struct option summary_options[] = {
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "Only those of this dealer."},
    {0},
};

static const struct option drift_options[] = {
    {"upstream", "upstream", OPTION_VALUE, "NAME", "Only those of this upstream."},
    {"feed", "feed", OPTION_VALUE, "FEED", "Only those of this feed."},
    {"kind", "kind", OPTION_VALUE, "KIND", "new, vanished or retyped."},
    {"open", "acknowledged", OPTION_FALSE, "", "Only those that nobody took note of."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 100 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option ack_options[] = {
    {"ids", "ids", OPTION_VALUE, "ID,...", "These."},
    {"all", "all", OPTION_TRUE, "", "All that nobody took note of."},
    {0},
};

static const struct option set_options[] = {
    {"value", "value", OPTION_VALUE, "N", "The new value."},
    {0},
};

static const char list_columns[] =
    "id,state,dealer_id,feed,reason,field,seen,replays,created_at,seen_at";
static const char count_columns[] = "feed,reason,open,stored,dismissed,seen_at,text";
static const char drift_columns[] =
    "id,upstream,feed,part,field,kind,type,answers,first_at,acknowledged_by";
static const char setting_columns[] = "name,value,usual,least,most,doc";

#define ROW(verb_, positional_, options_, doc_, service_, msg_, field_, columns_)                  \
    .verb = verb_, .positional = positional_, .options = options_, .doc = doc_, .fn = run_message, \
    .msg = msg_, .service = service_, .field = field_, .columns = columns_

const struct command quarantine_commands[] = {
    {"quarantine", ROW("ls", "", list_options, "Records that were set aside, the latest first.",
                       "scheduler", &QUARANTINE_LIST, NULL, list_columns)},
    {"quarantine", ROW("summary", "", summary_options, "How many there are, by reason.",
                       "scheduler", &QUARANTINE_SUMMARY, NULL, count_columns)},
    {"quarantine", ROW("show", "ID", show_options, "One record with its content, masked.",
                       "scheduler", &QUARANTINE_GET, "id", NULL)},
    {"quarantine", ROW("replay", "", replay_options, "Stores open records anew, after a fix.",
                       "scheduler", &QUARANTINE_REPLAY, NULL, NULL)},
    {"quarantine", ROW("dismiss", "", dismiss_options, "Marks open records as unwanted.",
                       "scheduler", &QUARANTINE_DISMISS, NULL, NULL)},
    {"drift", ROW("ls", "", drift_options, "Fields of upstreams that came, went or changed.",
                  "scheduler", &DRIFT_LIST, NULL, drift_columns)},
    {"drift", ROW("ack", "", ack_options, "Takes note of them.", "scheduler", &DRIFT_ACKNOWLEDGE,
                  NULL, NULL)},
    {"settings",
     ROW("ls", "", NULL, "The business settings.", "dealer", &SETTING_LIST, NULL, setting_columns)},
    {"settings",
     ROW("set", "NAME", set_options, "Changes one.", "dealer", &SETTING_SET, "name", NULL)},
    {0},
};
