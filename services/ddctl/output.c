/*
 * output.c - records as JSON, as lines, as tables; errors.
 */
#include "services/ddctl/ddctl.h"

#include "proto/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_OUTPUT = 64 * 1024 * 1024, MAX_COLUMNS = 20 };

void print_buffer(const struct buf *b)
{
    fwrite(b->p, 1, b->n, stdout);
    putchar('\n');
}

int complain(const struct ddctl *c, enum err code, const char *field, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!c->json) {
        fprintf(stderr, "ddctl: %s: %s%s%s\n", err_code(code), field, *field ? ": " : "", text);
        return FAILED;
    }
    struct buf b;
    buf_init(&b, 8192);
    buf_printf(&b, "{\"code\":\"%s\",\"field\":", err_code(code));
    if (json_encode_text(view_of(field), &b) == ERR_OK && buf_puts(&b, ",\"text\":") == ERR_OK &&
        json_encode_text(view_of(text), &b) == ERR_OK && buf_puts(&b, "}") == ERR_OK)
        fprintf(stderr, "%.*s\n", (int)b.n, b.p);
    buf_free(&b);
    return FAILED;
}

/* A text from elsewhere must not steer the terminal. */
static struct view printable(struct ddctl *c, struct view v)
{
    struct view copy = arena_copy(&c->arena, v);
    char *p = copy.p ? arena_take(&c->arena, copy.n + 1u) : NULL;
    if (!p)
        return (struct view){"", 0};
    for (uint32_t i = 0; i < v.n; i++)
        p[i] = (unsigned char)v.p[i] < 0x20 || v.p[i] == 0x7f ? ' ' : v.p[i];
    return (struct view){p, v.n};
}

static struct view words_text(struct ddctl *c, const struct list *words)
{
    size_t room = 0, n = 0;
    for (uint32_t i = 0; i < words->n; i++)
        room += LIST_AT(struct view, words, i)->n + 1u;
    char *text = arena_take(&c->arena, room);
    if (!text)
        return (struct view){"", 0};
    for (uint32_t i = 0; i < words->n; i++) {
        const struct view *v = LIST_AT(struct view, words, i);
        if (i)
            text[n++] = ',';
        if (v->n)
            memcpy(text + n, v->p, v->n);
        n += v->n;
    }
    return (struct view){text, (uint32_t)n};
}

/* One field for people; "-" when it is absent. */
static struct view cell(struct ddctl *c, const struct desc *d, const struct field_desc *f,
                        const void *record)
{
    const void *at = (const char *)record + f->offset;
    char text[64];
    int64_t number;
    struct view v;
    struct list l;
    double real;
    bool flag;
    if (!field_present(d, f, record))
        return view_of("-");
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        memcpy(&v, at, sizeof v);
        return v.n ? printable(c, v) : view_of("-");
    case F_BLOB:
        return view_of("(bytes)");
    case F_INT:
        memcpy(&number, at, sizeof number);
        return arena_printf(&c->arena, "%" PRId64, number);
    case F_REAL:
        memcpy(&real, at, sizeof real);
        return arena_printf(&c->arena, "%g", real);
    case F_BOOL:
        memcpy(&flag, at, sizeof flag);
        return view_of(flag ? "yes" : "no");
    case F_TIME:
        memcpy(&number, at, sizeof number);
        if (number == 0)
            return view_of("-");
        time_to_text(number, text, sizeof text);
        return arena_copy(&c->arena, view_of(text));
    case F_WORDS:
        memcpy(&l, at, sizeof l);
        return l.n ? printable(c, words_text(c, &l)) : view_of("-");
    case F_LIST:
        memcpy(&l, at, sizeof l);
        return arena_printf(&c->arena, "%" PRIu32, l.n);
    case F_SUB:
        break;
    }
    return view_of("...");
}

static bool print_json(const struct desc *d, const void *record)
{
    struct buf b;
    buf_init(&b, MAX_OUTPUT);
    bool made = json_encode(d, record, &b) == ERR_OK;
    if (made)
        print_buffer(&b);
    buf_free(&b);
    return made;
}

/* Characters, as columns of a terminal count them. */
static int width(struct view v)
{
    int n = 0;
    for (uint32_t i = 0; i < v.n; i++)
        n += ((unsigned char)v.p[i] & 0xc0) != 0x80;
    return n;
}

