/*
 * main.c - dgi_sim, the simulator of the upstream: main dealers that speak DGI. It serves
 * POST {base}/prsp/read under several base paths, each of which plays another kind of server
 * (profile.h), with made-up data that depend on the seed and the clock alone (prospects.h).
 * It is the upstream of the sample dealer, and of all tests.
 *
 * PARAMETERS: the table `settings` below; --help prints it.
 * KEYS: `dgi-key-sim:group-a` with `dgi-secret-sim:group-a` holds dealers 12284 and 99901,
 * `dgi-key-sim:group-b` with `dgi-secret-sim:group-b` dealer 99902, in every profile.
 *
 * CONTROL: under /_sim/, JSON in and out, no key; a wrong request is 400 {"error"}. Times are the
 * main dealer's wall clock (+07:00).
 *
 *   GET /_sim/health                 status, version, uptime_s, the clock, dealers
 *   GET /_sim/truth?dealer=&from=&to=[&feed=prsp][&profile=]
 *       What a consumer should have stored of a window of any length: {dealer, feed, profile, from,
 *       to, now, records, count}. from and to are included and are dates (the whole days) or times.
 *       A record has every upstream field by its JSON name with its plain value: dates
 *       YYYY-MM-DD, times YYYY-MM-DD HH:MM:SS, everything else text, absent = null, and `unit`, a
 *       list in order of {kodeTipeUnit, salesProgramId, createdTime, modifiedTime}. What the
 *       profile does not send is null (legacy: the audit fields); dealerId is then the dealer.
 *       The history limit applies; faults do not.
 *   GET /_sim/calls[?since=N][&limit=N]
 *       {last, calls, counts}: calls with number above `since`, each {n, at_ms, profile, path, key,
 *       dealer, from, to, status (0 = none sent), outcome (ok | empty | fault | body | range |
 *       clock | key | token | quota | scope), fault, hit (idProspect changed by the fault), rows,
 *       bytes}; counts {key, day, profile, path, calls}. An unknown key is shown as "unknown".
 *   DELETE /_sim/calls               forgets them, and with them what the quotas counted
 *   POST /_sim/fault {kind, profile?, dealer?, match?, times?, skip?, delay_ms?, value?,
 *                     retry_after?, retry_date?, announced?, record?, field?, to?} -> {id}
 *       For the next `times` (1; -1 = until removed) reads that fit, after `skip` fitting ones.
 *       They fit by profile, dealerId of the body, and `match`, a part of "path fromTime toTime".
 *       One fault a call, the oldest first. delay_ms may go with any kind. Kinds:
 *         delay          waits delay_ms (or value)
 *         status         HTTP status `value` (500) with a short JSON body, Retry-After retry_after
 *                        seconds, with retry_date as a date
 *         html           an HTML page, status `value` (200)
 *         empty          HTTP 200 without a body
 *         drop           closes the connection without an answer
 *         hang           the same after `value` ms (setting hang_ms)
 *         truncate       announces the whole body, closes after half of it
 *         malformed      complete HTTP, but JSON that ends after two thirds
 *         slow_body      the body in pieces over `value` ms (3000)
 *         stall          half of the body, then nothing for `value` ms (30000), then the rest
 *         huge           a body of `value` bytes (300 MiB), mostly blanks, chunked or announced
 *         null_data      data is null, status 1
 *         single_object  only the first record, as an object instead of a list
 *         wrong_type     data is a text; with `field`: that field of the record is an object
 *         duplicate      every element twice
 *         bad_date       `field` (tanggalProspect) of the record is 32/13/2026
 *         long_value     `field` (alamat) of the record is `value` (70000) letters x
 *         no_key         the record has no idProspect
 *         rename_field   `field` (statusProspect) is called `to` (prospectStatus) in all records
 *         add_field      all records have a `field` (catatan) more, a text
 *         drop_field     all records lack `field` (alamat)
 *         number_field   `field` (statusProspect) is a number where its text is one
 *         quota          refused as over quota
 *         skew           X-Request-Time judged by a clock that is `value` (3600) s ahead
 *       `record` = index of the record that suffers (0; -1 = all); `field` may be "unit" or
 *       "unit.kodeTipeUnit" and so on.
 *   POST /_sim/fault {latency_ms}    delay of every read from now on; the same as the setting
 *   GET /_sim/fault                  the faults still waiting
 *   DELETE /_sim/fault[?id=N]        removes one, or all and the latency -> {removed}
 *   POST /_sim/records {dealer, ids: [..] | from, to [, first: N | nth: [..]], set?: {..},
 *                       add?: [{..}]}
 *       Changes records, by id or by place in a window (first N, places from 0, or all):
 *       modifiedTime becomes now, then `set` applies (any field, and `unit`, in the spelling of
 *       truth). `add` makes records; createdTime and modifiedTime default to now, other fields to
 *       absent. -> {changed: [ids], added: [ids]}. A changed record no longer changes by itself.
 *   DELETE /_sim/records             forgets all changes and additions -> {removed}
 *   GET|POST /_sim/clock {now?, offset_s?, advance_s?, freeze?, skew_s?}
 *       The data clock: set to `now` (RFC 3339 or epoch), or to real time + offset_s, moved by
 *       advance_s, frozen or let run. skew_s moves the other clock, which judges X-Request-Time and
 *       makes the header Date; it is real time otherwise, so a frozen simulator still takes calls.
 *   GET|POST /_sim/settings {profile?, max_days?, history_days?, quota?, skew_s?, latency_ms?,
 *                            hang_ms?, bulk_rows?}
 *       The first four are a profile's limits (all profiles when none is named; 0 = no limit).
 *       bulk_rows > 0: every window of a dealer holds so many records, for load tests; ids repeat
 *       for windows that begin in the same hour, and changes are not shown.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "services/dgi_sim/http.h"
#include "services/dgi_sim/log.h"

struct setting {
    const char *name;
    const char *fallback;
    const char *text;
};
enum { SETTINGS = 7 };
static const struct setting settings[SETTINGS + 1];

static const char *setting(const char *name)
{
    const char *value = getenv(name);

    if (value != NULL && *value != '\0')
        return value;
    for (const struct setting *s = settings; s->name != NULL; s++)
        if (strcmp(s->name, name) == 0)
            return s->fallback;
    return "";
}

static void print_help(void)
{
    printf("usage: dgi_sim [--help | --version]\n\nSimulates main dealers that speak DGI. "
           "Settings come from the environment:\n\n");
    for (const struct setting *s = settings; s->name != NULL; s++)
        printf("  %-16s %s (default: %s)\n", s->name, s->text,
               s->fallback[0] != '\0' ? s->fallback : "none");
    printf("\nBase paths: /dgi-api/v1.3, /legacy/dgi-api/v1, /colon/dgi-api/v1.3, "
           "/gateway/dgi-api/v1.3; control under /_sim/.\n");
}

/* A whole number of [least, most]; -1 with a log line otherwise. */
static int64_t setting_number(const char *name, int64_t least, int64_t most)
{
    const char *text = setting(name);
    char *end = NULL;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0' || errno != 0 || value < least || value > most) {
        log_line(LOG_ERROR, "setting is no number, or out of range", "name", name);
        return -1;
    }
    return value;
}

