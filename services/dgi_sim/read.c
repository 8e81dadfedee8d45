/*
 * read.c - POST {base}/prsp/read: the checks in the profile's order, then the records.
 *
 * DESIGN: a fault that replaces the whole answer comes before all checks, so that it does not
 * depend on a right token; the others change what the checks let through.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/render.h"
#include "services/dgi_sim/request.h"
#include "services/dgi_sim/sim.h"

struct reading {
    struct sim *sim;
    const struct call *call;
    const struct profile *profile;
    const struct profile_settings *settings;
    enum profile_id id;
    struct read_request request;
    bool readable;             /* the body */
    const struct group *group; /* of the key; NULL = unknown */
    struct fault fault;
    struct call_note *note;
    struct render render;
    struct answer *answer;
};

static const struct group *group_of_key(const char *key)
{
    for (const struct group *g = group_table; g->name != NULL; g++)
        if (strcmp(g->key, key) == 0)
            return g;
    return NULL;
}

static bool clock_wrong(const struct reading *r)
{
    char *end = NULL;
    long long sent = strtoll(r->call->time, &end, 10);
    int64_t skew = r->fault.kind == FAULT_SKEW ? r->fault.value : 0;
    int64_t late = clock_request_s(&r->sim->clock) + skew - sent;

    if (r->call->time[0] == '\0' || *end != '\0' || sent < 0)
        return true;
    if (late > r->settings->skew_s)
        return true;
    return !r->profile->clock_one_sided && -late > r->settings->skew_s;
}

static bool range_wrong(const struct reading *r)
{
    const struct read_request *q = &r->request;

    if (r->settings->max_days == 0)
        return false;
    if (r->profile->range_by_date)
        return q->to_at / DAY_S - q->from_at / DAY_S > r->settings->max_days;
    return q->to_at - q->from_at > r->settings->max_days * DAY_S;
}

static bool token_wrong(const struct reading *r)
{
    char hex[TOKEN_HEX + 1];

    return !token_make(r->profile->formula, r->group->key, r->group->secret, r->call->time, hex) ||
           strcmp(hex, r->call->token) != 0;
}

static bool check_fails(const struct reading *r, enum refusal check)
{
    if (check == REFUSAL_CLOCK)
        return clock_wrong(r);
    if (check == REFUSAL_RANGE)
        return range_wrong(r);
    if (check == REFUSAL_KEY)
        return r->group == NULL;
    return token_wrong(r);
}

static enum refusal judge(const struct reading *r)
{
    const struct dealer_info *dealer = dealer_find(r->request.dealer);

    if (!r->readable || (r->profile->to_time_required && !r->request.has_to))
        return REFUSAL_BODY;
    for (const enum refusal *check = r->profile->order; *check != REFUSAL_NONE; check++)
        if (check_fails(r, *check))
            return *check;
    if (r->fault.kind == FAULT_QUOTA ||
        (r->settings->quota > 0 &&
         calls_of_day(r->sim->calls, r->group->key, r->note->day, (int)r->id) > r->settings->quota))
        return REFUSAL_QUOTA;
    if (r->id == PROFILE_GATEWAY && dealer != NULL && strcmp(dealer->group, r->group->name) != 0)
        return REFUSAL_SCOPE;
    if (r->request.to_at < r->request.from_at && !r->profile->range_by_date)
        return REFUSAL_BODY;
    return REFUSAL_NONE;
}

static void visit(void *context, struct prospect *p)
{
    struct reading *r = context;
    const struct read_request *q = &r->request;

    if (q->prospect[0] != '\0' && strcmp(q->prospect, p->text[PROSPECT_ID_PROSPECT]) != 0)
        return;
    if (q->sales[0] != '\0' && strcmp(q->sales, p->text[PROSPECT_ID_SALES_PEOPLE]) != 0)
        return;
    if (r->fault.kind == FAULT_SINGLE_OBJECT && r->render.index > 0)
        return;
    profile_shape(r->id, p);
    render_prospect(&r->render, p);
}

