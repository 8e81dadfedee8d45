/*
 * test_spool.c - answers in memory and in a file, up to the maximum.
 */
#include "services/fetcher/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct spool *s, size_t n)
{
    char block[5000];

    for (size_t at = 0; at < n; at += sizeof(block)) {
        for (size_t i = 0; i < sizeof(block); i++)
            block[i] = (char)('a' + (at + i) % 23);
        assert_int_equal(spool_write(s, block, n - at < sizeof(block) ? n - at : sizeof(block)),
                         ERR_OK);
    }
}

static void expect(struct spool *s, size_t n, bool in_file)
{
    char piece[7777];
    size_t at = 0;
    size_t got = 0;

    assert_int_equal(s->file >= 0, in_file);
    do {
        assert_int_equal(spool_read(s, at, piece, sizeof(piece), &got), ERR_OK);
        for (size_t i = 0; i < got; i++)
            if (piece[i] != (char)('a' + (at + i) % 23))
                fail_msg("byte %zu differs", at + i);
        at += got;
    } while (got == sizeof(piece));
    assert_int_equal(at, n);
    assert_int_equal(spool_read(s, n, piece, 1, &got), ERR_OK);
    assert_int_equal(got, 0);
}

static void small_answers_stay_in_memory_large_ones_do_not(void **state)
{
    struct spool s;

    (void)state;
    spool_init(&s, "/tmp");
    spool_reset(&s, 64 * 1024 * 1024);
    fill(&s, 1000);
    expect(&s, 1000, false);
    spool_reset(&s, 64 * 1024 * 1024);
    fill(&s, SPOOL_MEMORY);
    expect(&s, SPOOL_MEMORY, false);
    spool_reset(&s, 64 * 1024 * 1024);
    fill(&s, SPOOL_MEMORY + 777777);
    expect(&s, SPOOL_MEMORY + 777777, true);
    spool_reset(&s, 10);
    expect(&s, 0, false);
    spool_free(&s);
}

static void pieces_of_any_size_keep_their_order(void **state)
{
    const size_t sizes[] = {1, SPOOL_MEMORY - 1, 1, 77, SPOOL_MEMORY,
                            3, SPOOL_MEMORY + 9, 5, 0,  40000};
    char *block = malloc(SPOOL_MEMORY + 9);
    struct spool s;
    size_t n = 0;

    (void)state;
    assert_non_null(block);
    spool_init(&s, "/tmp");
    spool_reset(&s, SIZE_MAX);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); n += sizes[i++]) {
        for (size_t k = 0; k < sizes[i]; k++)
            block[k] = (char)('a' + (n + k) % 23);
        assert_int_equal(spool_write(&s, block, sizes[i]), ERR_OK);
    }
    expect(&s, n, true);
    spool_free(&s);
    free(block);
}

static void maximum_holds(void **state)
{
    struct spool s;

    (void)state;
    spool_init(&s, "/tmp");
    spool_reset(&s, 10);
    assert_int_equal(spool_write(&s, "0123456789", 10), ERR_OK);
    assert_int_equal(spool_write(&s, "x", 1), ERR_UPSTREAM_TOO_LARGE);
    spool_reset(&s, 10);
    assert_int_equal(spool_write(&s, "0123456789x", 11), ERR_UPSTREAM_TOO_LARGE);
    spool_free(&s);
}

static void missing_folder_is_an_error(void **state)
{
    struct spool s;
    char *block = calloc(1, SPOOL_MEMORY);

    (void)state;
    assert_non_null(block);
    spool_init(&s, "/nonexistent/folder");
    spool_reset(&s, 2 * (size_t)SPOOL_MEMORY);
    assert_int_equal(spool_write(&s, block, SPOOL_MEMORY), ERR_OK);
    assert_int_equal(spool_write(&s, "x", 1), ERR_NO_MEMORY);
    spool_free(&s);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_answers_stay_in_memory_large_ones_do_not),
        cmocka_unit_test(pieces_of_any_size_keep_their_order),
        cmocka_unit_test(maximum_holds),
        cmocka_unit_test(missing_folder_is_an_error),
    };
    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
