/*
 * config.c - settings as a table: see config.h.
 *
 * DESIGN: everything is read once, at the start, by one thread. Messages go to stderr and not to
 * the log, because the log's own settings are among what is being read.
 */
#include "services/daemon/config.h"

#include "proto/bus/address.h"
#include "services/daemon/enrolment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_NAME = 80, MAX_LOCAL_ADDRESS = 100 };

#define AT(member) offsetof(struct shared_conf, member)
static const struct conf_row shared_rows[] = {
    {"DD_NAME", CONF_TEXT, AT(name), "", 0, 63,
     "Instance name; the service's name and -1 if empty."},
    {"DD_STATE", CONF_TEXT, AT(state), "/var/lib/dealer-dashboard", 0, 200,
     "Folder of keys and data."},
    {"DD_RUN", CONF_TEXT, AT(run), "", 0, 100,
     "Folder of the local sockets; $DD_STATE/run if empty."},
    {"DD_BIND", CONF_TEXT, AT(bind), "", 0, 600,
     "Own endpoints, comma separated, tcp://host:port by keys alone (events: the next port); "
     "others "
     "look for the first; ipc://$DD_RUN/$DD_NAME.ipc if empty."},
    {"DD_BUS_ACCOUNT", CONF_TEXT, AT(bus_account), "", 0, 2000,
     "Endpoints of the account services, comma separated."},
    {"DD_BUS_DEALER", CONF_TEXT, AT(bus_dealer), "", 0, 2000,
     "Endpoints of the dealer service, comma separated; tcp://host:port#NAME by keys."},
    {"DD_BUS_SCHEDULER", CONF_TEXT, AT(bus_scheduler), "", 0, 2000, "Endpoints of the schedulers."},
    {"DD_BUS_ANALYTICS", CONF_TEXT, AT(bus_analytics), "", 0, 2000,
     "Endpoints of the analytics services."},
    {"DD_BUS_KEYS", CONF_TEXT, AT(bus_keys), "", 0, 250,
     "Folder of the bus's keys; $DD_STATE/keys/bus if empty."},
    {"DD_BUS_SECRET", CONF_SECRET, AT(bus_secret), "", 0, 0,
     "Own secret key for the bus, instead of its file."},
    {"DD_BUS_ALLOWED", CONF_TEXT, AT(bus_allowed), "", 0, 60000,
     "The allowed keys, separated by semicolons, instead of their file."},
    {"DATABASE_URL", CONF_SECRET, AT(database_url), "", 0, 2000, "PostgreSQL, as libpq reads it."},
    {"REDIS_URL", CONF_SECRET, AT(redis_url), "", 0, 500,
     "Redis: unix:///path or redis://host:port/number."},
    {"DD_LOG_LEVEL", CONF_TEXT, AT(log_level), "info", 0, 10, "debug, info, warn or error."},
    /* No CONF_SECRET: its file is read again while the process runs, see seal.h. */
    {"DD_MASTER_KEY", CONF_TEXT, AT(master_key), "", 0, 400,
     "Keys that seal credentials, newest first; the file below if empty."},
    {"DD_MASTER_KEY_FILE", CONF_TEXT, AT(master_key_file), "", 0, 400,
     "File of the same, a line each; $DD_STATE/keys/master.key if empty."},
    {"DD_ADMIN_KEY_FILE", CONF_TEXT, AT(admin_key_file), "", 0, 400,
     "File of the administrator's key; $DD_STATE/keys/admin.key if empty."},
    {0},
};

__attribute__((format(printf, 2, 3))) static enum err refuse(const char *name, const char *format,
                                                             ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return ERR_CONFIG;
}