static bool anybody_has(const struct desc *d, const struct field_desc *f, const struct list *items)
{
    for (uint32_t i = 0; i < items->n; i++)
        if (field_present(d, f, (const char *)items->items + (size_t)i * d->size))
            return true;
    return false;
}

/* Without a choice, every field that one of the records has. */
static int find_columns(const struct desc *d, const char *columns, const struct list *items,
                        const struct field_desc **out)
{
    int n = 0;
    for (unsigned i = 0; !columns && i < d->n_fields && n < MAX_COLUMNS; i++)
        if (!(d->fields[i].flags & SECRET) && anybody_has(d, &d->fields[i], items))
            out[n++] = &d->fields[i];
    if (!columns)
        return n;
    while (*columns && n < MAX_COLUMNS) {
        size_t len = strcspn(columns, ",");
        const struct field_desc *f = desc_field(d, (struct view){columns, (uint32_t)len});
        if (f)
            out[n++] = f;
        columns += len + (columns[len] == ',');
    }
    return n;
}

static void print_row(const struct view *cells, const int *widths, int n)
{
    for (int i = 0; i < n; i++) {
        int pad = i + 1 < n ? widths[i] - width(cells[i]) + 2 : 0;
        printf("%.*s%*s", (int)cells[i].n, cells[i].p, pad, "");
    }
    putchar('\n');
}

void print_table(struct ddctl *c, const struct desc *d, const struct list *items,
                 const char *columns)
{
    const struct field_desc *fields[MAX_COLUMNS];
    struct view names[MAX_COLUMNS];
    int widths[MAX_COLUMNS];
    int n = find_columns(d, columns, items, fields);
    struct view *cells = arena_take(&c->arena, ((size_t)items->n * (size_t)n + 1) * sizeof *cells);
    if (!cells) {
        complain(c, ERR_NO_MEMORY, "", "the table is too long");
        return;
    }
    for (int k = 0; k < n; k++) {
        names[k] = view_of(fields[k]->name);
        widths[k] = width(names[k]);
    }
    for (uint32_t i = 0; i < items->n; i++) {
        for (int k = 0; k < n; k++) {
            struct view v = cell(c, d, fields[k], (const char *)items->items + (size_t)i * d->size);
            cells[i * (uint32_t)n + (uint32_t)k] = v;
            if (width(v) > widths[k])
                widths[k] = width(v);
        }
    }
    print_row(names, widths, n);
    for (uint32_t i = 0; i < items->n; i++)
        print_row(cells + i * (uint32_t)n, widths, n);
}

/* Its fields, one a line, those of records within it among them; then its lists as tables. */
static void print_fields(struct ddctl *c, const struct desc *d, const void *record)
{
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        if (!field_present(d, f, record) || (f->flags & SECRET) || f->type == F_LIST)
            continue;
        if (f->type == F_SUB) {
            print_fields(c, f->of, (const char *)record + f->offset);
            continue;
        }
        struct view v = cell(c, d, f, record);
        printf("%-22s %.*s\n", f->name, (int)v.n, v.p);
    }
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        struct list items;
        if (f->type != F_LIST || !field_present(d, f, record))
            continue;
        memcpy(&items, (const char *)record + f->offset, sizeof items);
        if (items.n > 0) {
            printf("\n%s\n", f->name);
            print_table(c, f->of, &items, NULL);
        }
    }
}

void print_record(struct ddctl *c, const struct desc *d, const void *record)
{
    if (!c->json)
        print_fields(c, d, record);
    else if (!print_json(d, record))
        complain(c, ERR_INTERNAL, "", "the answer cannot be printed");
}

void print_page(struct ddctl *c, const struct desc *d, const void *page, const char *columns)
{
    const struct field_desc *next = desc_field(d, view_of("next"));
    if (c->json) {
        print_record(c, d, page);
        return;
    }
    for (unsigned i = 0; i < d->n_fields; i++) {
        if (d->fields[i].type != F_LIST)
            continue;
        struct list items;
        memcpy(&items, (const char *)page + d->fields[i].offset, sizeof items);
        print_table(c, d->fields[i].of, &items, columns);
    }
    if (next && field_present(d, next, page)) {
        struct view v = cell(c, d, next, page);
        fprintf(stderr, "There are more: --cursor %.*s\n", (int)v.n, v.p);
    }
}
