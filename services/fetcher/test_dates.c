/*
 * test_dates.c - the upstream's dates in all their spellings, and what is none.
 */
#include "services/fetcher/dates.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct spelling {
    const char *text;
    const char *date; /* NULL: not readable */
    const char *datetime;
};

static const struct spelling spellings[] = {
    {"05/03/2026", "2026-03-05", "2026-03-05 00:00:00"},
    {"2026-03-05", "2026-03-05", "2026-03-05 00:00:00"},
    {"2026/03/05", "2026-03-05", "2026-03-05 00:00:00"},
    {"05-03-2026", "2026-03-05", "2026-03-05 00:00:00"},
    {"05/03/2026 09:15:00", "2026-03-05", "2026-03-05 09:15:00"},
    {"2026-03-05 09:15:01", "2026-03-05", "2026-03-05 09:15:01"},
    {"2026/03/05 23:59:59:", "2026-03-05", "2026-03-05 23:59:59"},
    {"2026-03-05T09:15:00", "2026-03-05", "2026-03-05 09:15:00"},
    {"2026-03-05T09:15:00Z", "2026-03-05", "2026-03-05 09:15:00"},
    {"2026-03-05T09:15:00.000Z", "2026-03-05", "2026-03-05 09:15:00"},
    {"2026-03-05T09:15:00+07:00", "2026-03-05", "2026-03-05 09:15:00"},
    {"2026-03-05T09:15:00+0700", "2026-03-05", "2026-03-05 09:15:00"},
    {"05/03/2026 09:15", "2026-03-05", "2026-03-05 09:15:00"},
    {"05/03/2026 09:15:", "2026-03-05", "2026-03-05 09:15:00"},
    {"  05/03/2026  09:15:00 ", "2026-03-05", "2026-03-05 09:15:00"},
    {"29/02/2024", "2024-02-29", "2024-02-29 00:00:00"},
    {"31/12/2199", "2199-12-31", "2199-12-31 00:00:00"},
    {"29/02/2026", NULL, NULL},
    {"31/04/2026", NULL, NULL},
    {"13/13/2026", NULL, NULL},
    {"00/03/2026", NULL, NULL},
    {"5/3/2026", NULL, NULL},
    {"05/03/26", NULL, NULL},
    {"05/03-2026", NULL, NULL},
    {"05/03/20260", NULL, NULL},
    {"0001-01-01T00:00:00", NULL, NULL},
    {"05/03/2026 24:00:00", NULL, NULL},
    {"05/03/2026 10:60:00", NULL, NULL},
    {"05/03/2026 10:00:61", NULL, NULL},
    {"05/03/2026 morning", NULL, NULL},
    {"05/03/2026 10:00:00.", NULL, NULL},
    {"05/03/2026 10:00:00 WIB", NULL, NULL},
    {"20260305", NULL, NULL},
    {"kemarin", NULL, NULL},
    {"", NULL, NULL},
    {"   ", NULL, NULL},
    {"-", NULL, NULL},
};

static void spellings_are_read(void **state)
{
    char date[11];
    char datetime[20];

    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        const struct spelling *s = &spellings[i];
        if (date_read(view_of(s->text), date) != (s->date != NULL) ||
            datetime_read(view_of(s->text), datetime) != (s->date != NULL))
            fail_msg("'%s' is read wrongly", s->text);
        if (s->date) {
            assert_string_equal(date, s->date);
            assert_string_equal(datetime, s->datetime);
        }
    }
}

static void text_need_not_end_in_nul(void **state)
{
    static const char text[] = {'0', '5', '/', '0', '3', '/', '2', '0', '2', '6', '7'};
    char date[11];

    (void)state;
    assert_true(date_read((struct view){text, 10}, date));
    assert_string_equal(date, "2026-03-05");
    for (uint32_t n = 0; n < 10; n++)
        assert_false(date_read((struct view){text, n}, date));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_are_read),
        cmocka_unit_test(text_need_not_end_in_nul),
    };
    return cmocka_run_group_tests_name("dates", tests, NULL, NULL);
}
