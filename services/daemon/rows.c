/*
 * rows.c - results to records by descriptor: a column fills the field of its name.
 *
 * DESIGN: which column fills which field is worked out once per result and descriptor. Columns
 * without a field are left to the caller, fields without a column keep their zero. A value that
 * does not fit its field is a mistake of a query or a table, logged and answered as ERR_INTERNAL.
 */
#include "services/daemon/rows.h"

#include "services/daemon/log.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 128 };

struct column_map {
    const struct desc *mapped;                    /* what `fields` was made for; NULL = nothing */
    const struct field_desc *fields[MAX_COLUMNS]; /* by column; NULL = no such field */
};

struct rows {
    PGresult *result; /* owned */
    /* Owned; apart, because reading a row of a const result may have to work it out. */
    struct column_map *map;
};

struct rows *rows_wrap(PGresult *result)
{
    struct rows *r = calloc(1, sizeof *r);
    struct column_map *map = calloc(1, sizeof *map);
    if (!r || !map) {
        free(r);
        free(map);
        PQclear(result);
        return NULL;
    }
    r->result = result;
    r->map = map;
    return r;
}

void rows_free(struct rows **r)
{
    if (!*r)
        return;
    PQclear((*r)->result);
    free((*r)->map);
    free(*r);
    *r = NULL;
}

int rows_count(const struct rows *r)
{
    return PQntuples(r->result);
}

int rows_column(const struct rows *r, const char *name)
{
    for (int i = 0; i < PQnfields(r->result); i++)
        if (strcmp(PQfname(r->result, i), name) == 0)
            return i;
    return -1;
}

bool rows_null(const struct rows *r, int row, int column)
{
    return PQgetisnull(r->result, row, column) == 1;
}

struct view rows_text(const struct rows *r, int row, int column)
{
    return (struct view){PQgetvalue(r->result, row, column),
                         (uint32_t)PQgetlength(r->result, row, column)};
}

int64_t rows_int(const struct rows *r, int row, int column)
{
    return strtoll(PQgetvalue(r->result, row, column), NULL, 10);
}

bool rows_bool(const struct rows *r, int row, int column)
{
    return *PQgetvalue(r->result, row, column) == 't';
}

/* Length of one unescaped item of an array literal; *at stands behind it afterwards. */
static size_t array_item(struct view text, size_t *at, char *out)
{
    size_t i = *at, n = 0;
    bool quoted = text.p[i] == '"';
    for (i += quoted; i < text.n; i++) {
        char c = text.p[i];
        if (quoted ? c == '"' : c == ',' || c == '}')
            break;
        if (c == '\\' && i + 1 < text.n)
            c = text.p[++i];
        out[n++] = c;
    }
    *at = i + quoted;
    return n;
}

