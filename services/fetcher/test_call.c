/*
 * test_call.c - calls that must not stop the loop: a name server that does not answer.
 *
 * getaddrinfo() of this program is slow for names that end in ".slow"; curl's resolver calls it.
 */
#include "services/fetcher/call.h"

#include <dlfcn.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { NAME_SERVER_S = 4, CONNECT_MS = 200, PATIENCE_MS = 2000 };

typedef int resolve_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    resolve_fn *real;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    size_t n = name ? strlen(name) : 0;

    if (n > 5 && strcmp(name + n - 5, ".slow") == 0) {
        (void)sleep(NAME_SERVER_S);
        return EAI_AGAIN;
    }
    memcpy(&real, &symbol, sizeof(real));
    return real(name, service, hints, found);
}

struct bed {
    struct loop *loop;
    struct caller *caller;
    struct call *call;
    struct spool spool;
    struct request_headers headers;
    enum err err;
};

static void on_called(void *arg, const struct call_result *r)
{
    struct bed *b = arg;

    b->call = NULL;
    b->err = r->err;
    loop_stop(b->loop);
}

static void on_abort(void *arg)
{
    struct bed *b = arg;

    call_abort(&b->call);
    loop_stop(b->loop);
}

static void begin(struct bed *b, int64_t connect_ms)
{
    *b = (struct bed){.loop = loop_new()};
    assert_non_null(b->loop);
    assert_int_equal(caller_new(b->loop, 1, &b->caller), ERR_OK);
    spool_init(&b->spool, "/tmp");
    spool_reset(&b->spool, 1000);
    assert_int_equal(
        request_headers(TOKEN_CONCAT, view_of("key"), view_of("secret"), 1, &b->headers), ERR_OK);
    const struct call_request r = {
        .url = "http://upstream.slow/",
        .body = view_of("{}"),
        .headers = &b->headers,
        .connect_timeout_ms = connect_ms,
        .first_byte_timeout_ms = 60000,
        .total_timeout_ms = 60000,
        .spool = &b->spool,
    };
    assert_int_equal(call_start(b->caller, &r, on_called, b, &b->call), ERR_OK);
}

static void end(struct bed *b)
{
    caller_free(&b->caller);
    spool_free(&b->spool);
    loop_free(&b->loop);
}

static void a_name_server_that_is_silent_is_a_connect_time_out(void **state)
{
    struct bed b;
    int64_t begun = loop_now_ms();

    (void)state;
    begin(&b, CONNECT_MS);
    loop_run(b.loop);
    assert_true(loop_now_ms() - begun < PATIENCE_MS);
    assert_int_equal(b.err, ERR_UPSTREAM_CONNECT_TIMEOUT);
    end(&b);
    assert_true(loop_now_ms() - begun < PATIENCE_MS);
}

static void a_call_is_given_up_while_its_name_is_looked_up(void **state)
{
    struct bed b;
    int64_t begun = loop_now_ms();

    (void)state;
    begin(&b, 60000);
    assert_true(loop_after(b.loop, CONNECT_MS, on_abort, &b) != 0);
    loop_run(b.loop);
    assert_null(b.call);
    end(&b);
    assert_true(loop_now_ms() - begun < PATIENCE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_server_that_is_silent_is_a_connect_time_out),
        cmocka_unit_test(a_call_is_given_up_while_its_name_is_looked_up),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
