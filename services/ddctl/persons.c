/*
 * persons.c - what is stored about one person: found, written into a file, erased. Messages to the
 * dealer service.
 *
 * DESIGN: a telephone or identity number is read from stdin, where nobody sees it: what stands on a
 * command line, everybody on the machine can read. What is erased is counted first, then confirmed.
 */
#include "services/ddctl/ddctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PERSON_MS = 40000, MAX_LINE = 256, OWNER_ONLY = 0600 };

static bool flag(const struct arguments *a, const char *name)
{
    const char *given = argument(a, name);
    return given && strcmp(given, "true") == 0;
}

/* A line of stdin without its end; asks for it where somebody sits. */
static int read_line(struct ddctl *c, const char *what, struct view *out)
{
    char line[MAX_LINE];
    if (isatty(STDIN_FILENO))
        fprintf(stderr, "%s: ", what);
    if (!fgets(line, sizeof line, stdin)) {
        complain(c, ERR_MISSING, what, "nothing came from stdin");
        return USAGE;
    }
    *out = arena_copy(&c->arena, (struct view){line, (uint32_t)strcspn(line, "\r\n")});
    explicit_bzero(line, sizeof line);
    return out->p ? DONE : complain(c, ERR_NO_MEMORY, what, "out of memory");
}

/* A number of the person, when the flag for it was given. */
static int fill_number(struct ddctl *c, const struct command *command, const struct arguments *a,
                       const char *name, void *message)
{
    const struct field_desc *f = desc_field(command->msg, view_of(name));
    struct view text;
    if (!flag(a, name))
        return DONE;
    int code = read_line(c, name, &text);
    if (code)
        return code;
    memcpy((char *)message + f->offset, &text, sizeof text);
    field_set_present(command->msg, f, message);
    return DONE;
}

static int fill(struct ddctl *c, const struct command *command, const struct arguments *a,
                void **message, void **answer)
{
    *message = arena_take(&c->arena, command->msg->size);
    *answer = arena_take(&c->arena, command->msg->reply->size);
    if (!*message || !*answer)
        return complain(c, ERR_NO_MEMORY, "", "out of memory");
    int code = arguments_fill(c, command, a, *message);
    if (!code)
        code = fill_number(c, command, a, "phone", *message);
    return code ? code : fill_number(c, command, a, "ktp", *message);
}

static int send_it(struct ddctl *c, const struct command *command, const void *message,
                   void *answer)
{
    return ask_patiently(c, command->service, command->msg, message, PERSON_MS, answer);
}

static int find(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    void *message, *answer;
    int code = fill(c, command, a, &message, &answer);
    if (!code)
        code = send_it(c, command, message, answer);
    if (code)
        return code;
    const struct person_page *page = answer;
    if (c->json || page->items.n > 0)
        print_page(c, &PERSON_PAGE, page, command->columns);
    if (!c->json)
        printf("%lld records in quarantine\n", (long long)page->set_aside);
    return DONE;
}

/* ---- export ---- */

