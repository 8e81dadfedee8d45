/*
 * test_codec.c - records over the wire and back, against msgpack-c as the second opinion, and
 * everything that a hostile or newer peer may send.
 */
#include "proto/codec.h"
#include "proto/example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <msgpack.h>

static struct arena arena;
static struct buf encoded;
static struct fault fault;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 4 << 20);
    buf_init(&encoded, 4 << 20);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    buf_free(&encoded);
    return 0;
}

static void *filled(const struct desc *d, enum example_fields which)
{
    void *record = arena_take(&arena, d->size);
    assert_non_null(record);
    assert_int_equal(example_fill(d, which, &arena, record, &fault), ERR_OK);
    return record;
}

static void *decoded(const struct desc *d, struct view v)
{
    void *record = arena_take(&arena, d->size);
    assert_non_null(record);
    if (codec_decode(d, v.p, v.n, &arena, record, &fault) != ERR_OK)
        fail_msg("%s: %s: %s", d->type_name, fault.field, fault.text);
    return record;
}

/* ---- msgpack-c's view of a record ---- */

static void same_text(const struct view *v, const msgpack_object *o)
{
    assert_int_equal(o->type, MSGPACK_OBJECT_STR);
    assert_int_equal(o->via.str.size, v->n);
    assert_memory_equal(o->via.str.ptr, v->n ? v->p : "", v->n);
}

static int64_t number(const msgpack_object *o)
{
    assert_true(o->type == MSGPACK_OBJECT_POSITIVE_INTEGER ||
                o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER);
    return o->via.i64;
}

static void same_record(const struct desc *d, const void *record, const msgpack_object *o);

static void same_items(const struct field_desc *f, const struct list *l, const msgpack_object *o)
{
    assert_int_equal(o->type, MSGPACK_OBJECT_ARRAY);
    assert_int_equal(o->via.array.size, l->n);
    for (uint32_t i = 0; i < l->n; i++) {
        if (f->type == F_WORDS)
            same_text(&((const struct view *)l->items)[i], &o->via.array.ptr[i]);
        else
            same_record(f->of, (const char *)l->items + (size_t)i * f->of->size,
                        &o->via.array.ptr[i]);
    }
}

static void same_value(const struct field_desc *f, const void *at, const msgpack_object *o)
{
    const struct view *v = at;
    switch ((enum field_type)f->type) {
    case F_TEXT:
    case F_DATE:
    case F_UUID:
    case F_ENUM:
        same_text(at, o);
        break;
    case F_BLOB:
        assert_int_equal(o->type, MSGPACK_OBJECT_BIN);
        assert_int_equal(o->via.bin.size, v->n);
        assert_memory_equal(o->via.bin.ptr, v->p, v->n);
        break;
    case F_INT:
    case F_TIME:
        assert_true(number(o) == *(const int64_t *)at);
        break;
    case F_REAL:
        assert_true(o->via.f64 >= *(const double *)at && o->via.f64 <= *(const double *)at);
        break;
    case F_BOOL:
        assert_int_equal(o->type, MSGPACK_OBJECT_BOOLEAN);
        assert_int_equal(o->via.boolean, *(const bool *)at);
        break;
    case F_SUB:
        same_record(f->of, at, o);
        break;
    case F_LIST:
    case F_WORDS:
        same_items(f, at, o);
        break;
    }
}

static void same_record(const struct desc *d, const void *record, const msgpack_object *o)
{
    uint32_t seen = 0;
    assert_int_equal(o->type, MSGPACK_OBJECT_MAP);
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        if (!field_present(d, f, record))
            continue;
        assert_true(seen < o->via.map.size);
        const msgpack_object_kv *pair = &o->via.map.ptr[seen++];
        struct view name = view_of(f->name);
        same_text(&name, &pair->key);
        same_value(f, (const char *)record + f->offset, &pair->val);
    }
    assert_int_equal(seen, o->via.map.size);
}

static void every_record_returns_as_it_was(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        for (int which = EXAMPLE_REQUIRED; which <= EXAMPLE_ALL; which++) {
            struct buf again;
            buf_init(&again, 1 << 20);
            buf_reset(&encoded);
            void *record = filled(*d, (enum example_fields)which);
            assert_int_equal(codec_encode(*d, record, &encoded), ERR_OK);
            void *back = decoded(*d, buf_view(&encoded));
            assert_memory_equal(record, back, sizeof(uint64_t)); /* the same fields */
            assert_int_equal(codec_encode(*d, back, &again), ERR_OK);
            assert_int_equal(again.n, encoded.n);
            assert_memory_equal(again.p, encoded.p, again.n);
            buf_free(&again);
        }
        arena_reset(&arena);
    }
}

