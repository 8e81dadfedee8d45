/*
 * rotate.c - a new master key while everything runs: key rotate-master, key reseal, key status.
 *
 * DESIGN: the key's file says how far a change is, so that one that was killed at any instant is
 * found and finished: one line = nothing is going on; several = the first one is new, and what the
 * others sealed is being sealed anew. The file is replaced by a rename, never written in place.
 *
 *   1. the new key goes in front of the old one: from now on processes open both, seal with the new
 *   2. everything is sealed anew (reseal.h)
 *   3. the old key leaves the file; running processes still know it
 *
 * Where processes have files of their own, or DD_MASTER_KEY, somebody else does 1 and 3, and
 * `key reseal` does 2.
 */
#include "services/ddctl/reseal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH = 512, MAX_TEXT = SEAL_MAX_KEYS * (SEAL_KEY_HEX + 4) + 64 };

static int failed(struct ddctl *c, const char *file)
{
    return complain(c, ERR_CONFIG, "DD_MASTER_KEY_FILE", "%s: %s", file, strerror(errno));
}

/* ---- the file ---- */

/* The folder, locked: one change of the file at a time. -1: said on stderr. */
static int lock_folder(struct ddctl *c, const char *file)
{
    char folder[MAX_PATH];
    snprintf(folder, sizeof folder, "%s", file);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        failed(c, folder);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        complain(c, ERR_BUSY, "", "another change of the master key is going on");
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool write_all(int fd, const char *text)
{
    size_t n = strlen(text);
    return write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
}

/* Puts another file of the same owner in place of it; whole or not at all, whatever happens. */
static int replace_file(struct ddctl *c, const char *file, int folder, const char *text)
{
    char fresh[MAX_PATH + 8];
    struct stat was;
    if (lstat(file, &was) != 0)
        return failed(c, file);
    if (!S_ISREG(was.st_mode))
        return complain(c, ERR_CONFIG, "DD_MASTER_KEY_FILE",
                        "%s is no plain file: change it by hand, then run ddctl key reseal", file);
    snprintf(fresh, sizeof fresh, "%s.new", file);
    if (unlink(fresh) != 0 && errno != ENOENT)
        return failed(c, fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && (fchown(fd, was.st_uid, was.st_gid) == 0 || was.st_uid == geteuid()) &&
              fchmod(fd, was.st_mode & 0777) == 0 && write_all(fd, text);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    if (!ok || rename(fresh, file) != 0 || fsync(folder) != 0)
        return failed(c, file);
    return DONE;
}

static int read_file(struct ddctl *c, const char *file, char text[MAX_TEXT + 1])
{
    size_t n = conf_read_file(file, text, MAX_TEXT);
    text[n] = '\0';
    return n > 0 ? DONE : failed(c, file);
}

/* A new key in front of what the file holds. */
static int put_new_key(struct ddctl *c, const char *file, int folder)
{
    unsigned char key[SEAL_KEY_HEX / 2];
    char was[MAX_TEXT + 1], text[MAX_TEXT + SEAL_KEY_HEX + 4], hex[SEAL_KEY_HEX + 1];
    int code = read_file(c, file, was);
    if (!code) {
        randombytes_buf(key, sizeof key);
        sodium_bin2hex(hex, sizeof hex, key, sizeof key);
        snprintf(text, sizeof text, "%s\n%s\n", hex, was);
        code = replace_file(c, file, folder, text);
    }
    sodium_memzero(key, sizeof key);
    sodium_memzero(hex, sizeof hex);
    sodium_memzero(was, sizeof was);
    sodium_memzero(text, sizeof text);
    return code;
}

/* The first key of the file alone. */
static int drop_old_keys(struct ddctl *c, const char *file, int folder)
{
    char was[MAX_TEXT + 1], text[SEAL_KEY_HEX + 2];
    int code = read_file(c, file, was);
    if (!code) {
        snprintf(text, sizeof text, "%.*s\n", SEAL_KEY_HEX, was + strspn(was, ", \t\r\n"));
        code = replace_file(c, file, folder, text);
    }
    sodium_memzero(was, sizeof was);
    sodium_memzero(text, sizeof text);
    return code;
}

/* ---- commands ---- */

static int open_both(struct ddctl *c, struct reseal *r)
{
    *r = (struct reseal){.c = c};
    if (!*c->conf.database_url)
        return complain(c, ERR_CONFIG, "DATABASE_URL", "is not set");
    if (seal_open_key(c->conf.master_key, c->conf.master_key_file, &r->seal) != ERR_OK)
        return complain(c, ERR_CONFIG, "DD_MASTER_KEY_FILE", "there is no usable key in %s",
                        *c->conf.master_key ? "DD_MASTER_KEY" : c->conf.master_key_file);
    r->db = db_new(&(struct db_conf){.url = c->conf.database_url, .application_name = "ddctl"});
    return r->db ? DONE : complain(c, ERR_NO_MEMORY, "", "out of memory");
}

static void close_both(struct reseal *r)
{
    db_free(&r->db);
    seal_free(&r->seal);
}

static int tell(const struct reseal *r, int code)
{
    const char *id = seal_key_id(r->seal, 0);
    if (r->c->json)
        printf("{\"key_id\":\"%s\",\"credentials\":%" PRId64 ",\"dealers\":%" PRId64
               ",\"unreadable\":%" PRId64 "}\n",
               id, r->credentials, r->dealers, r->unreadable);
    else
        printf("key %s, sealed anew: credentials %" PRId64 ", dealers %" PRId64
               "; unreadable %" PRId64 "\n",
               id, r->credentials, r->dealers, r->unreadable);
    return code;
}

static int key_reseal(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct reseal r;
    (void)command;
    (void)a;
    int code = open_both(c, &r);
    if (!code)
        code = tell(&r, reseal_all(&r));
    close_both(&r);
    return code;
}

/* The folder is locked. */
static int rotate(struct ddctl *c, int folder, bool resume)
{
    const char *file = c->conf.master_key_file;
    struct reseal r;
    int code = open_both(c, &r);
    if (!code && seal_n_keys(r.seal) == 1 && !resume) {
        code = put_new_key(c, file, folder);
        seal_refresh(r.seal);
        if (!code && seal_n_keys(r.seal) == 1)
            code = complain(c, ERR_CONFIG, "", "%s cannot be read again", file);
    }
    if (!code)
        code = tell(&r, reseal_all(&r));
    if (!code && seal_n_keys(r.seal) > 1)
        code = drop_old_keys(c, file, folder);
    close_both(&r);
    return code;
}

static int key_rotate(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    const char *resume = argument(a, "resume");
    (void)command;
    if (*c->conf.master_key)
        return complain(c, ERR_CONFIG, "DD_MASTER_KEY",
                        "the keys are not in a file: put a new one in front of them everywhere, "
                        "run ddctl key reseal, then take the old one away");
    int folder = lock_folder(c, c->conf.master_key_file);
    if (folder < 0)
        return FAILED;
    int code = rotate(c, folder, resume && strcmp(resume, "true") == 0);
    close(folder);
    return code;
}

static const char *role_of(const struct seal *s, struct view id)
{
    for (unsigned i = 0; i < seal_n_keys(s); i++)
        if (view_is(id, seal_key_id(s, i)))
            return i == 0 ? "seals" : "opens";
    return id.n == 0 ? "unnamed" : "unknown";
}

static void print_count(const struct ddctl *c, const char *separator, struct view id, int64_t texts,
                        const char *role)
{
    if (c->json)
        printf("%s{\"key_id\":\"%.*s\",\"texts\":%" PRId64 ",\"role\":\"%s\"}", separator,
               (int)id.n, id.p, texts, role);
    else
        printf("%-8.*s  %7" PRId64 "  %s\n", (int)id.n, id.p, texts, role);
}

/* Every key that sealed something, and the one that seals. */
static int key_status(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    struct reseal r;
    struct rows *rows = NULL;
    bool in_use = false;
    (void)command;
    (void)a;
    int code = open_both(c, &r);
    if (!code && db_run(r.db, SQL_DDCTL_SEAL_COUNT, NULL, 0, &rows) != ERR_OK)
        code = complain(c, ERR_DATABASE, "", "%s", db_error(r.db)->message);
    if (!code) {
        const char *first = seal_key_id(r.seal, 0);
        if (c->json)
            putchar('[');
        else
            printf("%-8s  %7s  %s\n", "key_id", "texts", "role");
        for (int i = 0; i < rows_count(rows); i++) {
            struct view id = rows_text(rows, i, 0);
            in_use = in_use || view_is(id, first);
            print_count(c, i ? "," : "", id, rows_int(rows, i, 1), role_of(r.seal, id));
        }
        if (!in_use)
            print_count(c, rows_count(rows) ? "," : "", view_of(first), 0, "seals");
        if (c->json)
            puts("]");
    }
    rows_free(&rows);
    close_both(&r);
    return code;
}

static const struct option rotate_options[] = {
    {"resume", NULL, OPTION_FLAG, "", "Only finishes a change that was interrupted."},
    {0},
};

#define ROW(verb, options, doc, fn)                                                                \
    {                                                                                              \
        "key", verb, "", options, doc, fn, NULL, NULL, NULL, NULL                                  \
    }

const struct command rotate_commands[] = {
    ROW("rotate-master", rotate_options,
        "Makes a new master key and seals all credentials anew, while everything runs.",
        key_rotate),
    ROW("reseal", NULL, "Seals all credentials anew under the first master key there is.",
        key_reseal),
    ROW("status", NULL, "How much is sealed with which master key.", key_status),
    {0},
};
