/*
 * watch.c - follows the data versions.
 *
 * A notification makes the process read them 20 ms later (so that a burst is one read). Stores that
 * follow one another within 40 ms are notified once, so it looks again until nothing has changed.
 * The poll every second catches what was lost. Each new version is told to the pages as
 * data.changed. When they cannot be read, no cached answer counts as fresh any more.
 */
#include "services/analytics/analytics.h"
#include "services/analytics/store.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { POLL_MS = 1000, HINT_MS = 20, AGAIN_MS = 50 };

const struct conf_row analytics_conf_rows[] = {
    {"DD_CACHE_SECONDS", CONF_INT, offsetof(struct analytics_conf, cache_s), "300", 1, 300,
     "Longest life of a cached answer, in seconds."},
    {0},
};

static void tell(void *arg, const struct version *now)
{
    struct analytics *s = arg;
    struct data_changed event = {.dealer_id = view_of(now->dealer), .version = now->number};
    publish_latest(s->process->events, &DATA_CHANGED, &event, event.dealer_id);
}

static void look_after(struct analytics *s, int64_t ms);

static void read_versions(struct analytics *s)
{
    struct version *rows = NULL;
    unsigned n = 0;
    bool first = s->versions->n == 0;
    if (store_versions(s->process->db, &rows, &n) != ERR_OK) {
        s->versions->known = false;
        return;
    }
    if (versions_replace(s->versions, rows, n, first ? NULL : tell, s))
        look_after(s, AGAIN_MS);
}

static void on_poll(void *arg)
{
    struct analytics *s = arg;
    read_versions(s);
    s->poll_timer = loop_after(s->process->loop, POLL_MS, on_poll, s);
}

static void on_hint(void *arg)
{
    struct analytics *s = arg;
    s->hint_timer = 0;
    read_versions(s);
}

/* A look that is due sooner is kept. */
static void look_after(struct analytics *s, int64_t ms)
{
    int64_t at = loop_now_ms() + ms;
    if (s->hint_timer && s->hint_ms <= at)
        return;
    loop_cancel(s->process->loop, s->hint_timer);
    s->hint_ms = at;
    s->hint_timer = loop_after(s->process->loop, ms, on_hint, s);
}

static void on_notify(void *arg, const char *channel, const char *payload)
{
    struct analytics *s = arg;
    (void)channel;
    (void)payload;
    look_after(s, HINT_MS);
}

/* Several systems may share a Redis: the database tells them apart. */
static void make_prefix(struct analytics *s)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    const char *url = s->process->conf->database_url;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)url, strlen(url), NULL, 0);
    snprintf(s->prefix, sizeof s->prefix, "dd:%02x%02x%02x%02x:", hash[0], hash[1], hash[2],
             hash[3]);
}

enum err watch_start(struct analytics *s)
{
    static const char *const channels[] = {"dd_data", "dd_dealer", NULL};
    struct process *p = s->process;
    const struct db_conf conf = {.url = p->conf->database_url,
                                 .role = "dd_analytics",
                                 .application_name = p->conf->name,
                                 .stats = p->stats};
    s->cached = stats_counter(p->stats, "answers_cached", "Answers that came from the cache.");
    s->computed =
        stats_counter(p->stats, "answers_computed", "Answers that the cache did not hold.");
    s->stale = stats_counter(p->stats, "answers_stale",
                             "Last good answers sent while the database was away.");
    s->versions = versions_new();
    if (!s->versions)
        return ERR_NO_MEMORY;
    make_prefix(s);
    s->poll_timer = loop_after(p->loop, 0, on_poll, s);
    return listener_new(p->loop, &conf, channels, on_notify, s, &s->listener);
}

void watch_stop(struct analytics *s)
{
    loop_cancel(s->process->loop, s->poll_timer);
    loop_cancel(s->process->loop, s->hint_timer);
    listener_free(&s->listener);
    versions_free(&s->versions);
}
