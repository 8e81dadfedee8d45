/*
 * enrol.c - one file that a fetcher on another machine needs: keys, addresses, database.
 *
 * Each enrolment has a key pair and a database login of its own; its secret key is in the file
 * alone. Enrolled again, the fetcher of before works until its key ends.
 */
#include "services/ddctl/key_files.h"
#include "services/ddctl/keys.h"
#include "services/ddctl/logins.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ENROLMENT = 120 * 1024, SCHEDULER_PORT = 2 };

struct enrol_conf {
    char *listen;
    int64_t port;
};

static const struct conf_row enrol_rows[] = {
    {"DD_BUS_LISTEN", CONF_TEXT, offsetof(struct enrol_conf, listen), "", 0, 255, ""},
    {"DD_BUS_PORT", CONF_INT, offsetof(struct enrol_conf, port), "7100", 1, 65000, ""},
    {0},
};

struct enrolment {
    const char *name;
    const char *out;       /* file */
    const char *bind;      /* NULL: answers nobody else */
    const char *scheduler; /* addresses with names */
    struct view database;  /* how it connects */
    char master[400];      /* the keys that open credentials, in one line */
    struct own_keys own;
};

/* What --scheduler says, or the addresses that this machine's system listens on. */
static int find_scheduler(struct ddctl *c, const struct arguments *a, struct enrolment *e)
{
    struct enrol_conf conf = {.port = 0};
    e->scheduler = argument(a, "scheduler");
    if (!e->scheduler && addresses_guarded(c->conf.bus_scheduler))
        e->scheduler = c->conf.bus_scheduler;
    if (e->scheduler)
        return DONE;
    if (conf_read(enrol_rows, &conf) != ERR_OK)
        return USAGE;
    if (*conf.listen && strcmp(conf.listen, "0.0.0.0") != 0)
        e->scheduler = arena_printf(&c->arena, "tcp://%s:%d#scheduler-1", conf.listen,
                                    (int)conf.port + SCHEDULER_PORT)
                           .p;
    conf_free(enrol_rows, &conf);
    if (e->scheduler)
        return DONE;
    complain(c, ERR_MISSING, "--scheduler",
             "start with DD_BUS_LISTEN=ADDRESS, or name tcp://HOST:PORT#scheduler-1");
    return USAGE;
}

/* Each server has to be known, or the fetcher could not tell it from somebody else. */
static int check_scheduler(struct ddctl *c, const struct enrolment *e, const struct allowed *list)
{
    const char *at = e->scheduler;
    struct bus_address address;
    enum err err;
    while ((err = bus_address_next(&at, &address)) == ERR_OK) {
        if (!address.guarded || !*address.server) {
            complain(c, ERR_FORMAT, "--scheduler", "tcp://HOST:PORT#NAME, not %s", e->scheduler);
            return USAGE;
        }
        if (!allowed_of(list, address.server, loop_wall_ms(), 0))
            return complain(c, ERR_NOT_FOUND, "--scheduler", "%s has no key; ddctl keys new %s",
                            address.server, address.server);
    }
    if (err == ERR_NOT_FOUND)
        return DONE;
    complain(c, ERR_FORMAT, "--scheduler", "tcp://HOST:PORT#NAME, not %s", e->scheduler);
    return USAGE;
}

static int check_bind(struct ddctl *c, const struct enrolment *e)
{
    const char *at = e->bind;
    struct bus_address a;
    if (!e->bind || (bus_address_next(&at, &a) == ERR_OK && a.guarded && !*a.server && !*at))
        return DONE;
    complain(c, ERR_FORMAT, "--bind", "tcp://HOST:PORT, not %s", e->bind);
    return USAGE;
}

/* While the master key is changed there are several, a line each; a setting is one line. */
static int read_master(struct ddctl *c, struct enrolment *e)
{
    size_t n = strlen(c->conf.master_key);
    if (n > 0)
        snprintf(e->master, sizeof e->master, "%s", c->conf.master_key);
    else
        n = conf_read_file(c->conf.master_key_file, e->master, sizeof e->master - 1);
    if (n == 0 || n >= sizeof e->master - 1)
        return complain(c, ERR_CONFIG, "DD_MASTER_KEY_FILE", "there is no key in %s",
                        c->conf.master_key_file);
    e->master[n] = '\0';
    for (char *p = e->master; *p; p++)
        if (strchr(" \t\r\n", *p))
            *p = ',';
    return DONE;
}

/* The list in one line, without keys of its own that are on their way out. */
static enum err write_allowed(const struct enrolment *e, const struct allowed *list, struct buf *b)
{
    enum err err = buf_puts(b, "DD_BUS_ALLOWED=");
    for (unsigned i = 0; i < list->n && !err; i++) {
        const struct allowed_key *k = &list->keys[i];
        if (strcmp(k->name, e->name) == 0 && k->until_ms)
            continue;
        err = allowed_write(k, b);
        if (!err)
            b->p[b->n - 1] = ';'; /* instead of the line's end */
    }
    return err ? err : buf_puts(b, "\n");
}

