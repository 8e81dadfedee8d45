/*
 * test_senders.c - what a gateway may send over a guarded bus is what it forwards, and nothing that
 * only a fetcher does.
 */
#include "gateway/routes.h"
#include "proto/bus/senders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void every_message_that_is_forwarded_may_be_sent(void **state)
{
    struct routes *r = routes_new();
    (void)state;
    assert_non_null(r);
    for (unsigned i = 0; i < r->n; i++) {
        const struct route *row = &r->rows[i];
        if (row->service != SERVICE_NONE && row->input &&
            !sender_may(SENDER_GATEWAY, view_of(row->input->name)))
            fail_msg("%s: proto/bus/senders.def does not let a gateway send %s", row->path,
                     row->input->name);
    }
    routes_free(&r);
}

static void work_of_fetchers_may_not(void **state)
{
    static const char *const work[] = {"task.lease", "task.beat", "task.fail", "task.release"};
    (void)state;
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) {
        assert_false(sender_may(SENDER_GATEWAY, view_of(work[i])));
        assert_true(sender_may(SENDER_FETCHER, view_of(work[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_that_is_forwarded_may_be_sent),
        cmocka_unit_test(work_of_fetchers_may_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