static void msgpack_c_reads_what_we_write(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        msgpack_unpacked result;
        size_t offset = 0;
        buf_reset(&encoded);
        void *record = filled(*d, EXAMPLE_ALL);
        assert_int_equal(codec_encode(*d, record, &encoded), ERR_OK);
        msgpack_unpacked_init(&result);
        assert_int_equal(msgpack_unpack_next(&result, encoded.p, encoded.n, &offset),
                         MSGPACK_UNPACK_SUCCESS);
        assert_int_equal(offset, encoded.n);
        same_record(*d, record, &result.data);
        msgpack_unpacked_destroy(&result);
    }
}

/* The same object with its pairs in the opposite order. */
static void pack_reversed(msgpack_packer *pk, const msgpack_object *o)
{
    if (o->type == MSGPACK_OBJECT_MAP) {
        msgpack_pack_map(pk, o->via.map.size);
        for (uint32_t i = o->via.map.size; i-- > 0;) {
            msgpack_pack_object(pk, o->via.map.ptr[i].key);
            pack_reversed(pk, &o->via.map.ptr[i].val);
        }
    } else if (o->type == MSGPACK_OBJECT_ARRAY) {
        msgpack_pack_array(pk, o->via.array.size);
        for (uint32_t i = 0; i < o->via.array.size; i++)
            pack_reversed(pk, &o->via.array.ptr[i]);
    } else {
        msgpack_pack_object(pk, *o);
    }
}

static void we_read_what_msgpack_c_writes_in_any_order(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        msgpack_unpacked result;
        msgpack_sbuffer packed;
        msgpack_packer pk;
        size_t offset = 0;
        buf_reset(&encoded);
        assert_int_equal(codec_encode(*d, filled(*d, EXAMPLE_ALL), &encoded), ERR_OK);
        msgpack_unpacked_init(&result);
        msgpack_sbuffer_init(&packed);
        msgpack_packer_init(&pk, &packed, msgpack_sbuffer_write);
        assert_int_equal(msgpack_unpack_next(&result, encoded.p, encoded.n, &offset),
                         MSGPACK_UNPACK_SUCCESS);
        pack_reversed(&pk, &result.data);
        void *back = decoded(*d, (struct view){packed.data, (uint32_t)packed.size});
        same_record(*d, back, &result.data);
        msgpack_sbuffer_destroy(&packed);
        msgpack_unpacked_destroy(&result);
    }
}

/* ---- bytes of a peer that we do not trust ---- */

/* Decodes literal bytes as d and returns the error; the fault's path is in `fault`. */
#define DECODE(d, bytes) decode(d, bytes, sizeof(bytes) - 1)

static enum err decode(const struct desc *d, const char *bytes, size_t n)
{
    /* on the heap, so that sanitizers see each byte too many that is read */
    char *copy = malloc(n ? n : 1);
    void *record = arena_take(&arena, d->size);
    assert_non_null(copy);
    assert_non_null(record);
    memcpy(copy, bytes, n);
    enum err e = codec_decode(d, copy, n, &arena, record, &fault);
    free(copy);
    return e;
}

static void faults_name_the_path_of_the_field(void **state)
{
    (void)state;
    assert_int_equal(DECODE(&DEALER_GET, "\x80"), ERR_MISSING);
    assert_string_equal(fault.field, "dealer_id");
    assert_int_equal(DECODE(&DEALER_GET, "\x81\xa9"
                                         "dealer_id\x07"),
                     ERR_TYPE);
    assert_string_equal(fault.field, "dealer_id");
    assert_int_equal(DECODE(&DEALER_GET, "\x81\xa9"
                                         "dealer_id\xab"
                                         "12345678901"),
                     ERR_LIMIT);
    assert_string_equal(fault.field, "dealer_id");
    assert_int_equal(DECODE(&TASK_BEAT, "\x81\xa4held\x92\x82\xa7task_id\x01\xa5"
                                        "epoch\x01\x81"
                                        "\xa7task_id\x00"),
                     ERR_RANGE);
    assert_string_equal(fault.field, "held[1].task_id");
    assert_int_equal(DECODE(&TASK_BEAT, "\x81\xa4held\x91\x81\xa7task_id\x01"), ERR_MISSING);
    assert_string_equal(fault.field, "held[0].epoch");
    assert_int_equal(DECODE(&JOB_SUBMIT, "\x81\xaa"
                                         "dealer_ids\x92\xa1"
                                         "1\x05"),
                     ERR_TYPE);
    assert_string_equal(fault.field, "dealer_ids[1]");
    assert_int_equal(DECODE(&JOB_SUBMIT, "\x81\xaa"
                                         "dealer_ids\x91\xab"
                                         "12345678901"),
                     ERR_LIMIT);
    assert_string_equal(fault.field, "dealer_ids[0]");
    assert_int_equal(DECODE(&PROCESS_REPORT, "\x81\xa7process\x81\xa3pid\xa1x"), ERR_TYPE);
    assert_string_equal(fault.field, "process.pid");
}