static void collect(struct reading *r)
{
    struct record_query q;

    for (const struct dealer_info *d = dealer_table; d->code != NULL; d++) {
        if (strcmp(d->group, r->group->name) != 0 ||
            (r->request.dealer[0] != '\0' && strcmp(r->request.dealer, d->code) != 0))
            continue;
        q = sim_query(r->sim, r->id, d, r->request.from_at, r->request.to_at);
        records_each(r->sim->records, &q, visit, r);
    }
}

/* The value of `data`: the elements, or what faults and habits make of them. */
static void write_data(const struct reading *r, const struct text *elements, struct text *out)
{
    enum fault_kind kind = r->fault.kind;

    if (kind == FAULT_NULL_DATA || (r->render.rows == 0 && r->profile->no_data_null)) {
        text_add(out, "null");
    } else if (kind == FAULT_WRONG_TYPE && r->fault.field[0] == '\0') {
        text_string(out, "data");
    } else if (kind == FAULT_SINGLE_OBJECT && r->render.rows == 1) {
        text_put(out, elements->p, elements->n);
    } else {
        text_add(out, "[");
        if (elements->n > 0)
            text_put(out, elements->p, elements->n);
        text_add(out, "]");
    }
}

static void answer_records(struct reading *r)
{
    struct answer *a = r->answer;
    struct text elements = {0};

    r->render = (struct render){.out = &elements, .profile = r->id, .fault = &r->fault};
    collect(r);
    r->note->rows = r->render.rows;
    snprintf(r->note->outcome, sizeof r->note->outcome, "%s", r->render.rows > 0 ? "ok" : "empty");
    snprintf(r->note->hit, sizeof r->note->hit, "%s", r->render.hit);
    if (r->render.rows == 0 && r->profile->no_data_fails) {
        text_add(&a->body, "{\"status\":0,\"message\":\"Tidak Ada Data Pada Periode ini\","
                           "\"data\":null}");
    } else {
        /* Before the document's version 1.1 the status was a text: some days it still is. */
        bool as_text = r->id == PROFILE_GATEWAY && r->request.from_at / DAY_S % 2 == 1;

        text_format(&a->body, "{\"status\":%s,\"message\":null,\"data\":", as_text ? "\"1\"" : "1");
        write_data(r, &elements, &a->body);
        text_add(&a->body, "}");
        if (r->profile->count_header)
            a->count = r->render.rows;
    }
    if (elements.full || a->body.full) {
        text_free(&a->body);
        a->status = 500;
        text_add(&a->body, "{\"message\":\"answer too large\"}");
    }
    text_free(&elements);
}

static void no_answer(struct reading *r, int64_t ms)
{
    r->answer->delivery = DELIVER_DROP;
    r->answer->delay_ms += ms;
    r->answer->status = 0;
}

static void answer_html(struct answer *a, int64_t status)
{
    a->status = (int)status;
    a->type = "text/html";
    text_format(&a->body,
                "<!DOCTYPE html><html><head><title>%d</title></head><body><h1>Service "
                "message %d</h1><p>Sistem sedang dalam pemeliharaan.</p></body></html>",
                a->status, a->status);
}

/* A list that begins and does not end for a long time. */
static void answer_huge(struct answer *a, const struct fault *f)
{
    text_add(&a->body, "{\"status\":1,\"message\":null,\"data\":[");
    a->delivery = DELIVER_HUGE;
    a->huge_bytes = f->value;
    a->announced = f->announced;
}

static void answer_status(struct answer *a, const struct fault *f)
{
    a->status = (int)f->value;
    a->retry_after_s = f->retry_after_s;
    a->retry_date = f->retry_date;
    if (a->status == 401)
        text_add(&a->body, "{\"error\":\"Unauthorized\",\"error_description\":\"Access denied\"}");
    else if (a->status == 400 || a->status == 404)
        text_format(&a->body, "{\"status\":%d,\"title\":\"Request failed\",\"errors\":{}}",
                    a->status);
    else
        text_format(&a->body, "{\"http_status_code\":%d,\"message\":\"Simulated status %d\"}",
                    a->status, a->status);
}

