/*
 * change.c - see change.h and POST /_sim/records in main.c. Everything is read and checked into
 * a list before anything is kept, so a wrong order changes nothing.
 */
#include "services/dgi_sim/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/json_in.h"

struct change {
    const struct sim *sim;
    const struct dealer_info *dealer;
    yajl_val order;
    int64_t now;           /* wall */
    struct prospect *list; /* owned: what will be kept */
    int count;
    int room;
    int64_t index;     /* of the visited record in its window */
    int64_t first;     /* of the window's records, so many */
    const char *wrong; /* first fault found, NULL = none */
};

static struct prospect *change_next(struct change *c)
{
    struct prospect *more;

    if (c->count == c->room) {
        c->room = c->room == 0 ? 16 : c->room * 2;
        more = c->room > 2 * RECORDS_MAX ? NULL : realloc(c->list, sizeof *more * (size_t)c->room);
        if (more == NULL) {
            c->wrong = "too many records";
            return NULL;
        }
        c->list = more;
    }
    return &c->list[c->count++];
}

/* "" and null mean absent. */
static bool read_when(yajl_val value, int64_t *wall)
{
    *wall = WALL_NONE;
    if (YAJL_IS_NULL(value) || (YAJL_IS_STRING(value) && *YAJL_GET_STRING(value) == '\0'))
        return true;
    return YAJL_IS_STRING(value) && wall_parse_loose(YAJL_GET_STRING(value), 0, wall);
}

static bool read_text(yajl_val value, char *out, size_t size)
{
    const char *text = YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : "";
    int n;

    if (!YAJL_IS_STRING(value) && !YAJL_IS_NULL(value))
        return false;
    n = snprintf(out, size, "%s", text);
    return n >= 0 && (size_t)n < size;
}

static const char *read_field(struct prospect *p, const char *name, yajl_val value)
{
    int field = prospect_field_find(name);

    if (field < 0)
        return "unknown field";
    if (prospect_fields[field].kind == VALUE_TEXT)
        return read_text(value, p->text[field], PROSPECT_TEXT_MAX)
                   ? NULL
                   : "a value is no text, or too long";
    if (!read_when(value, &p->when[field]))
        return "a date is YYYY-MM-DD, a time YYYY-MM-DD HH:MM:SS";
    if (field == PROSPECT_CREATED_TIME)
        p->created = p->when[field];
    if (field == PROSPECT_MODIFIED_TIME)
        p->modified = p->when[field];
    return NULL;
}

static const char *read_units(struct prospect *p, yajl_val units, int64_t now)
{
    if (!YAJL_IS_ARRAY(units) || units->u.array.len > UNIT_MAX)
        return "unit is no list, or too long";
    p->unit_count = 0;
    for (size_t i = 0; i < units->u.array.len; i++) {
        yajl_val from = units->u.array.values[i], created = json_member(from, "createdTime"),
                 modified = json_member(from, "modifiedTime"),
                 programs = json_member(from, "salesProgramId");
        struct unit u = {.created = now, .modified = now};

        if (!read_text(json_member(from, "kodeTipeUnit"), u.type, sizeof u.type) ||
            (programs != NULL && !read_text(programs, u.programs, sizeof u.programs)) ||
            (created != NULL && !read_when(created, &u.created)) ||
            (modified != NULL && !read_when(modified, &u.modified)))
            return "a unit is {kodeTipeUnit, salesProgramId?, createdTime?, modifiedTime?}";
        p->units[p->unit_count++] = u;
    }
    return NULL;
}

/* Fields of `object` but the order's own words. */
static const char *read_fields(struct prospect *p, yajl_val object, int64_t now)
{
    const char *wrong = NULL;

    for (size_t i = 0; YAJL_IS_OBJECT(object) && i < object->u.object.len && wrong == NULL; i++) {
        const char *name = object->u.object.keys[i];

        if (strcmp(name, "unit") == 0)
            wrong = read_units(p, object->u.object.values[i], now);
        else
            wrong = read_field(p, name, object->u.object.values[i]);
    }
    return wrong;
}

/* Changes a copy of p as the order's `set` says; a new modifiedTime in any case. */
static void change_one(struct change *c, const struct prospect *p)
{
    struct prospect *copy = change_next(c);

    if (copy == NULL)
        return;
    *copy = *p;
    copy->modified = copy->when[PROSPECT_MODIFIED_TIME] = c->now;
    c->wrong = read_fields(copy, json_member(c->order, "set"), c->now);
    if (c->wrong == NULL && strcmp(copy->text[PROSPECT_ID_PROSPECT], p->text[PROSPECT_ID_PROSPECT]))
        c->wrong = "idProspect cannot be changed";
}