static void values_outside_their_rules_are_refused(void **state)
{
    (void)state;
    assert_int_equal(DECODE(&JOB_GET, "\x81\xa2id\xa3"
                                      "abc"),
                     ERR_FORMAT);
    assert_int_equal(DECODE(&JOB_LIST, "\x81\xa4kind\xa4gone"), ERR_CHOICE);
    assert_int_equal(DECODE(&JOB_LIST, "\x81\xa5limit\x00"), ERR_RANGE);
    assert_int_equal(DECODE(&JOB_LIST, "\x81\xa5limit\xcd\x00\xc9"), ERR_RANGE);
    assert_int_equal(DECODE(&JOB_LIST, "\x81\xa5limit\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
                     ERR_RANGE);
    assert_int_equal(DECODE(&JOB_LIST, "\x81\xa5limit\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"),
                     ERR_TYPE);
    assert_int_equal(DECODE(&DEALER_LIST, "\x81\xa6"
                                          "active\x01"),
                     ERR_TYPE);
    assert_int_equal(DECODE(&DEALER_LIST, "\x81\xa1q\xa2\xc3\x28"), ERR_UTF8);
    assert_int_equal(DECODE(&DEALER_LIST, "\x81\xa1q\xa1\x00"), ERR_UTF8);
    assert_int_equal(DECODE(&DEALER_LIST, "\x81\xa1q\xc4\x01x"), ERR_TYPE);
    assert_int_equal(DECODE(&SYS_PING, "\x81\xa7payload\xa1x"), ERR_TYPE);
    assert_int_equal(DECODE(&REPORT_PROSPECTS, "\x82\xa9"
                                               "dealer_id\xa1"
                                               "1\xa4"
                                               "from\xaa"
                                               "2026-02-30"),
                     ERR_FORMAT);
    assert_string_equal(fault.field, "from");
}

static void a_field_given_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(DECODE(&DEALER_LIST, "\x82\xa1q\xa1"
                                          "a\xa1q\xa1"
                                          "b"),
                     ERR_DUPLICATE_FIELD);
    assert_string_equal(fault.field, "q");
    assert_int_equal(DECODE(&DEALER_LIST, "\x82\xa1q\xc0\xa1q\xa1"
                                          "b"),
                     ERR_DUPLICATE_FIELD);
}

static void nil_is_the_same_as_absent(void **state)
{
    (void)state;
    struct dealer_list m;
    const char bytes[] = "\x82\xa1q\xc0\xa5limit\x05";
    assert_int_equal(codec_decode(&DEALER_LIST, bytes, sizeof bytes - 1, &arena, &m, &fault),
                     ERR_OK);
    assert_false(HAS(&m, dealer_list, q));
    assert_true(HAS(&m, dealer_list, limit));
    assert_int_equal(DECODE(&DEALER_GET, "\x81\xa9"
                                         "dealer_id\xc0"),
                     ERR_MISSING);
    assert_int_equal(DECODE(&JOB_SUBMIT, "\x81\xaa"
                                         "dealer_ids\x91\xc0"),
                     ERR_TYPE);
}