/* A new file that its owner alone may read. */
static int write_file(struct ddctl *c, const char *path, struct view text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, OWNER_ONLY);
    if (fd < 0)
        return complain(c, ERR_CONFIG, "--out", "%s: %s", path, strerror(errno));
    size_t done = 0;
    while (done < text.n) {
        ssize_t n = write(fd, text.p + done, text.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    bool whole = done == text.n && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
    int error = errno;
    if (close(fd) == 0 && whole)
        return DONE;
    (void)unlink(path);
    return complain(c, ERR_CONFIG, "--out", "%s: %s", path, strerror(error));
}

static int export_it(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    void *message, *answer;
    const char *path = argument(a, "out");
    if (path && access(path, F_OK) == 0)
        return complain(c, ERR_CONFIG, "--out", "%s: is there already", path);
    int code = fill(c, command, a, &message, &answer);
    if (!code)
        code = send_it(c, command, message, answer);
    if (code)
        return code;
    const struct person_document *d = answer;
    if (path)
        return write_file(c, path, d->document);
    printf("%.*s\n", (int)d->document.n, d->document.p);
    return DONE;
}

/* ---- erase ---- */

/* Somebody who sits there, or a script, repeats what it is about: the id, else the number of
 * records. */
static int confirm(struct ddctl *c, const struct person_erase *m, const struct person_erased *found)
{
    char count[24];
    struct view typed, wanted = m->id_prospect;
    snprintf(count, sizeof count, "%lld", (long long)(found->prospects + found->set_aside));
    fprintf(
        stderr,
        "%lld prospects and %lld records in quarantine will lose their personal data, for good.\n",
        (long long)found->prospects, (long long)found->set_aside);
    if (!HAS(m, person_erase, id_prospect))
        wanted = view_of(count);
    int code = read_line(c,
                         HAS(m, person_erase, id_prospect) ? "type the prospect's id to go on"
                                                           : "type how many these are to go on",
                         &typed);
    if (code)
        return code;
    if (typed.n == wanted.n && memcmp(typed.p, wanted.p, typed.n) == 0)
        return DONE;
    return complain(c, ERR_CHANGED, "", "not confirmed; nothing is erased");
}

static int erase(struct ddctl *c, const struct command *command, const struct arguments *a)
{
    void *message, *answer;
    int code = fill(c, command, a, &message, &answer);
    if (code)
        return code;
    struct person_erase *m = message;
    bool dry = HAS(m, person_erase, dry_run) && m->dry_run;
    if (!dry && !flag(a, "yes")) {
        PUT(m, person_erase, dry_run, true);
        code = send_it(c, command, m, answer);
        if (!code)
            code = confirm(c, m, answer);
        PUT(m, person_erase, dry_run, false);
    }
    PUT(m, person_erase, confirm, !dry);
    if (!code)
        code = send_it(c, command, m, answer);
    if (!code)
        print_record(c, &PERSON_ERASED, answer);
    return code;
}

#define WHO_OPTIONS                                                                                \
    {"dealer", "dealer_id", OPTION_VALUE, "CODE", "The dealer; needed with --id."},                \
        {"id", "id_prospect", OPTION_VALUE, "ID", "The prospect, by the upstream's id."},          \
        {"phone", NULL, OPTION_FLAG, "", "By a telephone number, a line of stdin."},               \
    {                                                                                              \
        "ktp", NULL, OPTION_FLAG, "", "By an identity number, a line of stdin."                    \
    }

static const struct option find_options[] = {WHO_OPTIONS, {0}};

static const struct option export_options[] = {
    WHO_OPTIONS,
    {"reason", "reason", OPTION_VALUE, "TEXT", "Why; kept in the audit trail."},
    {"out", NULL, OPTION_VALUE, "FILE", "A new file of mode 0600; else to stdout."},
    {0},
};

static const struct option erase_options[] = {
    WHO_OPTIONS,
    {"reason", "reason", OPTION_VALUE, "TEXT", "Why; kept in the audit trail."},
    {"dry-run", "dry_run", OPTION_TRUE, "", "Counts, and does nothing."},
    {"yes", NULL, OPTION_FLAG, "", "Without asking whether this is meant."},
    {0},
};

static const char found_columns[] =
    "dealer_id,id_prospect,nama_lengkap,no_kontak,no_ktp,tanggal_prospect,units,erased";

const struct command person_commands[] = {
    {"person", "find", "", find_options, "Who is stored, masked.", find, &PERSON_FIND, "dealer",
     NULL, found_columns},
    {"person", "export", "", export_options, "All that is stored about a person, as JSON.",
     export_it, &PERSON_EXPORT, "dealer", NULL, NULL},
    {"person", "erase", "", erase_options, "Erases a person's data, for good.", erase,
     &PERSON_ERASE, "dealer", NULL, NULL},
    {0},
};