/* Faults that stand for the whole answer; false when the call goes on. */
static bool answer_fault(struct reading *r)
{
    const struct fault *f = &r->fault;

    if (f->kind == FAULT_DROP)
        no_answer(r, 0);
    else if (f->kind == FAULT_HANG)
        no_answer(r, f->value > 0 ? f->value : r->sim->hang_ms);
    else if (f->kind == FAULT_HTML)
        answer_html(r->answer, f->value);
    else if (f->kind == FAULT_STATUS)
        answer_status(r->answer, f);
    else if (f->kind == FAULT_HUGE)
        answer_huge(r->answer, f);
    else if (f->kind != FAULT_EMPTY)
        return false;
    snprintf(r->note->outcome, sizeof r->note->outcome, "fault");
    return true;
}

static void answer_refusal(struct reading *r, enum refusal refusal)
{
    struct answer *a = r->answer;
    int64_t wall = clock_now_wall(&r->sim->clock);

    snprintf(r->note->outcome, sizeof r->note->outcome, "%s", refusal_name(refusal));
    a->status = profile_refuse(r->id, refusal, r->settings, &a->body);
    if (a->status == 0)
        no_answer(r, r->sim->hang_ms);
    if (a->status == 429)
        a->retry_after_s =
            r->fault.retry_after_s > 0 ? r->fault.retry_after_s : DAY_S - wall % DAY_S;
}

static void begin(struct reading *r)
{
    struct call_note note = {.profile = (int)r->id};
    char subject[192];

    r->readable = request_read(r->call->body, r->call->body_bytes, clock_now_wall(&r->sim->clock),
                               &r->request);
    r->group = group_of_key(r->call->key);
    snprintf(subject, sizeof subject, "%.80s %s %s", r->call->path, r->request.from, r->request.to);
    r->fault = faults_take(r->sim->faults, (int)r->id, r->request.dealer, subject);
    note.at_ms = real_now_ms();
    note.day = clock_now_wall(&r->sim->clock) / DAY_S;
    snprintf(note.path, sizeof note.path, "/prsp/read");
    snprintf(note.key, sizeof note.key, "%s",
             r->group != NULL          ? r->group->key
             : r->call->key[0] != '\0' ? "unknown"
                                       : "");
    snprintf(note.dealer, sizeof note.dealer, "%s", r->request.dealer);
    snprintf(note.from, sizeof note.from, "%s", r->request.from);
    snprintf(note.to, sizeof note.to, "%s", r->request.to);
    if (r->fault.kind != FAULT_NONE)
        snprintf(note.fault, sizeof note.fault, "%s", fault_kind_name(r->fault.kind));
    r->note = calls_begin(r->sim->calls, &note);
    r->answer->delay_ms = r->sim->latency_ms + r->fault.delay_ms;
    if (r->fault.kind == FAULT_DELAY && r->fault.delay_ms == 0)
        r->answer->delay_ms += r->fault.value;
}

/* Faults of the way rather than of the content. */
static void spoil_delivery(struct reading *r)
{
    struct answer *a = r->answer;

    if (r->fault.kind == FAULT_TRUNCATE)
        a->delivery = DELIVER_CUT;
    if (r->fault.kind == FAULT_MALFORMED && a->body.n > 0) {
        a->body.n = a->body.n * 2 / 3;
        a->body.p[a->body.n] = '\0';
    }
    if (r->fault.kind == FAULT_SLOW_BODY) {
        a->delivery = DELIVER_SLOW;
        a->slow_ms = r->fault.value;
    }
    if (r->fault.kind == FAULT_STALL) {
        a->delivery = DELIVER_STALL;
        a->slow_ms = r->fault.value;
    }
}

void read_answer(struct sim *s, const struct call *c, int profile, struct answer *a)
{
    struct reading r = {.sim = s, .call = c, .id = (enum profile_id)profile, .answer = a};
    enum refusal refusal;

    r.profile = &profile_table[profile];
    r.settings = &s->settings[profile];
    begin(&r);
    if (!answer_fault(&r)) {
        refusal = judge(&r);
        if (refusal != REFUSAL_NONE)
            answer_refusal(&r, refusal);
        else
            answer_records(&r);
        spoil_delivery(&r);
    }
    r.note->status = a->status;
    r.note->bytes = (int64_t)a->body.n;
}
