/*
 * events.c - publisher with a limit per key, subscriber that notices gaps.
 *
 * A kept event is stored encoded; when its time comes it is decoded, numbered and sent, so that the
 * numbers on the wire are without gaps whatever was replaced in between.
 */
#include "proto/bus/events.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUIET_MS = 250,
    MAX_KEYS = 1024,
    MAX_KEY = 64,
    MAX_EVENT = 64 * 1024,
    MAX_STRUCT = 1024,
    MAX_BATCH = 100,
    MAX_SOURCES = 64
};

/* ---- publisher ---- */

struct limited {
    const struct desc *desc; /* kind of event; part of the key */
    char key[MAX_KEY];       /* terminated */
    int64_t quiet_until_ms;  /* monotonic */
    struct buf waiting;      /* encoded event, empty if none waits */
};

struct publisher {
    struct endpoint *endpoint; /* PUB */
    struct loop *loop;         /* borrowed */
    char source[65];           /* goes into each event */
    int64_t seq;               /* number of the last event */
    struct limited *keys;      /* MAX_KEYS slots, n_keys in use; owned */
    unsigned n_keys;           /* keys that are quiet at present */
    uint64_t timer;            /* flush, 0 = none */
    struct buf out;            /* frame being written */
};

enum err publisher_new(struct bus *b, struct loop *l, const char *address, const char *source,
                       struct publisher **out)
{
    struct publisher *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p)
        return ERR_NO_MEMORY;
    p->loop = l;
    snprintf(p->source, sizeof p->source, "%s", source);
    buf_init(&p->out, MAX_EVENT);
    p->keys = calloc(MAX_KEYS, sizeof *p->keys);
    enum err err = p->keys ? endpoint_bind_pub(b, address, &p->endpoint) : ERR_NO_MEMORY;
    if (!err)
        err = endpoint_watch(p->endpoint, l);
    if (err)
        publisher_free(&p);
    *out = p;
    return err;
}

void publisher_free(struct publisher **p)
{
    if (!*p)
        return;
    loop_cancel((*p)->loop, (*p)->timer);
    for (unsigned i = 0; (*p)->keys && i < (*p)->n_keys; i++)
        buf_free(&(*p)->keys[i].waiting);
    free((*p)->keys);
    endpoint_free(&(*p)->endpoint);
    buf_free(&(*p)->out);
    free(*p);
    *p = NULL;
}

/* Every event struct begins with has, source, seq. */
struct event_head {
    uint64_t has;
    struct view source;
    int64_t seq;
};

void publish(struct publisher *p, const struct desc *d, void *event)
{
    struct event_head *head = event;
    assert(d->kind == DESC_EVENT);
    head->source = view_of(p->source);
    head->seq = ++p->seq;
    buf_reset(&p->out);
    enum err err = frame_event(&p->out, d, event);
    if (!err)
        err = endpoint_send(p->endpoint, NULL, p->out.p, p->out.n);
    (void)err; /* a lost event shows as a gap */
}

static void send_waiting(struct publisher *p, struct limited *k)
{
    union {
        uint64_t align;
        char bytes[MAX_STRUCT];
    } event;
    struct arena a;
    struct fault f;
    assert(k->desc->size <= MAX_STRUCT);
    arena_init(&a, MAX_EVENT);
    if (codec_decode(k->desc, k->waiting.p, k->waiting.n, &a, event.bytes, &f) == ERR_OK)
        publish(p, k->desc, event.bytes);
    arena_free(&a);
    buf_reset(&k->waiting);
}

static void on_flush(void *arg)
{
    struct publisher *p = arg;
    int64_t now = loop_now_ms();
    p->timer = 0;
    for (unsigned i = 0; i < p->n_keys;) {
        struct limited *k = &p->keys[i];
        if (k->quiet_until_ms > now) {
            i++;
            continue;
        }
        if (k->waiting.n) {
            send_waiting(p, k);
            k->quiet_until_ms = now + QUIET_MS;
            i++;
            continue;
        }
        buf_free(&k->waiting);
        *k = p->keys[--p->n_keys];
    }
    if (p->n_keys)
        p->timer = loop_after(p->loop, QUIET_MS / 5, on_flush, p);
}