size_t conf_read_file(const char *file, char *out, size_t size)
{
    size_t n = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while (n < size) {
        ssize_t got = read(fd, out + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    while (n > 0 && strchr(" \t\r\n", out[n - 1]))
        n--;
    return n;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The value that counts, allocated, or NULL for a required one that is missing. */
static enum err find_value(const struct conf_row *row, char **out)
{
    char file_variable[MAX_NAME], text[CONF_MAX_SECRET];
    const char *value = variable(row->name);
    *out = NULL;
    if (!value && row->type == CONF_SECRET) {
        snprintf(file_variable, sizeof file_variable, "%s_FILE", row->name);
        const char *file = variable(file_variable);
        if (file) {
            size_t n = conf_read_file(file, text, sizeof text);
            if (n == 0)
                return refuse(file_variable, "cannot read a value from %s", file);
            *out = strndup(text, n);
            memset(text, 0, sizeof text);
            return *out ? ERR_OK : ERR_NO_MEMORY;
        }
    }
    if (!value)
        value = row->fallback;
    if (!value)
        return refuse(row->name, "is not set and has no default");
    *out = strdup(value);
    return *out ? ERR_OK : ERR_NO_MEMORY;
}

static enum err parse_int(const struct conf_row *row, const char *value, void *at)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno || end == value || *end)
        return refuse(row->name, "must be a whole number, not \"%s\"", value);
    if (number < row->min || number > row->max)
        return refuse(row->name, "must be from %" PRId64 " to %" PRId64 ", not %s", row->min,
                      row->max, value);
    int64_t stored = number;
    memcpy(at, &stored, sizeof stored);
    return ERR_OK;
}

static enum err parse_bool(const struct conf_row *row, const char *value, void *at)
{
    static const char *const yes[] = {"on", "true", "yes", "1"};
    static const char *const no[] = {"off", "false", "no", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        bool is = strcmp(value, yes[i]) == 0;
        if (is || strcmp(value, no[i]) == 0) {
            memcpy(at, &is, sizeof is);
            return ERR_OK;
        }
    }
    return refuse(row->name, "must be on or off, not \"%s\"", value);
}

static enum err parse_text(const struct conf_row *row, char **value, void *at)
{
    if (row->max > 0 && strlen(*value) > (size_t)row->max)
        return refuse(row->name, "is longer than %" PRId64 " bytes", row->max);
    memcpy(at, value, sizeof *value);
    *value = NULL;
    return ERR_OK;
}

enum err conf_read(const struct conf_row *rows, void *out)
{
    enum err err = ERR_OK;
    for (const struct conf_row *row = rows; row && row->name && !err; row++) {
        void *at = (char *)out + row->offset;
        char *value = NULL;
        err = find_value(row, &value);
        if (!err && row->type == CONF_INT)
            err = parse_int(row, value, at);
        else if (!err && row->type == CONF_BOOL)
            err = parse_bool(row, value, at);
        else if (!err)
            err = parse_text(row, &value, at);
        free(value);
    }
    return err;
}

void conf_free(const struct conf_row *rows, void *out)
{
    for (const struct conf_row *row = rows; row && row->name; row++) {
        if (row->type != CONF_TEXT && row->type != CONF_SECRET)
            continue;
        char *value, *none = NULL;
        memcpy(&value, (char *)out + row->offset, sizeof value);
        if (value && row->type == CONF_SECRET)
            explicit_bzero(value, strlen(value));
        free(value);
        memcpy((char *)out + row->offset, &none, sizeof none);
    }
}

/* Replaces an empty *slot by the formatted text. */
__attribute__((format(printf, 2, 3))) static enum err fill(char **slot, const char *format, ...)
{
    char *made = NULL;
    if (*slot && **slot)
        return ERR_OK;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&made, format, args);
    va_end(args);
    if (n < 0)
        return ERR_NO_MEMORY;
    free(*slot);
    *slot = made;
    return ERR_OK;
}

/* A Unix socket's path is short, and its events go to a path that is longer still. A server at the
 * other end of tcp is known by its key, and that by its name. */
static enum err check_addresses(const char *name, const char *list, bool own)
{
    struct bus_address a;
    enum err err;
    while ((err = bus_address_next(&list, &a)) == ERR_OK) {
        size_t path = a.guarded ? 0 : strlen(a.transport) - strlen("ipc://");
        if (path > MAX_LOCAL_ADDRESS)
            return refuse(
                name,
                "the socket's path %s is longer than %d bytes; set DD_RUN to a shorter folder",
                a.transport, MAX_LOCAL_ADDRESS);
        if (a.guarded && !own && !*a.server)
            return refuse(name, "%s needs the name of its server: %s#scheduler-1", a.transport,
                          a.transport);
    }
    if (err != ERR_NOT_FOUND)
        return refuse(name, "an address is ipc:///path or tcp://host:port%s", own ? "" : "#server");
    return ERR_OK;
}

