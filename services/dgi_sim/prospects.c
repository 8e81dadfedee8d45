/*
 * prospects.c - see prospects.h. Chance comes from splitmix64; identity and life of a record use
 * two streams of it, and a step of the life draws all its numbers before it asks whether its time
 * has come, so a record's past never depends on when one looks.
 */
#include "services/dgi_sim/prospects.h"

#include <stdio.h>
#include <string.h>

#include "services/dgi_sim/people.h"

enum stream { STREAM_DAY = 1, STREAM_IDENTITY, STREAM_LIFE, STREAM_BULK };
enum { OPENS_S = 8 * 3600 + 900, OPEN_S = 11 * 3600 + 1800 }; /* 08:15 to 19:45 */

struct rng {
    uint64_t state;
};

static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

uint64_t text_hash(uint64_t seed, const char *text)
{
    uint64_t h = mix(seed);

    for (; *text != '\0'; text++)
        h = mix(h ^ (unsigned char)*text);
    return h;
}

static struct rng rng_of(uint64_t seed, const struct dealer_info *dealer, int64_t day, int n,
                         enum stream stream)
{
    uint64_t h = text_hash(seed, dealer->code);

    return (struct rng){mix(mix(mix(h ^ (uint64_t)day) ^ (uint64_t)n) ^ (uint64_t)stream)};
}

static int below(struct rng *r, int n)
{
    r->state += 0x9E3779B97F4A7C15u;
    return (int)((mix(r->state) >> 11) % (uint64_t)n);
}

static bool chance(struct rng *r, int percent)
{
    return below(r, 100) < percent;
}

/* Share of a row on a day: a straight drift, with one step a month. */
static int share(const struct weight *w, int64_t day)
{
    int64_t months = (day - wall_day(2025, 1, 1)) / 30;
    int64_t value = w->base + w->yearly * months / 12;

    return value < 1 ? 1 : (int)value;
}

static const char *draw(struct rng *r, const struct weight *mixture, int count, int64_t day)
{
    int total = 0, at;

    for (int i = 0; i < count; i++)
        total += share(&mixture[i], day);
    at = below(r, total);
    for (int i = 0; i < count; i++) {
        at -= share(&mixture[i], day);
        if (at < 0)
            return mixture[i].code;
    }
    return mixture[0].code;
}

const struct dealer_info *dealer_find(const char *code)
{
    for (const struct dealer_info *d = dealer_table; d->code != NULL; d++)
        if (strcmp(d->code, code) == 0)
            return d;
    return NULL;
}

int prospect_field_find(const char *name)
{
    for (int i = 0; i < PROSPECT_FIELD_COUNT; i++)
        if (strcmp(prospect_fields[i].name, name) == 0)
            return i;
    return -1;
}

int prospects_of_day(uint64_t seed, const struct dealer_info *dealer, int64_t day)
{
    struct rng r = rng_of(seed, dealer, day, 0, STREAM_DAY);
    int weekday = wall_weekday(day), year, month, of_month, count;

    wall_civil(day, &year, &month, &of_month);
    /* Nothing on New Year's Day, and now and then on a day of the week. */
    if ((below(&r, dealer->empty_of) == 0 && weekday != 0 && weekday != 6) ||
        (month == 1 && of_month == 1))
        return 0;
    if (weekday == 0 || weekday == 6)
        count = dealer->weekend_least + below(&r, dealer->weekend_spread + 1);
    else
        count = dealer->weekday_least + below(&r, dealer->weekday_spread + 1);
    /* Wages come at the end of a month. */
    if (of_month >= 26 && count < dealer->weekend_least + dealer->weekend_spread)
        count += below(&r, 2);
    return count;
}

void prospect_clear(struct prospect *p, const char *dealer)
{
    memset(p, 0, sizeof *p);
    for (int i = 0; i < PROSPECT_FIELD_COUNT; i++)
        p->when[i] = WALL_NONE;
    p->created = p->modified = WALL_NONE;
    snprintf(p->text[PROSPECT_DEALER_ID], PROSPECT_TEXT_MAX, "%s", dealer);
}

