/*
 * bare_gateway.c - what libmicrohttpd and ZeroMQ can do at best in the shape of our gateway.
 *
 *   bare_gateway PORT ADDRESS BYTES     the front: each GET is one message to ADDRESS and back
 *   bare_gateway echo ADDRESS BYTES     the service: answers each message with BYTES bytes
 *
 * DESIGN: the front is one thread: libmicrohttpd's epoll descriptor and a DEALER in one zmq_poll,
 * suspend in the handler, resume when the answer comes. No routing, no decoding, no limits, no
 * authentication. The service is a ROUTER that sends a constant. Ends on SIGTERM.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { MAX_BODY = 1 << 20, MAX_PENDING = 4096 };

static volatile sig_atomic_t stopped;

static void on_signal(int n)
{
    (void)n;
    stopped = 1;
}

/* ---- the service ---- */

static int echo(void *context, const char *address, size_t bytes)
{
    static char body[MAX_BODY];
    void *router = zmq_socket(context, ZMQ_ROUTER);
    memset(body, 'x', bytes);
    if (zmq_bind(router, address) != 0)
        return 1;
    while (!stopped) {
        char peer[64];
        uint64_t id;
        int n = zmq_recv(router, peer, sizeof peer, 0);
        if (n < 0)
            continue;
        if (zmq_recv(router, &id, sizeof id, 0) != sizeof id)
            continue;
        memcpy(body, &id, sizeof id);
        if (zmq_send(router, peer, (size_t)n, ZMQ_SNDMORE) < 0 ||
            zmq_send(router, body, bytes, 0) < 0)
            continue;
    }
    zmq_close(router);
    return 0;
}

/* ---- the front ---- */

struct front {
    void *dealer;
    struct MHD_Daemon *daemon;
    struct MHD_Connection *waiting[MAX_PENDING];
    zmq_msg_t answers[MAX_PENDING];
    bool answered[MAX_PENDING];
    uint64_t next;
};

struct call {
    uint64_t id;
};

static enum MHD_Result reply(struct front *f, struct MHD_Connection *c, uint64_t slot)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(
        zmq_msg_size(&f->answers[slot]), zmq_msg_data(&f->answers[slot]), MHD_RESPMEM_MUST_COPY);
    enum MHD_Result ok = MHD_queue_response(c, 200, r);
    MHD_destroy_response(r);
    zmq_msg_close(&f->answers[slot]);
    f->answered[slot] = false;
    return ok;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    struct front *f = arg;
    (void)url, (void)method, (void)version, (void)data, (void)size;
    if (!*state) {
        *state = calloc(1, sizeof(struct call));
        return *state ? MHD_YES : MHD_NO;
    }
    struct call *call = *state;
    if (call->id)
        return reply(f, c, call->id % MAX_PENDING);
    call->id = ++f->next;
    f->waiting[call->id % MAX_PENDING] = c;
    MHD_suspend_connection(c);
    return zmq_send(f->dealer, &call->id, sizeof call->id, ZMQ_DONTWAIT) < 0 ? MHD_NO : MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)arg, (void)c, (void)why;
    free(*state);
    *state = NULL;
}

static void take_answers(struct front *f)
{
    for (int i = 0; i < 100; i++) {
        zmq_msg_t m;
        uint64_t id;
        zmq_msg_init(&m);
        if (zmq_msg_recv(&m, f->dealer, ZMQ_DONTWAIT) < 0)
            return;
        memcpy(&id, zmq_msg_data(&m), sizeof id);
        uint64_t slot = id % MAX_PENDING;
        f->answers[slot] = m;
        f->answered[slot] = true;
        MHD_resume_connection(f->waiting[slot]);
    }
}

static int serve(void *context, unsigned port, const char *address)
{
    static struct front f;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    f.dealer = zmq_socket(context, ZMQ_DEALER);
    if (zmq_connect(f.dealer, address) != 0)
        return 1;
    f.daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)port, NULL,
                                NULL, on_request, &f, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
                                MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                                MHD_OPTION_CONNECTION_LIMIT, 2000u, MHD_OPTION_END);
    if (!f.daemon)
        return 1;
    int epoll = MHD_get_daemon_info(f.daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    while (!stopped) {
        zmq_pollitem_t items[] = {{.socket = f.dealer, .events = ZMQ_POLLIN},
                                  {.fd = epoll, .events = ZMQ_POLLIN}};
        MHD_UNSIGNED_LONG_LONG ms = 0;
        long wait = MHD_get_timeout(f.daemon, &ms) == MHD_YES ? (long)ms : 1000;
        zmq_poll(items, 2, wait);
        take_answers(&f);
        MHD_run(f.daemon);
    }
    _Exit(0); /* requests may be suspended; nothing needs an orderly end here */
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bare_gateway PORT|echo ADDRESS BYTES\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    void *context = zmq_ctx_new();
    size_t bytes = strtoul(argv[3], NULL, 10);
    if (bytes < sizeof(uint64_t) || bytes > MAX_BODY)
        return 2;
    if (strcmp(argv[1], "echo") == 0)
        return echo(context, argv[2], bytes);
    return serve(context, (unsigned)strtoul(argv[1], NULL, 10), argv[2]);
}
