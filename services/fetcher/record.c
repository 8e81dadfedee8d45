/*
 * record.c - one record of an answer: from JSON events to trimmed texts, or to a reason why not.
 */
#include "services/fetcher/record.h"

#include "proto/check.h"
#include "services/fetcher/dates.h"
#include "services/fetcher/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err record_init(struct record *r, const struct feed *feed, const struct dealer_set *dealers)
{
    *r = (struct record){.feed = feed, .dealers = *dealers, .max_value = RECORD_MAX_VALUE};
    assert(feed->n_parts <= FEED_MAX_PARTS);
    for (unsigned i = 0; i < feed->n_parts; i++)
        assert(feed->parts[i].n_fields <= FEED_MAX_FIELDS);
    arena_init(&r->arena, RECORD_MAX_BYTES);
    r->children = calloc(RECORD_MAX_CHILDREN, sizeof(*r->children));
    return r->children ? ERR_OK : ERR_NO_MEMORY;
}

void record_free(struct record *r)
{
    arena_free(&r->arena);
    free(r->children);
    r->children = NULL;
}

/* The first fault stays. list: the part in which it was seen; name: of the field, may be NULL. */
static void fault(struct record *r, enum err err, unsigned list, const char *name)
{
    if (r->fault != ERR_OK)
        return;
    r->fault = err;
    const char *outer = list > 0 ? r->feed->parts[list].list : "";
    (void)snprintf(r->fault_field, sizeof(r->fault_field), "%s%s%s", outer,
                   *outer && name ? "." : "", name ? name : "");
}

void record_begin(struct record *r)
{
    memset(r->parent, 0, sizeof(r->parent));
    memset(r->positions, 0, sizeof(r->positions));
    arena_reset(&r->arena);
    r->n_children = 0;
    r->fault = ERR_OK;
    r->fault_field[0] = '\0';
    r->depth = 1;
    r->skip_depth = 0;
    r->field = -1;
    r->list = 0;
    r->inside = 0;
    r->in_list = false;
    r->types = NULL;
    if (r->drift)
        r->drift->records[0]++;
}

/* The values that the last key belongs to; NULL when its element could not be taken. */
static struct value *values(struct record *r)
{
    if (r->inside == 0)
        return r->parent;
    return r->n_children > 0 ? r->children[r->n_children - 1].values : NULL;
}

/* Where the type of the value that follows the key is noted. */
static uint8_t *types_of(struct record *r, struct view key)
{
    if (r->field >= 0)
        return &r->drift->fields[r->inside][r->field];
    if (r->inside == 0 && r->list > 0)
        return &r->drift->lists[r->list];
    return drift_unknown(r->drift, r->inside, text_trim(key));
}

static void note(struct record *r, enum drift_type type)
{
    if (r->types)
        *r->types = (uint8_t)(*r->types | type);
    r->types = NULL;
}

void record_key(struct record *r, struct view key)
{
    if (r->skip_depth > 0)
        return;
    r->field = part_field(&r->feed->parts[r->inside], key, r->field + 1);
    if (r->inside == 0)
        r->list = r->field < 0 ? feed_list(r->feed, key) : 0;
    r->types = r->drift ? types_of(r, key) : NULL;
}

/* Reads a date in place: ISO when it can be read, else the raw text. */
static struct value date_value(enum field_kind kind, struct view text, char iso[20])
{
    bool readable = kind == KIND_DATE ? date_read(text, iso) : datetime_read(text, iso);

    if (!readable)
        return (struct value){text, true};
    return (struct value){{iso, kind == KIND_DATE ? 10 : 19}, false};
}

static void set(struct record *r, struct view text)
{
    const struct feed_field *field = &r->feed->parts[r->inside].fields[r->field];
    struct value *all = values(r);
    char iso[20];

    text = text_trim(text);
    if (text.n == 0 || !all)
        return;
    if (text.n > r->max_value) {
        fault(r, ERR_ROW_TOO_LONG, r->inside, field->json);
        return;
    }
    if (!text_valid(text)) {
        fault(r, ERR_ROW_BAD_TEXT, r->inside, field->json);
        return;
    }
    struct value v = {text, false};
    if (field->kind == KIND_DATE || field->kind == KIND_DATETIME)
        v = date_value(field->kind, text, iso);
    v.text = arena_copy(&r->arena, v.text);
    if (!v.text.p) {
        fault(r, ERR_ROW_TOO_LONG, 0, NULL);
        return;
    }
    all[r->field] = v;
}

