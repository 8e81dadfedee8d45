/*
 * passwords.c - argon2id in a thread of its own: see passwords.h.
 */
#include "services/account/passwords.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct work {
    char stored[PASSWORD_HASH_SIZE]; /* "" = nothing fits */
    char given[PASSWORD_MOST + 1];
    char fresh[PASSWORD_MOST + 1];
    uint32_t given_n, fresh_n;
    bool compares, hashes;
    bool good;
    char hash[PASSWORD_HASH_SIZE];
    password_fn *fn;
    void *arg;
};

struct passwords {
    struct loop *loop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct work *ring;                /* PASSWORD_QUEUE of them, in guarded memory */
    unsigned first, done, last;       /* counted: taken back, worked on, put in; under the lock */
    bool stop;                        /* under the lock */
    int wake;                         /* eventfd: something is done */
    char nothing[PASSWORD_HASH_SIZE]; /* a hash of what nobody knows */
};

static void work_on(struct passwords *p, struct work *w)
{
    w->good = true;
    if (w->compares) {
        const char *stored = *w->stored ? w->stored : p->nothing;
        w->good = crypto_pwhash_str_verify(stored, w->given, w->given_n) == 0 && *w->stored;
    }
    if (w->hashes && w->good)
        w->good =
            crypto_pwhash_str(w->hash, w->fresh, w->fresh_n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
    sodium_memzero(w->given, sizeof w->given);
    sodium_memzero(w->fresh, sizeof w->fresh);
}

static void *run(void *arg)
{
    struct passwords *p = arg;
    uint64_t one = 1;
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        if (p->done == p->last) {
            pthread_cond_wait(&p->more, &p->lock);
            continue;
        }
        struct work *w = &p->ring[p->done % PASSWORD_QUEUE];
        pthread_mutex_unlock(&p->lock);
        work_on(p, w);
        pthread_mutex_lock(&p->lock);
        p->done++;
        if (write(p->wake, &one, sizeof one) < 0)
            continue; /* it is readable already */
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void on_done(void *arg, int fd, int events)
{
    struct passwords *p = arg;
    uint64_t n;
    (void)events;
    if (read(fd, &n, sizeof n) < 0)
        return;
    for (;;) {
        struct work w = {0};
        pthread_mutex_lock(&p->lock);
        bool any = p->first != p->done;
        if (any) {
            struct work *at = &p->ring[p->first++ % PASSWORD_QUEUE];
            w = *at;
            sodium_memzero(at, sizeof *at);
        }
        pthread_mutex_unlock(&p->lock);
        if (!any)
            return;
        w.fn(w.arg, w.good, w.hash);
        sodium_memzero(&w, sizeof w);
    }
}

/* Once, so that a name that does not exist takes as long as a wrong password. */
static enum err make_nothing(struct passwords *p)
{
    unsigned char secret[32];
    randombytes_buf(secret, sizeof secret);
    int failed =
        crypto_pwhash_str(p->nothing, (const char *)secret, sizeof secret,
                          crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    sodium_memzero(secret, sizeof secret);
    return failed ? ERR_NO_MEMORY : ERR_OK;
}

enum err passwords_new(struct loop *l, struct passwords **out)
{
    *out = NULL;
    if (sodium_init() < 0)
        return ERR_INTERNAL;
    struct passwords *p = calloc(1, sizeof *p);
    if (!p)
        return ERR_NO_MEMORY;
    p->loop = l;
    p->ring = sodium_allocarray(PASSWORD_QUEUE, sizeof *p->ring);
    p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->more, NULL);
    enum err err = p->ring && p->wake >= 0 ? make_nothing(p) : ERR_NO_MEMORY;
    if (!err)
        err = loop_watch_fd(l, p->wake, LOOP_READ, on_done, p);
    if (!err && pthread_create(&p->thread, NULL, run, p) == 0) {
        *out = p;
        return ERR_OK;
    }
    loop_unwatch_fd(l, p->wake);
    sodium_free(p->ring);
    if (p->wake >= 0)
        close(p->wake);
    free(p);
    return err ? err : ERR_NO_MEMORY;
}

void passwords_free(struct passwords **at)
{
    struct passwords *p = *at;
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_signal(&p->more);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    loop_unwatch_fd(p->loop, p->wake);
    close(p->wake);
    sodium_free(p->ring);
    pthread_cond_destroy(&p->more);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *at = NULL;
}

static bool put(char *to, size_t size, struct view from)
{
    if (from.n >= size)
        return false;
    if (from.n)
        memcpy(to, from.p, from.n);
    to[from.n] = '\0';
    return true;
}

enum err passwords_work(struct passwords *p, struct view stored, struct view given,
                        struct view fresh, password_fn *fn, void *arg)
{
    enum err err = ERR_OK;
    pthread_mutex_lock(&p->lock);
    struct work *w = &p->ring[p->last % PASSWORD_QUEUE];
    if (p->last - p->first == PASSWORD_QUEUE) {
        err = ERR_SIGN_IN_BUSY;
    } else if (!put(w->stored, sizeof w->stored, stored) ||
               !put(w->given, sizeof w->given, given) || !put(w->fresh, sizeof w->fresh, fresh)) {
        err = ERR_LIMIT;
    } else {
        w->given_n = given.n;
        w->fresh_n = fresh.n;
        w->compares = given.p != NULL;
        w->hashes = fresh.p != NULL;
        w->hash[0] = '\0';
        w->fn = fn;
        w->arg = arg;
        p->last++;
        pthread_cond_signal(&p->more);
    }
    pthread_mutex_unlock(&p->lock);
    return err;
}
