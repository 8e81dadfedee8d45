/*
 * fuzz_csv.c - any two texts, the first line and the rest, as a dealer's id and name in a line of
 * CSV.
 *
 * Property: read by the rules of RFC 4180, the line has the cells of its header, these two are what
 * went in, and no cell begins as a formula does.
 */
#include "gateway/csv.h"
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20, CELLS = 64 };

struct cells {
    struct buf text[CELLS];
    unsigned n;
};

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void next_cell(struct cells *c)
{
    require(c->n < CELLS);
    buf_init(&c->text[c->n++], MOST);
}

/* One line and nothing behind it. */
static void read_line(struct view v, struct cells *c)
{
    bool quoted = false;
    uint32_t i = 0;
    c->n = 0;
    next_cell(c);
    for (; i < v.n; i++) {
        struct buf *cell = &c->text[c->n - 1];
        if (quoted && v.p[i] == '"' && i + 1 < v.n && v.p[i + 1] == '"')
            buf_append(cell, &v.p[i++], 1);
        else if (v.p[i] == '"')
            quoted = !quoted;
        else if (v.p[i] == ',' && !quoted)
            next_cell(c);
        else if (v.p[i] == '\r' && !quoted)
            break;
        else
            buf_append(cell, &v.p[i], 1);
    }
    require(!quoted && i + 2 == v.n && v.p[i + 1] == '\n');
}

static unsigned cell_named(const struct cells *names, const char *name)
{
    for (unsigned i = 0; i < names->n; i++)
        if (view_is(buf_view(&names->text[i]), name))
            return i;
    abort();
}

/* Also in the wide forms of = + - @. */
static bool begins_formula(struct view v)
{
    static const char wide[] = "\x9d\x8b\x8d\xa0";
    if (v.n >= 3 && memcmp(v.p, "\xef\xbc", 2) == 0)
        return v.p[2] && strchr(wide, v.p[2]);
    return v.n && v.p[0] && strchr("=+-@\t\r\n", v.p[0]);
}

static void is(const struct cells *line, unsigned at, struct view v)
{
    struct view cell = buf_view(&line->text[at]);
    bool formula = begins_formula(v);
    require(cell.n == v.n + formula && (!formula || cell.p[0] == '\''));
    require(v.n == 0 || memcmp(cell.p + formula, v.p, v.n) == 0);
}

static void free_cells(struct cells *c)
{
    for (unsigned i = 0; i < c->n; i++)
        buf_free(&c->text[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dealer d = {0};
    struct buf header, line;
    struct cells names, values;
    const char *text = (const char *)data, *lf = size ? memchr(text, '\n', size) : NULL;
    size_t first = lf ? (size_t)(lf - text) : size, skip = lf ? first + 1 : size;
    if (size > 4096)
        return 0;
    d.dealer_id = (struct view){text, (uint32_t)first};
    d.dealer_name = (struct view){text + skip, (uint32_t)(size - skip)};
    buf_init(&header, MOST);
    buf_init(&line, MOST);
    require(csv_header(&DEALER, &header) == ERR_OK && csv_row(&DEALER, &d, &line) == ERR_OK);
    read_line(buf_view(&header), &names);
    read_line(buf_view(&line), &values);
    require(names.n == values.n);
    is(&values, cell_named(&names, "dealer_id"), d.dealer_id);
    is(&values, cell_named(&names, "dealer_name"), d.dealer_name);
    for (unsigned i = 0; i < values.n; i++) {
        struct view v = buf_view(&values.text[i]);
        require(!v.n || v.p[0] == '-' || !begins_formula(v));
    }
    free_cells(&names);
    free_cells(&values);
    buf_free(&header);
    buf_free(&line);
    return 0;
}
