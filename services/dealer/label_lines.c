/*
 * label_lines.c - labels from lines of CSV. Pure, no I/O.
 *
 * A line ends with a line feed, with or without a carriage return. Empty lines count as lines and
 * are no labels. Every cell is checked by the rules of label.set.
 */
#include "services/dealer/label_lines.h"

#include <string.h>

/* What is being read. */
struct reader {
    const char *p;
    const char *end;
    int line; /* from 1 */
};

static enum err wrong(const struct reader *r, struct fault *f, const char *what)
{
    return fault_set(f, ERR_FORMAT, "csv", "Line %d: %s", r->line, what);
}

static bool at_line_end(const struct reader *r)
{
    return r->p == r->end || *r->p == '\n' ||
           (*r->p == '\r' && (r->p + 1 == r->end || r->p[1] == '\n'));
}

/* A cell between quotes; two of them are one. */
static enum err read_quoted(struct reader *r, struct arena *a, struct view *out, struct fault *f)
{
    char *text = arena_take(a, (size_t)(r->end - r->p));
    uint32_t n = 0;
    if (!text)
        return ERR_NO_MEMORY;
    for (r->p++; r->p < r->end; r->p++) {
        if (*r->p == '"' && (r->p + 1 == r->end || r->p[1] != '"'))
            break;
        if (*r->p == '\n')
            return wrong(r, f, "A label has one line.");
        r->p += *r->p == '"';
        text[n++] = *r->p;
    }
    if (r->p == r->end)
        return wrong(r, f, "A quote is not closed.");
    r->p++;
    *out = (struct view){text, n};
    return r->p == r->end || *r->p == ',' || at_line_end(r)
               ? ERR_OK
               : wrong(r, f, "Text follows a closed quote.");
}

static enum err read_cell(struct reader *r, struct arena *a, struct view *out, struct fault *f)
{
    const char *begin = r->p;
    if (r->p < r->end && *r->p == '"')
        return read_quoted(r, a, out, f);
    while (!at_line_end(r) && *r->p != ',')
        r->p++;
    *out = (struct view){begin, (uint32_t)(r->p - begin)};
    return ERR_OK;
}

/* Reads the cells of a line and goes behind its end. *n: how many. */
static enum err read_line(struct reader *r, struct arena *a, struct view cells[LABEL_CELLS], int *n,
                          struct fault *f)
{
    for (*n = 0;;) {
        if (*n == LABEL_CELLS)
            return wrong(r, f, "There are more than four cells.");
        enum err e = read_cell(r, a, &cells[(*n)++], f);
        if (e)
            return e;
        if (at_line_end(r))
            break;
        r->p++;
    }
    if (r->p < r->end && *r->p == '\r')
        r->p++;
    if (r->p < r->end)
        r->p++;
    return ERR_OK;
}

static enum err check_cells(const struct reader *r, const struct view cells[LABEL_CELLS],
                            struct fault *f)
{
    static const char *const names[LABEL_CELLS] = {"list", "code", "label", "indonesian"};
    for (int i = 0; i < LABEL_CELLS; i++) {
        struct fault why;
        enum err e = ERR_OK;
        if (i < LABEL_CELLS - 1 && cells[i].n == 0)
            return fault_set(f, ERR_MISSING, "csv", "Line %d: %s is empty.", r->line, names[i]);
        if (cells[i].n)
            e = field_check(desc_field(&LABEL_SET, view_of(names[i])), &cells[i], &why);
        if (e)
            return fault_set(f, e, "csv", "Line %d: %s: %s", r->line, names[i], why.text);
    }
    return ERR_OK;
}

static enum err add_line(const struct reader *r, const struct view cells[LABEL_CELLS],
                         struct label_lines *out, struct fault *f)
{
    enum err e = check_cells(r, cells, f);
    if (e)
        return e;
    if (out->n == MAX_LABEL_LINES)
        return fault_set(f, ERR_LIMIT, "csv", "Line %d: There are more than %d labels.", r->line,
                         MAX_LABEL_LINES);
    for (int i = 0; i < LABEL_CELLS; i++)
        *LIST_AT(struct view, &out->column[i], out->n) = cells[i];
    out->n++;
    return ERR_OK;
}

static bool is_head(const struct reader *r, const struct view cells[LABEL_CELLS])
{
    return r->line == 1 && view_is(cells[0], "list") && view_is(cells[1], "code");
}

enum err label_lines_read(struct view csv, struct arena *a, struct label_lines *out,
                          struct fault *f)
{
    struct reader r = {.p = csv.p, .end = csv.p + csv.n, .line = 1};
    *out = (struct label_lines){0};
    for (int i = 0; i < LABEL_CELLS; i++) {
        out->column[i].items = arena_take(a, MAX_LABEL_LINES * sizeof(struct view));
        if (!out->column[i].items)
            return ERR_NO_MEMORY;
    }
    for (; r.p < r.end; r.line++) {
        struct view cells[LABEL_CELLS] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}};
        int n;
        enum err e = read_line(&r, a, cells, &n, f);
        if (!e && !(n == 1 && cells[0].n == 0) && !is_head(&r, cells))
            e = add_line(&r, cells, out, f);
        if (e)
            return e;
    }
    for (int i = 0; i < LABEL_CELLS; i++)
        out->column[i].n = out->n;
    return out->n ? ERR_OK : fault_set(f, ERR_MISSING, "csv", "There is no label in it.");
}
