/*
 * control.c - the control under /_sim/, described in main.c: one handler per row of the table at
 * the end. A handler reads the body's tree, writes members into an open object, and returns NULL or
 * what is wrong with the request.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/change.h"
#include "services/dgi_sim/json_in.h"
#include "services/dgi_sim/sim.h"

typedef const char *(*control_handler)(struct sim *s, const struct call *c, yajl_val body,
                                       struct text *out);

struct control_row {
    const char *method;
    const char *path;
    control_handler handle;
    bool has_body; /* a JSON body is required */
};
enum { CONTROL_ROWS = 13 };
static const struct control_row control_table[CONTROL_ROWS + 1];

static int64_t query_number(const struct call *c, const char *name, int64_t otherwise)
{
    const char *text = call_query(c, name);

    return text != NULL ? strtoll(text, NULL, 10) : otherwise;
}

static const char *on_truth(struct sim *s, const struct call *c, yajl_val body, struct text *out)
{
    const char *dealer = call_query(c, "dealer"), *feed = call_query(c, "feed"),
               *profile = call_query(c, "profile");
    const struct dealer_info *d = dealer != NULL ? dealer_find(dealer) : NULL;
    int id = profile != NULL ? profile_find(profile) : s->bare_profile;
    int64_t from, to;

    (void)body;
    if (d == NULL)
        return "unknown dealer";
    if (id < 0)
        return "unknown profile";
    if (feed != NULL && strcmp(feed, "prsp") != 0)
        return "unknown feed";
    if (!wall_parse_loose(call_query(c, "from"), 0, &from) ||
        !wall_parse_loose(call_query(c, "to"), DAY_S - 1, &to))
        return "from and to are YYYY-MM-DD or YYYY-MM-DD HH:MM:SS";
    truth_write(s, (enum profile_id)id, d, from, to, out);
    return NULL;
}

static const char *on_calls(struct sim *s, const struct call *c, yajl_val body, struct text *out)
{
    (void)body;
    calls_write(s->calls, query_number(c, "since", 0), query_number(c, "limit", CALLS_KEPT), out);
    return NULL;
}

static const char *on_calls_forget(struct sim *s, const struct call *c, yajl_val body,
                                   struct text *out)
{
    (void)c, (void)body, (void)out;
    calls_forget(s->calls);
    return NULL;
}

static const char *on_fault_list(struct sim *s, const struct call *c, yajl_val body,
                                 struct text *out)
{
    (void)c, (void)body;
    faults_write(s->faults, out);
    return NULL;
}

static const char *on_fault_add(struct sim *s, const struct call *c, yajl_val body,
                                struct text *out)
{
    yajl_val latency = json_member(body, "latency_ms");
    const char *wrong;
    int64_t id;

    (void)c;
    if (latency != NULL) {
        if (!json_whole(body, "latency_ms", &s->latency_ms) || s->latency_ms < 0)
            return "latency_ms is no number";
        text_number(out, "latency_ms", s->latency_ms);
        if (json_member(body, "kind") == NULL)
            return NULL;
    }
    wrong = faults_add(s->faults, body, &id);
    if (wrong == NULL)
        text_number(out, "id", id);
    return wrong;
}

static const char *on_fault_remove(struct sim *s, const struct call *c, yajl_val body,
                                   struct text *out)
{
    int64_t id = query_number(c, "id", 0);

    (void)body;
    if (id == 0)
        s->latency_ms = 0;
    text_number(out, "removed", faults_remove(s->faults, id));
    return NULL;
}

static const char *on_records(struct sim *s, const struct call *c, yajl_val body, struct text *out)
{
    (void)c;
    return change_records(s, body, out);
}

static const char *on_records_forget(struct sim *s, const struct call *c, yajl_val body,
                                     struct text *out)
{
    (void)c, (void)body;
    text_number(out, "removed", records_count(s->records));
    records_forget(s->records);
    return NULL;
}

static const char *on_clock(struct sim *s, const struct call *c, yajl_val body, struct text *out)
{
    char text[WALL_TEXT_MAX];

    (void)c, (void)body;
    wall_write_time(clock_now_wall(&s->clock), WALL_ISO, text);
    text_number(out, "now", clock_now_ms(&s->clock) / 1000);
    text_member(out, "now_local", text);
    text_flag(out, "frozen", s->clock.frozen);
    text_number(out, "skew_s", s->clock.skew_ms / 1000);
    return NULL;
}

static const char *on_clock_set(struct sim *s, const struct call *c, yajl_val body,
                                struct text *out)
{
    yajl_val now = json_member(body, "now"), freeze = json_member(body, "freeze");
    int64_t at = clock_now_ms(&s->clock), seconds;
    bool frozen = YAJL_IS_TRUE(freeze) || (freeze == NULL && s->clock.frozen);

    if (json_whole(body, "offset_s", &seconds))
        at = real_now_ms() + seconds * 1000;
    if (now != NULL) {
        const char *text = YAJL_IS_NUMBER(now)   ? YAJL_GET_NUMBER(now)
                           : YAJL_IS_STRING(now) ? YAJL_GET_STRING(now)
                                                 : "";
        if (!wall_parse_instant(text, &at))
            return "now is RFC 3339 or epoch seconds";
    }
    if (json_whole(body, "advance_s", &seconds))
        at += seconds * 1000;
    clock_set(&s->clock, at, frozen);
    if (json_whole(body, "skew_s", &seconds))
        s->clock.skew_ms = seconds * 1000;
    return on_clock(s, c, NULL, out);
}

