/*
 * schema.c - the descriptor tables, third and fourth pass over messages/all.def, and look-ups.
 */
#include "proto/schema.h"

#include <string.h>

/* clang-format off */
#define ROW(o, t, n, f, lo, hi, im, c, e, d, r)                                                    \
    {.name = #n,                                                                                   \
     .choices = c,                                                                                 \
     .example = e,                                                                                 \
     .doc = d,                                                                                     \
     .of = r,                                                                                      \
     .min = lo,                                                                                    \
     .max = hi,                                                                                    \
     .item_max = im,                                                                               \
     .offset = offsetof(struct o, n),                                                              \
     .type = t,                                                                                    \
     .flags = f,                                                                                   \
     .name_bytes = sizeof(#n) - 1},
#define MSG(l, U, w, R, wh, sc, d) static const struct field_desc l##_fields[] = {
#define RECORD(l, U, d) static const struct field_desc l##_fields[] = {
#define EVENT(l, U, w, d)                                                                          \
    static const struct field_desc l##_fields[] = {ROW(                                            \
        l, F_TEXT, source, REQUIRED, 0, 64, 0, NULL, "scheduler-1", "The publishing process.",     \
        NULL) ROW(l, F_INT, seq, REQUIRED, 0, INT64_MAX, 0, NULL, "17",                            \
                  "Rises by one with each event of the source; a gap means: read again.", NULL)
#define TEXT(o, n, f, m, e, d) ROW(o, F_TEXT, n, f, 0, m, 0, NULL, e, d, NULL)
#define BLOB(o, n, f, m, d) ROW(o, F_BLOB, n, f, 0, m, 0, NULL, "", d, NULL)
#define INT(o, n, f, lo, hi, e, d) ROW(o, F_INT, n, f, lo, hi, 0, NULL, e, d, NULL)
#define REAL(o, n, f, e, d) ROW(o, F_REAL, n, f, 0, 0, 0, NULL, e, d, NULL)
#define BOOL(o, n, f, e, d) ROW(o, F_BOOL, n, f, 0, 0, 0, NULL, e, d, NULL)
#define TIME(o, n, f, e, d) ROW(o, F_TIME, n, f, 0, 0, 0, NULL, e, d, NULL)
#define DATE(o, n, f, e, d) ROW(o, F_DATE, n, f, 0, 10, 0, NULL, e, d, NULL)
#define UUID(o, n, f, e, d) ROW(o, F_UUID, n, f, 0, 36, 0, NULL, e, d, NULL)
#define ENUM(o, n, f, c, e, d) ROW(o, F_ENUM, n, f, 0, 64, 0, c, e, d, NULL)
#define SUB(o, r, R, n, f, d) ROW(o, F_SUB, n, f, 0, 0, 0, NULL, "", d, &R)
#define LIST(o, R, n, f, m, d) ROW(o, F_LIST, n, f, 0, m, 0, NULL, "", d, &R)
#define WORDS(o, n, f, mi, m, e, d) ROW(o, F_WORDS, n, f, 0, mi, m, NULL, e, d, NULL)
#define END(l, U)                                                                                  \
    }                                                                                              \
    ;                                                                                              \
    _Static_assert(sizeof l##_fields / sizeof l##_fields[0] <= MAX_FIELDS, #l " has too many fields");
#include "proto/messages/all.def"
#include "proto/undef.h"

#define DESC(k, l, U, w, R, wh, sc, d)                                                                     \
    const struct desc U = {.name = w,                                                              \
                           .type_name = #l,                                                        \
                           .doc = d,                                                               \
                           .reply = R,                                                             \
                           .fields = l##_fields,                                                   \
                           .n_fields = sizeof l##_fields / sizeof l##_fields[0],                   \
                           .size = sizeof(struct l),                                               \
                           .kind = k,                                                              \
                           .who = WHO_##wh,                                                        \
                           .scope = SCOPE_##sc};
#define MSG(l, U, w, R, wh, sc, d) DESC(DESC_MSG, l, U, w, &R, wh, sc, d)
#define RECORD(l, U, d) DESC(DESC_RECORD, l, U, #l, NULL, ANYBODY, OPEN, d)
#define EVENT(l, U, w, d) DESC(DESC_EVENT, l, U, w, NULL, ANYBODY, OPEN, d)
#define TEXT(o, n, f, m, e, d)
#define BLOB(o, n, f, m, d)
#define INT(o, n, f, lo, hi, e, d)
#define REAL(o, n, f, e, d)
#define BOOL(o, n, f, e, d)
#define TIME(o, n, f, e, d)
#define DATE(o, n, f, e, d)
#define UUID(o, n, f, e, d)
#define ENUM(o, n, f, c, e, d)
#define SUB(o, r, R, n, f, d)
#define LIST(o, R, n, f, m, d)
#define WORDS(o, n, f, mi, m, e, d)
#define END(l, U)
#include "proto/messages/all.def"
#include "proto/undef.h"

const struct desc *const all_descs[] = {
#define MSG(l, U, w, R, wh, sc, d) &U,
#define RECORD(l, U, d) &U,
#define EVENT(l, U, w, d) &U,
#define TEXT(o, n, f, m, e, d)
#define BLOB(o, n, f, m, d)
#define INT(o, n, f, lo, hi, e, d)
#define REAL(o, n, f, e, d)
#define BOOL(o, n, f, e, d)
#define TIME(o, n, f, e, d)
#define DATE(o, n, f, e, d)
#define UUID(o, n, f, e, d)
#define ENUM(o, n, f, c, e, d)
#define SUB(o, r, R, n, f, d)
#define LIST(o, R, n, f, m, d)
#define WORDS(o, n, f, mi, m, e, d)
#define END(l, U)
#include "proto/messages/all.def"
#include "proto/undef.h"
    NULL};
/* clang-format on */

struct view view_of(const char *s)
{
    return (struct view){s, s ? (uint32_t)strlen(s) : 0};
}

bool view_is(struct view v, const char *s)
{
    size_t n = strlen(s);
    return v.n == n && (n == 0 || memcmp(v.p, s, n) == 0);
}

static bool blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

struct view view_trimmed(struct view v)
{
    while (v.n && blank(v.p[0])) {
        v.p++;
        v.n--;
    }
    while (v.n && blank(v.p[v.n - 1]))
        v.n--;
    return v;
}

bool list_cut(struct list *l, int64_t limit)
{
    if (l->n <= limit)
        return false;
    l->n = (uint32_t)limit;
    return true;
}

const struct desc *desc_by_name(struct view name)
{
    for (const struct desc *const *d = all_descs; *d; d++)
        if ((*d)->kind != DESC_RECORD && view_is(name, (*d)->name))
            return *d;
    return NULL;
}

const struct field_desc *desc_field(const struct desc *d, struct view name)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if (name.n == d->fields[i].name_bytes && memcmp(name.p, d->fields[i].name, name.n) == 0)
            return &d->fields[i];
    return NULL;
}

bool field_given(const struct desc *d, const struct field_desc *f, const void *record)
{
    uint64_t has;
    memcpy(&has, record, sizeof has);
    return has >> (f - d->fields) & 1;
}

bool field_present(const struct desc *d, const struct field_desc *f, const void *record)
{
    return (f->flags & REQUIRED) || field_given(d, f, record);
}

void field_set_present(const struct desc *d, const struct field_desc *f, void *record)
{
    uint64_t has;
    memcpy(&has, record, sizeof has);
    has |= UINT64_C(1) << (f - d->fields);
    memcpy(record, &has, sizeof has);
}
