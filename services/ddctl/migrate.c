/*
 * migrate.c - brings a database up or back, one migration and one transaction at a time.
 *
 * DESIGN: what was applied must still be there, unchanged, and new migrations come after all
 * applied ones; else nothing is done, because the files no longer say what the database is.
 * Processes may run while it works: an advisory lock keeps a second runner out.
 */
#include "services/ddctl/store.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOCK_WAIT_S = 10 };

struct sql_conf {
    char *folder;
};

static const struct conf_row sql_rows[] = {
    {"DD_SQL_DIR", CONF_TEXT, offsetof(struct sql_conf, folder), DEFAULT_SQL_DIR, 0, 900,
     "Folder of the migrations."},
    {0},
};

static const char *const state_names[] = {"pending", "applied", "edited", "missing"};

static int refuse(struct ddctl *c, const struct store *s, enum err err)
{
    return complain(c, err, "", "%s", store_error(s));
}

/* Connection, lock (unless only looking) and the list with each one's state. */
static int begin(struct ddctl *c, const struct arguments *a, bool lock, struct store **s,
                 struct list *out)
{
    struct sql_conf conf = {.folder = NULL};
    int64_t wait = 0;
    *s = NULL;
    if (lock && !argument_number(a, "lock-wait", LOCK_WAIT_S, 0, 3600, &wait))
        return USAGE;
    if (!*c->conf.database_url)
        return complain(c, ERR_CONFIG, "DATABASE_URL", "is not set");
    if (sodium_init() < 0 || conf_read(sql_rows, &conf) != ERR_OK)
        return FAILED;
    int code = migrations_read(c, conf.folder, out);
    conf_free(sql_rows, &conf);
    if (code)
        return code;
    enum err err = store_open(c->conf.database_url, s);
    if (!err && lock)
        err = store_lock(*s, wait * 1000);
    if (!err)
        err = store_compare(*s, &c->arena, out);
    return err ? refuse(c, *s, err) : DONE;
}

/* The files must tell the history of the database. */
static int check_history(struct ddctl *c, const struct list *all)
{
    int newest = 0;
    for (uint32_t i = 0; i < all->n; i++) {
        const struct migration *m = LIST_AT(struct migration, all, i);
        if (m->state == MIGRATION_MISSING)
            return complain(c, ERR_CONFIG, "", "%04d_%s was applied, but its file is missing",
                            m->version, m->name);
        if (m->state == MIGRATION_EDITED)
            return complain(c, ERR_CONFIG, "", "%04d_%s was changed after it was applied",
                            m->version, m->name);
        if (m->state == MIGRATION_APPLIED && m->version > newest)
            newest = m->version;
    }
    for (uint32_t i = 0; i < all->n; i++) {
        const struct migration *m = LIST_AT(struct migration, all, i);
        if (m->state == MIGRATION_PENDING && m->version < newest)
            return complain(c, ERR_CONFIG, "",
                            "%04d_%s comes before %04d, which is applied already", m->version,
                            m->name, newest);
    }
    return DONE;
}

/* PostgreSQL's own words first, then one line that says which migration. */
static int run_one(struct ddctl *c, struct store *s, const struct migration *m, bool up)
{
    if (!up && !m->down)
        return complain(c, ERR_MISSING, "", "%04d_%s has no way back", m->version, m->name);
    enum err err = store_run(s, m, up);
    if (err) {
        const char *text = store_error(s);
        if (!c->json && strchr(text, '\n'))
            fprintf(stderr, "%s", text);
        return complain(c, err, "", "%04d_%s.%s.sql: %.*s", m->version, m->name, up ? "up" : "down",
                        (int)strcspn(text, "\n"), text);
    }
    if (!c->json)
        printf("%s %04d_%s\n", up ? "up  " : "down", m->version, m->name);
    return DONE;
}

static void print_count(const struct ddctl *c, int n, const char *nothing)
{
    if (c->json)
        printf("{\"migrations\":%d}\n", n);
    else if (n == 0)
        puts(nothing);
}

