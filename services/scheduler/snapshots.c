/*
 * snapshots.c - jobs as they were last told, in Redis.
 */
#include "services/scheduler/snapshots.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { LIFE_S = 86400, MAX_SNAPSHOT = 256 * 1024, MAX_KEY = 96 };

void snapshots_start(struct scheduler *s)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    const char *url = s->process->conf->database_url;
    struct snapshots *x = &s->snapshots;
    /* Several systems may share a Redis: the database tells them apart. */
    crypto_generichash(hash, sizeof hash, (const unsigned char *)url, strlen(url), NULL, 0);
    snprintf(x->prefix, sizeof x->prefix, "dd:%02x%02x%02x%02x:job:", hash[0], hash[1], hash[2],
             hash[3]);
    x->found = stats_counter(s->process->stats, "jobs_from_snapshot",
                             "Questions for a job that needed no database.");
    x->stale = stats_counter(s->process->stats, "jobs_stale",
                             "Questions for a job answered while the database was away.");
}

static struct view key_of(struct scheduler *s, struct view id, char out[MAX_KEY])
{
    int n = snprintf(out, MAX_KEY, "%s%.*s", s->snapshots.prefix, (int)id.n, id.p);
    return (struct view){out, (uint32_t)n};
}

bool job_is_over(const struct job *job)
{
    return !view_is(job->state, "queued") && !view_is(job->state, "running");
}

void snapshot_keep(struct scheduler *s, const struct job *job)
{
    char key[MAX_KEY];
    struct buf b;
    buf_init(&b, MAX_SNAPSHOT);
    if (HAS(job, job, version) && codec_encode(&JOB, job, &b) == ERR_OK)
        cache_set_version(s->process->cache, key_of(s, job->id, key), job->version, buf_view(&b),
                          LIFE_S);
    buf_free(&b);
}

bool snapshot_find(struct scheduler *s, struct view id, struct arena *a, struct job *out)
{
    char key[MAX_KEY];
    struct view value;
    struct fault f;
    int64_t version;
    if (cache_get_version(s->process->cache, key_of(s, id, key), a, &version, &value) != ERR_OK)
        return false;
    enum err err = codec_decode(&JOB, value.p, value.n, a, out, &f);
    if (err)
        log_warn("a job's snapshot cannot be read", KV("job", id), K("error", err_code(err)));
    return !err;
}
