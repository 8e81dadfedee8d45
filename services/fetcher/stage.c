/*
 * stage.c - records as rows of the staging tables: SQL text, COPY lines, arrays.
 */
#include "services/fetcher/stage.h"

#include <assert.h>
#include <string.h>

static bool is_date(enum field_kind kind)
{
    return kind == KIND_DATE || kind == KIND_DATETIME;
}

static const char *type_of(enum field_kind kind)
{
    if (kind == KIND_DATE)
        return "date";
    return kind == KIND_DATETIME ? "timestamp" : "text";
}

/* Called for each column in order. */
typedef void column_fn(void *arg, unsigned i, const char *name, const char *suffix,
                       const char *type);

static void each_column(const struct feed_part *p, bool is_child, column_fn *fn, void *arg)
{
    unsigned n = 2;

    fn(arg, 0, "seq", "", "int");
    fn(arg, 1, is_child ? "position" : "dealer_id", "", is_child ? "int" : "text");
    for (unsigned i = 0; i < p->n_fields; i++) {
        const struct feed_field *f = &p->fields[i];
        if (f->kind == KIND_DEALER)
            continue;
        fn(arg, n++, f->column, "", type_of(f->kind));
        if (is_date(f->kind))
            fn(arg, n++, f->column, "_raw", "text");
    }
    assert(n <= STAGE_MAX_COLUMNS);
}

static void add_name(void *arg, unsigned i, const char *name, const char *suffix, const char *type)
{
    (void)type;
    (void)buf_printf(arg, "%s%s%s", i > 0 ? ", " : "", name, suffix);
}

static void add_parameter(void *arg, unsigned i, const char *name, const char *suffix,
                          const char *type)
{
    (void)name;
    (void)suffix;
    (void)buf_printf(arg, "%s$%u::%s[]", i > 0 ? ", " : "", i + 1, type);
}

enum err stage_copy_sql(const struct feed_part *p, bool is_child, struct buf *out)
{
    (void)buf_printf(out, "COPY pg_temp.%s (", p->table);
    each_column(p, is_child, add_name, out);
    (void)buf_append(out, ") FROM STDIN", sizeof(") FROM STDIN"));
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}

enum err stage_insert_sql(const struct feed_part *p, bool is_child, struct buf *out)
{
    (void)buf_printf(out, "INSERT INTO pg_temp.%s (", p->table);
    each_column(p, is_child, add_name, out);
    (void)buf_puts(out, ") SELECT * FROM unnest(");
    each_column(p, is_child, add_parameter, out);
    (void)buf_append(out, ")", sizeof(")"));
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}

/* ---- rows ---- */

/* n >= 0: places are counted from 1. */
static void put_number(struct stage_row *row, unsigned i, int64_t n)
{
    char *end = row->numbers[i] + sizeof(row->numbers[i]);
    char *p = end;

    do {
        *--p = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    row->cells[i] = (struct view){p, (uint32_t)(end - p)};
}

static void put_values(struct stage_row *row, const struct feed_part *p, const struct value *values)
{
    static const struct view null = {NULL, 0};

    row->n = 2;
    for (unsigned i = 0; i < p->n_fields; i++) {
        enum field_kind kind = p->fields[i].kind;
        if (kind == KIND_DEALER)
            continue;
        bool raw = is_date(kind) && values[i].raw;
        row->cells[row->n++] = raw ? null : values[i].text;
        if (is_date(kind))
            row->cells[row->n++] = raw ? values[i].text : null;
    }
}

void stage_record(const struct record *r, int64_t seq, struct view dealer, struct stage_row *row)
{
    put_number(row, 0, seq);
    row->cells[1] = dealer;
    put_values(row, &r->feed->parts[0], r->parent);
}

void stage_child(const struct record *r, const struct child *c, int64_t seq, struct stage_row *row)
{
    put_number(row, 0, seq);
    put_number(row, 1, c->position);
    put_values(row, &r->feed->parts[c->part], c->values);
}

/* ---- COPY's text format ---- */

static void copy_cell(struct view v, struct buf *out)
{
    uint32_t from = 0;

    if (!v.p) {
        (void)buf_append(out, "\\N", 2);
        return;
    }
    for (uint32_t i = 0; i < v.n; i++) {
        const char *escape = NULL;
        switch (v.p[i]) {
        case '\\':
            escape = "\\\\";
            break;
        case '\t':
            escape = "\\t";
            break;
        case '\n':
            escape = "\\n";
            break;
        case '\r':
            escape = "\\r";
            break;
        default:
            continue;
        }
        (void)buf_append(out, v.p + from, i - from);
        (void)buf_append(out, escape, 2);
        from = i + 1;
    }
    (void)buf_append(out, v.p + from, v.n - from);
}

enum err stage_copy_line(const struct stage_row *row, struct buf *out)
{
    for (unsigned i = 0; i < row->n; i++) {
        if (i > 0)
            (void)buf_append(out, "\t", 1);
        copy_cell(row->cells[i], out);
    }
    (void)buf_append(out, "\n", 1);
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}

/* ---- arrays ---- */

void stage_arrays_init(struct stage_arrays *a)
{
    memset(a, 0, sizeof(*a));
    for (unsigned i = 0; i < STAGE_MAX_COLUMNS; i++)
        buf_init(&a->columns[i], STAGE_MAX_ARRAYS);
}

void stage_arrays_reset(struct stage_arrays *a)
{
    for (unsigned i = 0; i < a->n_columns; i++)
        buf_reset(&a->columns[i]);
    a->n_columns = 0;
    a->n_rows = 0;
    a->n_bytes = 0;
}

void stage_arrays_free(struct stage_arrays *a)
{
    for (unsigned i = 0; i < STAGE_MAX_COLUMNS; i++)
        buf_free(&a->columns[i]);
}

static void array_cell(struct view v, struct buf *out)
{
    uint32_t from = 0;

    if (!v.p) {
        (void)buf_append(out, "NULL", 4);
        return;
    }
    (void)buf_append(out, "\"", 1);
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.p[i] != '"' && v.p[i] != '\\')
            continue;
        (void)buf_append(out, v.p + from, i - from);
        (void)buf_append(out, "\\", 1);
        from = i;
    }
    (void)buf_append(out, v.p + from, v.n - from);
    (void)buf_append(out, "\"", 1);
}

enum err stage_arrays_add(struct stage_arrays *a, const struct view *cells, unsigned n)
{
    assert(n <= STAGE_MAX_COLUMNS && (a->n_columns == 0 || a->n_columns == n));
    a->n_columns = n;
    for (unsigned i = 0; i < n; i++) {
        struct buf *b = &a->columns[i];
        size_t before = b->n;
        (void)buf_append(b, a->n_rows > 0 ? "," : "{", 1);
        array_cell(cells[i], b);
        a->n_bytes += b->n - before;
        if (b->failed || a->n_bytes > STAGE_MAX_ARRAYS)
            return ERR_TOO_LARGE;
    }
    a->n_rows++;
    return ERR_OK;
}

enum err stage_arrays_close(struct stage_arrays *a)
{
    for (unsigned i = 0; i < a->n_columns; i++)
        if (buf_append(&a->columns[i], "}", 2) != ERR_OK)
            return ERR_TOO_LARGE;
    return ERR_OK;
}
