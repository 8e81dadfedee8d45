/*
 * dealers.c - upstreams and dealers: each command is one message to the dealer service.
 */
#include "services/ddctl/ddctl.h"

enum { TEST_MS = 15000 }; /* the upstream may hang that long */

#define ROW(verb_, positional_, options_, doc_, msg_, field_, columns_)                            \
    .verb = verb_, .positional = positional_, .options = options_, .doc = doc_, .fn = run_message, \
    .msg = msg_, .service = "dealer", .field = field_, .columns = columns_

static const struct option upstream_options[] = {
    {"url", "base_url", OPTION_VALUE, "URL", "Everything before /module/operation."},
    {"formula", "formula", OPTION_VALUE, "concat|colon", "How the token is built."},
    {"zone", "zone", OPTION_VALUE, "ZONE", "IANA zone of its wall clock."},
    {"max-days", "max_days", OPTION_VALUE, "N", "Longest window of a call, in days."},
    {"history-days", "history_days", OPTION_VALUE, "N", "How far back it answers, in days."},
    {"quota", "quota", OPTION_VALUE, "N", "Calls it grants a credential a day; 0 = not known."},
    {"quota-reserve", "quota_reserve", OPTION_VALUE, "PERCENT",
     "Part of the quota that only manual work may use."},
    {"concurrency", "concurrency", OPTION_VALUE, "N", "Calls at the same time."},
    {"credential-concurrency", "credential_concurrency", OPTION_VALUE, "N",
     "Calls at the same time with one credential; 0 = no limit."},
    {"dealer-concurrency", "dealer_concurrency", OPTION_VALUE, "N",
     "Calls at the same time for one dealer; 0 = no limit."},
    {"calls-per-minute", "calls_per_minute", OPTION_VALUE, "N",
     "Calls a minute on average; 0 = no limit."},
    {"burst", "burst", OPTION_VALUE, "N", "Calls that may follow each other at once."},
    {"breaker-failures", "breaker_failures", OPTION_VALUE, "N",
     "Failed calls in a row after which it is left alone."},
    {"breaker-seconds", "breaker_seconds", OPTION_VALUE, "N",
     "How long it is left alone before one call probes."},
    {"group-calls", "group_calls", OPTION_FLAG, "",
     "One call may fetch all dealers of a credential."},
    {"overlap-hours", "overlap_hours", OPTION_VALUE, "N",
     "How far before its mark an incremental fetch begins."},
    {"connect-timeout-ms", "connect_timeout_ms", OPTION_VALUE, "MS", "Longest time to connect."},
    {"first-byte-timeout-ms", "first_byte_timeout_ms", OPTION_VALUE, "MS",
     "Longest wait for the first byte."},
    {"body-timeout-ms", "body_timeout_ms", OPTION_VALUE, "MS", "Longest silence within an answer."},
    {"total-timeout-ms", "total_timeout_ms", OPTION_VALUE, "MS", "Longest time of a call."},
    {"max-body-bytes", "max_body_bytes", OPTION_VALUE, "BYTES", "Longest answer that is accepted."},
    {"allow-private", "allow_private", OPTION_FLAG, "",
     "Loopback and private addresses are allowed."},
    {"simulated", "simulated", OPTION_FLAG, "", "It is a simulator; never counts in sums."},
    {0},
};

static const struct option add_options[] = {
    {"name", "dealer_name", OPTION_VALUE, "NAME", "Name that people see."},
    {"upstream", "upstream", OPTION_VALUE, "NAME", "Upstream that serves it."},
    {"upstream-dealer-id", "upstream_dealer_id", OPTION_VALUE, "CODE",
     "Its code there, if different."},
    {"id", "id", OPTION_VALUE, "UUID", "Its own id; made if absent."},
    {"key-file", "api_key", OPTION_FILE, "FILE", "File of the API key."},
    {"secret-file", "secret_key", OPTION_FILE, "FILE", "File of the secret."},
    {"token-file", "api_token", OPTION_FILE, "FILE", "File of the old system's token."},
    {"active", "is_active", OPTION_TRUE, "", "It is fetched (the default)."},
    {"inactive", "is_active", OPTION_FALSE, "", "It is not fetched."},
    {0},
};

