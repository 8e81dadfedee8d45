/*
 * prospects.h - the prospects that the main dealer holds.
 *
 * DESIGN: nothing is stored. Record n of a day is a pure function of (seed, dealer, day, n) and
 * of the data clock: its life (Low, Medium, Hot, Deal or Not deal over days) is drawn once, and the
 * steps whose time has come are applied, so modifiedTime moves as the clock does. Days do not
 * depend on when the simulator started. Records that were changed or added by hand live in
 * records.h, which goes over what is generated here.
 * THREADS: pure functions.
 */
#ifndef DGI_SIM_PROSPECTS_H
#define DGI_SIM_PROSPECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "services/dgi_sim/wall.h"

/* Fields of a prospect in the order of the document: symbol, JSON name, TEXT, DATE or TIME. */
#define PROSPECT_FIELDS(X)                                                                         \
    X(ID_PROSPECT, "idProspect", TEXT)                                                             \
    X(SUMBER_PROSPECT, "sumberProspect", TEXT)                                                     \
    X(TANGGAL_PROSPECT, "tanggalProspect", DATE)                                                   \
    X(TAGGING_PROSPECT, "taggingProspect", TEXT)                                                   \
    X(NAMA_LENGKAP, "namaLengkap", TEXT)                                                           \
    X(NO_KONTAK, "noKontak", TEXT)                                                                 \
    X(NO_KTP, "noKtp", TEXT)                                                                       \
    X(ALAMAT, "alamat", TEXT)                                                                      \
    X(KODE_PROPINSI, "kodePropinsi", TEXT)                                                         \
    X(KODE_KOTA, "kodeKota", TEXT)                                                                 \
    X(KODE_KECAMATAN, "kodeKecamatan", TEXT)                                                       \
    X(KODE_KELURAHAN, "kodeKelurahan", TEXT)                                                       \
    X(KODE_POS, "kodePos", TEXT)                                                                   \
    X(LATITUDE, "latitude", TEXT)                                                                  \
    X(LONGITUDE, "longitude", TEXT)                                                                \
    X(ALAMAT_KANTOR, "alamatKantor", TEXT)                                                         \
    X(KODE_PROPINSI_KANTOR, "kodePropinsiKantor", TEXT)                                            \
    X(KODE_KOTA_KANTOR, "kodeKotaKantor", TEXT)                                                    \
    X(KODE_KECAMATAN_KANTOR, "kodeKecamatanKantor", TEXT)                                          \
    X(KODE_KELURAHAN_KANTOR, "kodeKelurahanKantor", TEXT)                                          \
    X(KODE_POS_KANTOR, "kodePosKantor", TEXT)                                                      \
    X(KODE_PEKERJAAN, "kodePekerjaan", TEXT)                                                       \
    X(NO_KONTAK_KANTOR, "noKontakKantor", TEXT)                                                    \
    X(TANGGAL_APPOINTMENT, "tanggalAppointment", DATE)                                             \
    X(WAKTU_APPOINTMENT, "waktuAppointment", TEXT)                                                 \
    X(METODE_FOLLOW_UP, "metodeFollowUp", TEXT)                                                    \
    X(TEST_RIDE_PREFERENCE, "testRidePreference", TEXT)                                            \
    X(STATUS_FOLLOW_UP, "statusFollowUpProspecting", TEXT)                                         \
    X(STATUS_PROSPECT, "statusProspect", TEXT)                                                     \
    X(ID_SALES_PEOPLE, "idSalesPeople", TEXT)                                                      \
    X(ID_EVENT, "idEvent", TEXT)                                                                   \
    X(DEALER_ID, "dealerId", TEXT)                                                                 \
    X(CREATED_TIME, "createdTime", TIME)                                                           \
    X(MODIFIED_TIME, "modifiedTime", TIME)

enum prospect_field {
#define X(symbol, name, kind) PROSPECT_##symbol,
    PROSPECT_FIELDS(X)
#undef X
        PROSPECT_FIELD_COUNT
};

enum value_kind { VALUE_TEXT, VALUE_DATE, VALUE_TIME };

struct prospect_field_info {
    const char *name;     /* as upstream spells it */
    enum value_kind kind; /* where its value is kept */
};
extern const struct prospect_field_info prospect_fields[PROSPECT_FIELD_COUNT];

enum {
    PROSPECT_TEXT_MAX = 160,
    UNIT_TYPE_MAX = 16,
    UNIT_PROGRAMS_MAX = 240,
    UNIT_MAX = 8,
    LIFE_DAYS = 24, /* after these days a record no longer changes by itself */
};

struct unit {
    char type[UNIT_TYPE_MAX];         /* kodeTipeUnit */
    char programs[UNIT_PROGRAMS_MAX]; /* salesProgramId, "" = none */
    int64_t created;                  /* wall */
    int64_t modified;                 /* wall, WALL_NONE = absent */
};

struct prospect {
    char text[PROSPECT_FIELD_COUNT][PROSPECT_TEXT_MAX]; /* "" = absent */
    int64_t when[PROSPECT_FIELD_COUNT]; /* dates and times, wall; WALL_NONE = absent */
    int64_t created;                    /* wall; decides the window */
    int64_t modified;                   /* wall, WALL_NONE; decides the window */
    struct unit units[UNIT_MAX];        /* in order */
    int unit_count;                     /* used ones */
};

struct dealer_info {
    const char *code;
    const char *name;
    const char *group;  /* name of the key's group */
    int weekday_least;  /* prospects on an ordinary day */
    int weekday_spread; /* up to so many more */
    int weekend_least;  /* on Saturday and Sunday */
    int weekend_spread;
    int empty_of; /* one weekday of so many is empty */
    bool edges;   /* first and last record of a day at 00:00:00 and 23:59:59 */
};
extern const struct dealer_info dealer_table[]; /* ends with code NULL */

const struct dealer_info *dealer_find(const char *code);

/* Index of a field by its upstream name, -1 when there is none. */
int prospect_field_find(const char *name);

/* An empty record of a dealer. */
void prospect_clear(struct prospect *p, const char *dealer);

/* How many records were created on a day, up to its end. */
int prospects_of_day(uint64_t seed, const struct dealer_info *dealer, int64_t day);

/* Record n of a day as of `now` (wall); false when it is still to come. */
bool prospect_make(uint64_t seed, const struct dealer_info *dealer, int64_t day, int n, int64_t now,
                   struct prospect *p);

/* Record n of `rows` that fill a window evenly: the bulk mode. */
void prospect_make_bulk(uint64_t seed, const struct dealer_info *dealer, int64_t from, int64_t to,
                        int n, int rows, struct prospect *p);

/* Created or modified within [from, to], both ends included. */
bool prospect_qualifies(const struct prospect *p, int64_t from, int64_t to);

/* A number that depends on the text alone, for choices that must repeat. */
uint64_t text_hash(uint64_t seed, const char *text);

#endif
