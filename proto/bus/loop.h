/*
 * loop.h - the one event loop of a process: bus sockets, file descriptors and timers.
 *
 * DESIGN: one zmq_poll() over bus sockets and descriptors, and a heap of one-shot timers on the
 * monotonic clock. Level-triggered; a callback takes a bounded amount of work (a socket callback
 * at most 100 messages) and returns. Timers are one-shot and re-armed from now, so a stall causes
 * no burst. Removing anything from inside a callback is safe; nothing removed is called again.
 * Lives in the bus because only it may wait for bus sockets. No type of a library shows.
 *
 * THREADS: one loop belongs to one thread; loop_wake() alone may be called from others.
 */
#ifndef PROTO_BUS_LOOP_H
#define PROTO_BUS_LOOP_H

#include "proto/errors.h"

#include <stdint.h>

struct loop;

enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void loop_fd_fn(void *arg, int fd, int events);
typedef void loop_socket_fn(void *arg, void *socket);
typedef void loop_timer_fn(void *arg);

struct loop *loop_new(void); /* NULL: no memory */
void loop_free(struct loop **l);

/* At most 256 descriptors and sockets. Watching the same one again replaces events and callback. */
enum err loop_watch_fd(struct loop *l, int fd, int events, loop_fd_fn *fn, void *arg) MUST_CHECK;
void loop_unwatch_fd(struct loop *l, int fd);
enum err loop_watch_socket(struct loop *l, void *socket, loop_socket_fn *fn, void *arg) MUST_CHECK;
void loop_unwatch_socket(struct loop *l, void *socket);

/* Calls fn once, delay_ms from now. Returns an id that is never 0, 0 when there is no memory. */
uint64_t loop_after(struct loop *l, int64_t delay_ms, loop_timer_fn *fn, void *arg);
void loop_cancel(struct loop *l, uint64_t timer); /* 0 and gone timers are ignored */

/* Called once before each wait: the place for work that follows from a whole turn's callbacks. */
void loop_before_wait(struct loop *l, loop_timer_fn *fn, void *arg);

/* Runs until loop_stop(). */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* Makes a waiting loop turn once; from any thread. */
void loop_wake(struct loop *l);

/* Monotonic ms and us. */
int64_t loop_now_ms(void);
int64_t loop_now_us(void);

/* The wall clock, ms since 1970: for what people and other machines see, never for timers. */
int64_t loop_wall_ms(void);

#endif