static void set(struct prospect *p, enum prospect_field field, const char *value)
{
    snprintf(p->text[field], PROSPECT_TEXT_MAX, "%s", value);
}

/* `prefix` and a number of at least `width` digits. */
static void set_number(struct prospect *p, enum prospect_field field, const char *prefix, int width,
                       int value)
{
    snprintf(p->text[field], PROSPECT_TEXT_MAX, "%s%0*d", prefix, width, value);
}

/* A unit that the record does not have yet; a type is never there twice. */
static void add_unit(struct prospect *p, struct rng *r, const struct dealer_info *dealer,
                     int64_t day, int64_t created)
{
    struct unit *u = &p->units[p->unit_count];
    const char *type = draw(r, unit_mix, UNIT_MIX, day);
    int programs = below(r, 4), first = 1 + below(r, 40), year, month, of_month;
    size_t n = 0;

    for (int i = 0; i < p->unit_count; i++)
        if (strcmp(p->units[i].type, type) == 0)
            return;
    if (p->unit_count == UNIT_MAX)
        return;
    wall_civil(day, &year, &month, &of_month);
    *u = (struct unit){.created = created, .modified = created};
    snprintf(u->type, sizeof u->type, "%s", type);
    for (int i = 0; i < programs - 1 && n < sizeof u->programs; i++)
        n += (size_t)snprintf(u->programs + n, sizeof u->programs - n, "%sPRM/%s/%02d/%02d/%04d",
                              i > 0 ? "," : "", dealer->code, year % 100, month, first + i);
    p->unit_count++;
}

static void make_address(struct prospect *p, struct rng *r)
{
    const struct area *home = &areas[below(r, AREAS)], *office = &areas[below(r, AREAS)];
    int number = 1 + below(r, 180), block = 1 + below(r, 12), odd = below(r, 10000);

    snprintf(p->text[PROSPECT_ALAMAT], PROSPECT_TEXT_MAX, "%s No. %d RT %02d, %s",
             streets[below(r, STREETS)], number, block, home->place);
    set(p, PROSPECT_KODE_PROPINSI, "3200");
    set(p, PROSPECT_KODE_KOTA, home->regency);
    set(p, PROSPECT_KODE_KECAMATAN, home->district);
    set(p, PROSPECT_KODE_KELURAHAN, home->village);
    set(p, PROSPECT_KODE_POS, home->postal);
    set_number(p, PROSPECT_LATITUDE, "-6,2", 5, odd * 7);
    set_number(p, PROSPECT_LONGITUDE, "106,8", 5, odd * 9);
    if (!chance(r, 40))
        return;
    snprintf(p->text[PROSPECT_ALAMAT_KANTOR], PROSPECT_TEXT_MAX, "%s Kav. %d, %s",
             streets[below(r, STREETS)], 1 + below(r, 60), office->place);
    set(p, PROSPECT_KODE_PROPINSI_KANTOR, "3200");
    set(p, PROSPECT_KODE_KOTA_KANTOR, office->regency);
    set(p, PROSPECT_KODE_KECAMATAN_KANTOR, office->district);
    set(p, PROSPECT_KODE_KELURAHAN_KANTOR, office->village);
    set(p, PROSPECT_KODE_POS_KANTOR, office->postal);
    set_number(p, PROSPECT_NO_KONTAK_KANTOR, "0210", 6, below(r, 1000000));
}