void record_scalar(struct record *r, enum record_event what, struct view text)
{
    static const uint8_t types[] = {[RECORD_NULL] = DRIFT_NULL,
                                    [RECORD_BOOLEAN] = DRIFT_BOOLEAN,
                                    [RECORD_NUMBER] = DRIFT_NUMBER,
                                    [RECORD_STRING] = DRIFT_STRING};

    note(r, types[what]);
    if (r->skip_depth > 0 || what == RECORD_NULL)
        return;
    if (r->in_list && r->inside == 0) {
        fault(r, ERR_ROW_TYPE, r->list, NULL);
    } else if (r->list > 0 && r->inside == 0) {
        if (what != RECORD_STRING || text_trim(text).n > 0)
            fault(r, ERR_ROW_TYPE, r->list, NULL);
    } else if (r->field >= 0) {
        if (what == RECORD_BOOLEAN)
            fault(r, ERR_ROW_TYPE, r->inside, r->feed->parts[r->inside].fields[r->field].json);
        else
            set(r, text);
    }
}

/* Begins an element of the list that the last key named. */
static void child_begin(struct record *r)
{
    unsigned n_fields = r->feed->parts[r->list].n_fields;

    r->inside = r->list;
    r->field = -1;
    if (r->drift)
        r->drift->records[r->list]++;
    if (r->n_children == RECORD_MAX_CHILDREN) {
        fault(r, ERR_ROW_TOO_LONG, r->list, NULL);
        r->skip_depth = r->depth;
        return;
    }
    struct child *c = &r->children[r->n_children];
    c->values = arena_take(&r->arena, n_fields * sizeof(*c->values));
    if (!c->values) {
        fault(r, ERR_ROW_TOO_LONG, r->list, NULL);
        r->skip_depth = r->depth;
        return;
    }
    c->part = r->list;
    c->position = ++r->positions[r->list];
    r->n_children++;
}

void record_open(struct record *r, bool is_array)
{
    r->depth++;
    note(r, is_array ? DRIFT_ARRAY : DRIFT_OBJECT);
    if (r->skip_depth > 0)
        return;
    bool wanted = r->inside == 0 && r->list > 0;
    if (wanted && is_array && !r->in_list) {
        r->in_list = true;
        return;
    }
    if (wanted && !is_array) {
        /* An element, or a single child that stands without its list. */
        child_begin(r);
        return;
    }
    if (wanted)
        fault(r, ERR_ROW_TYPE, r->list, NULL);
    else if (r->field >= 0)
        fault(r, ERR_ROW_TYPE, r->inside, r->feed->parts[r->inside].fields[r->field].json);
    r->skip_depth = r->depth;
}

bool record_close(struct record *r)
{
    int closed = r->depth--;

    if (r->skip_depth > 0) {
        if (closed != r->skip_depth)
            return false;
        r->skip_depth = 0;
        if (r->inside == 0 || closed > (r->in_list ? 3 : 2))
            return false;
        /* The skipped container was the element itself, one too many. */
    }
    if (closed == 1)
        return true;
    if (r->inside > 0) {
        r->inside = 0;
        r->field = -1;
        if (!r->in_list)
            r->list = 0;
    } else {
        r->in_list = false;
        r->list = 0;
    }
    return false;
}

/* Whose the record is: false when it belongs to nobody that was asked for. */
static bool find_owner(struct record *r)
{
    const struct feed_part *p = &r->feed->parts[0];
    struct view code = {NULL, 0};
    const char *name = NULL;

    for (unsigned i = 0; i < p->n_fields; i++)
        if (p->fields[i].kind == KIND_DEALER) {
            code = r->parent[i].text;
            name = p->fields[i].json;
        }
    if (!code.p) {
        r->owner = r->dealers.group ? r->dealers.n : 0;
        /* A field that could not be read has its own fault, which came first. */
        if (r->dealers.group)
            fault(r, ERR_ROW_NO_DEALER, 0, name);
        return true;
    }
    for (r->owner = 0; r->owner < r->dealers.n; r->owner++) {
        struct view asked = r->dealers.items[r->owner].upstream;
        if (asked.n == code.n && memcmp(asked.p, code.p, code.n) == 0)
            return true;
    }
    return false;
}

struct view record_dealer(const struct record *r, bool is_record)
{
    unsigned owner = r->owner;

    if (!is_record)
        owner = r->dealers.group ? r->dealers.n : 0;
    return owner < r->dealers.n ? r->dealers.items[owner].ours : view_of("*");
}

enum record_verdict record_verdict(struct record *r)
{
    const struct feed_part *p = &r->feed->parts[0];
    unsigned key = feed_key(r->feed);

    if (!find_owner(r))
        return RECORD_FOREIGN;
    if (r->fault == ERR_OK && !r->parent[key].text.p)
        fault(r, ERR_ROW_NO_KEY, 0, p->fields[key].json);
    return r->fault == ERR_OK ? RECORD_GOOD : RECORD_BAD;
}
