/*
 * test_call.c - calls that must not stop the loop, and calls to where a name leads.
 *
 * getaddrinfo() of this program is slow for names that end in ".slow"; "a-b.test" is looked up as
 * the addresses a and b in the table below. curl's resolver calls it. connect() counts, and no
 * packet leaves for a public address.
 */
#include "services/daemon/address.h"
#include "services/fetcher/call.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { NAME_SERVER_S = 4, CONNECT_MS = 200, PATIENCE_MS = 2000 };

typedef int resolve_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);
typedef int connect_fn(int, __CONST_SOCKADDR_ARG, socklen_t);

static int tried_public, tried_other;

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t n)
{
    const struct sockaddr *to = address.__sockaddr__;
    connect_fn *real;
    void *symbol = dlsym(RTLD_NEXT, "connect");

    if (to->sa_family == AF_INET || to->sa_family == AF_INET6) {
        bool is_public = address_public(to);
        tried_public += is_public;
        tried_other += !is_public;
        if (is_public) {
            errno = ECONNREFUSED;
            return -1;
        }
    }
    memcpy(&real, &symbol, sizeof(real));
    return real(fd, address, n);
}

/* One address in front of the others. */
static int add_address(resolve_fn *real, const char *text, const char *service,
                       const struct addrinfo *hints, struct addrinfo **found)
{
    struct addrinfo *more = NULL;
    struct addrinfo numeric = *hints;

    numeric.ai_family = AF_UNSPEC;
    numeric.ai_flags = AI_NUMERICHOST;
    int code = real(text, service, &numeric, &more);
    if (code == 0) {
        struct addrinfo *last = more;
        while (last->ai_next)
            last = last->ai_next;
        last->ai_next = *found;
        *found = more;
    }
    return code;
}

static const struct {
    const char *name;
    const char *addresses[2];
} names[] = {
    {"loopback.test", {"127.0.0.1"}},
    {"metadata.test", {"169.254.169.254"}},
    {"mapped.test", {"::ffff:127.0.0.1"}},
    {"nat64.test", {"64:ff9b::7f00:1"}},
    {"six.test", {"::1"}},
    {"mixed.test", {"127.0.0.1", "8.8.8.8"}},
    {"public.test", {"8.8.8.8"}},
    {"turns.test", {"8.8.8.8"}}, /* and after its first look-up: 127.0.0.1 */
};

static int turns;

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
    for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i].name) != 0)
            continue;
        *found = NULL;
        if (strcmp(name, "turns.test") == 0 && turns++ > 0)
            return add_address(real, "127.0.0.1", service, hints, found);
        int code = 0;
        for (int k = 1; k >= 0 && code == 0; k--)
            if (names[i].addresses[k])
                code = add_address(real, names[i].addresses[k], service, hints, found);
        return code;
    }
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

static void begin(struct bed *b, const char *url, int64_t connect_ms)
{
    *b = (struct bed){.loop = loop_new()};
    assert_non_null(b->loop);
    assert_int_equal(caller_new(b->loop, 1, &b->caller), ERR_OK);
    spool_init(&b->spool, "/tmp");
    spool_reset(&b->spool, 1000);
    assert_int_equal(
        request_headers(TOKEN_CONCAT, view_of("key"), view_of("secret"), 1, &b->headers), ERR_OK);
    const struct call_request r = {
        .url = url,
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
    begin(&b, "http://upstream.slow/", CONNECT_MS);
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
    begin(&b, "http://upstream.slow/", 60000);
    assert_true(loop_after(b.loop, CONNECT_MS, on_abort, &b) != 0);
    loop_run(b.loop);
    assert_null(b.call);
    end(&b);
    assert_true(loop_now_ms() - begun < PATIENCE_MS);
}

static enum err call_once(const char *url)
{
    struct bed b;

    tried_public = tried_other = 0;
    begin(&b, url, PATIENCE_MS);
    loop_run(b.loop);
    end(&b);
    return b.err;
}

static void where_a_name_leads_is_looked_at_when_connecting(void **state)
{
    static const char *const closed[] = {
        "http://loopback.test:9/", "http://metadata.test/",  "http://mapped.test:9/",
        "http://nat64.test/",      "http://six.test:9/",     "http://127.0.0.1:9/",
        "http://0x7f.1:9/",        "http://2130706433:9/",   "http://017700000001:9/",
        "http://[::1]:9/",         "http://[::ffff:7f00:1]/"};

    (void)state;
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        assert_int_equal(call_once(closed[i]), ERR_UPSTREAM_ADDRESS);
        assert_int_equal(tried_other + tried_public, 0);
    }
    assert_int_equal(call_once("http://public.test/"), ERR_UPSTREAM_CONNECT);
    assert_int_equal(tried_public, 1);
}

static void of_several_addresses_the_public_ones_are_called(void **state)
{
    (void)state;
    assert_int_equal(call_once("http://mixed.test/"), ERR_UPSTREAM_CONNECT);
    assert_int_equal(tried_public, 1);
    assert_int_equal(tried_other, 0);
}

static void a_name_that_turns_to_a_private_address_is_refused(void **state)
{
    (void)state;
    turns = 0;
    assert_int_equal(call_once("http://turns.test/"), ERR_UPSTREAM_CONNECT);
    assert_int_equal(tried_public, 1);
    assert_int_equal(call_once("http://turns.test/"), ERR_UPSTREAM_ADDRESS);
    assert_int_equal(tried_other, 0);
    assert_int_equal(turns, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_server_that_is_silent_is_a_connect_time_out),
        cmocka_unit_test(a_call_is_given_up_while_its_name_is_looked_up),
        cmocka_unit_test(where_a_name_leads_is_looked_at_when_connecting),
        cmocka_unit_test(of_several_addresses_the_public_ones_are_called),
        cmocka_unit_test(a_name_that_turns_to_a_private_address_is_refused),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
