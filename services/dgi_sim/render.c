/*
 * render.c - see render.h. Variety (date styles, capitals, blanks, null or "" or nothing) comes
 * from a hash of the record's id and the field, so that an answer repeats byte for byte.
 */
#include "services/dgi_sim/render.h"

#include <stdio.h>
#include <string.h>

struct row {
    struct render *render;
    const struct prospect *prospect;
    uint64_t hash; /* of the id */
    bool suffers;  /* the fault's record */
};

static bool is_field(const struct row *row, const char *name, const char *fallback)
{
    const char *field = row->render->fault->field;

    return strcmp(field[0] != '\0' ? field : fallback, name) == 0;
}

/* Chance of one in n for this record and field. */
static bool one_of(const struct row *row, const char *name, uint64_t n)
{
    return text_hash(row->hash, name) % n == 0;
}

/* `path` names it for faults; `name` is what is written: renamed or capitalised. */
static void write_name(const struct row *row, const char *path, const char *name)
{
    struct render *r = row->render;
    bool kantor = strstr(name, "Kantor") != NULL && strncmp(name, "kode", 4) == 0;
    char spelt[48];

    snprintf(spelt, sizeof spelt, "%s", name);
    if ((r->profile == PROFILE_LEGACY && kantor) ||
        (r->profile == PROFILE_GATEWAY && one_of(row, path, 29)))
        spelt[0] = (char)(spelt[0] - 'a' + 'A');
    if (r->fault->kind == FAULT_RENAME_FIELD && is_field(row, path, "statusProspect"))
        snprintf(spelt, sizeof spelt, "%s", r->fault->to[0] ? r->fault->to : "prospectStatus");
    text_key(r->out, spelt);
}

static void write_long(struct text *out, int64_t length)
{
    text_add(out, "\"");
    for (int64_t i = 0; i < length; i++)
        text_put(out, "x", 1);
    text_add(out, "\"");
}

/* Writes what a fault puts in place of a value; false when it has nothing to do with it. */
static bool write_faulty(const struct row *row, const char *path, const char *name)
{
    const struct fault *f = row->render->fault;
    struct text *out = row->render->out;

    if (f->kind == FAULT_DROP_FIELD && is_field(row, path, "alamat"))
        return true;
    if (!row->suffers)
        return false;
    if (f->kind == FAULT_NO_KEY && strcmp(path, "idProspect") == 0)
        return true;
    if (f->kind == FAULT_BAD_DATE && is_field(row, path, "tanggalProspect")) {
        write_name(row, path, name);
        text_string(out, "32/13/2026");
    } else if (f->kind == FAULT_LONG_VALUE && is_field(row, path, "alamat")) {
        write_name(row, path, name);
        write_long(out, f->value);
    } else if (f->kind == FAULT_WRONG_TYPE && f->field[0] != '\0' && is_field(row, path, "")) {
        write_name(row, path, name);
        text_add(out, "{\"value\":[1,2]}");
    } else {
        return false;
    }
    return true;
}

/* null, "" and nothing mean the same; each server has its habit. */
static void write_absent(const struct row *row, const char *path, const char *name)
{
    struct render *r = row->render;
    uint64_t habit = r->profile == PROFILE_SPEC13    ? 1
                     : r->profile == PROFILE_GATEWAY ? text_hash(row->hash, path) % 3
                                                     : 0;

    /* The old server does not know these fields. */
    if (r->profile == PROFILE_LEGACY &&
        (strcmp(name, "createdTime") == 0 || strcmp(name, "modifiedTime") == 0 ||
         strcmp(name, "dealerId") == 0))
        return;
    if (habit == 2)
        return;
    write_name(row, path, name);
    text_string(r->out, habit == 1 ? "" : NULL);
}

static void write_text(const struct row *row, const char *path, const char *name, const char *value)
{
    struct render *r = row->render;
    bool untidy = r->profile == PROFILE_GATEWAY;
    bool number =
        value[0] >= '1' && value[0] <= '9' && strspn(value, "0123456789") == strlen(value);
    char padded[PROSPECT_TEXT_MAX + UNIT_PROGRAMS_MAX];

    if (write_faulty(row, path, name))
        return;
    if (value[0] == '\0') {
        write_absent(row, path, name);
        return;
    }
    bool retyped = r->fault->kind == FAULT_NUMBER_FIELD && is_field(row, path, "statusProspect");

    write_name(row, path, name);
    if (number && (retyped || (untidy && strlen(value) <= 5 && one_of(row, path, 3)))) {
        text_add(r->out, value); /* text becomes a number */
    } else if (untidy && one_of(row, path, 7)) {
        snprintf(padded, sizeof padded, "%s%s ", one_of(row, path, 2) ? " " : "", value);
        text_string(r->out, padded);
    } else {
        text_string(r->out, value);
    }
}