static enum err check_level(const char *level)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(level, levels[i]) == 0)
            return ERR_OK;
    return refuse("DD_LOG_LEVEL", "must be debug, info, warn or error, not \"%s\"", level);
}

/* What follows from other settings. */
static enum err fill_defaults(const char *service, struct shared_conf *out)
{
    enum err err = fill(&out->name, "%s-1", service);
    if (!err)
        err = fill(&out->run, "%s/run", out->state);
    if (!err)
        err = fill(&out->bind, "ipc://%s/%s.ipc", out->run, out->name);
    if (!err)
        err = fill(&out->bus_account, "ipc://%s/account-1.ipc", out->run);
    if (!err)
        err = fill(&out->bus_dealer, "ipc://%s/dealer-1.ipc", out->run);
    if (!err)
        err = fill(&out->bus_scheduler, "ipc://%s/scheduler-1.ipc", out->run);
    if (!err)
        err = fill(&out->bus_analytics, "ipc://%s/analytics-1.ipc", out->run);
    if (!err)
        err = fill(&out->bus_keys, "%s/keys/bus", out->state);
    if (!err)
        err = fill(&out->master_key_file, "%s/keys/master.key", out->state);
    if (!err)
        err = fill(&out->admin_key_file, "%s/keys/admin.key", out->state);
    return err;
}

/* A file of settings, which count where the environment says nothing. */
static enum err read_enrolment(void)
{
    struct fault f = {0};
    const char *file = variable("DD_ENROLMENT");
    if (file && enrolment_read(file, &f) != ERR_OK)
        return refuse("DD_ENROLMENT", "%s", f.text);
    return ERR_OK;
}

enum err conf_read_shared(const char *service, struct shared_conf *out)
{
    memset(out, 0, sizeof *out);
    enum err err = read_enrolment();
    if (!err)
        err = conf_read(shared_rows, out);
    if (!err)
        err = fill_defaults(service, out);
    if (!err)
        err = check_addresses("DD_BIND", out->bind, true);
    if (!err)
        err = check_addresses("DD_BUS_DEALER", out->bus_dealer, false);
    if (!err)
        err = check_addresses("DD_BUS_SCHEDULER", out->bus_scheduler, false);
    if (!err)
        err = check_addresses("DD_BUS_ANALYTICS", out->bus_analytics, false);
    if (!err)
        err = check_level(out->log_level);
    return err;
}

void conf_free_shared(struct shared_conf *c)
{
    conf_free(shared_rows, c);
}

const char *conf_bus(const struct shared_conf *c, const char *service)
{
    if (strcmp(service, "account") == 0)
        return c->bus_account;
    if (strcmp(service, "dealer") == 0)
        return c->bus_dealer;
    if (strcmp(service, "scheduler") == 0)
        return c->bus_scheduler;
    if (strcmp(service, "analytics") == 0)
        return c->bus_analytics;
    return NULL;
}

static void print_rows(const struct conf_row *rows)
{
    for (const struct conf_row *row = rows; row && row->name; row++) {
        const char *fallback = row->fallback;
        printf("  %-24s %s", row->name, row->doc);
        if (!fallback)
            printf(" Required.");
        else if (*fallback)
            printf(" Default: %s.", fallback);
        if (row->type == CONF_SECRET)
            printf(" Or %s_FILE.", row->name);
        putchar('\n');
    }
}

void conf_print_help(const char *service, const struct conf_row *rows)
{
    printf("Usage: %s [--help | --version]\n\nSettings come from the environment.\n", service);
    if (rows && rows->name) {
        printf("\nOf this process:\n");
        print_rows(rows);
    }
    printf("\nOf every process:\n");
    print_rows(shared_rows);
    printf("  %-24s %s\n", "DD_ENROLMENT",
           "File of settings that `ddctl fetcher enrol` wrote; the environment wins.");
}
