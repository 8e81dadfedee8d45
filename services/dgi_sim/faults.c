/*
 * faults.c - see faults.h.
 */
#include "services/dgi_sim/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/json_in.h"
#include "services/dgi_sim/profile.h"

enum { FAULTS_MAX = 256 };

struct faults {
    struct fault at[FAULTS_MAX]; /* in order of arrival */
    int count;
    int64_t next_id;
};

static const char *const kind_names[FAULT_KIND_COUNT];
static const int64_t kind_values[FAULT_KIND_COUNT];

struct faults *faults_new(void)
{
    struct faults *f = calloc(1, sizeof *f);

    if (f != NULL)
        f->next_id = 1;
    return f;
}

void faults_free(struct faults **f)
{
    free(*f);
    *f = NULL;
}

const char *fault_kind_name(enum fault_kind kind)
{
    return kind_names[kind];
}

static bool copy_text(yajl_val order, const char *name, char *out, size_t size)
{
    int n = snprintf(out, size, "%s", json_text(order, name));

    return n >= 0 && (size_t)n < size;
}

static const char *read_kind(yajl_val order, struct fault *f)
{
    const char *name = json_text(order, "kind");

    for (int i = 1; i < FAULT_KIND_COUNT; i++)
        if (strcmp(kind_names[i], name) == 0)
            f->kind = (enum fault_kind)i;
    f->value = kind_values[f->kind];
    return f->kind == FAULT_NONE ? "unknown kind" : NULL;
}

const char *faults_add(struct faults *f, yajl_val order, int64_t *id)
{
    struct fault new = {.profile = -1, .times = 1};
    const char *profile = json_text(order, "profile"), *wrong = read_kind(order, &new);

    if (wrong != NULL)
        return wrong;
    if (f->count == FAULTS_MAX)
        return "too many faults";
    if (*profile != '\0' && (new.profile = profile_find(profile)) < 0)
        return "unknown profile";
    if (!copy_text(order, "dealer", new.dealer, sizeof new.dealer) ||
        !copy_text(order, "match", new.match, sizeof new.match) ||
        !copy_text(order, "field", new.field, sizeof new.field) ||
        !copy_text(order, "to", new.to, sizeof new.to))
        return "a text is too long";
    json_whole(order, "times", &new.times);
    json_whole(order, "skip", &new.skip);
    json_whole(order, "delay_ms", &new.delay_ms);
    json_whole(order, "value", &new.value);
    json_whole(order, "retry_after", &new.retry_after_s);
    json_whole(order, "record", &new.record);
    new.retry_date = YAJL_IS_TRUE(json_member(order, "retry_date"));
    new.announced = YAJL_IS_TRUE(json_member(order, "announced"));
    if (new.times == 0 || new.delay_ms < 0 || new.delay_ms > 3600000 || new.value < -1000000 ||
        new.value > (new.kind == FAULT_HUGE ? 1073741824 : 16777216))
        return "a number is out of range";
    if (new.kind == FAULT_STATUS && (new.value < 200 || new.value > 599))
        return "value is no HTTP status";
    *id = new.id = f->next_id++;
    f->at[f->count++] = new;
    return NULL;
}

static void remove_at(struct faults *f, int i)
{
    memmove(&f->at[i], &f->at[i + 1], sizeof f->at[0] * (size_t)(f->count - i - 1));
    f->count--;
}

int faults_remove(struct faults *f, int64_t id)
{
    int before = f->count;

    for (int i = f->count - 1; i >= 0; i--)
        if (id == 0 || f->at[i].id == id)
            remove_at(f, i);
    return before - f->count;
}

struct fault faults_take(struct faults *f, int profile, const char *dealer, const char *subject)
{
    for (int i = 0; i < f->count; i++) {
        struct fault *at = &f->at[i], taken;

        if ((at->profile >= 0 && at->profile != profile) ||
            (at->dealer[0] != '\0' && strcmp(at->dealer, dealer) != 0) ||
            (at->match[0] != '\0' && strstr(subject, at->match) == NULL))
            continue;
        if (at->skip > 0) {
            at->skip--;
            continue;
        }
        taken = *at;
        if (at->times > 0 && --at->times == 0)
            remove_at(f, i);
        return taken;
    }
    return (struct fault){.kind = FAULT_NONE};
}

void faults_write(const struct faults *f, struct text *out)
{
    text_key(out, "faults");
    text_add(out, "[");
    for (int i = 0; i < f->count; i++) {
        const struct fault *at = &f->at[i];

        text_item(out);
        text_add(out, "{");
        text_number(out, "id", at->id);
        text_member(out, "kind", kind_names[at->kind]);
        text_member(out, "profile", at->profile < 0 ? NULL : profile_table[at->profile].name);
        text_member(out, "dealer", at->dealer[0] ? at->dealer : NULL);
        text_member(out, "match", at->match[0] ? at->match : NULL);
        text_number(out, "times", at->times);
        text_number(out, "skip", at->skip);
        text_number(out, "delay_ms", at->delay_ms);
        text_number(out, "value", at->value);
        text_add(out, "}");
    }
    text_add(out, "]");
}

static const char *const kind_names[FAULT_KIND_COUNT] = {
    [FAULT_NONE] = "none",
    [FAULT_DELAY] = "delay",
    [FAULT_STATUS] = "status",
    [FAULT_HTML] = "html",
    [FAULT_EMPTY] = "empty",
    [FAULT_TRUNCATE] = "truncate",
    [FAULT_MALFORMED] = "malformed",
    [FAULT_NULL_DATA] = "null_data",
    [FAULT_SINGLE_OBJECT] = "single_object",
    [FAULT_WRONG_TYPE] = "wrong_type",
    [FAULT_DUPLICATE] = "duplicate",
    [FAULT_SLOW_BODY] = "slow_body",
    [FAULT_DROP] = "drop",
    [FAULT_HANG] = "hang",
    [FAULT_BAD_DATE] = "bad_date",
    [FAULT_LONG_VALUE] = "long_value",
    [FAULT_NO_KEY] = "no_key",
    [FAULT_RENAME_FIELD] = "rename_field",
    [FAULT_QUOTA] = "quota",
    [FAULT_SKEW] = "skew",
    [FAULT_STALL] = "stall",
    [FAULT_HUGE] = "huge",
    [FAULT_ADD_FIELD] = "add_field",
    [FAULT_DROP_FIELD] = "drop_field",
    [FAULT_NUMBER_FIELD] = "number_field",
};

/* `value` where an order gives none. */
static const int64_t kind_values[FAULT_KIND_COUNT] = {
    [FAULT_STATUS] = 500,       [FAULT_HTML] = 200,  [FAULT_SLOW_BODY] = 3000,
    [FAULT_LONG_VALUE] = 70000, [FAULT_SKEW] = 3600, [FAULT_STALL] = 30000,
    [FAULT_HUGE] = 314572800,
};
