/*
 * schema.h - message structs and descriptors, all made from proto/messages/.
 *
 * DESIGN: a message, a record and an event is a block of rows in messages/<owner>.def. Each block
 * becomes a plain C struct and a `struct desc`; the codec (codec.h), the JSON mapping (json.h),
 * the REST parameters, openapi.json and the TypeScript types walk the descriptor. Nothing is
 * generated per message and nothing is written twice.
 *
 *   MSG(lower, UPPER, "owner.verb", REPLY, WHO, SCOPE, "doc")
 *                                                   a request; REPLY is the UPPER of its answer,
 * WHO and SCOPE say on whose behalf it may be sent RECORD(lower, UPPER, "doc") an answer, or a part
 * of other messages EVENT(lower, UPPER, "owner.event", "doc")       a hint; begins with `source`
 * and `seq` TEXT(owner, name, flags, max, "example", "doc")        UTF-8, at most max bytes
 *     BLOB(owner, name, flags, max, "doc")                   bytes; base64 in JSON
 *     INT(owner, name, flags, min, max, "example", "doc")    64 bits
 *     REAL(owner, name, flags, "example", "doc")             double; never money
 *     BOOL(owner, name, flags, "example", "doc")
 *     TIME(owner, name, flags, "example", "doc")             ms since 1970 UTC; RFC 3339 in JSON
 *     DATE(owner, name, flags, "example", "doc")             YYYY-MM-DD
 *     UUID(owner, name, flags, "example", "doc")             36 characters, lower case
 *     ENUM(owner, name, flags, "a|b|c", "example", "doc")    one of the words
 *     SUB(owner, record, RECORD, name, flags, "doc")         a nested record
 *     LIST(owner, RECORD, name, flags, max, "doc")           records, at most max
 *     WORDS(owner, name, flags, max_items, max, "example", "doc")  a list of texts
 *   END(lower, UPPER)
 *
 * Members: TEXT, BLOB, DATE, UUID, ENUM are `struct view`; INT and TIME int64_t; SUB the record's
 * struct; LIST and WORDS `struct list`. `has` holds one bit per field in row order: set for fields
 * that are present; required ones are always present in a decoded message, and the encoder writes
 * them whatever their bit says.
 * Rules of growth: fields are only added, at the end, OPTIONAL; unknown fields are skipped.
 *
 * OWNERSHIP: views point into the received frame or into the arena that was passed to the decoder.
 */
#ifndef PROTO_SCHEMA_H
#define PROTO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns; p may be NULL when n is 0. Not terminated. */
struct view {
    const char *p;
    uint32_t n;
};

/* `n` records (or views) in a row that somebody else owns. */
struct list {
    void *items;
    uint32_t n;
};

enum field_type {
    F_TEXT,
    F_BLOB,
    F_INT,
    F_REAL,
    F_BOOL,
    F_TIME,
    F_DATE,
    F_UUID,
    F_ENUM,
    F_SUB,
    F_LIST,
    F_WORDS
};

/* SECRET: accepted, never logged, never part of an answer.
 * NULLABLE: an INT whose smallest value says "none"; JSON may give null for it. For all others null
 * is the same as nothing. */
enum field_flags { OPTIONAL = 0, REQUIRED = 1, SECRET = 2, NULLABLE = 4 };

struct desc;

struct field_desc {
    const char *name;      /* on the wire and in JSON */
    const char *choices;   /* F_ENUM: the words, separated by | */
    const char *example;   /* as it would stand in a query string; "" if none */
    const char *doc;       /* one sentence */
    const struct desc *of; /* F_SUB, F_LIST: the record */
    int64_t min;           /* F_INT: smallest value */
    int64_t max;           /* F_INT: largest value; F_LIST, F_WORDS: items; else bytes */
    uint32_t item_max;     /* F_WORDS: bytes of one item */
    uint16_t offset;       /* of the member in its struct */
    uint8_t type;          /* enum field_type */
    uint8_t flags;         /* enum field_flags */
    uint8_t name_bytes;    /* length of name */
};

enum desc_kind { DESC_MSG, DESC_RECORD, DESC_EVENT };

/* The least role that may send a message; the later ones may do all that the earlier ones may.
 * SERVICE: our own processes and the operator's command line, never on behalf of a person. */
enum who { WHO_ANYBODY, WHO_VIEWER, WHO_OPERATOR, WHO_ADMIN, WHO_SERVICE };

/* What a message is to a principal who may see some dealers alone. */
enum scope {
    SCOPE_OPEN,  /* nothing that belongs to a dealer */
    SCOPE_NAMED, /* about the dealers that it names in dealer_id or dealer_ids, and no others */
    SCOPE_OWN,   /* its handler keeps to the principal's dealers */
    SCOPE_WHOLE  /* only for those who may see all dealers */
};