/* What is known when the record is made. `number` ends its id. */
static void make_identity(struct prospect *p, struct rng *r, const struct dealer_info *dealer,
                          int64_t created, const char *number)
{
    static const char *const status[] = {"1", "1", "1", "1", "2", "2", "3", "3", "3", "1"};
    int64_t day = created / DAY_S;
    int year, month, of_month, units;
    const char *source = draw(r, source_mix, SOURCES, day);

    wall_civil(day, &year, &month, &of_month);
    prospect_clear(p, dealer->code);
    p->created = p->when[PROSPECT_CREATED_TIME] = created;
    p->when[PROSPECT_TANGGAL_PROSPECT] = day * DAY_S;
    set(p, PROSPECT_SUMBER_PROSPECT, source);
    snprintf(p->text[PROSPECT_ID_PROSPECT], PROSPECT_TEXT_MAX, "Z9Z/%s/%02d/%02d/PSP/%s/%s",
             dealer->code, year % 100, month, source, number);
    set(p, PROSPECT_TAGGING_PROSPECT, chance(r, 20) ? "Yes" : "No");
    snprintf(p->text[PROSPECT_NAMA_LENGKAP], PROSPECT_TEXT_MAX, "%s %s",
             given_names[below(r, GIVEN_NAMES)], family_names[below(r, FAMILY_NAMES)]);
    set_number(p, PROSPECT_NO_KONTAK, "0812000", 5, below(r, 100000));
    snprintf(p->text[PROSPECT_NO_KTP], PROSPECT_TEXT_MAX, "3200%06d%06d", below(r, 1000000),
             below(r, 1000000));
    make_address(p, r);
    set_number(p, PROSPECT_KODE_PEKERJAAN, "", 1, 1 + below(r, 11));
    set_number(p, PROSPECT_METODE_FOLLOW_UP, "", 1, 1 + below(r, 4));
    set(p, PROSPECT_TEST_RIDE_PREFERENCE, chance(r, 35) ? "1" : "0");
    set(p, PROSPECT_STATUS_FOLLOW_UP, "1");
    set(p, PROSPECT_STATUS_PROSPECT, status[below(r, 10)]);
    set_number(p, PROSPECT_ID_SALES_PEOPLE, "9", 5, 1 + below(r, 14));
    if (strcmp(source, "0001") == 0 || strcmp(source, "0002") == 0)
        snprintf(p->text[PROSPECT_ID_EVENT], PROSPECT_TEXT_MAX, "EV/E/Z9Z/%s/%02d/%02d/%03d",
                 dealer->code, year % 100, month, 1 + of_month / 8);
    units = below(r, 100);
    units = units < 6 ? 0 : units < 78 ? 1 : units < 95 ? 2 : 3;
    for (int i = 0; i < units; i++)
        add_unit(p, r, dealer, day, created);
    if (!chance(r, 20))
        p->modified = created; /* one of five systems leaves it empty until the first change */
    p->when[PROSPECT_MODIFIED_TIME] = p->modified;
}

/* The status after a step: the next warmer one, an end, or the same. 0 ends the life. */
static char next_status(char status, int roll)
{
    if (status == '1')
        return roll < 52 ? '2' : roll < 72 ? '5' : '\0';
    if (status == '2')
        return roll < 58 ? '3' : roll < 76 ? '5' : '2';
    if (status == '3')
        return roll < 48 ? '4' : roll < 70 ? '5' : '3';
    return '\0';
}

/* One step at `at`; what it changes was drawn before. */
static void apply_step(struct prospect *p, const int roll[4], char status, int64_t at, int step,
                       const struct dealer_info *dealer, struct rng *units)
{
    bool over = status == '4' || status == '5';

    p->text[PROSPECT_STATUS_PROSPECT][0] = status;
    set(p, PROSPECT_STATUS_FOLLOW_UP, over || roll[1] < 30 ? "2" : "1");
    set_number(p, PROSPECT_METODE_FOLLOW_UP, "", 1, 1 + roll[1] % 4);
    if (!over) {
        p->when[PROSPECT_TANGGAL_APPOINTMENT] = (at / DAY_S + 1 + roll[2] % 4) * DAY_S;
        snprintf(p->text[PROSPECT_WAKTU_APPOINTMENT], PROSPECT_TEXT_MAX, "%02d:%02d",
                 9 + roll[2] % 9, roll[2] % 4 * 15);
    }
    if (status == '3' && roll[2] < 50)
        set(p, PROSPECT_TEST_RIDE_PREFERENCE, "1");
    if (step >= 1 && roll[3] < 25) {
        /* The customer settles on something else: children come and go. */
        if (p->unit_count > 1 && roll[3] < 12)
            p->unit_count--;
        else if (p->unit_count < 3)
            add_unit(p, units, dealer, at / DAY_S, at);
    }
    for (int i = 0; i < p->unit_count; i++)
        p->units[i].modified = at;
    p->modified = p->when[PROSPECT_MODIFIED_TIME] = at;
}

