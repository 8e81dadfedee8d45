/*
 * testing.c - tests of dealers' connections.
 */
#include "services/dealer/testing.h"

#include "services/dealer/checks.h"
#include "services/dealer/keys.h"
#include "services/dealer/store.h"

#include <stdio.h>
#include <string.h>

enum {
    AGAIN_MS = 20,  /* a connection needs a moment before it carries a message */
    REACH_MS = 700, /* nobody there after so long: nobody will come */
    SPARE_MS = 300, /* kept of the request's time for the answer's way back */
    USUAL_TEXT = 500
};

struct test {
    struct dealer_service *service; /* borrowed */
    struct request *request;        /* kept */
    struct fetcher_probe ask;
    struct list endpoints; /* of views, terminated: fetchers to be asked in turn */
    uint32_t next;         /* the one to be asked after this one */
    struct client *client; /* to the one that is being asked */
    int64_t reach_mono;    /* when its connection has had its time */
    uint64_t timer;        /* the next step; 0 = none */
    bool indonesian;
    bool has_credential_id;
    int64_t credential_id; /* whose quota counts the calls */
    /* what came back */
    enum err err;
    struct view body; /* a copy */
    char text[256];   /* of an error */
};

/* ---- the end ---- */

static struct test **place_of(struct dealer_service *s, const struct test *t)
{
    for (unsigned i = 0; i < MAX_TESTS; i++)
        if (s->tests[i] == t)
            return &s->tests[i];
    return NULL;
}

static void leave(struct test *t)
{
    client_free(&t->client);
    *place_of(t->service, t) = NULL;
}

/* Beyond the one call that was counted beforehand. What fails here is one call wrong, no more. */
static void count(const struct test *t, int64_t calls)
{
    if (calls != 0 && t->has_credential_id &&
        store_probe_count(t->service->process->db, t->credential_id, calls) != ERR_OK)
        log_warn("calls of a test not counted", KN("credential", t->credential_id),
                 KN("calls", calls));
}

/* A step that failed gets cause and advice of its code. */
static void explain(struct test_step *s, bool indonesian)
{
    enum err_language language = indonesian ? ERR_INDONESIAN : ERR_ENGLISH;
    if (!HAS(s, test_step, code))
        return;
    enum err e = err_from_code(s->code.p, s->code.n);
    PUT(s, test_step, cause, view_of(err_cause(e, language)));
    PUT(s, test_step, advice, view_of(err_advice(e, language)));
}

/* The first step, which is ours, in front of the fetcher's. */
static bool put_permission(struct test *t, struct connection_test *answer, bool held,
                           const char *text)
{
    struct arena *a = request_arena(t->request);
    struct test_step *steps = arena_take(a, (answer->steps.n + 1) * sizeof *steps);
    if (!steps)
        return false;
    if (answer->steps.n)
        memcpy(steps + 1, answer->steps.items, answer->steps.n * sizeof *steps);
    steps[0] = (struct test_step){.name = view_of("permission"),
                                  .state = view_of(held ? "failed" : "ok"),
                                  .text = view_of(text)};
    if (held)
        PUT(&steps[0], test_step, code, view_of(err_code(ERR_CALLS_HELD)));
    answer->steps = (struct list){steps, answer->steps.n + 1};
    for (uint32_t i = 0; i < answer->steps.n; i++)
        explain(&steps[i], t->indonesian);
    return true;
}

static void answer_test(struct test *t, struct connection_test *answer)
{
    struct request *r = t->request;
    const char *text = t->has_credential_id
                           ? "The call counts in the quota of the key, as any other."
                           : "The key is not stored here: its calls are counted by nobody.";
    count(t, answer->calls - 1);
    PUT(answer, connection_test, counted, t->has_credential_id);
    bool made = put_permission(t, answer, false, text);
    log_line(LOG_INFO, request_id(r), "connection tested",
             LOG_FIELDS(KV("dealer", answer->dealer_id), KN("calls", answer->calls),
                        K("ok", answer->ok ? "yes" : "no"),
                        KV("principal", request_context(r)->principal)));
    leave(t);
    if (made)
        request_answer(r, answer);
    else
        request_fail_err(r, ERR_NO_MEMORY);
}

