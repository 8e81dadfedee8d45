/*
 * probe.c - tests a connection by one call that stores nothing.
 */
#include "services/fetcher/probe.h"

#include "services/fetcher/checklist.h"
#include "services/fetcher/fetcher.h"
#include "services/fetcher/preview.h"
#include "services/fetcher/sign.h"
#include "services/fetcher/store_answer.h"
#include "services/fetcher/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    PROBE_MAGIC = 0x70726f62,
    MAX_ANSWER = 4 * 1024 * 1024, /* is read within the loop: some 50 ms */
    ANSWER_MS = 400,              /* kept of the request's time for the answer's way back */
    LEAST_MS = 100,
};

struct probe_work {
    struct fetcher_probe m; /* texts are copies in the arena */
    const struct feed *feed;
    struct call *call;
    struct skew skew;
    int64_t begun_mono;
    int64_t calls;
    struct check_facts facts;
    struct preview preview;
    char text[STORE_MAX_TEXT + 1];
    char times[2][20]; /* the window, as it is sent */
};

void probe_init(struct fetcher *f, struct probe *p, const char *spool_folder)
{
    *p = (struct probe){.magic = PROBE_MAGIC, .fetcher = f};
    spool_init(&p->spool, spool_folder);
}

void probe_close(struct probe *p)
{
    if (p->request)
        call_abort(&p->work->call);
    spool_free(&p->spool);
}

/* ---- the answer ---- */

static void tell_steps(const struct checked *list, struct arena *a, struct connection_test *out)
{
    struct test_step *steps = arena_take(a, CHECK_COUNT * sizeof(*steps));

    for (int i = 0; steps && i < CHECK_COUNT; i++) {
        const struct checked *c = &list[i];
        struct test_step *s = &steps[out->steps.n++];
        *s = (struct test_step){.name = view_of(check_name((enum check)i)),
                                .state = view_of(check_state_name(c->state)),
                                .text = arena_copy(a, view_of(c->text))};
        if (c->ms >= 0)
            PUT(s, test_step, ms, c->ms);
        if (c->state == CHECK_FAILED) {
            PUT(s, test_step, code, view_of(err_code(c->err)));
            out->ok = false;
        }
    }
    out->steps.items = steps;
}

static void tell_feed(const struct probe_work *w, struct arena *a, struct connection_test *out)
{
    const struct preview *p = &w->preview;
    struct test_feed *feed = arena_take(a, sizeof(*feed));
    struct test_reason *reasons = arena_take(a, PREVIEW_REASONS * sizeof(*reasons));
    struct test_value *values = arena_take(a, PREVIEW_VALUES * sizeof(*values));

    if (!feed || !reasons || !values)
        return;
    *feed = (struct test_feed){.feed = w->m.feed,
                               .day = w->m.day,
                               .rows_read = p->good,
                               .rows_quarantined = p->bad,
                               .rows_foreign = 0,
                               .reasons = {reasons, p->n_reasons},
                               .sample = {values, p->n_values}};
    for (unsigned i = 0; i < p->n_reasons; i++) {
        reasons[i] = (struct test_reason){.reason = view_of(err_code(p->reasons[i].reason)),
                                          .records = p->reasons[i].records};
        if (p->reasons[i].field[0])
            PUT(&reasons[i], test_reason, field, view_of(p->reasons[i].field));
    }
    for (unsigned i = 0; i < p->n_values; i++)
        values[i] = (struct test_value){.field = view_of(p->values[i].field),
                                        .value = view_of(p->values[i].value)};
    out->feeds = (struct list){feed, 1};
}

static void finish(struct probe *p, int64_t foreign)
{
    struct probe_work *w = p->work;
    struct request *r = p->request;
    struct checked list[CHECK_COUNT];
    struct connection_test answer = {.dealer_id = w->m.dealer_id,
                                     .upstream = w->m.upstream,
                                     .ok = true,
                                     .calls = w->calls,
                                     .ms = loop_now_ms() - w->begun_mono};

    sign_redact(p->fetcher->seal, w->m.api_key, w->m.secret_key, w->text);
    text_veil(w->text);
    w->facts.text = w->text;
    w->facts.skew = w->skew;
    checklist_fill(&w->facts, list);
    tell_steps(list, request_arena(r), &answer);
    if (w->facts.err == ERR_OK) {
        tell_feed(w, request_arena(r), &answer);
        if (answer.feeds.n > 0)
            LIST_AT(struct test_feed, &answer.feeds, 0)->rows_foreign = foreign;
    }
    log_info("connection tested", KV("dealer", w->m.dealer_id), KV("upstream", w->m.upstream),
             K("code", err_code(w->facts.err)), KN("calls", w->calls), KN("ms", answer.ms));
    p->request = NULL;
    p->work = NULL;
    spool_reset(&p->spool, 0);
    request_answer(r, &answer);
}

/* ---- the call ---- */

static void read_answer(struct probe *p, int http_status, int64_t *foreign)
{
    struct probe_work *w = p->work;
    struct dealer_code code = {w->m.upstream_dealer_id, w->m.dealer_id};
    struct record_sink sink = preview_sink(&w->preview);
    struct store_job job = {.feed = w->feed,
                            .dealers = {.items = &code, .n = 1},
                            .max_value = p->fetcher->conf.max_value,
                            .http_status = http_status,
                            .spool = &p->spool};
    int64_t begun_us = loop_now_us();

    w->facts.err = answer_read(&job, &sink, w->text);
    w->facts.parse_ms = (loop_now_us() - begun_us + 999) / 1000;
    w->facts.good = w->preview.good;
    w->facts.bad = w->preview.bad;
    w->facts.worst = w->preview.n_reasons > 0 ? w->preview.reasons[0].reason : ERR_OK;
    *foreign = sink.foreign;
}