static void live(struct prospect *p, uint64_t seed, const struct dealer_info *dealer, int64_t day,
                 int n, int64_t now)
{
    struct rng r = rng_of(seed, dealer, day, n, STREAM_LIFE);
    int64_t at = p->created;

    for (int step = 0; step < 4; step++) {
        struct rng units = {r.state ^ 0x5851F42D4C957F2Du};
        int roll[4] = {below(&r, 100), below(&r, 100), below(&r, 100), below(&r, 100)};
        int64_t date = at / DAY_S + 1 + below(&r, 5);
        char status = next_status(p->text[PROSPECT_STATUS_PROSPECT][0], roll[0]);

        at = date * DAY_S + OPENS_S + below(&r, OPEN_S);
        if (status == '\0' || at > now)
            return;
        apply_step(p, roll, status, at, step, dealer, &units);
    }
}

bool prospect_make(uint64_t seed, const struct dealer_info *dealer, int64_t day, int n, int64_t now,
                   struct prospect *p)
{
    struct rng r = rng_of(seed, dealer, day, n, STREAM_IDENTITY);
    int count = prospects_of_day(seed, dealer, day), year, month, of_month;
    int64_t created = day * DAY_S + OPENS_S + OPEN_S / count * n + below(&r, OPEN_S / count);
    char number[16];

    if (dealer->edges && n == 0)
        created = day * DAY_S;
    if (dealer->edges && n > 0 && n == count - 1)
        created = (day + 1) * DAY_S - 1;
    if (created > now)
        return false;
    wall_civil(day, &year, &month, &of_month);
    snprintf(number, sizeof number, "%02d%03d", of_month, n + 1);
    make_identity(p, &r, dealer, created, number);
    live(p, seed, dealer, day, n, now);
    return true;
}

void prospect_make_bulk(uint64_t seed, const struct dealer_info *dealer, int64_t from, int64_t to,
                        int n, int rows, struct prospect *p)
{
    struct rng r = rng_of(seed, dealer, from, n, STREAM_BULK);
    int64_t span = to > from ? to - from : 0, created = from + span * n / rows;
    int year, month, of_month;
    char number[32];

    wall_civil(from / DAY_S, &year, &month, &of_month);
    snprintf(number, sizeof number, "B%02d%02d%07d", of_month, (int)(from % DAY_S / 3600), n);
    make_identity(p, &r, dealer, created, number);
    if (p->unit_count == 0)
        add_unit(p, &r, dealer, created / DAY_S, created);
}

bool prospect_qualifies(const struct prospect *p, int64_t from, int64_t to)
{
    return (p->created >= from && p->created <= to) ||
           (p->modified != WALL_NONE && p->modified >= from && p->modified <= to);
}

const struct prospect_field_info prospect_fields[PROSPECT_FIELD_COUNT] = {
#define X(symbol, name, kind) {name, VALUE_##kind},
    PROSPECT_FIELDS(X)
#undef X
};

const struct dealer_info dealer_table[] = {
    {"12284", "Sample Dealer", "group-a", 8, 8, 16, 13, 45, false},
    {"99901", "Example Motor", "group-a", 2, 5, 4, 6, 29, true},
    {"99902", "Contoh Jaya Motor", "group-b", 1, 4, 2, 5, 23, false},
    {0},
};
