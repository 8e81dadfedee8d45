/*
 * calls.c - see calls.h. The ring is indexed by the call's number; the counts are a short list that
 * is searched from its end, where today's rows are.
 */
#include "services/dgi_sim/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/profile.h"
#include "services/dgi_sim/wall.h"

enum { COUNTS_MAX = 4096 };

struct count {
    int64_t day;
    int profile;
    char key[48];
    char path[64];
    int64_t calls;
};

struct calls {
    struct call_note ring[CALLS_KEPT];
    struct count counts[COUNTS_MAX]; /* later calls with a new combination are not counted */
    int count_rows;
    int64_t last; /* number of the newest call */
};

struct calls *calls_new(void)
{
    return calloc(1, sizeof(struct calls));
}

void calls_free(struct calls **c)
{
    free(*c);
    *c = NULL;
}

void calls_forget(struct calls *c)
{
    memset(c->counts, 0, sizeof c->counts[0] * (size_t)c->count_rows);
    c->count_rows = 0;
    memset(c->ring, 0, sizeof c->ring);
    c->last = 0;
}

static void count_call(struct calls *c, const struct call_note *note)
{
    struct count *new;

    for (int i = c->count_rows - 1; i >= 0; i--) {
        struct count *at = &c->counts[i];

        if (at->day == note->day && at->profile == note->profile &&
            strcmp(at->key, note->key) == 0 && strcmp(at->path, note->path) == 0) {
            at->calls++;
            return;
        }
    }
    if (c->count_rows == COUNTS_MAX)
        return;
    new = &c->counts[c->count_rows++];
    *new = (struct count){.day = note->day, .profile = note->profile, .calls = 1};
    memcpy(new->key, note->key, sizeof new->key);
    memcpy(new->path, note->path, sizeof new->path);
}

struct call_note *calls_begin(struct calls *c, const struct call_note *first)
{
    struct call_note *note = &c->ring[++c->last % CALLS_KEPT];

    *note = *first;
    note->n = c->last;
    count_call(c, note);
    return note;
}

int64_t calls_of_day(const struct calls *c, const char *key, int64_t day, int profile)
{
    int64_t sum = 0;

    for (int i = 0; i < c->count_rows; i++)
        if (c->counts[i].day == day && c->counts[i].profile == profile &&
            strcmp(c->counts[i].key, key) == 0)
            sum += c->counts[i].calls;
    return sum;
}

static void write_note(const struct call_note *note, struct text *out)
{
    text_item(out);
    text_add(out, "{");
    text_number(out, "n", note->n);
    text_number(out, "at_ms", note->at_ms);
    text_member(out, "profile", profile_table[note->profile].name);
    text_member(out, "path", note->path);
    text_member(out, "key", note->key);
    text_member(out, "dealer", note->dealer);
    text_member(out, "from", note->from);
    text_member(out, "to", note->to);
    text_number(out, "status", note->status);
    text_member(out, "outcome", note->outcome);
    text_member(out, "fault", note->fault[0] ? note->fault : NULL);
    text_member(out, "hit", note->hit[0] ? note->hit : NULL);
    text_number(out, "rows", note->rows);
    text_number(out, "bytes", note->bytes);
    text_add(out, "}");
}

static void write_counts(const struct calls *c, struct text *out)
{
    char day[WALL_TEXT_MAX];

    text_key(out, "counts");
    text_add(out, "[");
    for (int i = 0; i < c->count_rows; i++) {
        const struct count *at = &c->counts[i];

        wall_write_date(at->day * DAY_S, WALL_ISO, day);
        text_item(out);
        text_add(out, "{");
        text_member(out, "key", at->key);
        text_member(out, "day", day);
        text_member(out, "profile", profile_table[at->profile].name);
        text_member(out, "path", at->path);
        text_number(out, "calls", at->calls);
        text_add(out, "}");
    }
    text_add(out, "]");
}

void calls_write(const struct calls *c, int64_t since, int64_t limit, struct text *out)
{
    int64_t n = c->last >= CALLS_KEPT ? c->last - CALLS_KEPT + 1 : 1;

    if (n <= since)
        n = since + 1;
    text_number(out, "last", c->last);
    text_key(out, "calls");
    text_add(out, "[");
    for (; n <= c->last && limit > 0; n++, limit--)
        write_note(&c->ring[n % CALLS_KEPT], out);
    text_add(out, "]");
    write_counts(c, out);
}
