/*
 * answer.c - what an upstream's answer means: words and shapes that were seen, in order.
 */
#include "services/fetcher/answer.h"

#include "services/daemon/personal.h"
#include "services/fetcher/text.h"

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/* What a refusal is about, by its words; the first row that fits counts. */
struct wording {
    enum err err;
    const char *words[16]; /* ended by NULL */
};

static const struct wording wordings[] = {
    {ERR_UPSTREAM_CLOCK,
     {"timestamp", "time stamp", "request-time", "request time", "requesttime", "clock", NULL}},
    {ERR_UPSTREAM_RANGE,
     {"rentang", "range", "max. 30", "max. 7", "maximum period", "30 hari", "7 hari", "30 days",
      "7 days", NULL}},
    {ERR_UPSTREAM_QUOTA,
     {"quota", "kuota", "over limit", "over the limit", "daily limit", "calls per day",
      "requests per day", "batas harian", "batas pemanggilan", "jatah", NULL}},
    {ERR_UPSTREAM_BUSY, {"too many", "rate limit", "limit exceeded", "throttl", NULL}},
    {ERR_UPSTREAM_CREDENTIAL,
     {"token", "api key", "apikey", "api-key", "api_key", "secret", "credential", "kredensial",
      "unauthori", "not authori", "forbidden", "invalid key", "expired", NULL}},
    {ERR_OK, {"tidak ada data", "tidak ditemukan", "no data", "not found", NULL}},
};

static struct view message_of(const struct envelope *e)
{
    return (struct view){e->message, (uint32_t)strlen(e->message)};
}

void answer_message_add(struct envelope *e, struct view text)
{
    size_t n = strlen(e->message);

    text = text_trim(text);
    if (text.n == 0)
        return;
    if (n > 0 && n + 3 < sizeof(e->message)) {
        memcpy(e->message + n, "; ", 3);
        n += 2;
    }
    (void)text_printable(text, e->message + n, sizeof(e->message) - n);
    personal_redact(e->message + n); /* it is kept with the attempt, and may quote a record */
}

/* ---- a message that is a JSON document within a text ---- */

enum { MESSAGE_MAX_DEPTH = 8 };

struct inner {
    struct envelope *e;
    int depth;
};

static int on_text(void *arg, const unsigned char *p, size_t n)
{
    struct inner *in = arg;
    answer_message_add(in->e, (struct view){(const char *)p, (uint32_t)n});
    return 1;
}

static int on_number(void *arg, const char *p, size_t n)
{
    struct inner *in = arg;
    answer_message_add(in->e, (struct view){p, (uint32_t)n});
    return 1;
}

static int on_open(void *arg)
{
    struct inner *in = arg;
    return ++in->depth <= MESSAGE_MAX_DEPTH;
}

static int on_close(void *arg)
{
    struct inner *in = arg;
    in->depth--;
    return 1;
}

static bool add_document(struct envelope *e, struct view text)
{
    static const yajl_callbacks callbacks = {
        .yajl_number = on_number,
        .yajl_string = on_text,
        .yajl_start_map = on_open,
        .yajl_end_map = on_close,
        .yajl_start_array = on_open,
        .yajl_end_array = on_close,
    };
    struct envelope trial = *e;
    struct inner in = {&trial, 0};
    yajl_handle h = yajl_alloc(&callbacks, NULL, &in);
    bool whole = h && yajl_parse(h, (const unsigned char *)text.p, text.n) == yajl_status_ok &&
                 yajl_complete_parse(h) == yajl_status_ok;

    if (whole)
        *e = trial;
    if (h)
        yajl_free(h);
    return whole;
}

void answer_message_add_text(struct envelope *e, struct view text)
{
    text = text_trim(text);
    if (text.n > 1 && (text.p[0] == '{' || text.p[0] == '[') && add_document(e, text))
        return;
    answer_message_add(e, text);
}

/* ---- classification ---- */

static enum err by_words(struct view message, enum err fallback)
{
    for (size_t i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++)
        for (const char *const *w = wordings[i].words; *w; w++)
            if (text_contains(message, *w))
                return wordings[i].err;
    return fallback;
}

enum err answer_http(int http_status)
{
    if (http_status == 401 || http_status == 403)
        return ERR_UPSTREAM_CREDENTIAL;
    if (http_status == 404)
        return ERR_UPSTREAM_NOT_FOUND;
    if (http_status == 429)
        return ERR_UPSTREAM_BUSY;
    if (http_status >= 500)
        return ERR_UPSTREAM_SERVER;
    if ((http_status >= 200 && http_status < 300) || http_status == 400)
        return ERR_OK;
    return ERR_UPSTREAM_REFUSED;
}

/* Gateways say "unauthorized" and "too many" for several reasons; the words tell which. */
static enum err refined(enum err http, struct view message)
{
    enum err err = by_words(message, http);

    if (http == ERR_UPSTREAM_CREDENTIAL && (err == ERR_UPSTREAM_CLOCK || err == ERR_UPSTREAM_QUOTA))
        return err;
    if (http == ERR_UPSTREAM_BUSY && err == ERR_UPSTREAM_QUOTA)
        return err;
    return http;
}

enum err answer_refusal(int http_status, const struct envelope *e)
{
    return refined(answer_http(http_status), message_of(e));
}

/* A refusal that brings an HTTP status of its own, in the body. */
static enum err refused_with(int64_t status, struct view message)
{
    enum err err = refined(answer_http(status > 0 && status < 1000 ? (int)status : 0), message);

    if (err == ERR_OK || err == ERR_UPSTREAM_REFUSED) {
        /* Words cannot make a success of what calls itself an error. */
        err = by_words(message, ERR_UPSTREAM_REFUSED);
        if (err == ERR_OK)
            err = ERR_UPSTREAM_REFUSED;
    }
    return err;
}

enum err answer_classify(int http_status, const struct envelope *e)
{
    struct view message = message_of(e);
    enum err err = answer_refusal(http_status, e);

    if (err != ERR_OK)
        return err;
    if (!e->is_object)
        return ERR_UPSTREAM_ENVELOPE;
    if (http_status >= 300)
        return refused_with(http_status, message);
    if (e->gateway_status > 0)
        return refused_with(e->gateway_status, message);
    if (e->has_status && e->status >= 300)
        return refused_with(e->status, message);
    if (e->has_status && e->status == 0)
        return by_words(message, ERR_UPSTREAM_REFUSED);
    if (!e->has_status && e->has_error)
        return refined(ERR_UPSTREAM_CREDENTIAL, message);
    if (!e->has_status || (e->status != 1 && e->status != 200))
        return ERR_UPSTREAM_ENVELOPE;
    if (e->data == DATA_MISSING || e->data == DATA_OTHER)
        return ERR_UPSTREAM_ENVELOPE;
    return ERR_OK;
}
