/*
 * test_envelope.c - frames: written and read back, plain peers, newer peers, broken ones.
 */
#include "proto/codec.h"
#include "proto/example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf frame;
static struct fault fault;

static int begin(void **state)
{
    (void)state;
    buf_init(&frame, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_free(&frame);
    return 0;
}

static void read_frame(struct frame *out)
{
    if (frame_decode(frame.p, frame.n, out, &fault) != ERR_OK)
        fail_msg("%s", fault.text);
}

#define DECODE(bytes, out) decode(bytes, sizeof(bytes) - 1, out)

static enum err decode(const char *bytes, size_t n, struct frame *out)
{
    /* on the heap, so that sanitizers see each byte too many that is read */
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    enum err e = frame_decode(copy, n, out, &fault);
    free(copy);
    return e;
}

static void a_request_carries_id_name_context_and_body(void **state)
{
    (void)state;
    struct context ctx = {0}, got = {0};
    struct dealer_get body = {.dealer_id = view_of("12284")}, got_body;
    struct frame f;
    struct arena a;
    PUT(&ctx, context, deadline_ms, 2000);
    PUT(&ctx, context, principal, view_of("admin"));
    assert_int_equal(frame_request(&frame, UINT64_MAX, "dealer.get", &ctx, &DEALER_GET, &body),
                     ERR_OK);
    read_frame(&f);
    assert_int_equal(f.kind, FRAME_REQUEST);
    assert_true(f.id == UINT64_MAX);
    assert_true(view_is(f.name, "dealer.get"));
    arena_init(&a, 4096);
    assert_int_equal(codec_decode(&CONTEXT, f.context.p, f.context.n, &a, &got, &fault), ERR_OK);
    assert_int_equal(got.deadline_ms, 2000);
    assert_true(view_is(got.principal, "admin"));
    assert_false(HAS(&got, context, request_id));
    assert_int_equal(codec_decode(&DEALER_GET, f.body.p, f.body.n, &a, &got_body, &fault), ERR_OK);
    assert_true(view_is(got_body.dealer_id, "12284"));
    arena_free(&a);
}

static void a_request_without_context_or_body_has_empty_maps(void **state)
{
    (void)state;
    struct frame f;
    assert_int_equal(frame_request(&frame, 1, "upstream.list", NULL, NULL, NULL), ERR_OK);
    read_frame(&f);
    assert_true(view_is(f.context, "\x80"));
    assert_true(view_is(f.body, "\x80"));
    assert_int_equal(DECODE("\x95\x00\x07\xa8sys.ping\xc0\xc0", &f), ERR_OK);
    assert_int_equal(f.id, 7);
    assert_true(view_is(f.context, "\x80"));
    assert_true(view_is(f.body, "\x80"));
}

static void a_reply_carries_its_result(void **state)
{
    (void)state;
    struct pong pong = {.now = 1772676900000};
    struct frame f;
    struct buf encoded;
    assert_int_equal(frame_reply(&frame, 300, &PONG, &pong), ERR_OK);
    read_frame(&f);
    assert_int_equal(f.kind, FRAME_REPLY);
    assert_int_equal(f.id, 300);
    assert_false(f.is_error);
    buf_init(&encoded, 1024);
    assert_int_equal(codec_encode(&PONG, &pong, &encoded), ERR_OK);
    assert_int_equal(f.body.n, encoded.n);
    assert_memory_equal(f.body.p, encoded.p, encoded.n);
    struct buf same;
    buf_init(&same, 1024);
    assert_int_equal(frame_reply_encoded(&same, 300, buf_view(&encoded)), ERR_OK);
    assert_int_equal(same.n, frame.n);
    assert_memory_equal(same.p, frame.p, frame.n);
    buf_free(&encoded);
    buf_free(&same);
}

static void an_error_carries_its_fields(void **state)
{
    (void)state;
    struct frame f;
    struct remote_error e = {.code = view_of("field.limit"),
                             .text = view_of("Too long."),
                             .n_fields = MAX_REMOTE_FIELDS,
                             .retry_after_ms = 1500};
    for (int i = 0; i < MAX_REMOTE_FIELDS; i++)
        e.fields[i] = (struct remote_field){
            .field = view_of("q"), .code = view_of("field.limit"), .text = view_of("")};
    assert_int_equal(frame_error(&frame, 9, &e), ERR_OK);
    read_frame(&f);
    assert_true(f.is_error);
    assert_int_equal(f.id, 9);
    assert_int_equal(f.body.n, 0);
    assert_true(view_is(f.error.code, "field.limit"));
    assert_true(view_is(f.error.text, "Too long."));
    assert_int_equal(f.error.n_fields, MAX_REMOTE_FIELDS);
    assert_true(view_is(f.error.fields[31].field, "q"));
    assert_int_equal(f.error.retry_after_ms, 1500);
}

static void short_and_longer_errors_are_understood(void **state)
{
    (void)state;
    struct frame f;
    assert_int_equal(DECODE("\x94\x01\x05\x92\xa3"
                            "a.b\xa1t\xc0",
                            &f),
                     ERR_OK);
    assert_true(f.is_error && f.error.n_fields == 0 && f.error.retry_after_ms == 0);
    assert_int_equal(DECODE("\x94\x01\x05\x95\xa3"
                            "a.b\xa1t\xc0\xc0\x81\x01\x02\xc0",
                            &f),
                     ERR_OK);
    assert_int_equal(DECODE("\x94\x01\x05\x94\xa3"
                            "a.b\xa1t\x91\x94\xa1q\xa1"
                            "c\xa1t\x05\xff\xc0",
                            &f),
                     ERR_OK);
    assert_int_equal(f.error.n_fields, 1);
    assert_int_equal(f.error.retry_after_ms, 0);
}

static void an_event_carries_its_body(void **state)
{
    (void)state;
    struct arena a;
    struct frame f;
    struct dealer_changed e = {.source = view_of("dealer-1"), .seq = 4, .dealer_id = view_of("1")},
                          got;
    assert_int_equal(frame_event(&frame, &DEALER_CHANGED, &e), ERR_OK);
    read_frame(&f);
    assert_int_equal(f.kind, FRAME_EVENT);
    assert_true(view_is(f.name, "dealer.changed"));
    arena_init(&a, 4096);
    assert_int_equal(codec_decode(&DEALER_CHANGED, f.body.p, f.body.n, &a, &got, &fault), ERR_OK);
    assert_int_equal(got.seq, 4);
    arena_free(&a);
}

static void broken_frames_are_refused(void **state)
{
    (void)state;
    struct frame f;
    assert_int_equal(DECODE("", &f), ERR_MALFORMED);
    assert_int_equal(DECODE("hello", &f), ERR_MALFORMED);
    assert_int_equal(DECODE("\x80", &f), ERR_MALFORMED);
    assert_int_equal(DECODE("\xdd\xff\xff\xff\xff", &f), ERR_MALFORMED);
    assert_int_equal(DECODE("\x93\x03\xa1x\x80", &f), ERR_MALFORMED);            /* no such kind */
    assert_int_equal(DECODE("\x94\x00\x01\xa1x\x80", &f), ERR_MALFORMED);        /* no body */
    assert_int_equal(DECODE("\x95\x00\xff\xa1x\x80\x80", &f), ERR_MALFORMED);    /* id below 0 */
    assert_int_equal(DECODE("\x95\x00\x01\xa0\x80\x80", &f), ERR_MALFORMED);     /* no name */
    assert_int_equal(DECODE("\x95\x00\x01\xa1\xff\x80\x80", &f), ERR_MALFORMED); /* no UTF-8 */
    assert_int_equal(DECODE("\x95\x00\x01\xa1x\xdf\xff\xff\xff\xff", &f), ERR_MALFORMED);
    assert_int_equal(DECODE("\x94\x01\x01\x91\xa1x\xc0", &f),
                     ERR_MALFORMED); /* error of one item */
    assert_int_equal(DECODE("\x94\x01\x01\x92\xa1x\xa1x\xc0\xc0", &f),
                     ERR_MALFORMED); /* trailing */
}

/* What trails a body belongs to the body, and is refused with it. */
static void bytes_behind_the_body_are_not_lost(void **state)
{
    (void)state;
    struct frame f;
    struct arena a;
    struct dealer_list m;
    static const char bytes[] = "\x95\x00\x01\xabupstream.xx\x80\x80\x80";
    assert_int_equal(frame_decode(bytes, sizeof bytes - 1, &f, &fault), ERR_OK);
    assert_int_equal(f.body.n, 2);
    arena_init(&a, 4096);
    assert_int_equal(codec_decode(&DEALER_LIST, f.body.p, f.body.n, &a, &m, &fault), ERR_MALFORMED);
    arena_free(&a);
}

static void a_frame_that_does_not_fit_leaves_nothing(void **state)
{
    (void)state;
    struct buf tiny;
    struct pong pong = {0};
    buf_init(&tiny, 12);
    assert_int_equal(frame_reply(&tiny, 1, &PONG, &pong), ERR_OK);
    size_t n = tiny.n;
    assert_int_equal(frame_reply(&tiny, 2, &PONG, &pong), ERR_TOO_LARGE);
    assert_int_equal(tiny.n, n);
    buf_free(&tiny);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_request_carries_id_name_context_and_body),
        CASE(a_request_without_context_or_body_has_empty_maps),
        CASE(a_reply_carries_its_result),
        CASE(an_error_carries_its_fields),
        CASE(short_and_longer_errors_are_understood),
        CASE(an_event_carries_its_body),
        CASE(broken_frames_are_refused),
        CASE(bytes_behind_the_body_are_not_lost),
        CASE(a_frame_that_does_not_fit_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