static enum err begin_call(struct probe *p);

static void on_called(void *arg, const struct call_result *r)
{
    struct probe *p = arg;
    int64_t foreign = 0;

    assert(p->magic == PROBE_MAGIC && p->request);
    struct probe_work *w = p->work;
    w->call = NULL;
    w->facts.timings = r->timings;
    w->facts.began = true;
    w->facts.answered = r->http_status != 0;
    w->facts.err = r->err;
    w->skew.measured = headers_skew(&r->headers, &w->skew.measured_ms);
    (void)text_printable(view_of(r->text), w->text, sizeof(w->text));
    if (r->err == ERR_OK)
        read_answer(p, r->http_status, &foreign);
    if (w->facts.err == ERR_UPSTREAM_CLOCK && skew_correct(&w->skew)) {
        w->facts.err = begin_call(p);
        if (w->facts.err == ERR_OK)
            return;
    }
    finish(p, foreign);
}

static int64_t at_most(int64_t ms, int64_t left)
{
    int64_t n = ms < left ? ms : left;
    return n > LEAST_MS ? n : LEAST_MS;
}

static enum err begin_call(struct probe *p)
{
    struct probe_work *w = p->work;
    const struct fetcher_probe *m = &w->m;
    int64_t left = request_deadline_mono(p->request) - ANSWER_MS - loop_now_ms();
    char url[REQUEST_MAX_URL];
    struct request_headers headers;
    struct buf body;

    buf_init(&body, REQUEST_MAX_BODY);
    enum err err = request_url(m->base_url, m->allow_private, w->feed, url);
    if (err == ERR_OK)
        err = sign_call(p->fetcher->seal, m->formula, m->api_key, m->secret_key,
                        (loop_wall_ms() + w->skew.used_ms) / 1000, &headers);
    if (err == ERR_OK)
        err =
            request_body(view_of(w->times[0]), view_of(w->times[1]), m->upstream_dealer_id, &body);
    if (err == ERR_OK) {
        const struct call_request r = {
            .url = url,
            .body = buf_view(&body),
            .headers = &headers,
            .connect_timeout_ms = at_most(m->connect_timeout_ms, left),
            .first_byte_timeout_ms = at_most(m->first_byte_timeout_ms, left),
            .body_timeout_ms = at_most(m->body_timeout_ms, left),
            .total_timeout_ms = at_most(m->total_timeout_ms, left),
            .allow_private = m->allow_private,
            .fresh = true,
            .spool = &p->spool,
        };
        spool_reset(&p->spool, MAX_ANSWER);
        err = call_start(p->fetcher->caller, &r, on_called, p, &w->call);
    }
    if (err == ERR_OK) {
        w->calls++;
        counter_add(p->fetcher->counters.probes, 1);
    }
    seal_wipe(&headers, sizeof(headers));
    buf_free(&body);
    return err;
}

/* ---- the request ---- */

static bool copy_message(struct probe_work *w, const struct fetcher_probe *m, struct arena *a)
{
    w->m = *m;
    struct view *texts[] = {&w->m.dealer_id, &w->m.upstream, &w->m.upstream_dealer_id,
                            &w->m.feed,      &w->m.day,      &w->m.base_url,
                            &w->m.formula,   &w->m.api_key,  &w->m.secret_key};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(a, *texts[i]);
        if (!texts[i]->p)
            return false;
    }
    (void)snprintf(w->times[0], sizeof(w->times[0]), "%.10s 00:00:00", w->m.day.p);
    (void)snprintf(w->times[1], sizeof(w->times[1]), "%.10s 23:59:59", w->m.day.p);
    return true;
}

static struct probe *free_probe(struct fetcher *f)
{
    for (unsigned i = 0; i < MAX_PROBES; i++)
        if (!f->probes[i].request)
            return &f->probes[i];
    return NULL;
}

static void on_fetcher_probe(void *service, struct request *r, const void *body)
{
    struct fetcher *f = service;
    const struct fetcher_probe *m = body;
    struct probe *p = free_probe(f);
    struct probe_work *w = p ? arena_take(request_arena(r), sizeof(*w)) : NULL;

    if (!w) {
        request_fail_err(r, p ? ERR_NO_MEMORY : ERR_BUSY);
        return;
    }
    memset(w, 0, sizeof(*w));
    if (!copy_message(w, m, request_arena(r))) {
        request_fail_err(r, ERR_NO_MEMORY);
        return;
    }
    w->feed = feed_by_name(w->m.feed);
    if (!w->feed) {
        request_fail_err(r, ERR_UNKNOWN_FEED);
        return;
    }
    w->begun_mono = loop_now_ms();
    w->skew = skew_begin(HAS(m, fetcher_probe, skew_ms) ? m->skew_ms : 0);
    w->facts.https = w->m.base_url.n > 5 && strncasecmp(w->m.base_url.p, "https", 5) == 0;
    p->request = r;
    p->work = w;
    request_keep(r);
    w->facts.err = begin_call(p);
    if (w->facts.err == ERR_UPSTREAM_CREDENTIAL)
        (void)snprintf(w->text, sizeof(w->text), "The credential cannot be opened or used.");
    if (w->facts.err != ERR_OK)
        finish(p, 0);
}

const struct handler probe_handlers[] = {
    {.msg = &FETCHER_PROBE, .fn = on_fetcher_probe},
    {0},
};
