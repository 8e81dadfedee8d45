/*
 * live.c - the ring of events and the streams that read it.
 *
 * THREADS: the loop's thread; the reader is called by libmicrohttpd from within it.
 */
#include "gateway/live.h"
#include "gateway/http.h"
#include "proto/json.h"

#include <assert.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVENT_BYTES = 16 * 1024,
    BLOCK_BYTES = 4096,
    LOOK_MS = 1000 /* whose time is over */
};

struct stream {
    struct stream *next; /* list of all */
    struct live *live;
    struct exchange *exchange;
    uint64_t cursor; /* number of the next event */
    struct buf out;  /* what is being sent */
    size_t sent;     /* bytes of it */
    bool resync;     /* say it first */
    bool beat;       /* say that we live */
    bool end;        /* close */
};

struct event {
    char *text;    /* whole, as it is sent; owned */
    char *dealers; /* whom it is about, see codes_of(); NULL = more than it names, or all; owned */
    bool everybodys; /* it tells nothing */
};

struct live {
    struct gateway *gateway;
    struct subscriber *events[SERVICES];
    struct stream *streams;
    unsigned n_streams;
    uint64_t start; /* wall clock at start: tells two runs apart */
    uint64_t next;  /* number of the next event; the first is 1 */
    struct event ring[LIVE_RING];
    struct arena arena;
    uint64_t timer;
    unsigned looks; /* at the streams, so far */
    struct counter_cell *sent;
    struct counter_cell *resyncs;
};

bool live_resume_point(struct view id, uint64_t start, uint64_t oldest, uint64_t next, uint64_t *at)
{
    char text[48];
    char *end;
    *at = next;
    if (id.n == 0 || id.n >= sizeof text)
        return false;
    memcpy(text, id.p, id.n);
    text[id.n] = 0;
    if (text[0] < '0' || text[0] > '9')
        return false;
    uint64_t id_start = strtoull(text, &end, 10);
    if (*end != '-' || end[1] < '0' || end[1] > '9' || id_start != start)
        return false;
    uint64_t n = strtoull(end + 1, &end, 10);
    if (*end || n + 1 < oldest || n >= next)
        return false;
    *at = n + 1;
    return true;
}

static uint64_t oldest(const struct live *l)
{
    return l->next > LIVE_RING ? l->next - LIVE_RING : 1;
}

static void wake(struct stream *s)
{
    if (s->exchange->suspended)
        http_resume(s->live->gateway->http, s->exchange);
}

static bool sees(const struct exchange *ex, const char *dealer)
{
    for (uint32_t i = 0; i < ex->dealers.n; i++)
        if (view_is(*LIST_AT(struct view, &ex->dealers, i), dealer))
            return true;
    return false;
}

/* Whoever may see some dealers alone hears of what is about none but those: as with jobs. */
static bool hears(const struct stream *s, const struct event *e)
{
    if (!s->exchange->limited || e->everybodys)
        return true;
    if (!e->dealers)
        return false;
    for (const char *code = e->dealers; *code; code += strlen(code) + 1)
        if (!sees(s->exchange, code))
            return false;
    return true;
}

/* The dealers that an event names: codes one after the other, an empty one at the end. NULL: it
 * names none, or there is no memory. */
static char *codes_of(const struct desc *d, void *event)
{
    const struct field_desc *one = desc_field(d, view_of("dealer_id"));
    const struct field_desc *some = desc_field(d, view_of("dealer_ids"));
    struct list named = {0};
    struct buf b;
    if (one && one->type == F_TEXT && field_present(d, one, event))
        named = (struct list){(char *)event + one->offset, 1};
    else if (some && some->type == F_WORDS && field_present(d, some, event))
        memcpy(&named, (char *)event + some->offset, sizeof named);
    buf_init(&b, EVENT_BYTES);
    for (uint32_t i = 0; i < named.n; i++) {
        const struct view *code = LIST_AT(struct view, &named, i);
        if (code->n == 0) /* would end the list, as if there were no more */
            b.failed = true;
        buf_append(&b, code->p, code->n);
        buf_append(&b, "", 1);
    }
    buf_append(&b, "", 1);
    if (b.failed || named.n == 0)
        buf_free(&b);
    return b.p;
}

