/*
 * ddctl.h - the operator's command line: what its commands share.
 *
 * DESIGN: a command is a row of a table (group, verb, positional arguments, options, one sentence,
 * function). Most commands are one message to a service: their options name fields of the message,
 * which the descriptor then parses and checks, and the answer is printed by its descriptor. So a
 * new option of a message is one row here.
 *
 * Output goes to stdout (--json: as JSON), errors to stderr with code and field. Exit codes: 0
 * done, 1 failed, 2 wrong usage.
 *
 * THREADS: one. OWNERSHIP: what a command makes lives in the arena until the program ends.
 */
#ifndef DDCTL_DDCTL_H
#define DDCTL_DDCTL_H

#include "proto/bus/call.h"
#include "services/daemon/config.h"

/* Exit codes, which every command and most of what they call return. */
enum { DONE = 0, FAILED = 1, USAGE = 2 };

enum { CALL_MS = 10000, MAX_ARENA = 64 * 1024 * 1024, MAX_GIVEN = 48, MAX_POSITIONAL = 4 };

struct ddctl {
    struct shared_conf conf;
    struct bus *bus;      /* made on first use (ddctl_bus); NULL until then */
    struct keyring *keys; /* of ddctl itself; NULL: only local processes are reached */
    struct arena arena;
    bool json; /* --json was given */
};

enum option_kind {
    OPTION_VALUE, /* --name TEXT */
    OPTION_FLAG,  /* --name, or --name=false */
    OPTION_FILE,  /* --name FILE: the value is what the file holds */
    OPTION_TRUE,  /* --active: sets a field to true */
    OPTION_FALSE, /* --inactive: sets a field to false */
};

struct option {
    const char *name;  /* without the dashes; NULL ends the table */
    const char *field; /* of the command's message; NULL = the command reads it */
    enum option_kind kind;
    const char *value; /* what stands for the value in the help */
    const char *doc;   /* one sentence */
};

struct arguments {
    const char *positional[MAX_POSITIONAL];
    int n_positional;
    struct {
        const struct option *option;
        const char *value; /* flags: "true" or "false" */
    } given[MAX_GIVEN];
    int n_given;
};

struct command {
    const char *group;            /* "dealer"; NULL ends the table */
    const char *verb;             /* "add"; NULL = the group is the whole command */
    const char *positional;       /* "CODE"; in brackets: may be left out; "" = none */
    const struct option *options; /* may be NULL */
    const char *doc;              /* one sentence */
    int (*fn)(struct ddctl *c, const struct command *command, const struct arguments *a);
    /* for run_message() */
    const struct desc *msg; /* the message that is sent */
    const char *service;    /* who answers it */
    const char *field;      /* that the positional argument fills */
    const char *columns;    /* of a list in the answer, comma separated */
};

extern const struct command migrate_commands[];
extern const struct command dealer_commands[];
extern const struct command job_commands[];
extern const struct command quarantine_commands[];
extern const struct command person_commands[];
extern const struct command schedule_commands[];
extern const struct command control_commands[];
extern const struct command service_commands[];
extern const struct command access_commands[];
extern const struct command account_commands[];
extern const struct command key_commands[];
extern const struct command enrol_commands[];
extern const struct command rotate_commands[];

/* ---- arguments.c ---- */

/* Reads the words after the command. USAGE (said on stderr) for those it does not know. */
int arguments_read(struct ddctl *c, const struct command *command, int argc, char **argv,
                   struct arguments *out);

/* The value of an option, NULL if it was not given. */
const char *argument(const struct arguments *a, const char *name);

/* A whole number from an option; `fallback` if it was not given. False: said on stderr. */
bool argument_number(const struct arguments *a, const char *name, int64_t fallback, int64_t min,
                     int64_t max, int64_t *out);

/* Puts options and the positional argument into the message's fields. */
int arguments_fill(struct ddctl *c, const struct command *command, const struct arguments *a,
                   void *message);

/* Usage and options of one command, or the list of all, on stdout. */
void print_command_help(const struct command *command);
void print_help(const struct command *const *tables, const char *group);

/* ---- messages.c ---- */

/* Makes the bus, with keys if there are any for DD_NAME (ddctl-1). Exit code. */
int ddctl_bus(struct ddctl *c);

/* Sends one message to a service and waits; on an error says it on stderr. */
int ask(struct ddctl *c, const char *service, const struct desc *msg, const void *message,
        void *answer);

/* The same for a message whose answer takes so long. */
int ask_patiently(struct ddctl *c, const char *service, const struct desc *msg, const void *message,
                  int ms, void *answer);

/* The whole of a command that is one message. */
int run_message(struct ddctl *c, const struct command *command, const struct arguments *a);

/* ---- output.c ---- */

/* One record: JSON, or a line per field, and tables of the lists in it. */
void print_record(struct ddctl *c, const struct desc *d, const void *record);

/* A table of records: one line each, the columns are fields; NULL = those that some record has. */
void print_table(struct ddctl *c, const struct desc *d, const struct list *items,
                 const char *columns);

/* A record with a list in it: JSON, or the list as a table. */
void print_page(struct ddctl *c, const struct desc *d, const void *page, const char *columns);

/* "ddctl: code: field: text" on stderr, or as JSON. Returns FAILED. */
int complain(const struct ddctl *c, enum err code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes out what is in b, and a line's end. */
void print_buffer(const struct buf *b);

#endif
