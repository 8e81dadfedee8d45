/*
 * personal.c - personal data as who need not know them see them: see personal.h.
 *
 * DESIGN: the record is walked token by token rather than parsed, so that one that was cut, or is
 * no JSON, is masked by the same rules: a text is a name when a colon follows it in an object, all
 * other tokens are values. A text with an escape is not looked into: it is hidden.
 */
#include "services/daemon/personal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_DEPTH = 64, LEAST_NUMBER = 10, ENDS = 4, LEAST_DIGITS = 9 };

/* ---- the table: a feed, its parts, their fields, in the order of feeds.def ---- */

enum row_kind { ROW_FEED, ROW_PART, ROW_FIELD, ROW_END };

struct row {
    enum row_kind kind;
    const char *name;
    enum mask mask; /* ROW_FIELD */
};

/* clang-format off */
#define FEED(symbol, name, path, store, rows) {ROW_FEED, name, MASK_HIDDEN},
#define PART(part, list, table) {ROW_PART, list, MASK_HIDDEN},
#define COLUMN(kind, json, column, mask) {ROW_FIELD, json, MASK_##mask},
#define END_PART(part)
#define END_FEED(symbol)
static const struct row rows[] = {
#include "services/daemon/feeds.def"
    {ROW_END, "", MASK_HIDDEN},
};
/* clang-format on */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* strchr() finds the end of its own text in every text. */
static bool one_of(char c, const char *of)
{
    return c && strchr(of, c);
}

/* As the fetcher's parser compares names. */
static bool same(struct view v, const char *name)
{
    size_t n = strlen(name);
    while (v.n > 0 && blank(v.p[0])) {
        v.p++;
        v.n--;
    }
    while (v.n > 0 && blank(v.p[v.n - 1]))
        v.n--;
    return v.n == n && n > 0 && strncasecmp(v.p, name, n) == 0;
}

/* The first part of a feed: the record itself; NULL: no such feed. */
static const struct row *record_part(struct view feed)
{
    for (const struct row *r = rows; r->kind != ROW_END; r++)
        if (r->kind == ROW_FEED && same(feed, r->name))
            return r + 1;
    return NULL;
}

static const struct row *field_of(const struct row *part, struct view name)
{
    for (const struct row *r = part ? part + 1 : NULL; r && r->kind == ROW_FIELD; r++)
        if (same(name, r->name))
            return r;
    return NULL;
}

/* The part whose list has this name in the record; NULL: none. */
static const struct row *list_of(const struct row *record, struct view name)
{
    for (const struct row *r = record ? record + 1 : NULL;
         r && (r->kind == ROW_FIELD || r->kind == ROW_PART); r++)
        if (r->kind == ROW_PART && same(name, r->name))
            return r;
    return NULL;
}

/* ---- what looks like somebody's number ---- */

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of a date at p, with what follows it up to `n` bytes; 0: none. */
static size_t date_at(const char *p, size_t n)
{
    static const char *const shapes[] = {"0000-00-00", "00-00-0000", "0000.00.00", "00.00.0000"};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        size_t i = 0;
        while (i < n && shapes[s][i] && (shapes[s][i] == '0' ? digit(p[i]) : p[i] == shapes[s][i]))
            i++;
        if (!shapes[s][i] && (i == n || !digit(p[i])))
            return i;
    }
    return 0;
}

/* The length of a number at p, in which single blanks, dots and dashes may stand; *digits in it. */
static size_t number_at(const char *p, size_t n, unsigned *digits)
{
    size_t end = 0;
    *digits = 0;
    for (size_t i = 0; i < n; i++) {
        if (digit(p[i])) {
            (*digits)++;
            end = i + 1;
        } else if (i != end || !one_of(p[i], " .-")) {
            break;
        }
    }
    return end;
}

/* Walks a text; `write`: NULL, or the same text, in which is written. True: something was found. */
static bool find_personal(const char *p, size_t n, char *write)
{
    bool found = false;
    for (size_t i = 0; i < n;) {
        unsigned digits;
        size_t length = digit(p[i]) ? date_at(p + i, n - i) : 0;
        if (length > 0 || !digit(p[i])) {
            i += length > 0 ? length : 1;
            continue;
        }
        length = number_at(p + i, n - i, &digits);
        found = found || digits >= LEAST_DIGITS;
        for (size_t k = i; write && digits >= LEAST_DIGITS && k + ENDS < i + length; k++)
            if (digit(write[k]))
                write[k] = '*';
        i += length;
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '@')
            continue;
        size_t from = i;
        while (from > 0 && !blank(p[from - 1]) && !one_of(p[from - 1], ":;,<>(\"'/"))
            from--;
        found = found || from < i;
        if (write)
            memset(write + from, '*', i - from);
    }
    return found;
}

