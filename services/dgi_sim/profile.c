/*
 * profile.c - see profile.h. The label lists are what main dealers without codes send; the
 * refusals are those seen of each kind of server.
 */
#include "services/dgi_sim/profile.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct label {
    enum prospect_field field;
    const char *code;
    const char *label;
};

static const struct label labels[] = {
    {PROSPECT_SUMBER_PROSPECT, "0001", "Pameran"},
    {PROSPECT_SUMBER_PROSPECT, "0002", "Showroom event"},
    {PROSPECT_SUMBER_PROSPECT, "0003", "Roadshow"},
    {PROSPECT_SUMBER_PROSPECT, "0004", "Walk in"},
    {PROSPECT_SUMBER_PROSPECT, "0005", "Customer RO H1"},
    {PROSPECT_SUMBER_PROSPECT, "0006", "Customer RO H23"},
    {PROSPECT_SUMBER_PROSPECT, "0007", "Website"},
    {PROSPECT_SUMBER_PROSPECT, "0008", "Social media"},
    {PROSPECT_SUMBER_PROSPECT, "0009", "External parties"},
    {PROSPECT_SUMBER_PROSPECT, "0010", "Mobile apps MD/dealer"},
    {PROSPECT_SUMBER_PROSPECT, "0011", "Referral"},
    {PROSPECT_SUMBER_PROSPECT, "0012", "Contact center"},
    {PROSPECT_SUMBER_PROSPECT, "9999", "Others"},
    {PROSPECT_METODE_FOLLOW_UP, "1", "Sms"},
    {PROSPECT_METODE_FOLLOW_UP, "2", "Call"},
    {PROSPECT_METODE_FOLLOW_UP, "3", "Visit"},
    {PROSPECT_METODE_FOLLOW_UP, "4", "Direct touch"},
    {PROSPECT_TEST_RIDE_PREFERENCE, "1", "Yes"},
    {PROSPECT_TEST_RIDE_PREFERENCE, "0", "No"},
    {PROSPECT_STATUS_FOLLOW_UP, "1", "Planned"},
    {PROSPECT_STATUS_FOLLOW_UP, "2", "Done"},
    {PROSPECT_STATUS_PROSPECT, "1", "Low"},
    {PROSPECT_STATUS_PROSPECT, "2", "Medium"},
    {PROSPECT_STATUS_PROSPECT, "3", "Hot"},
    {PROSPECT_STATUS_PROSPECT, "4", "Deal"},
    {PROSPECT_STATUS_PROSPECT, "5", "Not deal"},
};

int profile_find(const char *name)
{
    for (int i = 0; i < PROFILE_COUNT; i++)
        if (strcmp(profile_table[i].name, name) == 0)
            return i;
    return -1;
}

/* `/dgi-api/v1.3` at p: what follows it, NULL when it is something else. */
static const char *after_version(const char *p)
{
    static const char system[] = "/dgi-api/v";

    if (strncmp(p, system, sizeof system - 1) != 0)
        return NULL;
    p += sizeof system - 1;
    if (!isdigit((unsigned char)*p))
        return NULL;
    while (isdigit((unsigned char)*p) || *p == '.')
        p++;
    return *p == '/' ? p : NULL;
}

int profile_of_path(const char *path, int bare, const char **rest)
{
    for (int i = 0; i < PROFILE_COUNT; i++) {
        size_t n = strlen(profile_table[i].prefix);

        if (n > 0 && strncmp(path, profile_table[i].prefix, n) == 0) {
            *rest = after_version(path + n);
            return *rest != NULL ? i : -1;
        }
    }
    *rest = after_version(path);
    return *rest != NULL ? bare : -1;
}

static void label_codes(struct prospect *p)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(p->text[labels[i].field], labels[i].code) == 0)
            snprintf(p->text[labels[i].field], PROSPECT_TEXT_MAX, "%s", labels[i].label);
}

