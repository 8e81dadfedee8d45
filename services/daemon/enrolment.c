/*
 * enrolment.c - reads a file of settings: see enrolment.h.
 */
#include "services/daemon/enrolment.h"

#include "proto/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SETTINGS = 64 };

static bool begins(struct view v, const char *with)
{
    size_t n = strlen(with);
    return v.n > n && memcmp(v.p, with, n) == 0;
}

/* Nothing that other programs or libraries listen to. */
static bool name_valid(struct view name)
{
    if (name.n > ENROLMENT_MAX_NAME ||
        (!begins(name, "DD_") && !view_is(name, "DATABASE_URL") && !view_is(name, "REDIS_URL")))
        return false;
    for (uint32_t i = 0; i < name.n; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", name.p[i]) || !name.p[i])
            return false;
    return true;
}

static bool value_valid(struct view value)
{
    for (uint32_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ')
            return false;
    return value.n > 0 && text_valid(value);
}

static bool known(const struct view *names, unsigned n, struct view name)
{
    for (unsigned i = 0; i < n; i++)
        if (names[i].n == name.n && memcmp(names[i].p, name.p, name.n) == 0)
            return true;
    return false;
}

/* What is wrong with a line; NULL: it is a setting. */
static const char *split(struct view line, struct view *name, struct view *value)
{
    const char *equals = memchr(line.p, '=', line.n);
    if (!equals)
        return "there is no =";
    *name = (struct view){line.p, (uint32_t)(equals - line.p)};
    *value = (struct view){equals + 1, line.n - name->n - 1};
    if (!name_valid(*name))
        return "the name is none of ours";
    return value_valid(*value) ? NULL : "the value is empty or no text";
}

enum err enrolment_parse(struct view text, enrolment_fn *fn, void *arg, struct fault *f)
{
    struct view names[MAX_SETTINGS], name, value;
    unsigned n = 0;
    enum err err = ERR_OK;
    for (int number = 1; text.n > 0 && !err; number++) {
        const char *end = memchr(text.p, '\n', text.n);
        struct view line = {text.p, end ? (uint32_t)(end - text.p) : text.n};
        uint32_t used = line.n + (end != NULL);
        text = (struct view){text.p + used, text.n - used};
        if (line.n == 0 || line.p[0] == '#')
            continue;
        const char *wrong = split(line, &name, &value);
        if (!wrong && known(names, n, name))
            wrong = "the setting stands there twice";
        if (!wrong && n == MAX_SETTINGS)
            wrong = "there are more than 64 settings";
        if (wrong)
            return fault_set(f, ERR_CONFIG, "", "line %d: %s", number, wrong);
        names[n++] = name;
        err = fn(arg, name, value);
    }
    return err ? fault_set(f, err, "", "%s", err_text(err)) : ERR_OK;
}

static enum err to_environment(void *arg, struct view name, struct view value)
{
    char variable[ENROLMENT_MAX_NAME + 1];
    (void)arg;
    memcpy(variable, name.p, name.n);
    variable[name.n] = '\0';
    const char *there = getenv(variable);
    if (there && *there)
        return ERR_OK;
    char *text = strndup(value.p, value.n);
    enum err err = text && setenv(variable, text, 1) == 0 ? ERR_OK : ERR_NO_MEMORY;
    if (text)
        explicit_bzero(text, value.n);
    free(text);
    return err;
}

static enum err read_all(int fd, const char *file, char *text, size_t *n, struct fault *f)
{
    struct stat s;
    ssize_t got = 0;
    *n = 0;
    if (fd < 0 || fstat(fd, &s) != 0)
        return fault_set(f, ERR_CONFIG, "", "%s: %s", file, strerror(errno));
    if (s.st_mode & 077)
        return fault_set(f, ERR_CONFIG, "", "%s is open to others (mode %03o)", file,
                         (unsigned)s.st_mode & 0777);
    while (*n < ENROLMENT_MAX && (got = read(fd, text + *n, ENROLMENT_MAX - *n)) > 0)
        *n += (size_t)got;
    if (got < 0 || *n == ENROLMENT_MAX || *n == 0)
        return fault_set(f, ERR_CONFIG, "", "%s is empty, too long or unreadable", file);
    return ERR_OK;
}

enum err enrolment_read(const char *file, struct fault *f)
{
    size_t n = 0;
    char *text = malloc(ENROLMENT_MAX);
    int fd = text ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    enum err err = text ? read_all(fd, file, text, &n, f)
                        : fault_set(f, ERR_NO_MEMORY, "", "%s", err_text(ERR_NO_MEMORY));
    if (!err)
        err = enrolment_parse((struct view){text, (uint32_t)n}, to_environment, NULL, f);
    if (fd >= 0)
        close(fd);
    if (text)
        explicit_bzero(text, n);
    free(text);
    return err;
}
