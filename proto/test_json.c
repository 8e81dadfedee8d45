/*
 * test_json.c - JSON and query texts to records and back: strict, exact, without secrets.
 */
#include "proto/base64.h"
#include "proto/example.h"
#include "proto/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct buf text;
static struct fault fault;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    buf_init(&text, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    buf_free(&text);
    return 0;
}

static enum err parse(const struct desc *d, const char *json, void *out)
{
    size_t n = strlen(json);
    char *copy = malloc(n + 1); /* without the terminator, for the sanitizers */
    assert_non_null(copy);
    memcpy(copy, json, n);
    memset(out, 0, d->size);
    enum err e = json_decode(d, copy, n, &arena, out, &fault);
    free(copy);
    return e;
}

static void written(const struct desc *d, const void *record)
{
    buf_reset(&text);
    assert_int_equal(json_encode(d, record, &text), ERR_OK);
    buf_append(&text, "", 1);
    text.n--;
}

static bool has_secret(const struct desc *d)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if ((d->fields[i].flags & SECRET) || (d->fields[i].of && has_secret(d->fields[i].of)))
            return true;
    return false;
}

static void every_record_returns_as_it_was(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        if (has_secret(*d))
            continue; /* not written, so it cannot return */
        struct buf before, after;
        void *record = arena_take(&arena, (*d)->size);
        void *back = arena_take(&arena, (*d)->size);
        buf_init(&before, 1 << 20);
        buf_init(&after, 1 << 20);
        assert_int_equal(example_fill(*d, EXAMPLE_ALL, &arena, record, &fault), ERR_OK);
        written(*d, record);
        if (json_decode(*d, text.p, text.n, &arena, back, &fault) != ERR_OK)
            fail_msg("%s: %s: %s\n%s", (*d)->type_name, fault.field, fault.text, text.p);
        assert_int_equal(json_require(*d, back, &fault), ERR_OK);
        assert_int_equal(codec_encode(*d, record, &before), ERR_OK);
        assert_int_equal(codec_encode(*d, back, &after), ERR_OK);
        assert_int_equal(before.n, after.n);
        assert_memory_equal(before.p, after.p, before.n);
        buf_free(&before);
        buf_free(&after);
        arena_reset(&arena);
    }
}

static void secrets_are_read_and_never_written(void **state)
{
    (void)state;
    struct dealer_create m;
    assert_int_equal(parse(&DEALER_CREATE,
                           "{\"dealer_id\":\"1\",\"dealer_name\":\"x\",\"secret_key\":\"s3cr3t\"}",
                           &m),
                     ERR_OK);
    assert_true(view_is(m.secret_key, "s3cr3t"));
    written(&DEALER_CREATE, &m);
    assert_string_equal(text.p, "{\"dealer_id\":\"1\",\"dealer_name\":\"x\"}");
    const struct field_desc *f = desc_field(&DEALER_CREATE, view_of("secret_key"));
    assert_int_equal(json_encode_field(&DEALER_CREATE, f, &m, &text), ERR_FORBIDDEN);
    for (const struct desc *const *d = all_descs; *d; d++) {
        void *record = arena_take(&arena, (*d)->size);
        assert_int_equal(example_fill(*d, EXAMPLE_ALL, &arena, record, &fault), ERR_OK);
        written(*d, record);
        for (unsigned i = 0; i < (*d)->n_fields; i++) {
            char key[64];
            snprintf(key, sizeof key, "\"%s\":", (*d)->fields[i].name);
            assert_int_equal(strstr(text.p, key) == NULL, ((*d)->fields[i].flags & SECRET) != 0);
        }
    }
}

