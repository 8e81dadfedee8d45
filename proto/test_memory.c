/*
 * test_memory.c - arena and buffer keep to their maximum and stay usable when it is reached.
 */
#include "proto/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void an_arena_hands_out_zeroed_aligned_memory(void **state)
{
    (void)state;
    static const char zeros[4096];
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 3000; n += 37) {
            char *p = arena_take(&a, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            assert_memory_equal(p, zeros, n);
            memset(p, 0xaa, n);
        }
        arena_reset(&a);
        assert_int_equal(a.used_bytes, 0);
    }
    arena_free(&a);
    arena_free(&a);
}

static void pieces_of_an_arena_do_not_overlap(void **state)
{
    (void)state;
    struct arena a;
    unsigned char *pieces[500];
    arena_init(&a, 1 << 20);
    for (int i = 0; i < 500; i++) {
        pieces[i] = arena_take(&a, (size_t)i + 1);
        assert_non_null(pieces[i]);
        memset(pieces[i], i & 0xff, (size_t)i + 1);
    }
    for (int i = 0; i < 500; i++)
        for (int j = 0; j <= i; j++)
            assert_int_equal(pieces[i][j], i & 0xff);
    arena_free(&a);
}

static void an_arena_ends_at_its_maximum(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1000);
    assert_null(arena_take(&a, 1001));
    assert_null(arena_take(&a, SIZE_MAX));
    assert_non_null(arena_take(&a, 600));
    assert_null(arena_take(&a, 600));
    assert_non_null(arena_take(&a, 300));
    struct view v = arena_copy(
        &a, (struct view){"0123456789012345678901234567890123456789012345678901234567890123456789"
                          "0123456789012345678901234567890123456789",
                          110});
    assert_null(v.p);
    assert_null(arena_printf(&a, "%0200d", 1).p);
    arena_reset(&a);
    assert_non_null(arena_take(&a, 900));
    arena_free(&a);
}

static void an_arena_copies_and_prints(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    assert_true(view_is(arena_copy(&a, view_of("abc")), "abc"));
    struct view empty = arena_copy(&a, (struct view){NULL, 0});
    assert_non_null(empty.p);
    assert_int_equal(empty.n, 0);
    assert_true(view_is(arena_printf(&a, "%s-%d", "x", 7), "x-7"));
    arena_free(&a);
}

static void a_buffer_grows_up_to_its_maximum(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        assert_int_equal(buf_append(&b, "0123456789", 10), ERR_OK);
    assert_int_equal(b.n, 1000);
    assert_true(b.cap <= 1000);
    assert_int_equal(buf_append(&b, "", 0), ERR_OK);
    assert_int_equal(buf_append(&b, "x", 1), ERR_TOO_LARGE);
    assert_true(b.failed);
    assert_int_equal(buf_append(&b, "", 0), ERR_TOO_LARGE); /* sticky */
    assert_int_equal(b.n, 1000);
    buf_reset(&b);
    assert_int_equal(buf_puts(&b, "again"), ERR_OK);
    assert_true(view_is(buf_view(&b), "again"));
    buf_free(&b);
    buf_free(&b);
    assert_int_equal(buf_puts(&b, "after free"), ERR_OK);
    buf_free(&b);
}

static void a_buffer_prints_short_and_long(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 2000);
    assert_int_equal(buf_printf(&b, "%d,", 7), ERR_OK);
    assert_int_equal(buf_printf(&b, "%0500d", 1), ERR_OK);
    assert_int_equal(b.n, 502);
    assert_int_equal(b.p[501], '1');
    assert_int_equal(buf_printf(&b, "%02000d", 1), ERR_TOO_LARGE);
    assert_int_equal(b.n, 502);
    buf_free(&b);
}

static void no_size_overflows(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, SIZE_MAX);
    assert_int_equal(buf_puts(&b, "x"), ERR_OK);
    assert_int_equal(buf_append(&b, "", SIZE_MAX), ERR_TOO_LARGE);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_hands_out_zeroed_aligned_memory),
        cmocka_unit_test(pieces_of_an_arena_do_not_overlap),
        cmocka_unit_test(an_arena_ends_at_its_maximum),
        cmocka_unit_test(an_arena_copies_and_prints),
        cmocka_unit_test(a_buffer_grows_up_to_its_maximum),
        cmocka_unit_test(a_buffer_prints_short_and_long),
        cmocka_unit_test(no_size_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