static void unknown_fields_are_skipped_whatever_they_hold(void **state)
{
    (void)state;
    struct dealer_get m;
    static const char *const values[] = {"\xc0",
                                         "\xc3",
                                         "\x7f",
                                         "\xe0",
                                         "\xd0\x80",
                                         "\xcf........",
                                         "\xca....",
                                         "\xcb........",
                                         "\xa3"
                                         "abc",
                                         "\xd9\x01x",
                                         "\xda\x01\x01",
                                         "\xc4\x01x",
                                         "\x92\x01\x91\x02",
                                         "\x82\xa1"
                                         "a\x81\x01\x02\x03\x04",
                                         "\xd4..",
                                         "\xd8.................",
                                         "\xc7\x02...",
                                         "\xdc\x01\x01",
                                         "\xde\x01\x01"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct buf b;
        buf_init(&b, 1024);
        buf_puts(&b, "\x82\xa4news");
        buf_puts(&b, values[i]);
        if (strcmp(values[i] + 1, "\x01\x01") == 0) /* counts and lengths of 16 bits: 257 */
            for (int n = 0; n < ((unsigned char)values[i][0] == 0xde ? 514 : 257); n++)
                buf_puts(&b, "\x01");
        buf_puts(&b, "\xa9"
                     "dealer_id\xa5"
                     "12284");
        if (codec_decode(&DEALER_GET, b.p, b.n, &arena, &m, &fault) != ERR_OK)
            fail_msg("value %zu: %s", i, fault.text);
        assert_true(view_is(m.dealer_id, "12284"));
        buf_free(&b);
    }
}

static void announced_counts_are_not_believed(void **state)
{
    (void)state;
    assert_int_equal(DECODE(&TASK_BEAT, "\x81\xa4held\xdd\xff\xff\xff\xff"), ERR_MALFORMED);
    assert_int_equal(DECODE(&TASK_BEAT, "\x81\xa4held\xdd\x00\x00\x00\x40\x80"), ERR_MALFORMED);
    assert_int_equal(DECODE(&TASK_BEAT, "\x81\xa4held\x93\x80"), ERR_MALFORMED);
    assert_int_equal(DECODE(&TASK_BEAT, "\xdf\xff\xff\xff\xff"), ERR_MALFORMED);
    assert_int_equal(DECODE(&TASK_BEAT, "\x81\xa4news\xdd\x08\x00\x00\x00"), ERR_MALFORMED);
    assert_int_equal(DECODE(&TASK_BEAT, "\x81\xa4news\xdf\x08\x00\x00\x00"), ERR_MALFORMED);
    assert_int_equal(DECODE(&DEALER_LIST, "\x81\xa1q\xdb\xff\xff\xff\xff"
                                          "abc"),
                     ERR_MALFORMED);
    assert_int_equal(DECODE(&SYS_PING, "\x81\xa7payload\xc6\xff\xff\xff\xff"), ERR_MALFORMED);
    assert_true(arena.used_bytes < 64 * 1024);
}

static void more_items_than_the_table_allows_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1024);
    buf_puts(&b, "\x81\xa4held\xdc");
    const unsigned char n[] = {(MAX_HELD_TASKS + 1) >> 8, (MAX_HELD_TASKS + 1) & 0xff};
    buf_append(&b, n, sizeof n);
    for (int i = 0; i < MAX_HELD_TASKS + 1; i++)
        buf_puts(&b, "\x80");
    size_t before = arena.used_bytes;
    struct task_beat m;
    assert_int_equal(codec_decode(&TASK_BEAT, b.p, b.n, &arena, &m, &fault), ERR_LIMIT);
    assert_string_equal(fault.field, "held");
    assert_int_equal(arena.used_bytes, before);
    buf_free(&b);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    struct buf b;
    struct sys_info m;
    for (int depth = CODEC_MAX_DEPTH - 2; depth <= CODEC_MAX_DEPTH + 1; depth++) {
        buf_init(&b, 1 << 20);
        buf_puts(&b, "\x81\xa4news");
        for (int i = 0; i < depth; i++)
            buf_puts(&b, "\x91");
        buf_puts(&b, "\x01");
        enum err e = codec_decode(&SYS_INFO, b.p, b.n, &arena, &m, &fault);
        assert_int_equal(e, depth < CODEC_MAX_DEPTH ? ERR_OK : ERR_MALFORMED);
        buf_free(&b);
    }
    buf_init(&b, 1 << 20);
    buf_puts(&b, "\x81\xa4news");
    for (int i = 0; i < 100000; i++)
        buf_puts(&b, "\x91");
    assert_int_equal(codec_decode(&SYS_INFO, b.p, b.n, &arena, &m, &fault), ERR_MALFORMED);
    buf_free(&b);
}