/* ---- asking fetchers ---- */

static void on_step(void *arg);

static void step_after(struct test *t, int64_t ms)
{
    t->timer = loop_after(t->service->process->loop, ms, on_step, t);
}

static void on_reply(void *arg, const struct reply *reply)
{
    struct test *t = arg;
    t->err = reply->err;
    t->body = arena_copy(request_arena(t->request), reply->body);
    if (reply->err)
        snprintf(t->text, sizeof t->text, "%.*s", (int)reply->error->text.n, reply->error->text.p);
    /* Not from in here: the client is freed by then. */
    step_after(t, t->err == ERR_NO_SERVICE && loop_now_ms() < t->reach_mono ? AGAIN_MS : 0);
}

static void ask(struct test *t)
{
    int64_t left = request_deadline_mono(t->request) - SPARE_MS - loop_now_ms();
    t->err = ERR_TIMEOUT;
    if (left <= 0 || !client_call(t->client, &FETCHER_PROBE, &t->ask, NULL, (int)left, on_reply, t))
        step_after(t, 0);
}

static void ask_next(struct test *t)
{
    struct process *p = t->service->process;
    struct view where = LIST_AT(struct view, &t->endpoints, t->next++)[0];
    client_free(&t->client);
    t->reach_mono = loop_now_ms() + REACH_MS;
    t->err = client_new(p->bus, p->loop, "fetcher", where.p, &t->client);
    if (t->err)
        step_after(t, 0);
    else
        ask(t);
}

/* Another fetcher may do what this one cannot. */
static bool try_another(const struct test *t)
{
    return (!t->client || t->err == ERR_NO_SERVICE || t->err == ERR_BUSY ||
            t->err == ERR_DRAINING) &&
           t->next < t->endpoints.n;
}

static void fail_test(struct test *t)
{
    struct request *r = t->request;
    enum err err = t->err;
    char text[USUAL_TEXT];
    snprintf(text, sizeof text, "%s", t->text[0] ? t->text : err_text(err));
    if (err == ERR_NO_SERVICE || err == ERR_BUSY || err == ERR_DRAINING)
        count(t, -1); /* nobody made it */
    leave(t);
    request_fail(r, err, "", "%s", text);
}

static void on_step(void *arg)
{
    struct test *t = arg;
    struct connection_test answer;
    struct fault f;
    t->timer = 0;
    if (t->err == ERR_NO_SERVICE && t->client && loop_now_ms() < t->reach_mono) {
        ask(t);
        return;
    }
    if (try_another(t)) {
        ask_next(t);
        return;
    }
    if (!t->err) {
        const struct reply copy = {.body = t->body, .desc = &CONNECTION_TEST};
        t->err = reply_decode(&copy, request_arena(t->request), &answer, &f);
    }
    if (t->err)
        fail_test(t);
    else
        answer_test(t, &answer);
}

void testing_stop(struct dealer_service *s)
{
    for (unsigned i = 0; i < MAX_TESTS; i++) {
        struct test *t = s->tests[i];
        if (!t)
            continue;
        loop_cancel(s->process->loop, t->timer);
        leave(t);
    }
}

/* ---- the request ---- */