struct desc {
    const char *name;         /* wire name of a message or event; C name of a record */
    const char *type_name;    /* C name of the struct; names the schema in OpenAPI */
    const char *doc;          /* one sentence */
    const struct desc *reply; /* DESC_MSG: the record that answers it */
    const struct field_desc *fields;
    uint16_t n_fields;
    uint16_t size; /* of the struct */
    uint8_t kind;  /* enum desc_kind */
    uint8_t who;   /* DESC_MSG: enum who */
    uint8_t scope; /* DESC_MSG: enum scope */
};

/* Every struct begins with `uint64_t has`, so a message has at most 64 fields. */
#define MAX_FIELDS 64

/* Tasks that a fetcher holds at most: one lease, one beat and one transaction can name them all. */
enum { MAX_HELD_TASKS = 512 };

/* clang-format off */
/* ---- pass 1: structs ---- */
#define MSG(l, U, w, R, wh, sc, d) struct l { uint64_t has;
#define RECORD(l, U, d) struct l { uint64_t has;
#define EVENT(l, U, w, d) struct l { uint64_t has; struct view source; int64_t seq;
#define TEXT(o, n, f, m, e, d) struct view n;
#define BLOB(o, n, f, m, d) struct view n;
#define INT(o, n, f, lo, hi, e, d) int64_t n;
#define REAL(o, n, f, e, d) double n;
#define BOOL(o, n, f, e, d) bool n;
#define TIME(o, n, f, e, d) int64_t n;
#define DATE(o, n, f, e, d) struct view n;
#define UUID(o, n, f, e, d) struct view n;
#define ENUM(o, n, f, c, e, d) struct view n;
#define SUB(o, r, R, n, f, d) struct r n;
#define LIST(o, R, n, f, m, d) struct list n;
#define WORDS(o, n, f, mi, m, e, d) struct list n;
#define END(l, U) };
#include "proto/messages/all.def"
#include "proto/undef.h"

/* ---- pass 2: names of the descriptors, bits of the fields ---- */
#define MSG(l, U, w, R, wh, sc, d) extern const struct desc U; enum {
#define RECORD(l, U, d) extern const struct desc U; enum {
#define EVENT(l, U, w, d) extern const struct desc U; enum { l##_source_index, l##_seq_index,
#define FIELD_INDEX(o, n) o##_##n##_index,
#define TEXT(o, n, f, m, e, d) FIELD_INDEX(o, n)
#define BLOB(o, n, f, m, d) FIELD_INDEX(o, n)
#define INT(o, n, f, lo, hi, e, d) FIELD_INDEX(o, n)
#define REAL(o, n, f, e, d) FIELD_INDEX(o, n)
#define BOOL(o, n, f, e, d) FIELD_INDEX(o, n)
#define TIME(o, n, f, e, d) FIELD_INDEX(o, n)
#define DATE(o, n, f, e, d) FIELD_INDEX(o, n)
#define UUID(o, n, f, e, d) FIELD_INDEX(o, n)
#define ENUM(o, n, f, c, e, d) FIELD_INDEX(o, n)
#define SUB(o, r, R, n, f, d) FIELD_INDEX(o, n)
#define LIST(o, R, n, f, m, d) FIELD_INDEX(o, n)
#define WORDS(o, n, f, mi, m, e, d) FIELD_INDEX(o, n)
#define END(l, U) l##_n_fields };
#include "proto/messages/all.def"
#include "proto/undef.h"
#undef FIELD_INDEX
/* clang-format on */

/* HAS(&m, job_submit, from): is the optional field present? SET marks it present. */
#define HAS(m, owner, field) (((m)->has >> owner##_##field##_index) & 1u)
#define SET(m, owner, field) ((m)->has |= UINT64_C(1) << owner##_##field##_index)

/* PUT(&m, job_submit, priority, 3): assign and mark present. */
#define PUT(m, owner, field, value) ((m)->field = (value), SET(m, owner, field))

/* For a page that was asked for with one row more than its limit: cuts that row off and tells that
 * there was one, so that only a page with a successor names it. */
bool list_cut(struct list *l, int64_t limit);

/* The i-th record of a list: LIST_AT(struct dealer, &reply->items, i). */
#define LIST_AT(type, l, i) (&((type *)(l)->items)[i])

/* A literal, or the bytes of a terminated string, as a view. */
struct view view_of(const char *s);
bool view_is(struct view v, const char *s);

/* Without the blanks and control characters around it. */
struct view view_trimmed(struct view v);

/* All descriptors, ended by NULL, in the order of the tables. */
extern const struct desc *const all_descs[];

/* The message or event of a wire name; NULL if there is none. */
const struct desc *desc_by_name(struct view name);

/* The field of a name; NULL if there is none. */
const struct field_desc *desc_field(const struct desc *d, struct view name);

/* Presence bits by descriptor, for code that walks fields. A required field is always present, but
 * given only once somebody has set it. */
bool field_given(const struct desc *d, const struct field_desc *f, const void *record);
bool field_present(const struct desc *d, const struct field_desc *f, const void *record);
void field_set_present(const struct desc *d, const struct field_desc *f, void *record);

#endif
