/*
 * sim.c - see sim.h: opening, closing, and which part answers a path.
 */
#include "services/dgi_sim/sim.h"

#include <stdio.h>
#include <string.h>

bool sim_open(struct sim *s)
{
    memcpy(s->settings, profile_defaults, sizeof s->settings);
    s->hang_ms = 120000;
    s->started_ms = real_now_ms();
    s->records = records_new();
    s->faults = faults_new();
    s->calls = calls_new();
    return s->records != NULL && s->faults != NULL && s->calls != NULL;
}

void sim_close(struct sim *s)
{
    calls_free(&s->calls);
    faults_free(&s->faults);
    records_free(&s->records);
}

const char *call_query(const struct call *c, const char *name)
{
    for (int i = 0; i < c->query_count; i++)
        if (strcmp(c->query[i].name, name) == 0)
            return c->query[i].value;
    return NULL;
}

struct record_query sim_query(const struct sim *s, enum profile_id profile,
                              const struct dealer_info *dealer, int64_t from, int64_t to)
{
    struct record_query q = {.seed = s->seed, .dealer = dealer, .from = from, .to = to};
    int64_t history = s->settings[profile].history_days;

    q.now = clock_now_wall(&s->clock);
    q.bulk_rows = (int)s->bulk_rows;
    if (history > 0 && q.bulk_rows == 0 && q.from < q.now - history * DAY_S)
        q.from = q.now - history * DAY_S;
    return q;
}

static void not_found(const struct call *c, struct answer *a)
{
    /* The gateway in front answers as web servers do. */
    if (strncmp(c->path, "/gateway/", 9) == 0) {
        a->type = "text/html";
        text_add(&a->body, "<html><head><title>404 Not Found</title></head><body>"
                           "<h1>404 Not Found</h1></body></html>");
    } else {
        text_add(&a->body, "{\"status\":404,\"title\":\"Not Found\"}");
    }
    a->status = 404;
}

void sim_answer(struct sim *s, const struct call *c, struct answer *a)
{
    const char *rest = NULL;
    int profile;

    a->status = 200;
    a->type = "application/json";
    a->count = -1;
    if (strncmp(c->path, "/_sim/", 6) == 0) {
        control_answer(s, c, a);
        return;
    }
    profile = profile_of_path(c->path, s->bare_profile, &rest);
    if (profile < 0 || (strcmp(rest, "/prsp/read") != 0 &&
                        (profile != PROFILE_LEGACY || strcmp(rest, "/prsp/read/") != 0))) {
        not_found(c, a);
    } else if (strcmp(c->method, "POST") != 0) {
        a->status = 405;
        snprintf(a->allow, sizeof a->allow, "POST");
        text_add(&a->body, "{\"status\":405,\"title\":\"Method Not Allowed\"}");
    } else {
        read_answer(s, c, profile, a);
    }
}

const struct group group_table[] = {
    {"group-a", "dgi-key-sim:group-a", "dgi-secret-sim:group-a"},
    {"group-b", "dgi-key-sim:group-b", "dgi-secret-sim:group-b"},
    {0},
};
