/*
 * checklist.c - what one call tells about a connection. Pure.
 */
#include "services/fetcher/checklist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[CHECK_COUNT] = {
    [CHECK_ADDRESS] = "address", [CHECK_DNS] = "dns",
    [CHECK_CONNECT] = "connect", [CHECK_TLS] = "tls",
    [CHECK_CLOCK] = "clock",     [CHECK_AUTHENTICATION] = "authentication",
    [CHECK_SAMPLE] = "sample",   [CHECK_MAPPING] = "mapping",
};

static const char *const passed[CHECK_COUNT] = {
    [CHECK_ADDRESS] = "The address may be called.",
    [CHECK_DNS] = "The name was resolved.",
    [CHECK_CONNECT] = "The server was reached.",
    [CHECK_TLS] = "The connection is encrypted, and the certificate is valid.",
    [CHECK_AUTHENTICATION] = "Key, secret and token were accepted.",
};

const char *check_name(enum check check)
{
    return names[check];
}

const char *check_state_name(enum check_state state)
{
    static const char *const states[] = {"skipped", "ok", "failed"};
    return states[state];
}

/* Errors that say by themselves which check failed. A server that knows no such key often says
 * nothing at all. */
static const struct {
    enum err err;
    enum check check;
} told[] = {
    {ERR_UPSTREAM_ADDRESS, CHECK_ADDRESS},
    {ERR_UPSTREAM_CLOCK, CHECK_CLOCK},
    {ERR_UPSTREAM_CREDENTIAL, CHECK_AUTHENTICATION},
    {ERR_KEY_RETIRED, CHECK_AUTHENTICATION},
    {ERR_UPSTREAM_QUOTA, CHECK_AUTHENTICATION},
    {ERR_UPSTREAM_BUSY, CHECK_AUTHENTICATION},
    {ERR_UPSTREAM_FIRST_BYTE_TIMEOUT, CHECK_AUTHENTICATION},
};

/* The check that failed; CHECK_MAPPING when none of those before did. */
static enum check where_it_ended(const struct check_facts *f)
{
    if (f->err == ERR_OK)
        return CHECK_MAPPING;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        if (f->err == told[i].err)
            return told[i].check;
    if (f->timings.dns_ms == 0)
        return CHECK_DNS;
    if (f->timings.tcp_ms == 0)
        return CHECK_CONNECT;
    if (f->https && f->timings.tls_ms == 0)
        return CHECK_TLS;
    return f->answered ? CHECK_SAMPLE : CHECK_AUTHENTICATION;
}

static void set(struct checked *c, enum check_state state, int64_t ms, const char *text)
{
    c->state = state;
    c->ms = ms;
    (void)snprintf(c->text, sizeof(c->text), "%s", text);
}

static int64_t between(int64_t from, int64_t to)
{
    return to > from ? to - from : 0;
}

static void fill_times(const struct timings *t, struct checked out[CHECK_COUNT])
{
    out[CHECK_DNS].ms = t->dns_ms;
    out[CHECK_CONNECT].ms = between(t->dns_ms, t->tcp_ms);
    out[CHECK_TLS].ms = between(t->tcp_ms, t->tls_ms);
    out[CHECK_AUTHENTICATION].ms =
        between(t->connect_ms, t->first_byte_ms > 0 ? t->first_byte_ms : t->total_ms);
    out[CHECK_SAMPLE].ms = t->first_byte_ms > 0 ? between(t->first_byte_ms, t->total_ms) : 0;
}

static void clock_text(const struct skew *s, struct checked *c)
{
    int64_t seconds = s->measured_ms / 1000;

    if (!s->measured)
        (void)snprintf(c->text, sizeof(c->text), "The answer tells no time; ours was accepted.");
    else
        (void)snprintf(c->text, sizeof(c->text), "Its clock is %" PRId64 " s %s ours%s.",
                       (int64_t)llabs(seconds), seconds < 0 ? "behind" : "ahead of",
                       s->corrected      ? "; the call was made again by its clock, and accepted"
                       : s->used_ms != 0 ? ", as is known; the call was made by its clock"
                                         : "");
}

static void fill_end(const struct check_facts *f, struct checked *sample, struct checked *mapping)
{
    (void)snprintf(sample->text, sizeof(sample->text), "%" PRId64 " records came.",
                   f->good + f->bad);
    set(mapping, f->bad > 0 ? CHECK_FAILED : CHECK_OK, f->parse_ms, "");
    mapping->err = f->worst;
    if (f->bad > 0)
        (void)snprintf(mapping->text, sizeof(mapping->text),
                       "%" PRId64 " of %" PRId64 " records cannot be stored.", f->bad,
                       f->good + f->bad);
    else
        (void)snprintf(mapping->text, sizeof(mapping->text), "All records could be stored.");
}

void checklist_fill(const struct check_facts *f, struct checked out[CHECK_COUNT])
{
    enum check end = where_it_ended(f);
    bool plain = !f->https;

    for (int i = 0; i < CHECK_COUNT; i++)
        set(&out[i], CHECK_SKIPPED, -1, "Not reached.");
    if (f->began)
        fill_times(&f->timings, out);
    for (enum check i = CHECK_ADDRESS; i < end && f->began; i++)
        set(&out[i], CHECK_OK, out[i].ms, passed[i] ? passed[i] : "");
    if (plain && end > CHECK_TLS)
        set(&out[CHECK_TLS], CHECK_SKIPPED, -1, "Plain HTTP: the connection is not encrypted.");
    clock_text(&f->skew, &out[CHECK_CLOCK]);
    if (end <= CHECK_CLOCK || (f->err != ERR_OK && !f->skew.measured))
        set(&out[CHECK_CLOCK], CHECK_SKIPPED, -1, "Not reached.");
    if (end == CHECK_SAMPLE)
        set(&out[CHECK_AUTHENTICATION], CHECK_SKIPPED, out[CHECK_AUTHENTICATION].ms,
            "The answer does not tell whether the key is accepted.");
    /* Refused because of where the name leads: it was looked up before. */
    if (end == CHECK_ADDRESS && f->timings.dns_ms > 0)
        set(&out[CHECK_DNS], CHECK_OK, f->timings.dns_ms, passed[CHECK_DNS]);
    if (f->err == ERR_OK) {
        fill_end(f, &out[CHECK_SAMPLE], &out[CHECK_MAPPING]);
        return;
    }
    set(&out[end], CHECK_FAILED, out[end].ms, *f->text ? f->text : err_text(f->err));
    out[end].err = f->err;
    for (enum check i = end + 1; i < CHECK_COUNT; i++)
        if (!(end == CHECK_ADDRESS && i == CHECK_DNS))
            out[i].ms = -1;
}