static enum err write_settings(const struct enrolment *e, const struct allowed *list, struct buf *b)
{
    char secret[BUS_KEY_HEX + 1];
    key_to_hex(e->own.keys[0].secret, secret);
    buf_printf(b,
               "# What %s needs on another machine; DD_ENROLMENT names this file. Secret: mode "
               "0600.\nDD_NAME=%s\n",
               e->name, e->name);
    if (e->bind)
        buf_printf(b, "DD_BIND=%s\n", e->bind);
    buf_printf(b, "DD_BUS_SCHEDULER=%s\n", e->scheduler);
    buf_printf(b, "DD_BUS_SECRET=%s\n", secret);
    explicit_bzero(secret, sizeof secret);
    buf_printf(b, "DATABASE_URL=%.*s\n", (int)e->database.n, e->database.p);
    buf_printf(b, "DD_MASTER_KEY=%s\n", e->master);
    enum err err = write_allowed(e, list, b);
    return b->failed ? ERR_TOO_LARGE : err;
}

static int write_file(struct ddctl *c, const struct enrolment *e, const struct allowed *list)
{
    struct buf b;
    buf_init(&b, MAX_ENROLMENT);
    enum err err = write_settings(e, list, &b);
    int code = err ? complain(c, err, "--out", "the file cannot be made")
                   : write_private(c, e->out, &b, true);
    if (b.p)
        explicit_bzero(b.p, b.n);
    buf_free(&b);
    return code;
}

/* The list last: a key that nobody has yet does no harm, one that is unknown would. */
static int enrol_with(struct ddctl *c, struct key_files *k, struct enrolment *e,
                      const char *database, int64_t until_ms)
{
    if (key_files_has_own(k, e->name))
        return complain(c, ERR_EXISTS, "NAME", "%s works on this machine", e->name);
    list_retire(&k->allowed, e->name, loop_wall_ms(), until_ms);
    if (own_key_new(&e->own.keys[0]) != ERR_OK)
        return complain(c, ERR_INTERNAL, "", "no source of randomness");
    const uint8_t *public = e->own.keys[0].public;
    int code = check_scheduler(c, e, &k->allowed);
    if (!code)
        code = list_add(c, &k->allowed, e->name, SENDER_FETCHER, public);
    if (!code)
        code = logins_make(c, e->name, public, database, &e->database);
    if (!code)
        code = write_file(c, e, &k->allowed);
    if (!code)
        code = key_files_save_list(c, k);
    if (!code)
        code = logins_prune(c, e->name, &k->allowed);
    return code;
}

static int fetcher_enrol(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct enrolment e = {.name = a->positional[0],
                          .out = argument(a, "out"),
                          .bind = argument(a, "bind"),
                          .own = {.n = 1}};
    struct key_files *k = NULL;
    const char *database = argument(a, "database");
    int64_t until_ms;
    (void)command;
    if (!key_end(a, loop_wall_ms(), &until_ms))
        return USAGE;
    int code = key_name(c, e.name);
    if (!code && !e.out) {
        complain(c, ERR_MISSING, "--out", "the file to write is missing");
        code = USAGE;
    }
    if (!code && access(e.out, F_OK) == 0)
        code = complain(c, ERR_EXISTS, "--out", "%s exists", e.out);
    if (!code && !*c->conf.database_url)
        code = complain(c, ERR_CONFIG, "DATABASE_URL", "is not set");
    if (!code)
        code = check_bind(c, &e);
    if (!code)
        code = find_scheduler(c, a, &e);
    if (!code)
        code = read_master(c, &e);
    if (!code)
        code = key_files_open(c, &k);
    if (!code)
        code = enrol_with(c, k, &e, database ? database : c->conf.database_url, until_ms);
    key_files_close(&k);
    own_keys_wipe(&e.own);
    explicit_bzero(e.master, sizeof e.master);
    return code;
}

static const struct option enrol_options[] = {
    {"out", NULL, OPTION_VALUE, "FILE", "Where to write; it must not exist yet."},
    {"bind", NULL, OPTION_VALUE, "ADDRESS",
     "tcp://HOST:PORT where it answers svc and metrics; without, only its own machine reaches it."},
    {"scheduler", NULL, OPTION_VALUE, "ADDRESSES",
     "tcp://HOST:PORT#NAME of the schedulers; that of DD_BUS_LISTEN if absent."},
    {"database", NULL, OPTION_VALUE, "URL",
     "The database as the other machine reaches it; DATABASE_URL if absent. The login is made."},
    {"overlap", NULL, OPTION_VALUE, "SECONDS",
     "How long the enrolment of before stays good; a day if absent, 0 = refuse it at once."},
    {0},
};

const struct command enrol_commands[] = {
    {"fetcher", "enrol", "NAME", enrol_options,
     "Writes the one file that a fetcher on another machine needs (DD_ENROLMENT).", fetcher_enrol,
     NULL, NULL, NULL, NULL},
    {0},
};
