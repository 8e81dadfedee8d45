/*
 * record.h - one record of an answer: from JSON events to trimmed texts, or to a reason why not.
 *
 * DESIGN: the parser forwards the events of one record. Values of known fields are normalised as
 * they come: texts trimmed, numbers as text, null, "" and missing alike absent, dates in ISO form
 * or kept raw. The first thing that makes the record unfit is remembered with the field's name; the
 * record is then quarantined as a whole, so that what is stored is always complete. Unknown fields
 * are passed over, whatever they hold.
 *
 * OWNERSHIP: views of a finished record point into the reader's arena and are valid until the next
 * record begins.
 */
#ifndef FETCHER_RECORD_H
#define FETCHER_RECORD_H

#include "proto/memory.h"
#include "services/fetcher/drift.h"

enum {
    RECORD_MAX_VALUE = 2000,        /* bytes of one value, usually */
    RECORD_MAX_LONG = 8000,         /* and when a setting allows it */
    RECORD_MAX_CHILDREN = 2000,     /* of all lists of one record */
    RECORD_MAX_BYTES = 1024 * 1024, /* all values of one record */
};

/* A dealer that an answer may hold records of. */
struct dealer_code {
    struct view upstream; /* its code there */
    struct view ours;
};

struct dealer_set {
    const struct dealer_code *items; /* borrowed */
    unsigned n;
    bool group; /* a call for several: each record must say whose it is */
};

/* Absent: p NULL. raw: a date that could not be read, as it was sent. */
struct value {
    struct view text;
    bool raw;
};

/* One element of a child list. */
struct child {
    unsigned part;        /* index in feed->parts */
    unsigned position;    /* in its list, from 1 */
    struct value *values; /* one for each field of the part */
};

enum record_verdict {
    RECORD_GOOD,
    RECORD_FOREIGN, /* belongs to a dealer that was not asked for */
    RECORD_BAD,     /* fault and fault_field say why */
};

struct record {
    const struct feed *feed;
    struct dealer_set dealers;            /* asked for */
    unsigned owner;                       /* index of the record's dealer; n = not known */
    struct value parent[FEED_MAX_FIELDS]; /* by index of the field */
    struct child *children;               /* owned; n_children in use */
    unsigned n_children;                  /* of all lists */
    unsigned positions[FEED_MAX_PARTS];   /* elements so far, by part */
    enum err fault;                       /* ERR_OK = none so far */
    char fault_field[64];       /* "statusProspect", "unit.kodeTipeUnit"; "" = the whole */
    struct arena arena;         /* the values */
    size_t max_value;           /* bytes of one value */
    struct drift_answer *drift; /* notes the fields that come; borrowed, may be NULL */
    uint8_t *types;             /* where the type of the next value is noted; NULL = nowhere */
    int depth;                  /* open containers, 1 = in the record itself */
    int skip_depth;             /* depth of an unwanted container; 0 = none */
    int field;                  /* of the last key; -1 = unknown */
    unsigned list;              /* part named by the last key, 0 = no list */
    unsigned inside;            /* part whose element is open, 0 = the record itself */
    bool in_list;               /* between [ and ] of a child list */
};

enum err record_init(struct record *r, const struct feed *feed,
                     const struct dealer_set *dealers) MUST_CHECK;
void record_free(struct record *r);

enum record_event { RECORD_NULL, RECORD_BOOLEAN, RECORD_NUMBER, RECORD_STRING };

/* The opening brace of a record. */
void record_begin(struct record *r);
void record_key(struct record *r, struct view key);
void record_scalar(struct record *r, enum record_event what, struct view text);
void record_open(struct record *r, bool is_array);
/* Returns true when this closed the record itself. */
bool record_close(struct record *r);

enum record_verdict record_verdict(struct record *r);

/* Our code of the record's dealer, after the verdict; "*" when that is not known. is_record false:
 * an element that is no record at all. */
struct view record_dealer(const struct record *r, bool is_record);

#endif
