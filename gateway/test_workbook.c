/*
 * test_workbook.c - workbooks of records as full as they get, and the thread that writes them.
 */
#include "gateway/scribe.h"
#include "proto/codec.h"
#include "proto/example.h"
#include "proto/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 200, LONG = 60000, TASKS = 3 };

static struct arena arena;
static char folder[64];
static const struct prospect *rows[ROWS];
static const struct report_dealer *dealers[1];

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    snprintf(folder, sizeof folder, "/tmp/dd-books-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    rmdir(folder);
    return 0;
}

static void *example(const struct desc *d, enum example_fields which)
{
    struct fault f;
    void *record = arena_take(&arena, d->size);
    assert_non_null(record);
    assert_int_equal(example_fill(d, which, &arena, record, &f), ERR_OK);
    return record;
}

static struct workbook book(enum example_fields which)
{
    dealers[0] = example(&REPORT_DEALER, which);
    for (int i = 0; i < ROWS; i++)
        rows[i] = example(&PROSPECT, which);
    return (struct workbook){.report = example(&PROSPECT_REPORT, which),
                             .dealers = dealers,
                             .n_dealers = 1,
                             .rows = rows,
                             .n_rows = ROWS,
                             .made_at = 1772676900000};
}

static unsigned files(void)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    for (const struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

/* Writes to a file without a name; its size, 0 after an error. */
static off_t written(const struct workbook *w, enum err expected, bool stopped)
{
    char name[300], path[64], head[4] = {0};
    atomic_bool stop = stopped;
    struct stat st;
    snprintf(name, sizeof name, "%s/book-XXXXXX", folder);
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    assert_int_equal(workbook_write(w, path, folder, &stop), expected);
    assert_int_equal(fstat(fd, &st), 0);
    if (!expected) {
        assert_int_equal(pread(fd, head, sizeof head, 0), sizeof head);
        assert_memory_equal(head, "PK\3\4", 4);
    }
    close(fd);
    assert_int_equal(files(), 0);
    return expected ? 0 : st.st_size;
}

static void books_with_all_and_with_as_little_as_may_be(void **state)
{
    (void)state;
    for (int language = 0; language < 2; language++) {
        struct workbook full = book(EXAMPLE_ALL), bare = book(EXAMPLE_REQUIRED);
        full.indonesian = bare.indonesian = language;
        full.more = true;
        bare.no_rows = true;
        bare.n_rows = 0;
        assert_true(written(&full, ERR_OK, false) > written(&bare, ERR_OK, false));
    }
}

static void lists_that_are_empty(void **state)
{
    struct workbook w = book(EXAMPLE_ALL);
    struct prospect_report r = *w.report;
    (void)state;
    r.daily_counts.n = r.status_distribution.n = r.unit_types.n = r.funnel.n = r.gaps.n = 0;
    r.sources.items.n = r.previous.daily_counts.n = 0;
    w.report = &r;
    w.n_rows = w.n_dealers = 0;
    written(&w, ERR_OK, false);
}

/* Controls, letters of several bytes where a cell ends, and texts longer than any cell. */
static void texts_of_any_kind_and_length(void **state)
{
    static char letters[LONG];
    static const char controls[] = "\1\2\t\r\n<&>\"'=1+1_x0041_";
    struct workbook w = book(EXAMPLE_ALL);
    (void)state;
    for (int i = 0; i < LONG; i += 3)
        memcpy(letters + i, "\xe2\x82\xac", 3);
    for (uint32_t i = 0; i < ROWS; i++) {
        struct prospect *p = (struct prospect *)(uintptr_t)rows[i];
        p->id_prospect = (struct view){letters, i % 2 ? LONG : 8190 + i % 8};
        p->id_sales_people = view_of(controls);
        p->nama_lengkap = (struct view){NULL, 0};
        p->tanggal_prospect = view_of(i % 3 ? "0001-01-01" : i % 2 ? "9999-12-31" : "1900-03-01");
    }
    written(&w, ERR_OK, false);
}

static void one_that_is_stopped_leaves_nothing(void **state)
{
    struct workbook w = book(EXAMPLE_ALL);
    (void)state;
    written(&w, ERR_TIMEOUT, true);
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
    struct workbook w = book(EXAMPLE_ALL);
    atomic_bool stop = false;
    (void)state;
    assert_int_not_equal(workbook_write(&w, "/nowhere/book.xlsx", folder, &stop), ERR_OK);
    assert_int_equal(files(), 0);
}

/* ---- the thread ---- */

static unsigned back, good;

static void on_back(struct scribe_task *task)
{
    back++;
    if (!task->err) {
        struct stat st;
        good++;
        assert_int_equal(fstat(task->fd, &st), 0);
        assert_int_equal(st.st_nlink, 0);
        assert_true((uint64_t)st.st_size == task->bytes);
        close(task->fd);
    } else {
        assert_int_equal(task->err, ERR_TIMEOUT);
        assert_int_equal(task->fd, -1);
    }
}

static void fill(struct scribe_task *tasks)
{
    back = good = 0;
    for (int i = 0; i < TASKS; i++) {
        tasks[i].fd = -1;
        tasks[i].book = book(EXAMPLE_ALL);
        atomic_init(&tasks[i].stop, false);
    }
}

static struct loop *running;

static void look(void *arg)
{
    (void)arg;
    if (back == TASKS)
        loop_stop(running);
    else
        loop_after(running, 5, look, NULL);
}

static void tasks_come_back_in_the_loop(void **state)
{
    static struct scribe_task tasks[TASKS];
    struct scribe *s = NULL;
    (void)state;
    running = loop_new();
    assert_non_null(running);
    assert_int_equal(scribe_new(running, folder, on_back, &s), ERR_OK);
    fill(tasks);
    for (int i = 0; i < TASKS; i++)
        scribe_give(s, &tasks[i]);
    loop_after(running, 5, look, NULL);
    loop_run(running);
    assert_int_equal(good, TASKS);
    scribe_free(&s);
    loop_free(&running);
    assert_int_equal(mkdir(folder, 0700), 0); /* it had gone with its scribe */
}

static void an_end_in_the_middle_gives_all_back(void **state)
{
    static struct scribe_task tasks[TASKS];
    struct loop *l = loop_new();
    struct scribe *s = NULL;
    (void)state;
    assert_int_equal(scribe_new(l, folder, on_back, &s), ERR_OK);
    fill(tasks);
    for (int i = 0; i < TASKS; i++)
        scribe_give(s, &tasks[i]);
    scribe_free(&s);
    assert_null(s);
    assert_int_equal(back, TASKS);
    loop_free(&l);
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void a_folder_of_before_is_emptied_and_a_file_in_its_place_refused(void **state)
{
    char path[300];
    struct loop *l = loop_new();
    struct scribe *s = NULL;
    (void)state;
    snprintf(path, sizeof path, "%s/left", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(files(), 1);
    assert_int_equal(scribe_new(l, folder, on_back, &s), ERR_OK);
    assert_int_equal(files(), 0);
    scribe_free(&s);
    close(open(folder, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(scribe_new(l, folder, on_back, &s), ERR_CONFIG);
    scribe_free(&s);
    loop_free(&l);
    unlink(folder);
    assert_int_equal(mkdir(folder, 0700), 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(books_with_all_and_with_as_little_as_may_be),
        CASE(lists_that_are_empty),
        CASE(texts_of_any_kind_and_length),
        CASE(one_that_is_stopped_leaves_nothing),
        CASE(a_file_that_cannot_be_written_is_an_error),
        CASE(tasks_come_back_in_the_loop),
        CASE(an_end_in_the_middle_gives_all_back),
        CASE(a_folder_of_before_is_emptied_and_a_file_in_its_place_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