static void a_message_ends_where_it_ends(void **state)
{
    (void)state;
    assert_int_equal(DECODE(&DEALER_LIST, "\x80\x80"), ERR_MALFORMED);
    assert_int_equal(DECODE(&DEALER_LIST, ""), ERR_MALFORMED);
    assert_int_equal(DECODE(&DEALER_LIST, "\x90"), ERR_TYPE);
    assert_int_equal(DECODE(&DEALER_LIST, "\xc1"), ERR_TYPE);
    assert_int_equal(DECODE(&DEALER_LIST, "\x81\x01\x01"), ERR_TYPE);
}

/* Each message cut off at each byte is refused, never read beyond, and never accepted. */
static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        buf_reset(&encoded);
        arena_reset(&arena);
        assert_int_equal(codec_encode(*d, filled(*d, EXAMPLE_ALL), &encoded), ERR_OK);
        for (size_t n = 0; n < encoded.n; n++) {
            if (decode(*d, encoded.p, n) != ERR_MALFORMED)
                fail_msg("%s cut at %zu of %zu: %s", (*d)->type_name, n, encoded.n, fault.text);
            if (arena.used_bytes > 1 << 20)
                arena_reset(&arena);
        }
    }
}

static void a_full_arena_is_an_error_not_a_crash(void **state)
{
    (void)state;
    struct arena tiny;
    struct dealer_page page;
    arena_init(&tiny, 64);
    assert_int_equal(codec_encode(&DEALER_PAGE, filled(&DEALER_PAGE, EXAMPLE_ALL), &encoded),
                     ERR_OK);
    assert_int_equal(codec_decode(&DEALER_PAGE, encoded.p, encoded.n, &tiny, &page, &fault),
                     ERR_TOO_LARGE);
    assert_string_equal(fault.field, "items");
    arena_free(&tiny);
}

/* ---- writing ---- */

static void a_value_that_a_peer_would_refuse_is_not_written(void **state)
{
    (void)state;
    struct dealer_get m = {.dealer_id = view_of("12345678901")};
    buf_puts(&encoded, "before");
    assert_int_equal(codec_encode(&DEALER_GET, &m, &encoded), ERR_LIMIT);
    assert_int_equal(encoded.n, 6);
    struct job_get without_id = {0};
    assert_int_equal(codec_encode(&JOB_GET, &without_id, &encoded), ERR_LIMIT);
    assert_false(encoded.failed);
}

static void a_full_buffer_is_an_error_and_leaves_nothing(void **state)
{
    (void)state;
    struct buf tiny;
    buf_init(&tiny, 16);
    assert_int_equal(codec_encode(&DEALER_PAGE, filled(&DEALER_PAGE, EXAMPLE_ALL), &tiny),
                     ERR_TOO_LARGE);
    assert_int_equal(tiny.n, 0);
    buf_free(&tiny);
}

static void integers_of_every_size_return_as_they_were(void **state)
{
    (void)state;
    for (int shift = 0; shift < 63; shift++) {
        for (int64_t delta = -1; delta <= 1; delta++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                struct counter m = {.name = view_of("x"), .kind = view_of("gauge")};
                m.value = sign * (((int64_t)1 << shift) + delta);
                buf_reset(&encoded);
                assert_int_equal(codec_encode(&COUNTER, &m, &encoded), ERR_OK);
                struct counter *back = decoded(&COUNTER, buf_view(&encoded));
                assert_true(back->value == m.value);
            }
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_record_returns_as_it_was),
        CASE(msgpack_c_reads_what_we_write),
        CASE(we_read_what_msgpack_c_writes_in_any_order),
        CASE(faults_name_the_path_of_the_field),
        CASE(values_outside_their_rules_are_refused),
        CASE(a_field_given_twice_is_refused),
        CASE(nil_is_the_same_as_absent),
        CASE(unknown_fields_are_skipped_whatever_they_hold),
        CASE(announced_counts_are_not_believed),
        CASE(more_items_than_the_table_allows_are_refused_before_memory_is_taken),
        CASE(deep_nesting_is_refused),
        CASE(a_message_ends_where_it_ends),
        CASE(every_truncation_is_refused),
        CASE(a_full_arena_is_an_error_not_a_crash),
        CASE(a_value_that_a_peer_would_refuse_is_not_written),
        CASE(a_full_buffer_is_an_error_and_leaves_nothing),
        CASE(integers_of_every_size_return_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