static struct limited *find_key(struct publisher *p, const struct desc *d, struct view key)
{
    for (unsigned i = 0; i < p->n_keys; i++)
        if (p->keys[i].desc == d && view_is(key, p->keys[i].key))
            return &p->keys[i];
    return NULL;
}

void publish_latest(struct publisher *p, const struct desc *d, void *event, struct view key)
{
    struct limited *k = find_key(p, d, key);
    if (k) {
        struct event_head *head = event;
        head->source = view_of(p->source);
        buf_reset(&k->waiting);
        if (codec_encode(d, event, &k->waiting) != ERR_OK)
            buf_reset(&k->waiting);
        return;
    }
    publish(p, d, event);
    if (p->n_keys == MAX_KEYS || key.n >= MAX_KEY)
        return;
    k = &p->keys[p->n_keys++];
    *k = (struct limited){.desc = d, .quiet_until_ms = loop_now_ms() + QUIET_MS};
    memcpy(k->key, key.p, key.n);
    buf_init(&k->waiting, MAX_EVENT);
    if (!p->timer)
        p->timer = loop_after(p->loop, QUIET_MS, on_flush, p);
}

/* ---- subscriber ---- */

struct source {
    char name[65]; /* terminated */
    int64_t seq;   /* last one seen */
};

struct subscriber {
    struct endpoint *endpoint;          /* SUB */
    struct loop *loop;                  /* borrowed */
    struct source sources[MAX_SOURCES]; /* publishers seen so far */
    unsigned n_sources;                 /* in use */
    event_fn *fn;                       /* owner */
    void *arg;                          /* its argument */
};

/* True when events of this source were missed. */
static bool note_sequence(struct subscriber *s, struct view name, int64_t seq)
{
    for (unsigned i = 0; i < s->n_sources; i++) {
        struct source *known = &s->sources[i];
        if (!view_is(name, known->name))
            continue;
        bool gap = seq != known->seq + 1;
        known->seq = seq;
        return gap;
    }
    unsigned slot = s->n_sources < MAX_SOURCES ? s->n_sources++ : 0;
    snprintf(s->sources[slot].name, sizeof s->sources[slot].name, "%.*s", (int)name.n, name.p);
    s->sources[slot].seq = seq;
    return true;
}

static void receive_one(struct subscriber *s, const void *p, size_t n)
{
    union {
        uint64_t align;
        char bytes[MAX_STRUCT];
    } event;
    struct frame frame;
    struct fault f;
    struct arena a;
    if (frame_decode(p, n, &frame, &f) != ERR_OK || frame.kind != FRAME_EVENT)
        return;
    const struct desc *d = desc_by_name(frame.name);
    if (!d || d->kind != DESC_EVENT)
        return; /* a newer publisher */
    assert(d->size <= MAX_STRUCT);
    arena_init(&a, MAX_EVENT);
    if (codec_decode(d, frame.body.p, frame.body.n, &a, event.bytes, &f) == ERR_OK) {
        const struct event_head *head = (const struct event_head *)event.bytes;
        if (note_sequence(s, head->source, head->seq))
            s->fn(s->arg, NULL, (struct view){0});
        s->fn(s->arg, d, frame.body);
    }
    arena_free(&a);
}

static void on_readable(void *arg, void *socket)
{
    struct subscriber *s = arg;
    const void *p;
    size_t n;
    (void)socket;
    for (int i = 0; i < MAX_BATCH && endpoint_receive(s->endpoint, NULL, &p, &n); i++)
        receive_one(s, p, n);
}

enum err subscriber_new(struct bus *b, struct loop *l, const char *addresses, event_fn *fn,
                        void *arg, struct subscriber **out)
{
    struct subscriber *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return ERR_NO_MEMORY;
    s->loop = l;
    s->fn = fn;
    s->arg = arg;
    enum err err = endpoint_connect_sub(b, addresses, &s->endpoint);
    if (!err)
        err = loop_watch_socket(l, endpoint_socket(s->endpoint), on_readable, s);
    if (!err)
        err = endpoint_watch(s->endpoint, l);
    if (err)
        subscriber_free(&s);
    *out = s;
    return err;
}

void subscriber_free(struct subscriber **s)
{
    if (!*s)
        return;
    if ((*s)->endpoint)
        loop_unwatch_socket((*s)->loop, endpoint_socket((*s)->endpoint));
    endpoint_free(&(*s)->endpoint);
    free(*s);
    *s = NULL;
}