static void reading_is_strict_and_names_the_place(void **state)
{
    static const struct {
        const struct desc *d;
        const char *json;
        enum err err;
        const char *field;
    } rows[] = {
        {&DEALER_GET, "{\"dealer\":\"1\"}", ERR_UNKNOWN_FIELD, "dealer"},
        {&DEALER_GET, "{\"dealer_id\":\"1\",\"dealer_id\":\"2\"}", ERR_DUPLICATE_FIELD,
         "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":null,\"dealer_id\":\"2\"}", ERR_DUPLICATE_FIELD, "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":5}", ERR_TYPE, "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":true}", ERR_TYPE, "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":[\"1\"]}", ERR_TYPE, "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":{}}", ERR_TYPE, "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":\"12345678901\"}", ERR_LIMIT, "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":\"\\u0000\"}", ERR_UTF8, "dealer_id"},
        {&DEALER_GET, "{\"dealer_id\":\"\\udc00\"}", ERR_UTF8, "dealer_id"},
        {&DEALER_LIST, "{\"limit\":1.5}", ERR_TYPE, "limit"},
        {&DEALER_LIST, "{\"limit\":1e2}", ERR_TYPE, "limit"},
        {&DEALER_LIST, "{\"limit\":0}", ERR_RANGE, "limit"},
        {&DEALER_LIST, "{\"limit\":99999999999999999999}", ERR_RANGE, "limit"},
        {&DEALER_LIST, "{\"active\":\"true\"}", ERR_TYPE, "active"},
        {&DEALER_LIST, "{\"active\":1}", ERR_TYPE, "active"},
        {&JOB_LIST, "{\"kind\":\"done\"}", ERR_CHOICE, "kind"},
        {&JOB_SUBMIT, "{\"dealer_ids\":\"1\"}", ERR_TYPE, "dealer_ids"},
        {&JOB_SUBMIT, "{\"dealer_ids\":[\"1\",2]}", ERR_TYPE, "dealer_ids[1]"},
        {&JOB_SUBMIT, "{\"dealer_ids\":[\"1\",null]}", ERR_TYPE, "dealer_ids[1]"},
        {&JOB_SUBMIT, "{\"dealer_ids\":[\"1\",[]]}", ERR_TYPE, "dealer_ids[1]"},
        {&JOB_SUBMIT, "{\"dealer_ids\":[\"12345678901\"]}", ERR_LIMIT, "dealer_ids[0]"},
        {&TASK_BEAT, "{\"held\":[{\"task_id\":1,\"epoch\":1},{\"task_id\":1}]}", ERR_MISSING,
         "held[1].epoch"},
        {&TASK_BEAT, "{\"held\":[{\"task_id\":1,\"epoch\":0}]}", ERR_RANGE, "held[0].epoch"},
        {&TASK_BEAT, "{\"held\":[{\"task_id\":1,\"epoch\":1,\"x\":1}]}", ERR_UNKNOWN_FIELD,
         "held[0].x"},
        {&TASK_BEAT, "{\"held\":[7]}", ERR_TYPE, "held[0]"},
        {&PROCESS_REPORT, "{\"process\":{\"name\":7}}", ERR_TYPE, "process.name"},
        {&PROCESS_REPORT, "{\"process\":{}}", ERR_MISSING, "process.name"},
        {&PONG, "{\"now\":1772676900000}", ERR_TYPE, "now"},
        {&PONG, "{\"now\":\"2026-03-05\"}", ERR_FORMAT, "now"},
        {&SYS_PING, "{\"payload\":\"AAA\"}", ERR_FORMAT, "payload"},
        {&DEALER_LIST, "", ERR_MALFORMED, ""},
        {&DEALER_LIST, "[]", ERR_TYPE, ""},
        {&DEALER_LIST, "7", ERR_TYPE, ""},
        {&DEALER_LIST, "null", ERR_TYPE, ""},
        {&DEALER_LIST, "{", ERR_MALFORMED, ""},
        {&DEALER_LIST, "{}{}", ERR_MALFORMED, ""},
        {&DEALER_LIST, "{\"limit\":1,}", ERR_MALFORMED, ""},
        {&DEALER_LIST, "{'limit':1}", ERR_MALFORMED, ""},
        {&DEALER_LIST, "{} // x", ERR_MALFORMED, ""},
        {&DEALER_LIST, "{\"q\":\"\xc3\x28\"}", ERR_MALFORMED, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *out = arena_take(&arena, rows[i].d->size);
        enum err e = parse(rows[i].d, rows[i].json, out);
        if (e != rows[i].err || strcmp(fault.field, rows[i].field) != 0)
            fail_msg("%s: %s at '%s': %s", rows[i].json, err_code(e), fault.field, fault.text);
    }
}

static void what_is_well_formed_is_accepted(void **state)
{
    (void)state;
    struct dealer_list m;
    assert_int_equal(parse(&DEALER_LIST,
                           " { \"limit\" : \"12\", \"q\" : \"\\u00e4\\/\", \"active\":null } ", &m),
                     ERR_OK);
    assert_int_equal(m.limit, 12);
    assert_true(view_is(m.q, "\xc3\xa4/"));
    assert_false(HAS(&m, dealer_list, active));
    struct job_get get;
    assert_int_equal(parse(&JOB_GET, "{\"id\":\"0193A5C2-7B1E-7C3D-8F4A-1B2C3D4E5F60\"}", &get),
                     ERR_OK);
    assert_true(view_is(get.id, "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"));
    struct job_submit submit;
    assert_int_equal(parse(&JOB_SUBMIT, "{\"dealer_ids\":[]}", &submit), ERR_OK);
    assert_true(HAS(&submit, job_submit, dealer_ids));
    assert_int_equal(submit.dealer_ids.n, 0);
}