static void drop_audit(struct prospect *p)
{
    p->when[PROSPECT_CREATED_TIME] = p->when[PROSPECT_MODIFIED_TIME] = WALL_NONE;
    p->text[PROSPECT_DEALER_ID][0] = '\0';
    for (int i = 0; i < p->unit_count; i++)
        p->units[i].modified = WALL_NONE;
}

/* Data as people leave it: short identity numbers, nobody in charge, no motorcycle named. */
static void neglect(struct prospect *p)
{
    uint64_t h = text_hash(7, p->text[PROSPECT_ID_PROSPECT]);

    if (h % 11 == 0)
        p->text[PROSPECT_NO_KTP][9] = '\0';
    if (h % 13 == 0)
        p->text[PROSPECT_ID_SALES_PEOPLE][0] = '\0';
    if (h % 17 == 0)
        p->unit_count = 0;
    if (h % 19 == 0)
        p->text[PROSPECT_DEALER_ID][0] = '\0';
    if (h % 23 == 0)
        p->when[PROSPECT_TANGGAL_PROSPECT] = WALL_NONE;
}

void profile_shape(enum profile_id id, struct prospect *p)
{
    if (id == PROFILE_LEGACY)
        drop_audit(p);
    else if (id == PROFILE_COLON)
        label_codes(p);
    else if (id == PROFILE_GATEWAY)
        neglect(p);
}

const char *refusal_name(enum refusal r)
{
    static const char *const names[REFUSAL_COUNT] = {
        [REFUSAL_NONE] = "none",   [REFUSAL_BODY] = "body",   [REFUSAL_RANGE] = "range",
        [REFUSAL_CLOCK] = "clock", [REFUSAL_KEY] = "key",     [REFUSAL_TOKEN] = "token",
        [REFUSAL_QUOTA] = "quota", [REFUSAL_SCOPE] = "scope",
    };

    return names[r];
}

static int refuse_by_document(enum refusal r, const struct profile_settings *s, struct text *body)
{
    static const char *const said[REFUSAL_COUNT][2] = {
        [REFUSAL_NONE] = {"", ""},
        [REFUSAL_BODY] = {"Format filter tidak valid", "fromTime: YYYY-MM-DD HH:MM:SS"},
        [REFUSAL_RANGE] = {"Rentang waktu melebihi batas", ""},
        [REFUSAL_CLOCK] = {"X-Request-Time di luar batas waktu", "Time stamp tidak valid"},
        [REFUSAL_KEY] = {"Credential tidak valid", "DGI-API-Key tidak dikenal"},
        [REFUSAL_TOKEN] = {"Credential tidak valid", "DGI-API-Token tidak sesuai"},
        [REFUSAL_QUOTA] = {"Credential over limit", "Kuota harian habis"},
        [REFUSAL_SCOPE] = {"Credential tidak valid", "dealerId di luar grup"},
    };
    char limit[64];

    snprintf(limit, sizeof limit, "Max. %lld hari", (long long)s->max_days);
    text_add(body, "{\"status\":0,\"message\":{");
    text_member(body, "message1", said[r][0]);
    text_member(body, "message2", r == REFUSAL_RANGE ? limit : said[r][1]);
    text_add(body, "},\"data\":null}");
    return 200;
}

/* An unknown key and an unreadable filter end the handler of the old server before it answers. */
static int refuse_as_legacy(enum refusal r, const struct profile_settings *s, struct text *body)
{
    static const char *const said[REFUSAL_COUNT] = {
        [REFUSAL_CLOCK] = "Unix Timestamp Diluar Validasi Detik",
        [REFUSAL_TOKEN] = "Token Tidak Valid !!",
        [REFUSAL_QUOTA] = "Token Tidak Valid !!",
        [REFUSAL_SCOPE] = "Tidak Ada Data Pada Periode ini",
    };
    char range[128];

    if (r == REFUSAL_KEY)
        return 0;
    if (r == REFUSAL_BODY) {
        text_add(body, "Internal Server Error");
        return 500;
    }
    snprintf(range, sizeof range, "Melebihi Rentang Waktu Pengambilan Data , Max. %lld hari",
             (long long)s->max_days);
    text_add(body, "{\"status\":0");
    text_member(body, "message", r == REFUSAL_RANGE ? range : said[r]);
    text_add(body, ",\"data\":null}");
    return 200;
}