void personal_redact(char *text)
{
    find_personal(text, strlen(text), text);
}

bool personal_in(struct view text)
{
    return find_personal(text.p, text.n, NULL);
}

/* ---- masks ---- */

static enum err hide(struct view v, struct buf *out)
{
    if (v.n > PERSONAL_SHOWN)
        return buf_printf(out, "*** (%u bytes)", v.n);
    return v.n ? buf_puts(out, "***") : ERR_OK;
}

static enum err mask_name(struct view v, struct buf *out)
{
    for (uint32_t i = 0; i < v.n;) {
        if (blank(v.p[i])) {
            buf_append(out, v.p + i++, 1);
            continue;
        }
        uint32_t end = i + 1;
        while (end < v.n && ((unsigned char)v.p[end] & 0xc0) == 0x80)
            end++; /* of a character in UTF-8 */
        buf_append(out, v.p + i, end - i);
        buf_puts(out, "***");
        for (i = end; i < v.n && !blank(v.p[i]); i++)
            continue;
    }
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}

static enum err mask_number(struct view v, bool head, struct buf *out)
{
    bool number = true;
    for (uint32_t i = 0; i < v.n; i++)
        number = number && one_of(v.p[i], "0123456789 +-./()");
    if (!number || v.n < LEAST_NUMBER || v.n > PERSONAL_SHOWN)
        return hide(v, out);
    return buf_printf(out, "%.*s****%.*s", head ? ENDS : 0, v.p, ENDS, v.p + v.n - ENDS);
}

enum err personal_mask(enum mask how, struct view value, struct buf *out)
{
    switch (how) {
    case MASK_NAME:
        return value.n > PERSONAL_SHOWN ? hide(value, out) : mask_name(value, out);
    case MASK_PHONE:
    case MASK_NUMBER:
        return mask_number(value, how == MASK_PHONE, out);
    case MASK_PLAIN:
        if (value.n <= PERSONAL_SHOWN && !personal_in(value))
            return buf_append(out, value.p, value.n);
        break;
    case MASK_HIDDEN:
        break;
    }
    return hide(value, out);
}

/* ---- a record ---- */

struct level {
    bool object;
    bool envelope;              /* around the data of an answer */
    const struct row *part;     /* whose fields stand in this object; NULL = not known */
    const struct row *elements; /* whose elements stand in this array; NULL = not known */
};

struct walk {
    struct view raw;
    uint32_t at;
    struct buf *out;
    const struct row *record;
    bool answer; /* a whole one, not a record of it */
    bool note;   /* the value that follows is one of the envelope */
    struct level levels[MAX_DEPTH];
    int depth;                /* open containers */
    enum mask mask;           /* of the value that follows */
    const struct row *inside; /* the part that the container that follows holds; NULL = not known */
};

static struct level *top(struct walk *w)
{
    return w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
}

/* What follows is not known. */
static void forget(struct walk *w)
{
    w->mask = MASK_HIDDEN;
    w->inside = NULL;
    w->note = false;
}

/* Text that is no field of a record: without numbers of persons. */
static enum err put_redacted(struct view v, struct buf *out)
{
    size_t before = out->n;
    if (buf_append(out, v.p, v.n) != ERR_OK)
        return ERR_TOO_LARGE;
    if (v.n > 0)
        find_personal(v.p, v.n, out->p + before);
    return ERR_OK;
}

static bool harmless_name(struct view v)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$";
    for (uint32_t i = 0; i < v.n; i++)
        if (!one_of(v.p[i], letters))
            return false;
    return v.n <= PERSONAL_SHOWN && !personal_in(v);
}

static void put_name(struct walk *w, struct view name)
{
    const struct row *part = top(w)->part;
    const struct row *field = field_of(part, name);
    w->mask = field ? field->mask : MASK_HIDDEN;
    w->inside = !field && part && part == w->record ? list_of(part, name) : NULL;
    if (top(w)->envelope && same(name, "data"))
        w->inside = w->record;
    w->note = top(w)->envelope && !w->inside;
    buf_append(w->out, "\"", 1);
    if (field || w->inside || harmless_name(name))
        buf_append(w->out, name.p, name.n);
    else
        hide(name, w->out);
    buf_append(w->out, "\"", 1);
}

