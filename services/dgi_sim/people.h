/*
 * people.h - word lists of the invented people, places and motorcycles. All of it is made up: the
 * telephone numbers begin with 0812000, the identity numbers with 3200.
 */
#ifndef DGI_SIM_PEOPLE_H
#define DGI_SIM_PEOPLE_H

struct area {
    const char *regency;  /* kodeKota */
    const char *district; /* kodeKecamatan */
    const char *village;  /* kodeKelurahan */
    const char *postal;   /* kodePos */
    const char *place;    /* for the address */
};

struct weight {
    const char *code;
    int base;   /* share at the first of January 2025 */
    int yearly; /* change of the share per year; the share never falls below 1 */
};

extern const char *const given_names[];
extern const char *const family_names[];
extern const char *const streets[];
extern const struct area areas[];
extern const struct weight unit_mix[];
extern const struct weight source_mix[];
enum { GIVEN_NAMES = 40, FAMILY_NAMES = 32, STREETS = 24, AREAS = 12, UNIT_MIX = 11, SOURCES = 13 };

#endif