static void null_is_nothing_but_where_a_number_may_be_none(void **state)
{
    (void)state;
    struct schedule_update change;
    assert_int_equal(parse(&SCHEDULE_UPDATE,
                           "{\"id\":3,\"overlap_hours\":null,\"jitter_seconds\":null}", &change),
                     ERR_OK);
    assert_true(HAS(&change, schedule_update, overlap_hours));
    assert_int_equal(change.overlap_hours, -1);
    assert_false(HAS(&change, schedule_update, jitter_seconds));
}

static void lists_grow_up_to_the_tables_limit(void **state)
{
    (void)state;
    for (int n = 998; n <= 1001; n++) {
        struct job_submit m;
        arena_reset(&arena);
        buf_reset(&text);
        buf_puts(&text, "{\"dealer_ids\":[");
        for (int i = 0; i < n; i++)
            buf_printf(&text, "%s\"%d\"", i ? "," : "", i);
        buf_append(&text, "]}", 3);
        assert_int_equal(parse(&JOB_SUBMIT, text.p, &m), n <= 1000 ? ERR_OK : ERR_LIMIT);
        if (n > 1000)
            break;
        assert_int_equal(m.dealer_ids.n, n);
        assert_true(view_is(*LIST_AT(struct view, &m.dealer_ids, 0), "0"));
        assert_true(view_is(*LIST_AT(struct view, &m.dealer_ids, 997), "997"));
    }
    assert_string_equal(fault.field, "dealer_ids");
}

static void a_body_does_not_repeat_what_the_path_said(void **state)
{
    (void)state;
    struct dealer_update m = {0};
    const struct field_desc *f = desc_field(&DEALER_UPDATE, view_of("dealer_id"));
    assert_int_equal(json_field_from_text(&DEALER_UPDATE, f, view_of("12284"), &arena, &m, &fault),
                     ERR_OK);
    const char *body = "{\"dealer_id\":\"99901\"}";
    assert_int_equal(json_decode(&DEALER_UPDATE, body, strlen(body), &arena, &m, &fault),
                     ERR_DUPLICATE_FIELD);
    assert_int_equal(json_field_from_text(&DEALER_UPDATE, f, view_of("1"), &arena, &m, &fault),
                     ERR_DUPLICATE_FIELD);
    assert_string_equal(fault.field, "dealer_id");
    assert_true(view_is(m.dealer_id, "12284"));
}

static enum err from_text(const struct desc *d, const char *field, const char *value, void *out)
{
    memset(out, 0, d->size);
    return json_field_from_text(d, desc_field(d, view_of(field)), view_of(value), &arena, out,
                                &fault);
}

static void query_texts_are_read_by_the_fields_type(void **state)
{
    (void)state;
    struct dealer_list list;
    struct job_submit job;
    struct pong pong;
    assert_int_equal(from_text(&DEALER_LIST, "limit", "5", &list), ERR_OK);
    assert_int_equal(list.limit, 5);
    assert_int_equal(from_text(&DEALER_LIST, "limit", "", &list), ERR_TYPE);
    assert_int_equal(from_text(&DEALER_LIST, "limit", "+5", &list), ERR_TYPE);
    assert_int_equal(from_text(&DEALER_LIST, "limit", "-", &list), ERR_TYPE);
    assert_int_equal(from_text(&DEALER_LIST, "active", "false", &list), ERR_OK);
    assert_false(list.active);
    assert_true(HAS(&list, dealer_list, active));
    assert_int_equal(from_text(&DEALER_LIST, "active", "1", &list), ERR_TYPE);
    assert_int_equal(from_text(&PONG, "now", "2026-03-05T02:15:00Z", &pong), ERR_OK);
    assert_int_equal(from_text(&JOB_SUBMIT, "dealer_ids", "1,22,", &job), ERR_OK);
    assert_int_equal(job.dealer_ids.n, 3);
    assert_true(view_is(*LIST_AT(struct view, &job.dealer_ids, 1), "22"));
    assert_true(view_is(*LIST_AT(struct view, &job.dealer_ids, 2), ""));
    assert_int_equal(from_text(&JOB_SUBMIT, "dealer_ids", "", &job), ERR_OK);
    assert_int_equal(job.dealer_ids.n, 0);
    assert_int_equal(from_text(&JOB_SUBMIT, "dealer_ids", "1,12345678901", &job), ERR_LIMIT);
    assert_string_equal(fault.field, "dealer_ids[1]");
    struct process_report report;
    assert_int_equal(from_text(&PROCESS_REPORT, "process", "x", &report), ERR_TYPE);
}

