/*
 * truth.c - what a consumer should have stored of a window: see sim.h and GET /_sim/truth in
 * main.c.
 *
 * DESIGN: written from the records themselves, not from an answer: plain values, ISO dates, absent
 * is null, units in order. A date is `YYYY-MM-DD`, a time `YYYY-MM-DD HH:MM:SS`.
 */
#include <stdio.h>
#include <string.h>

#include "services/dgi_sim/sim.h"

struct truth {
    struct text *out;
    enum profile_id profile;
    const struct dealer_info *dealer;
    int64_t count;
};

static void write_when(struct text *out, const char *name, int64_t wall, enum value_kind kind)
{
    char text[WALL_TEXT_MAX];

    if (kind == VALUE_DATE && wall != WALL_NONE)
        wall_write_date(wall, WALL_ISO, text);
    else if (wall != WALL_NONE)
        wall_write_time(wall, WALL_ISO, text);
    text_member(out, name, wall == WALL_NONE ? NULL : text);
}

static void write_text(struct text *out, const char *name, const char *value)
{
    text_member(out, name, value[0] != '\0' ? value : NULL);
}

static void visit(void *context, struct prospect *p)
{
    struct truth *t = context;
    struct text *out = t->out;

    profile_shape(t->profile, p);
    if (p->text[PROSPECT_DEALER_ID][0] == '\0') /* the dealer asked for */
        snprintf(p->text[PROSPECT_DEALER_ID], PROSPECT_TEXT_MAX, "%s", t->dealer->code);
    text_item(out);
    text_add(out, "{");
    for (int i = 0; i < PROSPECT_FIELD_COUNT; i++)
        if (prospect_fields[i].kind == VALUE_TEXT)
            write_text(out, prospect_fields[i].name, p->text[i]);
        else
            write_when(out, prospect_fields[i].name, p->when[i], prospect_fields[i].kind);
    text_key(out, "unit");
    text_add(out, "[");
    for (int i = 0; i < p->unit_count; i++) {
        text_item(out);
        text_add(out, "{");
        write_text(out, "kodeTipeUnit", p->units[i].type);
        write_text(out, "salesProgramId", p->units[i].programs);
        write_when(out, "createdTime", p->units[i].created, VALUE_TIME);
        write_when(out, "modifiedTime", p->units[i].modified, VALUE_TIME);
        text_add(out, "}");
    }
    text_add(out, "]}");
    t->count++;
}

void truth_write(const struct sim *s, enum profile_id profile, const struct dealer_info *dealer,
                 int64_t from, int64_t to, struct text *out)
{
    struct record_query q = sim_query(s, profile, dealer, from, to);
    struct truth t = {.out = out, .profile = profile, .dealer = dealer};
    char text[WALL_TEXT_MAX];

    text_member(out, "dealer", dealer->code);
    text_member(out, "feed", "prsp");
    text_member(out, "profile", profile_table[profile].name);
    wall_write_time(from, WALL_ISO, text);
    text_member(out, "from", text);
    wall_write_time(to, WALL_ISO, text);
    text_member(out, "to", text);
    wall_write_time(q.now, WALL_ISO, text);
    text_member(out, "now", text);
    text_key(out, "records");
    text_add(out, "[");
    records_each(s->records, &q, visit, &t);
    text_add(out, "]");
    text_number(out, "count", t.count);
}
