/*
 * spool.c - one answer as it comes in: memory up to 64 KiB, before it an unlinked file.
 */
#include "services/fetcher/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void spool_init(struct spool *s, const char *folder)
{
    *s = (struct spool){.file = -1, .folder = folder};
    buf_init(&s->memory, SPOOL_MEMORY);
}

void spool_reset(struct spool *s, size_t max_bytes)
{
    if (s->file >= 0)
        (void)close(s->file);
    s->file = -1;
    s->n = 0;
    s->max_bytes = max_bytes;
    buf_reset(&s->memory);
}

void spool_free(struct spool *s)
{
    spool_reset(s, 0);
    buf_free(&s->memory);
}

/* File systems that know no O_TMPFILE get a file that is unlinked at once. */
static int open_unlinked(const char *folder)
{
    char path[512];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    int n = snprintf(path, sizeof(path), "%s/answer-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

static enum err write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return ERR_NO_MEMORY;
        p += done;
        n -= (size_t)done;
    }
    return ERR_OK;
}

static enum err write_memory(struct spool *s)
{
    if (s->file < 0)
        s->file = open_unlinked(s->folder);
    if (s->file < 0)
        return ERR_NO_MEMORY;
    enum err err = write_all(s->file, s->memory.p, s->memory.n);
    buf_reset(&s->memory);
    return err;
}

enum err spool_write(struct spool *s, const void *p, size_t n)
{
    enum err err = ERR_OK;

    if (n > s->max_bytes || s->n > s->max_bytes - n)
        return ERR_UPSTREAM_TOO_LARGE;
    if (s->memory.n + n > SPOOL_MEMORY)
        err = write_memory(s);
    if (err == ERR_OK)
        err = n > SPOOL_MEMORY ? write_all(s->file, p, n) : buf_append(&s->memory, p, n);
    if (err == ERR_OK)
        s->n += n;
    return err;
}

enum err spool_read(const struct spool *s, size_t from, void *p, size_t n, size_t *got)
{
    size_t in_file = s->n - s->memory.n;
    size_t left = from < s->n ? s->n - from : 0;
    size_t done = 0;
    char *to = p;

    *got = n < left ? n : left;
    while (done < *got && from + done < in_file) {
        size_t most = in_file - from - done;
        if (most > *got - done)
            most = *got - done;
        ssize_t some = pread(s->file, to + done, most, (off_t)(from + done));
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return ERR_NO_MEMORY;
        done += (size_t)some;
    }
    if (done < *got)
        memcpy(to + done, s->memory.p + (from + done - in_file), *got - done);
    return ERR_OK;
}