static const char *on_settings(struct sim *s, const struct call *c, yajl_val body, struct text *out)
{
    (void)c, (void)body;
    text_format(out, "\"seed\":%llu", (unsigned long long)s->seed);
    text_member(out, "profile", profile_table[s->bare_profile].name);
    text_number(out, "latency_ms", s->latency_ms);
    text_number(out, "hang_ms", s->hang_ms);
    text_number(out, "bulk_rows", s->bulk_rows);
    text_key(out, "profiles");
    text_add(out, "{");
    for (int i = 0; i < PROFILE_COUNT; i++) {
        const struct profile_settings *p = &s->settings[i];

        text_key(out, profile_table[i].name);
        text_add(out, "{");
        text_number(out, "max_days", p->max_days);
        text_number(out, "history_days", p->history_days);
        text_number(out, "quota", p->quota);
        text_number(out, "skew_s", p->skew_s);
        text_add(out, "}");
    }
    text_add(out, "}");
    return NULL;
}

/* A whole number of [0, most], left alone when absent; false when it is something else. */
static bool take(yajl_val body, const char *name, int64_t most, int64_t *value)
{
    int64_t taken;

    if (json_member(body, name) == NULL)
        return true;
    if (!json_whole(body, name, &taken) || taken < 0 || taken > most)
        return false;
    *value = taken;
    return true;
}

static const char *on_settings_set(struct sim *s, const struct call *c, yajl_val body,
                                   struct text *out)
{
    const char *only = json_text(body, "profile");
    int id = *only != '\0' ? profile_find(only) : -1;

    if (*only != '\0' && id < 0)
        return "unknown profile";
    for (int i = 0; i < PROFILE_COUNT; i++) {
        struct profile_settings *p = &s->settings[i];

        if ((id < 0 || id == i) && (!take(body, "max_days", 100000, &p->max_days) ||
                                    !take(body, "history_days", 100000, &p->history_days) ||
                                    !take(body, "quota", 1000000000, &p->quota) ||
                                    !take(body, "skew_s", DAY_S, &p->skew_s)))
            return "a limit is no number, or out of range";
    }
    if (!take(body, "latency_ms", 3600000, &s->latency_ms) ||
        !take(body, "hang_ms", 3600000, &s->hang_ms) ||
        !take(body, "bulk_rows", 200000, &s->bulk_rows))
        return "a setting is no number, or out of range";
    return on_settings(s, c, NULL, out);
}

static const char *on_health(struct sim *s, const struct call *c, yajl_val body, struct text *out)
{
    (void)body;
    text_member(out, "status", "healthy");
    text_member(out, "version", DD_VERSION);
    text_number(out, "uptime_s", (real_now_ms() - s->started_ms) / 1000);
    on_clock(s, c, NULL, out);
    text_key(out, "dealers");
    text_add(out, "[");
    for (const struct dealer_info *d = dealer_table; d->code != NULL; d++) {
        text_item(out);
        text_add(out, "{");
        text_member(out, "dealer", d->code);
        text_member(out, "name", d->name);
        text_member(out, "group", d->group);
        text_add(out, "}");
    }
    text_add(out, "]");
    return NULL;
}

static const struct control_row *row_of(const struct call *c, struct answer *a)
{
    bool known = false;

    for (const struct control_row *row = control_table; row->method != NULL; row++) {
        if (strcmp(row->path, c->path) != 0)
            continue;
        if (strcmp(row->method, c->method) == 0)
            return row;
        known = true;
    }
    a->status = known ? 405 : 404;
    if (known)
        snprintf(a->allow, sizeof a->allow, "GET, POST, DELETE");
    text_add(&a->body, known ? "{\"error\":\"method not allowed\"}" : "{\"error\":\"not found\"}");
    return NULL;
}

void control_answer(struct sim *s, const struct call *c, struct answer *a)
{
    const struct control_row *row = row_of(c, a);
    yajl_val body = NULL;
    const char *wrong = NULL;

    if (row == NULL)
        return;
    if (row->has_body)
        body = json_read(c->body, c->body_bytes);
    if (row->has_body && !YAJL_IS_OBJECT(body))
        wrong = "the body is no JSON object";
    text_add(&a->body, "{");
    if (wrong == NULL)
        wrong = row->handle(s, c, body, &a->body);
    if (wrong != NULL) {
        a->status = 400;
        text_free(&a->body);
        text_add(&a->body, "{");
        text_member(&a->body, "error", wrong);
    }
    text_add(&a->body, "}\n");
    yajl_tree_free(body);
}

static const struct control_row control_table[CONTROL_ROWS + 1] = {
    {"GET", "/_sim/truth", on_truth, false},
    {"GET", "/_sim/calls", on_calls, false},
    {"DELETE", "/_sim/calls", on_calls_forget, false},
    {"GET", "/_sim/fault", on_fault_list, false},
    {"POST", "/_sim/fault", on_fault_add, true},
    {"DELETE", "/_sim/fault", on_fault_remove, false},
    {"POST", "/_sim/records", on_records, true},
    {"DELETE", "/_sim/records", on_records_forget, false},
    {"GET", "/_sim/clock", on_clock, false},
    {"POST", "/_sim/clock", on_clock_set, true},
    {"GET", "/_sim/settings", on_settings, false},
    {"POST", "/_sim/settings", on_settings_set, true},
    {"GET", "/_sim/health", on_health, false},
    {0},
};