/* Takes the codes over. */
static void push(struct live *l, const char *name, struct view data, char *dealers, bool everybodys)
{
    struct buf b;
    buf_init(&b, EVENT_BYTES);
    buf_printf(&b, "id: %" PRIu64 "-%" PRIu64 "\nevent: %s\ndata: ", l->start, l->next, name);
    buf_append(&b, data.p, data.n);
    buf_append(&b, "\n\n", 3);
    if (b.failed) {
        buf_free(&b);
        free(dealers);
        return;
    }
    struct event *place = &l->ring[l->next++ % LIVE_RING];
    free(place->text);
    free(place->dealers);
    *place = (struct event){.text = b.p, .dealers = dealers, .everybodys = everybodys};
    for (struct stream *s = l->streams; s; s = s->next)
        wake(s);
}

static void on_event(void *arg, const struct desc *d, struct view body)
{
    struct live *l = arg;
    struct fault f;
    struct buf b;
    if (!d) {
        push(l, "resync", view_of("{}"), NULL, true);
        return;
    }
    buf_init(&b, EVENT_BYTES);
    arena_reset(&l->arena);
    void *event = arena_take(&l->arena, d->size);
    if (event && codec_decode(d, body.p, body.n, &l->arena, event, &f) == ERR_OK &&
        json_encode(d, event, &b) == ERR_OK)
        push(l, d->name, buf_view(&b), codes_of(d, event), false);
    buf_free(&b);
}

static void on_look(void *arg)
{
    struct live *l = arg;
    int64_t now = loop_wall_ms();
    bool beat = l->looks++ % (LIVE_BEAT_MS / LOOK_MS) == 0;
    for (struct stream *s = l->streams; s; s = s->next) {
        s->beat = s->beat || beat;
        s->end = s->end || (s->exchange->until && s->exchange->until <= now);
        if (beat || s->end)
            wake(s);
    }
    l->timer = loop_after(l->gateway->process->loop, LOOK_MS, on_look, l);
}

enum err live_new(struct gateway *g, struct live **out)
{
    struct live *l = calloc(1, sizeof *l);
    if (!l)
        return ERR_NO_MEMORY;
    enum err e = ERR_OK;
    l->gateway = g;
    l->start = (uint64_t)loop_wall_ms();
    l->next = 1;
    arena_init(&l->arena, 1024 * 1024);
    l->sent = stats_counter(g->process->stats, "live_events_sent", "Events sent to browsers.");
    l->resyncs = stats_counter(g->process->stats, "live_resyncs", "Browsers told to read again.");
    for (int s = 0; s < SERVICES && !e; s++)
        e = subscriber_new(g->process->bus, g->process->loop,
                           conf_bus(g->process->conf, service_name((enum service)s)), on_event, l,
                           &l->events[s]);
    if (e) {
        live_free(&l);
        return e;
    }
    l->timer = loop_after(g->process->loop, LOOK_MS, on_look, l);
    *out = l;
    return ERR_OK;
}

void live_free(struct live **l)
{
    if (!*l)
        return;
    assert(!(*l)->streams);
    loop_cancel((*l)->gateway->process->loop, (*l)->timer);
    for (int s = 0; s < SERVICES; s++)
        subscriber_free(&(*l)->events[s]);
    for (unsigned i = 0; i < LIVE_RING; i++) {
        free((*l)->ring[i].text);
        free((*l)->ring[i].dealers);
    }
    arena_free(&(*l)->arena);
    free(*l);
    *l = NULL;
}

static unsigned streams_of(const struct live *l, const char *principal)
{
    unsigned n = 0;
    for (const struct stream *s = l->streams; s; s = s->next)
        n += strcmp(s->exchange->principal, principal) == 0;
    return n;
}