static const struct option set_options[] = {
    {"name", "dealer_name", OPTION_VALUE, "NAME", "Name that people see."},
    {"upstream", "upstream", OPTION_VALUE, "NAME", "Upstream that serves it."},
    {"upstream-dealer-id", "upstream_dealer_id", OPTION_VALUE, "CODE",
     "Its code there, if different."},
    {"key-file", "api_key", OPTION_FILE, "FILE", "File of the API key."},
    {"secret-file", "secret_key", OPTION_FILE, "FILE", "File of the secret."},
    {"token-file", "api_token", OPTION_FILE, "FILE", "File of the old system's token."},
    {"active", "is_active", OPTION_TRUE, "", "It is fetched."},
    {"inactive", "is_active", OPTION_FALSE, "", "It is not fetched."},
    {0},
};

static const struct option test_options[] = {
    {"key-file", "api_key", OPTION_FILE, "FILE", "Tests this API key instead of the stored one."},
    {"secret-file", "secret_key", OPTION_FILE, "FILE", "Tests this secret likewise."},
    {"upstream", "upstream", OPTION_VALUE, "NAME", "Tests this upstream."},
    {"feed", "feed", OPTION_VALUE, "FEED", "Feed of the sample; prsp if absent."},
    {"day", "day", OPTION_VALUE, "DAY", "Day of the sample; yesterday if absent."},
    {"lang", "lang", OPTION_VALUE, "en|id", "Language of cause and advice."},
    {0},
};

static const struct option list_options[] = {
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 100 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {"q", "q", OPTION_VALUE, "TEXT", "Part of the code or the name."},
    {"active", "active", OPTION_TRUE, "", "Only active ones."},
    {"inactive", "active", OPTION_FALSE, "", "Only inactive ones."},
    {"failing", "failing", OPTION_TRUE, "", "Only those whose last call failed."},
    {"order", "order", OPTION_VALUE, "code|failed", "failed: the last failures first."},
    {0},
};

static const char upstream_columns[] =
    "name,base_url,formula,zone,max_days,history_days,quota,concurrency,allow_private,simulated";
static const char dealer_columns[] =
    "dealer_id,dealer_name,is_active,upstream,upstream_dealer_id,has_credential,credential_hint,"
    "credential_since,simulated,error_code";

/* The checks as a table, then what the sample would become. FAILED also for a check that failed. */
static int dealer_test(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct dealer_test m = {.has = 0};
    struct connection_test answer;
    int code = arguments_fill(c, command, a, &m);
    if (!code)
        code = ask_patiently(c, "dealer", &DEALER_TEST, &m, TEST_MS, &answer);
    if (code)
        return code;
    if (c->json) {
        print_record(c, &CONNECTION_TEST, &answer);
    } else {
        print_table(c, &TEST_STEP, &answer.steps, "name,state,ms,code,text,advice");
        for (uint32_t i = 0; i < answer.feeds.n; i++)
            print_record(c, &TEST_FEED, LIST_AT(struct test_feed, &answer.feeds, i));
    }
    return answer.ok ? DONE : FAILED;
}

const struct command dealer_commands[] = {
    {"upstream", ROW("ls", "", NULL, "All upstreams.", &UPSTREAM_LIST, NULL, upstream_columns)},
    {"upstream", ROW("set", "NAME", upstream_options, "Adds an upstream, or changes what is given.",
                     &UPSTREAM_SET, "name", NULL)},
    {"dealer", ROW("ls", "", list_options, "Dealers by code.", &DEALER_LIST, NULL, dealer_columns)},
    {"dealer", ROW("get", "CODE", NULL, "One dealer.", &DEALER_GET, "dealer_id", NULL)},
    {"dealer",
     ROW("add", "CODE", add_options, "Adds a dealer.", &DEALER_CREATE, "dealer_id", NULL)},
    {"dealer",
     ROW("set", "CODE", set_options, "Changes what is given.", &DEALER_UPDATE, "dealer_id", NULL)},
    {.group = "dealer",
     .verb = "test",
     .positional = "CODE",
     .options = test_options,
     .doc = "Tests its connection by one call, which counts in the quota; stores nothing.",
     .fn = dealer_test,
     .msg = &DEALER_TEST,
     .field = "dealer_id"},
    {0},
};