/* The four error shapes that clients meet. */
static int refuse_as_gateway(enum refusal r, struct text *body)
{
    static const struct {
        int status;
        const char *body;
    } said[REFUSAL_COUNT] = {
        [REFUSAL_BODY] = {400,
                          "{\"status\":400,\"title\":\"One or more validation errors occurred.\","
                          "\"errors\":{\"fromTime\":[\"The field fromTime is invalid.\"]}}"},
        [REFUSAL_RANGE] = {200, "{\"status\":0,\"message\":\"{\\\"status\\\":400,\\\"message\\\":"
                                "\\\"Rentang waktu melebihi batas\\\"}\",\"data\":null}"},
        [REFUSAL_CLOCK] = {401, "{\"error\":\"Unauthorized\",\"error_description\":"
                                "\"Request time stamp is outside the allowed window\"}"},
        [REFUSAL_KEY] = {403, "{\"http_status_code\":403,\"message\":\"Invalid API key\"}"},
        [REFUSAL_TOKEN] = {401, "{\"error\":\"Unauthorized\",\"error_description\":"
                                "\"Invalid API token\"}"},
        [REFUSAL_QUOTA] = {429,
                           "{\"http_status_code\":429,\"message\":\"API rate limit exceeded\"}"},
        [REFUSAL_SCOPE] = {403, "{\"http_status_code\":403,\"message\":\"Dealer not allowed\"}"},
    };

    text_add(body, said[r].body);
    return said[r].status;
}

int profile_refuse(enum profile_id id, enum refusal r, const struct profile_settings *settings,
                   struct text *body)
{
    if (id == PROFILE_LEGACY)
        return refuse_as_legacy(r, settings, body);
    if (id == PROFILE_GATEWAY)
        return refuse_as_gateway(r, body);
    return refuse_by_document(r, settings, body);
}

const struct profile_settings profile_defaults[PROFILE_COUNT] = {
    [PROFILE_SPEC13] = {.max_days = 7, .history_days = 400, .skew_s = 10},
    [PROFILE_LEGACY] = {.max_days = 30, .history_days = 400, .skew_s = 10},
    [PROFILE_COLON] = {.max_days = 7, .history_days = 400, .skew_s = 10},
    [PROFILE_GATEWAY] = {.max_days = 7, .history_days = 30, .quota = 300, .skew_s = 10},
};

const struct profile profile_table[PROFILE_COUNT] = {
    [PROFILE_SPEC13] = {.name = "spec13",
                        .prefix = "",
                        .order = {REFUSAL_KEY, REFUSAL_CLOCK, REFUSAL_TOKEN, REFUSAL_RANGE}},
    [PROFILE_LEGACY] = {.name = "legacy",
                        .prefix = "/legacy",
                        .clock_one_sided = true,
                        .range_by_date = true,
                        .to_time_required = true,
                        .order = {REFUSAL_RANGE, REFUSAL_CLOCK, REFUSAL_KEY, REFUSAL_TOKEN},
                        .exploded = true,
                        .no_data_fails = true,
                        .count_header = true},
    [PROFILE_COLON] = {.name = "colon",
                       .prefix = "/colon",
                       .formula = TOKEN_COLON,
                       .order = {REFUSAL_KEY, REFUSAL_CLOCK, REFUSAL_TOKEN, REFUSAL_RANGE},
                       .no_data_null = true},
    [PROFILE_GATEWAY] = {.name = "gateway",
                         .prefix = "/gateway",
                         .order = {REFUSAL_KEY, REFUSAL_CLOCK, REFUSAL_TOKEN, REFUSAL_RANGE}},
};