static void write_when(const struct row *row, const char *path, const char *name, int64_t wall,
                       enum value_kind kind)
{
    struct render *r = row->render;
    enum wall_style style = WALL_SLASH;
    char text[WALL_TEXT_MAX];

    if (write_faulty(row, path, name))
        return;
    if (wall == WALL_NONE) {
        write_absent(row, path, name);
        return;
    }
    if (r->profile == PROFILE_GATEWAY)
        style = (enum wall_style)(text_hash(row->hash ^ 5, path) % 4);
    write_name(row, path, name);
    /* Where dates and times are mixed, a date may come with a time of zero. */
    if (kind == VALUE_TIME || (style == WALL_ISO_T && one_of(row, path, 2)))
        wall_write_time(wall, style, text);
    else
        wall_write_date(wall, style, text);
    text_string(r->out, text);
}

/* A field that nobody announced, of the record or (named unit.x) of its units. */
static void write_added(const struct row *row, bool in_unit)
{
    const struct fault *f = row->render->fault;
    const char *name = f->field[0] != '\0' ? f->field : "catatan";
    bool of_unit = strncmp(name, "unit.", 5) == 0;

    if (f->kind == FAULT_ADD_FIELD && of_unit == in_unit)
        text_member(row->render->out, name + (of_unit ? 5 : 0), "baru");
}

static void write_unit(const struct row *row, const struct unit *u)
{
    struct text *out = row->render->out;

    text_item(out);
    text_add(out, "{");
    write_text(row, "unit.kodeTipeUnit", "kodeTipeUnit", u->type);
    write_text(row, "unit.salesProgramId", "salesProgramId", u->programs);
    write_when(row, "unit.createdTime", "createdTime", u->created, VALUE_TIME);
    write_when(row, "unit.modifiedTime", "modifiedTime", u->modified, VALUE_TIME);
    write_added(row, true);
    text_add(out, "}");
}

/* One element with units [first, last). */
static void write_row(const struct row *row, int first, int last)
{
    const struct prospect *p = row->prospect;
    struct render *r = row->render;

    text_item(r->out);
    text_add(r->out, "{");
    for (int i = 0; i < PROSPECT_FIELD_COUNT; i++) {
        const char *name = prospect_fields[i].name;

        if (prospect_fields[i].kind == VALUE_TEXT)
            write_text(row, name, name, p->text[i]);
        else
            write_when(row, name, name, p->when[i], prospect_fields[i].kind);
    }
    if (r->profile == PROFILE_GATEWAY && row->hash % 5 == 0)
        text_member(r->out, "keterangan", "tidak ada di dokumen"); /* a field nobody announced */
    write_added(row, false);
    if (!write_faulty(row, "unit", "unit")) {
        write_name(row, "unit", "unit");
        text_add(r->out, "[");
        for (int i = first; i < last; i++)
            write_unit(row, &p->units[i]);
        text_add(r->out, "]");
    }
    text_add(r->out, "}");
    r->rows++;
}

static bool changes_record(enum fault_kind kind)
{
    return kind == FAULT_BAD_DATE || kind == FAULT_LONG_VALUE || kind == FAULT_NO_KEY ||
           kind == FAULT_WRONG_TYPE;
}

void render_prospect(struct render *r, const struct prospect *p)
{
    const struct fault *f = r->fault;
    struct row row = {.render = r, .prospect = p};
    int times = f->kind == FAULT_DUPLICATE ? 2 : 1;

    row.hash = text_hash((uint64_t)r->profile, p->text[PROSPECT_ID_PROSPECT]);
    row.suffers = changes_record(f->kind) && (f->record < 0 || f->record == r->index);
    if (row.suffers)
        snprintf(r->hit, sizeof r->hit, "%.63s", p->text[PROSPECT_ID_PROSPECT]);
    while (times-- > 0) {
        if (!profile_table[r->profile].exploded || p->unit_count <= 1)
            write_row(&row, 0, p->unit_count);
        else
            for (int i = 0; i < p->unit_count; i++)
                write_row(&row, i, i + 1);
    }
    r->index++;
}