void live_join(struct exchange *ex)
{
    struct live *l = ex->gateway->live;
    if (streams_of(l, ex->principal) >= LIVE_MAX_OF_ONE) {
        exchange_fail_text(ex, ERR_RATE,
                           "So many streams are open already with this key or login.");
        return;
    }
    if (l->n_streams >= LIVE_MAX_CLIENTS) {
        exchange_fail_err(ex, ERR_BUSY);
        return;
    }
    if (ex->gateway->draining) {
        exchange_fail_err(ex, ERR_DRAINING);
        return;
    }
    struct stream *s = calloc(1, sizeof *s);
    if (!s) {
        exchange_fail_err(ex, ERR_NO_MEMORY);
        return;
    }
    s->live = l;
    s->exchange = ex;
    buf_init(&s->out, EVENT_BYTES + 256);
    buf_puts(&s->out, "retry: 3000\n\n");
    struct view last = exchange_header(ex, "Last-Event-ID");
    bool known = live_resume_point(last, l->start, oldest(l), l->next, &s->cursor);
    s->resync = last.n && !known;
    s->next = l->streams;
    l->streams = s;
    l->n_streams++;
    ex->stream = s;
    ex->answer.status = 200;
    ex->answer.type = "text/event-stream";
    ex->answer.cache = "no-cache, no-transform";
    exchange_done(ex);
}

/* Steps over what it does not hear; false: nothing is left. */
static bool next_heard(struct stream *s)
{
    struct live *l = s->live;
    while (s->cursor < l->next && !hears(s, &l->ring[s->cursor % LIVE_RING]))
        s->cursor++;
    return s->cursor < l->next;
}

/* Puts the next thing to say into s->out; false: nothing. */
static bool compose(struct stream *s)
{
    struct live *l = s->live;
    buf_reset(&s->out);
    s->sent = 0;
    if (s->cursor < oldest(l)) {
        s->resync = true;
        s->cursor = l->next;
    }
    if (s->resync) {
        s->resync = false;
        counter_add(l->resyncs, 1);
        buf_printf(&s->out, "id: %" PRIu64 "-%" PRIu64 "\nevent: resync\ndata: {}\n\n", l->start,
                   s->cursor - 1);
    } else if (next_heard(s)) {
        buf_puts(&s->out, l->ring[s->cursor++ % LIVE_RING].text);
        counter_add(l->sent, 1);
    } else if (s->beat) {
        buf_puts(&s->out, ": beat\n\n");
    }
    s->beat = false;
    return s->out.n > 0;
}

static ssize_t on_read(void *cls, uint64_t position, char *out, size_t max)
{
    struct stream *s = cls;
    size_t n = 0;
    (void)position;
    if (s->end)
        return MHD_CONTENT_READER_END_OF_STREAM;
    while (n < max && (s->sent < s->out.n || compose(s))) {
        size_t part = s->out.n - s->sent < max - n ? s->out.n - s->sent : max - n;
        memcpy(out + n, s->out.p + s->sent, part);
        s->sent += part;
        n += part;
    }
    if (n == 0)
        http_suspend(s->live->gateway->http, s->exchange);
    return (ssize_t)n;
}

struct MHD_Response *live_response(struct live *l, struct exchange *ex)
{
    (void)l;
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, ex->stream,
                                             NULL);
}

void live_leave(struct live *l, struct exchange *ex)
{
    for (struct stream **p = &l->streams; *p; p = &(*p)->next) {
        if (*p != ex->stream)
            continue;
        *p = ex->stream->next;
        l->n_streams--;
        buf_free(&ex->stream->out);
        free(ex->stream);
        ex->stream = NULL;
        return;
    }
}

void live_end(struct live *l, struct exchange *ex)
{
    (void)l;
    ex->stream->end = true;
    wake(ex->stream);
}

void live_end_of(struct live *l, struct view changed)
{
    for (struct stream *s = l->streams; s; s = s->next)
        if (view_is(changed, s->exchange->owner) || view_is(changed, s->exchange->session))
            live_end(l, s->exchange);
}

void live_end_but_of(struct live *l, struct view owner)
{
    for (struct stream *s = l->streams; s; s = s->next)
        if (!view_is(owner, s->exchange->owner))
            live_end(l, s->exchange);
}

void live_end_all(struct live *l)
{
    for (struct stream *s = l->streams; s; s = s->next)
        live_end(l, s->exchange);
}

unsigned live_clients(const struct live *l)
{
    return l->n_streams;
}