static int migrate_up(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct store *s = NULL;
    struct list all = {NULL, 0};
    int n = 0;
    (void)command;
    int code = begin(c, a, true, &s, &all);
    if (!code)
        code = check_history(c, &all);
    for (uint32_t i = 0; i < all.n && !code; i++) {
        const struct migration *m = LIST_AT(struct migration, &all, i);
        if (m->state != MIGRATION_PENDING)
            continue;
        code = run_one(c, s, m, true);
        n += !code;
    }
    store_close(&s);
    if (!code)
        print_count(c, n, "nothing to do");
    return code;
}

/* N, or all of them. */
static bool how_many(const struct arguments *a, long *out)
{
    char *end;
    const char *text = a->n_positional ? a->positional[0] : "1";
    *out = MAX_MIGRATIONS;
    if (strcmp(text, "all") == 0)
        return true;
    *out = strtol(text, &end, 10);
    return end != text && !*end && *out >= 1 && *out <= MAX_MIGRATIONS;
}

static int migrate_down(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct store *s = NULL;
    struct list all = {NULL, 0};
    long wanted;
    int n = 0;
    (void)command;
    if (!how_many(a, &wanted)) {
        complain(c, ERR_RANGE, "N", "how many to take back: 1 to %d, or all", MAX_MIGRATIONS);
        return USAGE;
    }
    int code = begin(c, a, true, &s, &all);
    if (!code)
        code = check_history(c, &all);
    for (uint32_t i = all.n; i-- > 0 && n < wanted && !code;) {
        const struct migration *m = LIST_AT(struct migration, &all, i);
        if (m->state != MIGRATION_APPLIED)
            continue;
        code = run_one(c, s, m, false);
        n += !code;
    }
    store_close(&s);
    if (!code)
        print_count(c, n, "nothing is applied");
    return code;
}

static void print_status_json(const struct list *all)
{
    printf("{\"items\":[");
    for (uint32_t i = 0; i < all->n; i++) {
        const struct migration *m = LIST_AT(struct migration, all, i);
        printf("%s{\"version\":%d,\"name\":\"%s\",\"state\":\"%s\"", i ? "," : "", m->version,
               m->name, state_names[m->state]);
        if (m->applied_at.n)
            printf(",\"applied_at\":\"%.*s\"", (int)m->applied_at.n, m->applied_at.p);
        putchar('}');
    }
    puts("]}");
}

/* Fails when something was edited or is missing; pending ones are no failure. */
static int migrate_status(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct store *s = NULL;
    struct list all = {NULL, 0};
    bool wrong = false;
    (void)command;
    int code = begin(c, a, false, &s, &all);
    store_close(&s);
    if (code)
        return code;
    for (uint32_t i = 0; i < all.n; i++) {
        const struct migration *m = LIST_AT(struct migration, &all, i);
        wrong |= m->state == MIGRATION_EDITED || m->state == MIGRATION_MISSING;
        if (!c->json)
            printf("%04d  %-24s %-8s %.*s\n", m->version, m->name, state_names[m->state],
                   (int)m->applied_at.n, m->applied_at.n ? m->applied_at.p : "");
    }
    if (c->json)
        print_status_json(&all);
    return wrong ? FAILED : DONE;
}

static const struct option lock_options[] = {
    {"lock-wait", NULL, OPTION_VALUE, "SECONDS",
     "How long to wait for another runner; 10 if absent."},
    {0},
};

const struct command migrate_commands[] = {
    {"migrate", "up", "", lock_options, "Applies what is not applied yet.", migrate_up, NULL, NULL,
     NULL, NULL},
    {"migrate", "down", "[N]", lock_options, "Takes the last N back; 1 if absent, or all.",
     migrate_down, NULL, NULL, NULL, NULL},
    {"migrate", "status", "", NULL, "What is applied, pending, edited or missing.", migrate_status,
     NULL, NULL, NULL, NULL},
    {0},
};