/* Other than an escaped slash in a value that is not masked: dates and ids have these. */
static bool escaped(struct view v, enum mask mask)
{
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.p[i] != '\\')
            continue;
        if (mask != MASK_PLAIN || i + 1 == v.n || v.p[++i] != '/')
            return true;
    }
    return false;
}

static void put_value(struct walk *w, struct view v)
{
    buf_append(w->out, "\"", 1);
    if (w->note)
        (void)!put_redacted(v, w->out);
    else if (escaped(v, w->mask))
        hide(v, w->out);
    else
        (void)!personal_mask(w->mask, v, w->out);
    buf_append(w->out, "\"", 1);
    forget(w);
}

static bool colon_follows(const struct walk *w)
{
    uint32_t i = w->at;
    while (i < w->raw.n && blank(w->raw.p[i]))
        i++;
    return i < w->raw.n && w->raw.p[i] == ':';
}

/* At an opening quote. */
static void take_text(struct walk *w)
{
    uint32_t from = ++w->at;
    while (w->at < w->raw.n && w->raw.p[w->at] != '"')
        w->at += w->raw.p[w->at] == '\\' ? 2 : 1;
    bool cut = w->at >= w->raw.n;
    uint32_t end = cut ? w->raw.n : w->at;
    struct view v = {w->raw.p + from, end - from};
    w->at = cut ? end : end + 1;
    if (cut)
        forget(w);
    if (!cut && top(w) && top(w)->object && colon_follows(w))
        put_name(w, v);
    else
        put_value(w, v);
}

/* A number, a word, or rubbish. */
static void take_bare(struct walk *w)
{
    uint32_t from = w->at;
    while (w->at < w->raw.n && !blank(w->raw.p[w->at]) && !one_of(w->raw.p[w->at], ",:{}[]\""))
        w->at++;
    struct view v = {w->raw.p + from, w->at - from};
    bool word = view_is(v, "true") || view_is(v, "false") || view_is(v, "null");
    bool number = v.n > 0;
    for (uint32_t i = 0; i < v.n; i++)
        number = number && one_of(v.p[i], "0123456789+-.eE");
    if (word || (number && (w->mask == MASK_PLAIN || w->note) && v.n <= PERSONAL_SHOWN &&
                 !personal_in(v))) {
        buf_append(w->out, v.p, v.n);
        forget(w);
        return;
    }
    if (!number)
        w->mask = MASK_HIDDEN;
    put_value(w, v);
}

static bool open_container(struct walk *w, bool object)
{
    const struct level *outer = top(w);
    const struct row *part = w->inside;
    if (w->depth == MAX_DEPTH)
        return false;
    if (!outer)
        part = object && !w->answer ? w->record : NULL;
    else if (!outer->object)
        part = object ? outer->elements : NULL;
    w->levels[w->depth++] = (struct level){.object = object,
                                           .envelope = object && !outer && w->answer,
                                           .part = object ? part : NULL,
                                           .elements = object ? NULL : part};
    forget(w);
    return true;
}

/* False: nothing more can be told. */
static bool take_token(struct walk *w)
{
    char c = w->raw.p[w->at];
    if (c == '"') {
        take_text(w);
        return true;
    }
    if (!blank(c) && !one_of(c, ",:{}[]")) {
        take_bare(w);
        return true;
    }
    if ((c == '{' || c == '[') && !open_container(w, c == '{'))
        return false;
    if ((c == '}' || c == ']') && w->depth > 0)
        w->depth--;
    if (c == ',' || c == '}' || c == ']')
        forget(w);
    buf_append(w->out, &c, 1);
    w->at++;
    return true;
}

static enum err walk(struct view feed, struct view raw, bool answer, struct buf *out)
{
    struct walk w = {.raw = raw, .out = out, .record = record_part(feed), .answer = answer};
    forget(&w);
    while (w.at < raw.n && take_token(&w))
        continue;
    if (w.at < raw.n)
        buf_puts(out, "\"***\"");
    return out->failed ? ERR_TOO_LARGE : ERR_OK;
}

enum err personal_record(struct view feed, struct view raw, struct buf *out)
{
    return walk(feed, raw, false, out);
}

enum err personal_answer(struct view feed, struct view head, struct buf *out)
{
    bool page = head.n > 0 && head.p[0] == '<';
    bool json = false;
    for (uint32_t i = 0; i < head.n; i++)
        json = json || head.p[i] == '"' || head.p[i] == '{';
    return page || !json ? put_redacted(head, out) : walk(feed, head, true, out);
}