static const char *held_text(struct view word)
{
    static const struct {
        const char *word;
        const char *text;
    } rows[] = {
        {"paused", "Calls are paused: all, or those of this upstream, dealer, feed or key."},
        {"breaker_open", "The upstream is left alone for a while, after calls that failed."},
        {"blocked", "The upstream asked to leave this key alone for a while."},
        {"quota", "The key has no calls left today."},
        {"busy", "As many calls to the upstream run as it allows; try again in a moment."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (view_is(word, rows[i].word))
            return rows[i].text;
    return "Calls are held up.";
}

/* The call must not be made: an answer all the same, which says why. */
static void answer_held(struct test *t, struct view word)
{
    static const char *const unreached[] = {"address",        "dns",    "connect", "tls", "clock",
                                            "authentication", "sample", "mapping"};
    enum { N = sizeof unreached / sizeof unreached[0] };
    struct test_step steps[N];
    struct connection_test answer = {
        .dealer_id = t->ask.dealer_id, .upstream = t->ask.upstream, .steps = {steps, N}};
    struct request *r = t->request;
    for (int i = 0; i < N; i++)
        steps[i] = (struct test_step){.name = view_of(unreached[i]),
                                      .state = view_of("skipped"),
                                      .text = view_of("Not reached.")};
    bool made = put_permission(t, &answer, true, held_text(word));
    if (made)
        request_answer(r, &answer);
    else
        request_fail_err(r, ERR_NO_MEMORY);
}

/* What the call is made with: the stored texts, or those that were given, sealed. */
static enum err take_keys(struct test *t, const struct sealed_keys *given, struct fault *f)
{
    if (given->api_key.p)
        t->ask.api_key = given->api_key;
    if (given->secret_key.p)
        t->ask.secret_key = given->secret_key;
    if (!t->ask.api_key.n || !t->ask.secret_key.n)
        return fault_set(f, ERR_MISSING, t->ask.api_key.n ? "secret_key" : "api_key",
                         "The dealer has no credential that is stored: give key and secret.");
    return ERR_OK;
}

static enum err plan(struct test *t, const struct dealer_test *m, struct view *waits_for,
                     struct fault *f)
{
    struct dealer_service *s = t->service;
    struct arena *a = request_arena(t->request);
    struct sealed_keys keys;
    struct probe_plan known = {.waits_for = {NULL, 0}};
    enum err e = keys_seal(s->seal, HAS(m, dealer_test, api_key), m->api_key,
                           HAS(m, dealer_test, secret_key), m->secret_key, false,
                           (struct view){NULL, 0}, a, &keys);
    if (e == ERR_OK)
        e = store_probe_begin(s->process->db, m, &keys, a, &known);
    if (e == ERR_NOT_FOUND)
        return fault_set(f, e, "dealer_id", "There is no such dealer.");
    if (e != ERR_OK)
        return e;
    t->ask = known.ask;
    t->has_credential_id = known.has_credential;
    t->credential_id = known.credential_id;
    *waits_for = known.waits_for;
    if (view_is(known.waits_for, "no_upstream"))
        return fault_set(f, HAS(m, dealer_test, upstream) ? ERR_REFERENCE : ERR_MISSING, "upstream",
                         HAS(m, dealer_test, upstream) ? "There is no such upstream."
                                                       : "Name the upstream to be tested.");
    e = take_keys(t, &keys, f);
    if (e == ERR_OK && !known.waits_for.p)
        e = store_fetchers(s->process->db, a, &t->endpoints);
    if (e == ERR_OK && !known.waits_for.p && t->endpoints.n == 0)
        e = fault_set(f, ERR_NO_SERVICE, "", "No fetcher runs, and only a fetcher may open keys.");
    if (e != ERR_OK && !known.waits_for.p)
        count(t, -1);
    return e;
}

static enum err check(const struct dealer_test *m, struct fault *f)
{
    enum err e = ERR_OK;
    if (HAS(m, dealer_test, api_key))
        e = check_key("api_key", m->api_key, f);
    if (e == ERR_OK && HAS(m, dealer_test, secret_key))
        e = check_key("secret_key", m->secret_key, f);
    return e;
}

void on_dealer_test(void *service, struct request *r, const void *body)
{
    struct dealer_service *s = service;
    struct dealer_test m = *(const struct dealer_test *)body;
    struct test **place = place_of(s, NULL);
    struct test *t = place ? arena_take(request_arena(r), sizeof *t) : NULL;
    struct view waits_for = {NULL, 0};
    struct fault f = {0};
    trim_texts(&DEALER_TEST, &m);
    enum err e = t ? check(&m, &f) : place ? ERR_NO_MEMORY : ERR_BUSY;
    if (e == ERR_OK) {
        *t = (struct test){.service = s, .request = r};
        t->indonesian = HAS(&m, dealer_test, lang) && view_is(m.lang, "id");
        e = plan(t, &m, &waits_for, &f);
    }
    if (e != ERR_OK && f.code != ERR_OK)
        request_fail_fault(r, &f);
    else if (e != ERR_OK)
        request_fail_err(r, e);
    else if (waits_for.p)
        answer_held(t, waits_for);
    if (e != ERR_OK || waits_for.p)
        return;
    *place = t;
    request_keep(r);
    ask_next(t);
}
