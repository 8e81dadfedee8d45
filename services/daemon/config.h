/*
 * config.h - settings as a table: one row gives parsing, checking, default and --help.
 *
 * DESIGN: settings come from the environment alone; `<NAME>_FILE` names a file that holds the value
 * where a row says so (secrets). An empty variable counts as not set. DD_ENROLMENT names a file of
 * settings for a process on another machine (enrolment.h). A value that cannot be used
 * ends the start with a message that names the variable. Values are copied and live as long as the
 * process.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "proto/errors.h"

#include <stddef.h>
#include <stdint.h>

enum conf_type { CONF_TEXT, CONF_INT, CONF_BOOL, CONF_SECRET };

/* A secret's file may have this many bytes. */
enum { CONF_MAX_SECRET = 4096 };

struct conf_row {
    const char *name;     /* "DD_SLOTS"; NULL ends the table */
    enum conf_type type;  /* TEXT, SECRET: char *; INT: int64_t; BOOL: bool */
    size_t offset;        /* in the settings struct */
    const char *fallback; /* default as text; NULL = required */
    int64_t min;          /* INT */
    int64_t max;          /* INT; TEXT: longest in bytes */
    const char *doc;      /* one sentence for --help */
};

/* What every process knows. */
struct shared_conf {
    char *name;        /* DD_NAME */
    char *state;       /* DD_STATE: folder of keys and data */
    char *run;         /* DD_RUN: folder of sockets */
    char *bind;        /* DD_BIND: own endpoints, comma separated */
    char *bus_account; /* DD_BUS_ACCOUNT: comma separated endpoints */
    char *bus_dealer;  /* DD_BUS_DEALER */
    char *bus_scheduler;
    char *bus_analytics;
    char *bus_keys;     /* DD_BUS_KEYS: folder of the bus's keys */
    char *bus_secret;   /* DD_BUS_SECRET: instead of the own key's file; "" = the file */
    char *bus_allowed;  /* DD_BUS_ALLOWED: instead of the list's file; "" = the file */
    char *database_url; /* DATABASE_URL; "" = none */
    char *redis_url;    /* REDIS_URL; "" = none */
    char *log_level;    /* DD_LOG_LEVEL */
    char *master_key;   /* DD_MASTER_KEY; "" = from the file */
    char *master_key_file;
    char *admin_key_file;
};

/* Reads rows into `out`; on an error prints one line that names the variable to stderr. */
enum err conf_read(const struct conf_row *rows, void *out) MUST_CHECK;

/* Reads the shared settings, with defaults that follow from the service's name. */
enum err conf_read_shared(const char *service, struct shared_conf *out) MUST_CHECK;

/* The endpoints of a service by name; NULL for one without. */
const char *conf_bus(const struct shared_conf *c, const char *service);

/* Reads a small file, for keys: at most `size` bytes, without white space at the end. Returns the
 * length, 0 when it can't be read; the bytes are not terminated. */
size_t conf_read_file(const char *file, char *out, size_t size);

void conf_free(const struct conf_row *rows, void *out);
void conf_free_shared(struct shared_conf *c);

/* --help: what the process is, its settings and the shared ones. */
void conf_print_help(const char *service, const struct conf_row *rows);

#endif