static bool configure(struct sim *s)
{
    int64_t now_ms = real_now_ms(), seed = setting_number("DD_SIM_SEED", 0, INT64_MAX);

    if (seed < 0)
        return false;
    s->seed = (uint64_t)seed;
    s->bare_profile = profile_find(setting("DD_SIM_PROFILE"));
    if (s->bare_profile < 0) {
        log_line(LOG_ERROR, "unknown profile", "name", setting("DD_SIM_PROFILE"));
        return false;
    }
    if (setting("DD_SIM_CLOCK")[0] != '\0' &&
        !wall_parse_instant(setting("DD_SIM_CLOCK"), &now_ms)) {
        log_line(LOG_ERROR, "DD_SIM_CLOCK is RFC 3339 or epoch seconds", NULL, NULL);
        return false;
    }
    clock_set(&s->clock, now_ms, false);
    return true;
}

/* A descriptor that becomes readable at SIGTERM or SIGINT. */
static int stop_descriptor(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int serve(void)
{
    struct sim sim = {0};
    struct http *http = NULL;
    int stop_fd = stop_descriptor(), code = EXIT_FAILURE;
    int64_t port = setting_number("DD_SIM_PORT", 1, 65535);
    char address[64];

    if (stop_fd < 0 || port < 0 || !sim_open(&sim) || !configure(&sim))
        goto out;
    http = http_new(&sim, setting("DD_LISTEN"), (uint16_t)port);
    if (http == NULL)
        goto out;
    snprintf(address, sizeof address, "%s:%d", setting("DD_LISTEN"), (int)port);
    log_line(LOG_INFO, "listening", "address", address);
    if (http_run(http, stop_fd))
        code = EXIT_SUCCESS;
    log_line(LOG_INFO, "stopping", NULL, NULL);
out:
    http_free(&http);
    sim_close(&sim);
    if (stop_fd >= 0)
        close(stop_fd);
    return code;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("dgi_sim %s\n", DD_VERSION);
        return EXIT_SUCCESS;
    }
    if (argc != 1) {
        fprintf(stderr, "dgi_sim takes its settings from the environment; see --help\n");
        return 2;
    }
    log_open(setting("DD_NAME"), setting("DD_LOG_LEVEL"));
    return serve();
}

static const struct setting settings[SETTINGS + 1] = {
    {"DD_LISTEN", "127.0.0.1", "IPv4 address to listen on"},
    {"DD_SIM_PORT", "8090", "TCP port"},
    {"DD_SIM_SEED", "12284", "seed of all data"},
    {"DD_SIM_CLOCK", "", "start of the data clock, RFC 3339 or epoch seconds; none = real time"},
    {"DD_SIM_PROFILE", "spec13", "what /dgi-api plays: spec13, legacy, colon or gateway"},
    {"DD_NAME", "dgi_sim-1", "name of this process in its log"},
    {"DD_LOG_LEVEL", "info", "debug, info, warn or error"},
    {0},
};