static bool listed(yajl_val nth, int64_t index)
{
    for (size_t i = 0; YAJL_IS_ARRAY(nth) && i < nth->u.array.len; i++)
        if (YAJL_IS_INTEGER(nth->u.array.values[i]) &&
            YAJL_GET_INTEGER(nth->u.array.values[i]) == index)
            return true;
    return false;
}

static void change_visit(void *context, struct prospect *p)
{
    struct change *c = context;
    int64_t index = c->index++;

    if (c->wrong == NULL && (index < c->first || listed(json_member(c->order, "nth"), index)))
        change_one(c, p);
}

static void change_window(struct change *c)
{
    struct record_query q = {.seed = c->sim->seed, .dealer = c->dealer, .now = c->now};

    if (!wall_parse_loose(json_text(c->order, "from"), 0, &q.from) ||
        !wall_parse_loose(json_text(c->order, "to"), DAY_S - 1, &q.to)) {
        c->wrong = "from and to are YYYY-MM-DD or YYYY-MM-DD HH:MM:SS";
        return;
    }
    if (json_member(c->order, "nth") == NULL && !json_whole(c->order, "first", &c->first))
        c->first = RECORDS_MAX;
    records_each(c->sim->records, &q, change_visit, c);
}

static void change_ids(struct change *c, yajl_val ids)
{
    struct record_query q = {.seed = c->sim->seed, .dealer = c->dealer, .now = c->now};
    struct prospect p;

    for (size_t i = 0; YAJL_IS_ARRAY(ids) && i < ids->u.array.len && c->wrong == NULL; i++) {
        const char *id = YAJL_GET_STRING(ids->u.array.values[i]);

        if (id == NULL || !records_find(c->sim->records, &q, id, &p))
            c->wrong = "unknown id";
        else
            change_one(c, &p);
    }
}

static void add_list(struct change *c, yajl_val add)
{
    for (size_t i = 0; YAJL_IS_ARRAY(add) && i < add->u.array.len && c->wrong == NULL; i++) {
        struct prospect *p = change_next(c);

        if (p == NULL)
            return;
        prospect_clear(p, c->dealer->code);
        p->created = p->when[PROSPECT_CREATED_TIME] = c->now;
        p->modified = p->when[PROSPECT_MODIFIED_TIME] = c->now;
        snprintf(p->text[PROSPECT_ID_PROSPECT], PROSPECT_TEXT_MAX, "Z9Z/%s/PSP/ADDED/%05d",
                 c->dealer->code, records_count(c->sim->records) + (int)i + 1);
        c->wrong = read_fields(p, add->u.array.values[i], c->now);
        if (c->wrong == NULL && p->created == WALL_NONE)
            p->created = c->now; /* a hidden time still decides the window */
    }
}

static void write_ids(const struct change *c, const char *name, int first, int last,
                      struct text *out)
{
    text_key(out, name);
    text_add(out, "[");
    for (int i = first; i < last; i++) {
        text_item(out);
        text_string(out, c->list[i].text[PROSPECT_ID_PROSPECT]);
    }
    text_add(out, "]");
}

const char *change_records(struct sim *s, yajl_val order, struct text *out)
{
    struct change c = {.sim = s, .order = order, .now = clock_now_wall(&s->clock)};
    int changed = 0;

    c.dealer = dealer_find(json_text(order, "dealer"));
    if (c.dealer == NULL)
        return "unknown dealer";
    if (json_member(order, "ids") != NULL)
        change_ids(&c, json_member(order, "ids"));
    else if (json_member(order, "from") != NULL)
        change_window(&c);
    changed = c.count;
    if (c.wrong == NULL)
        add_list(&c, json_member(order, "add"));
    for (int i = 0; i < c.count && c.wrong == NULL; i++)
        if (!records_keep(s->records, c.dealer, &c.list[i]))
            c.wrong = "too many records";
    if (c.wrong == NULL) {
        write_ids(&c, "changed", 0, changed, out);
        write_ids(&c, "added", changed, c.count, out);
    }
    free(c.list);
    return c.wrong;
}