/* `{a,"b c"}` to a list of views. */
static enum err array_words(struct view text, struct arena *a, struct list *out)
{
    uint32_t room = 1, n = 0;
    size_t at = 1;
    *out = (struct list){NULL, 0};
    if (text.n < 2 || text.p[0] != '{' || text.p[text.n - 1] != '}')
        return ERR_INTERNAL;
    for (uint32_t i = 0; i < text.n; i++)
        room += text.p[i] == ',';
    struct view *items = arena_take(a, room * sizeof *items);
    char *bytes = arena_take(a, text.n);
    if (!items || !bytes)
        return ERR_TOO_LARGE;
    while (at + 1 < text.n) {
        size_t len = array_item(text, &at, bytes);
        items[n++] = (struct view){bytes, (uint32_t)len};
        bytes += len;
        if (at + 1 < text.n && text.p[at] != ',')
            return ERR_INTERNAL;
        at++;
    }
    *out = (struct list){items, n};
    return ERR_OK;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `\x00ff` to bytes. */
static enum err bytes_value(struct view text, struct arena *a, struct view *out)
{
    if (text.n < 2 || text.n % 2 || text.p[0] != '\\' || text.p[1] != 'x')
        return ERR_INTERNAL;
    uint32_t n = (text.n - 2) / 2;
    char *bytes = arena_take(a, n);
    if (!bytes)
        return ERR_TOO_LARGE;
    for (uint32_t i = 0; i < n; i++) {
        int high = hex_digit(text.p[2 + 2 * i]), low = hex_digit(text.p[3 + 2 * i]);
        if (high < 0 || low < 0)
            return ERR_INTERNAL;
        bytes[i] = (char)(high << 4 | low);
    }
    *out = (struct view){bytes, n};
    return ERR_OK;
}

static enum err int_value(struct view text, void *at)
{
    char digits[24], *end;
    if (text.n == 0 || text.n >= sizeof digits)
        return ERR_INTERNAL;
    memcpy(digits, text.p, text.n);
    digits[text.n] = '\0';
    errno = 0;
    int64_t number = strtoll(digits, &end, 10);
    if (errno || *end)
        return ERR_INTERNAL;
    memcpy(at, &number, sizeof number);
    return ERR_OK;
}

static enum err real_value(struct view text, void *at)
{
    char digits[64], *end;
    if (text.n == 0 || text.n >= sizeof digits)
        return ERR_INTERNAL;
    memcpy(digits, text.p, text.n);
    digits[text.n] = '\0';
    double number = strtod(digits, &end);
    if (*end)
        return ERR_INTERNAL;
    memcpy(at, &number, sizeof number);
    return ERR_OK;
}

static enum err text_value(struct view text, struct arena *a, void *at)
{
    struct view copy = arena_copy(a, text);
    if (!copy.p && text.n)
        return ERR_TOO_LARGE;
    memcpy(at, &copy, sizeof copy);
    return ERR_OK;
}

/* A list of records is an array that holds their fields in turn, all of them. */
static enum err records_value(const struct desc *of, struct view text, struct arena *a, void *at)
{
    struct list words;
    enum err err = array_words(text, a, &words);
    if (err || words.n % of->n_fields)
        return err ? err : ERR_INTERNAL;
    uint32_t n = words.n / of->n_fields;
    char *items = arena_take(a, (size_t)n * of->size);
    if (!items)
        return ERR_TOO_LARGE;
    for (uint32_t i = 0; i < words.n && !err; i++)
        err = rows_value(of, &of->fields[i % of->n_fields], *LIST_AT(struct view, &words, i), a,
                         items + (size_t)(i / of->n_fields) * of->size);
    const struct list out = {items, n};
    memcpy(at, &out, sizeof out);
    return err;
}

enum err rows_value(const struct desc *d, const struct field_desc *f, struct view text,
                    struct arena *a, void *record)
{
    void *at = (char *)record + f->offset;
    enum err err = ERR_INTERNAL;
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        err = text_value(text, a, at);
        break;
    case F_BLOB:
        err = bytes_value(text, a, at);
        break;
    case F_INT:
    case F_TIME:
        err = int_value(text, at);
        break;
    case F_REAL:
        err = real_value(text, at);
        break;
    case F_BOOL: {
        bool yes = text.n > 0 && text.p[0] == 't';
        memcpy(at, &yes, sizeof yes);
        err = ERR_OK;
        break;
    }
    case F_WORDS:
        err = array_words(text, a, at);
        break;
    case F_LIST:
        err = records_value(f->of, text, a, at);
        break;
    case F_SUB:
        break; /* no column holds a record */
    }
    if (!err)
        field_set_present(d, f, record);
    return err;
}

static void map_columns(const struct rows *r, const struct desc *d)
{
    int n = PQnfields(r->result);
    assert(n <= MAX_COLUMNS);
    for (int i = 0; i < n; i++)
        r->map->fields[i] = desc_field(d, view_of(PQfname(r->result, i)));
    r->map->mapped = d;
}

enum err rows_record(const struct rows *r, int row, const struct desc *d, struct arena *a,
                     void *out)
{
    if (r->map->mapped != d)
        map_columns(r, d);
    memset(out, 0, d->size);
    int n = PQnfields(r->result);
    for (int i = 0; i < n; i++) {
        const struct field_desc *f = r->map->fields[i];
        if (!f)
            continue;
        enum err err = ERR_OK;
        if (!rows_null(r, row, i))
            err = rows_value(d, f, rows_text(r, row, i), a, out);
        else if (f->flags & REQUIRED)
            err = ERR_INTERNAL;
        if (err) {
            log_error("a column does not fit its field", K("record", d->type_name),
                      K("field", f->name), K("error", err_code(err)));
            return err;
        }
    }
    return ERR_OK;
}

enum err rows_list(const struct rows *r, const struct desc *d, struct arena *a, struct list *out)
{
    int n = rows_count(r);
    char *items = arena_take(a, (size_t)n * d->size);
    enum err err = items ? ERR_OK : ERR_TOO_LARGE;
    *out = (struct list){NULL, 0};
    for (int i = 0; i < n && !err; i++)
        err = rows_record(r, i, d, a, items + (size_t)i * d->size);
    if (!err)
        *out = (struct list){items, (uint32_t)n};
    return err;
}
