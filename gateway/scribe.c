/*
 * scribe.c - the thread that writes workbooks, and its two lists of tasks.
 */
#include "gateway/scribe.h"
#include "services/daemon/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MAX_PATH = 256, ROOM_BYTES = 192 * 1024 * 1024 };

struct tasks {
    struct scribe_task *first;
    struct scribe_task **last; /* where the next one goes */
};

struct scribe {
    struct loop *loop; /* borrowed */
    scribe_fn *fn;
    char folder[MAX_PATH];
    int fd; /* counts what is done; watched by the loop */
    bool started;
    pthread_t thread;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t more;
    bool ending;
    struct scribe_task *hand; /* the one that is written */
    struct tasks wanted, done;
};

static void append(struct tasks *t, struct scribe_task *task)
{
    task->next = NULL;
    *t->last = task;
    t->last = &task->next;
}

static struct scribe_task *take(struct tasks *t)
{
    struct scribe_task *task = t->first;
    if (!task)
        return NULL;
    t->first = task->next;
    if (!t->first)
        t->last = &t->first;
    return task;
}

/* The library does not look whether its own files could be written: on a full disk it would make a
 * book that cannot be read. There has to be room for the largest one. */
static bool has_room(const char *folder)
{
    struct statvfs v;
    return statvfs(folder, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize >= ROOM_BYTES;
}

/* A file without a name; -1: none. */
static int open_nameless(const char *folder)
{
    char path[MAX_PATH + 16];
    snprintf(path, sizeof path, "%s/book-XXXXXX", folder);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0 && unlink(path) != 0)
        log_warn("a workbook's file keeps its name", K("err", strerror(errno)));
    return fd;
}

static void write_book(const struct scribe *s, struct scribe_task *task)
{
    char path[40];
    struct stat st;
    task->fd = has_room(s->folder) ? open_nameless(s->folder) : -1;
    task->err = task->fd < 0 ? ERR_NO_MEMORY : ERR_OK;
    if (task->err)
        return;
    /* The library opens by name; this one leads to the file that has none. */
    snprintf(path, sizeof path, "/proc/self/fd/%d", task->fd);
    task->err = workbook_write(&task->book, path, s->folder, &task->stop);
    if (!task->err && (fstat(task->fd, &st) != 0 || st.st_size == 0))
        task->err = ERR_INTERNAL;
    if (!task->err) {
        task->bytes = (uint64_t)st.st_size;
        return;
    }
    close(task->fd);
    task->fd = -1;
}

static void *run(void *arg)
{
    struct scribe *s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->wanted.first && !s->ending)
            pthread_cond_wait(&s->more, &s->lock);
        s->hand = take(&s->wanted);
        if (!s->hand)
            break;
        pthread_mutex_unlock(&s->lock);
        write_book(s, s->hand);
        pthread_mutex_lock(&s->lock);
        append(&s->done, s->hand);
        s->hand = NULL;
        if (eventfd_write(s->fd, 1) != 0)
            log_warn("the loop is not told of a workbook", K("err", strerror(errno)));
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void hand_back(struct scribe *s)
{
    struct scribe_task *task;
    do {
        pthread_mutex_lock(&s->lock);
        task = take(&s->done);
        pthread_mutex_unlock(&s->lock);
        if (task)
            s->fn(task);
    } while (task);
}

static void on_done(void *arg, int fd, int events)
{
    eventfd_t n;
    (void)events;
    if (eventfd_read(fd, &n) == 0)
        hand_back(arg);
}

/* Files that a killed process has left. */
static void empty_folder(const char *folder)
{
    DIR *d = opendir(folder);
    for (const struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.' && unlinkat(dirfd(d), e->d_name, 0) != 0)
            log_warn("a file stays", K("folder", folder), K("file", e->d_name));
    if (d)
        closedir(d);
}

/* Signals are for the loop's thread. */
static bool start(struct scribe *s)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    s->started = pthread_create(&s->thread, NULL, run, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return s->started;
}

enum err scribe_new(struct loop *l, const char *folder, scribe_fn *fn, struct scribe **out)
{
    struct stat st;
    struct scribe *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NO_MEMORY;
    *out = s;
    s->loop = l;
    s->fn = fn;
    s->wanted.last = &s->wanted.first;
    s->done.last = &s->done.first;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->more, NULL);
    s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if ((size_t)snprintf(s->folder, sizeof s->folder, "%s", folder) >= sizeof s->folder ||
        (mkdir(folder, 0700) != 0 && errno != EEXIST) || lstat(folder, &st) != 0 ||
        !S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
        log_error("no folder for workbooks", K("folder", folder), K("err", strerror(errno)));
        return ERR_CONFIG;
    }
    empty_folder(folder);
    if (s->fd < 0 || !start(s))
        return ERR_NO_MEMORY;
    return loop_watch_fd(l, s->fd, LOOP_READ, on_done, s);
}

void scribe_free(struct scribe **out)
{
    struct scribe *s = *out;
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    if (s->hand)
        atomic_store(&s->hand->stop, true);
    for (struct scribe_task *t = s->wanted.first; t; t = t->next)
        atomic_store(&t->stop, true);
    pthread_cond_signal(&s->more);
    pthread_mutex_unlock(&s->lock);
    if (s->started)
        pthread_join(s->thread, NULL);
    hand_back(s);
    if (s->fd >= 0) {
        loop_unwatch_fd(s->loop, s->fd);
        close(s->fd);
    }
    rmdir(s->folder);
    pthread_cond_destroy(&s->more);
    pthread_mutex_destroy(&s->lock);
    free(s);
    *out = NULL;
}

void scribe_give(struct scribe *s, struct scribe_task *task)
{
    pthread_mutex_lock(&s->lock);
    append(&s->wanted, task);
    pthread_cond_signal(&s->more);
    pthread_mutex_unlock(&s->lock);
}