static void json_of_one_value(const char *field, const void *record, const struct desc *d,
                              const char *expected)
{
    buf_reset(&text);
    assert_int_equal(json_encode_field(d, desc_field(d, view_of(field)), record, &text), ERR_OK);
    buf_append(&text, "", 1);
    assert_string_equal(text.p, expected);
}

static void large_integers_are_text(void **state)
{
    (void)state;
    struct counter m = {.value = INT64_C(9007199254740992)}, back;
    json_of_one_value("value", &m, &COUNTER, "9007199254740992");
    m.value++;
    json_of_one_value("value", &m, &COUNTER, "\"9007199254740993\"");
    m.value = -m.value;
    json_of_one_value("value", &m, &COUNTER, "\"-9007199254740993\"");
    assert_int_equal(parse(&COUNTER, "{\"value\":\"9223372036854775807\"}", &back), ERR_OK);
    assert_true(back.value == INT64_MAX);
    assert_int_equal(parse(&COUNTER, "{\"value\":9223372036854775807}", &back), ERR_OK);
    assert_true(back.value == INT64_MAX);
    assert_int_equal(parse(&COUNTER, "{\"value\":9223372036854775808}", &back), ERR_RANGE);
    assert_int_equal(parse(&COUNTER, "{\"value\":\"12x\"}", &back), ERR_TYPE);
}

static void texts_are_escaped(void **state)
{
    (void)state;
    assert_int_equal(json_encode_text(view_of("a\"\\\n\x01\xc3\xa4/"), &text), ERR_OK);
    buf_append(&text, "", 1);
    assert_string_equal(text.p, "\"a\\\"\\\\\\n\\u0001\xc3\xa4/\"");
    buf_reset(&text);
    assert_int_equal(json_encode_text((struct view){NULL, 0}, &text), ERR_OK);
    assert_memory_equal(text.p, "\"\"", 2);
}

static void binary_is_base64(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"\xff\xfe\xfd", "//79"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[16];
        struct view back;
        base64_encode(view_of(rows[i].bytes), out);
        assert_int_equal(base64_length(strlen(rows[i].bytes)), strlen(rows[i].text));
        assert_memory_equal(out, rows[i].text, strlen(rows[i].text));
        assert_int_equal(base64_decode(view_of(rows[i].text), &arena, &back), ERR_OK);
        assert_true(view_is(back, rows[i].bytes));
    }
    static const char *const bad[] = {
        "Z", "Zg=", "Zg==Zg==", "=Zg=", "Zh==", "Zm9=", "Zg\n=", "====", "Z==="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct view back;
        if (base64_decode(view_of(bad[i]), &arena, &back) != ERR_FORMAT)
            fail_msg("%s", bad[i]);
    }
}

static void documents_that_do_not_fit_are_errors(void **state)
{
    (void)state;
    struct arena tiny;
    struct dealer_page page;
    struct job_submit m = {0};
    arena_init(&tiny, 64);
    memset(&page, 0, sizeof page);
    const char *json = "{\"dealer_ids\":[\"1\",\"2\"]}";
    assert_int_equal(json_decode(&JOB_SUBMIT, json, strlen(json), &tiny, &m, &fault),
                     ERR_TOO_LARGE);
    arena_free(&tiny);
    struct buf small;
    buf_init(&small, 8);
    assert_int_equal(json_encode(&DEALER_PAGE, &page, &small), ERR_TOO_LARGE);
    assert_int_equal(small.n, 0);
    buf_free(&small);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_record_returns_as_it_was),
        CASE(secrets_are_read_and_never_written),
        CASE(reading_is_strict_and_names_the_place),
        CASE(what_is_well_formed_is_accepted),
        CASE(null_is_nothing_but_where_a_number_may_be_none),
        CASE(lists_grow_up_to_the_tables_limit),
        CASE(a_body_does_not_repeat_what_the_path_said),
        CASE(query_texts_are_read_by_the_fields_type),
        CASE(large_integers_are_text),
        CASE(texts_are_escaped),
        CASE(binary_is_base64),
        CASE(documents_that_do_not_fit_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
