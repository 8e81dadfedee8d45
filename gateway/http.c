/*
 * http.c - libmicrohttpd inside the loop: connections, bodies, answers.
 *
 * DESIGN: see http.h. An answer's body stays in the exchange, so nothing is copied; the exchange is
 * given back when the library says that the request is over.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/http.h"
#include "gateway/dispatch.h"
#include "gateway/headers.h"
#include "gateway/live.h"
#include "gateway/problem.h"
#include "gateway/refusal.h"
#include "gateway/workbooks.h"

#include <arpa/inet.h>
#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IDLE_S = 20, /* between two bytes, and between requests */
    TICK_MS = 1000,
    MAX_CONNECTIONS = 4096, /* places in the table below */
    MAX_DISCARD = 8 * MAX_BODY_BYTES,
    MAX_HEAD_BYTES = 12 * 1024,
    /* Zeroed by the library for each request. A head, 72 bytes more for each of its fields, and the
     * head of the answer have to find place in it. */
    CONNECTION_BYTES = 26 * 1024
};

/* A connection, from accept to close. */
struct link {
    struct link *next;  /* free list */
    int fd;             /* -1 = place is free */
    int64_t until_mono; /* ms: when request or answer has to be through; 0 = somebody else tells */
    struct address peer;
    char peer_text[ADDRESS_TEXT];
};

struct http {
    struct gateway *gateway;
    struct MHD_Daemon *daemon;
    struct MHD_Response *full; /* for requests beyond the table; owned */
    int epoll_fd;
    bool quiesced;    /* listens no more */
    bool knows_lines; /* it is the version whose way of cutting lines strict.h describes */
    unsigned port;
    uint64_t tick; /* timer */
    bool resumed;  /* something must run before the next wait */
    struct counter_cell *slow;
    struct link *free;
    struct link links[MAX_CONNECTIONS];
};

/* Escapes are decoded where the value is used, so that they can be refused. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *s)
{
    (void)cls, (void)connection;
    return strlen(s);
}

static struct link *link_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* A long answer has as long again for each 2 MiB. */
static int64_t time_limit(const struct http *h, size_t bytes)
{
    return loop_now_ms() + 1000 * h->gateway->conf.seconds * (1 + (int64_t)(bytes >> 21));
}

/* Parameters are ours to read. The library would take memory of the connection for each of them
 * and, where that ends, go on with a connection that its own refusal has closed: a target full of &
 * would end the process. It reads them after this call, in its own buffer, up to a NUL. */
static void hide_parameters(const char *uri)
{
    char *mark = strchr((char *)(uintptr_t)uri, '?');
    if (mark)
        mark[1] = '\0';
}

/* The request line has come: the clock of this request starts. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct http *h = cls;
    struct exchange *ex = exchange_take(h->gateway->exchanges);
    struct link *link = link_of(connection);
    if (link)
        link->until_mono = time_limit(h, 0);
    if (!ex) {
        hide_parameters(uri);
        return NULL;
    }
    ex->connection = connection;
    if (link) {
        ex->peer = link->peer;
        memcpy(ex->address, link->peer_text, sizeof ex->address);
    }
    size_t n = strlen(uri);
    struct view copy = arena_copy(&ex->arena, (struct view){uri, (uint32_t)n + 1});
    hide_parameters(uri);
    if (!copy.p)
        return ex;
    ex->target = (char *)(uintptr_t)copy.p;
    const char *mark = memchr(copy.p, '?', n);
    ex->path = (struct view){copy.p, mark ? (uint32_t)(mark - copy.p) : (uint32_t)n};
    if (mark)
        ex->query = (struct view){mark + 1, (uint32_t)(n - ex->path.n - 1)};
    return ex;
}

static struct MHD_Response *response_of(struct http *h, struct exchange *ex)
{
    const struct answer *a = &ex->answer;
    if (ex->stream)
        return live_response(h->gateway->live, ex);
    if (a->file_bytes)
        return workbook_response(ex);
    return MHD_create_response_from_buffer(a->body.n, (void *)(uintptr_t)a->body.p,
                                           MHD_RESPMEM_PERSISTENT);
}

/* Hands the answer over. The body is the exchange's own and outlives the response. */
static enum MHD_Result queue(struct http *h, struct exchange *ex)
{
    struct answer *a = &ex->answer;
    size_t bytes = a->file_bytes ? a->file_bytes : a->body.n;
    struct MHD_Response *r = response_of(h, ex);
    if (!r)
        return MHD_NO;
    headers_add(r, ex);
    struct link *link = link_of(ex->connection);
    if (link)
        link->until_mono = ex->stream ? 0 : time_limit(h, bytes);
    ex->state = EXCHANGE_QUEUED;
    dispatch_count(ex);
    enum MHD_Result result = refusal_pass(ex->connection, (unsigned)a->status, r);
    MHD_destroy_response(r);
    return result;
}

static size_t head_bytes(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

static void take_body(struct exchange *ex, const char *p, size_t n)
{
    if (ex->too_large)
        return;
    if (ex->in.n + n > MAX_BODY_BYTES || buf_append(&ex->in, p, n)) {
        ex->too_large = true;
        buf_reset(&ex->in);
    }
}

/* The head is there; the body, if there is one, comes after this. */
static enum MHD_Result take_head(struct http *h, struct exchange *ex, const char *method,
                                 const char *url, const char *version)
{
    size_t bytes = head_bytes(ex->connection);
    if (bytes > MAX_HEAD_BYTES) {
        ex->answer.status = err_http(ERR_HEAD_TOO_LARGE);
        refusal_send(ex->connection, ERR_HEAD_TOO_LARGE);
        return MHD_NO;
    }
    ex->method = method_from(method);
    if (h->knows_lines)
        strict_request_line(&ex->strict, method, url, ex->target, version);
    dispatch_head(ex, version, method + bytes);
    if (ex->state == EXCHANGE_ANSWERED)
        return queue(h, ex);
    ex->state = EXCHANGE_READING;
    return MHD_YES;
}

/* Called by the library: after the headers, for each piece of the body, after it, and again after
 * each resume. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_n, void **request)
{
    struct http *h = cls;
    struct exchange *ex = *request;
    if (!ex)
        return refusal_pass(connection, MHD_HTTP_SERVICE_UNAVAILABLE, h->full);
    assert(ex->magic == EXCHANGE_MAGIC && ex->connection == connection);
    if (ex->state == EXCHANGE_NEW)
        return take_head(h, ex, method, url, version);
    if (ex->state == EXCHANGE_READING && *upload_n) {
        ex->strict.content_length += *upload_n;
        take_body(ex, upload, *upload_n);
        *upload_n = 0;
        return ex->strict.content_length > MAX_DISCARD ? MHD_NO : MHD_YES;
    }
    if (ex->state == EXCHANGE_READING) {
        struct link *link = link_of(connection);
        if (link)
            link->until_mono = 0;
        dispatch(ex);
    }
    if (ex->state == EXCHANGE_ANSWERED)
        return queue(h, ex);
    assert(ex->state == EXCHANGE_READING || ex->state == EXCHANGE_WAITING);
    ex->state = EXCHANGE_WAITING;
    http_suspend(h, ex);
    return MHD_YES;
}

static void on_over(void *cls, struct MHD_Connection *connection, void **request,
                    enum MHD_RequestTerminationCode code)
{
    struct http *h = cls;
    struct exchange *ex = *request;
    (void)code;
    struct link *link = link_of(connection);
    if (link)
        link->until_mono = time_limit(h, 0);
    *request = NULL;
    if (!ex)
        return;
    dispatch_count(ex);
    exchange_give_back(h->gateway->exchanges, ex);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *h = cls;
    struct link *link = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        link = h->free;
        if (!link)
            return;
        h->free = link->next;
        link->fd =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        link->until_mono = time_limit(h, 0);
        if (!address_from(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
                              ->client_addr,
                          &link->peer))
            log_warn("a connection without an address");
        address_text(&link->peer, link->peer_text);
        *context = link;
    } else if (link) {
        link->fd = -1;
        link->next = h->free;
        h->free = link;
        *context = NULL;
    }
}

void http_suspend(struct http *h, struct exchange *ex)
{
    (void)h;
    assert(!ex->suspended);
    ex->suspended = true;
    MHD_suspend_connection(ex->connection);
}

void http_resume(struct http *h, struct exchange *ex)
{
    assert(ex->suspended);
    ex->suspended = false;
    h->resumed = true;
    MHD_resume_connection(ex->connection);
}

static void on_ready(void *arg, int fd, int events)
{
    struct http *h = arg;
    (void)fd, (void)events;
    MHD_run(h->daemon);
    h->resumed = true;
}

/* The library may have work left that its descriptor does not show. */
static void before_wait(void *arg)
{
    struct http *h = arg;
    MHD_UNSIGNED_LONG_LONG timeout;
    if (!h->resumed)
        return;
    h->resumed = false;
    for (int i = 0; i < 8; i++) {
        MHD_run(h->daemon);
        if (MHD_get_timeout(h->daemon, &timeout) != MHD_YES || timeout != 0)
            return;
    }
    h->resumed = true;
    loop_wake(h->gateway->process->loop);
}

/* Ends connections whose request does not become complete, or whose answer is not taken, and lets
 * idle ones time out. */
static void on_tick(void *arg)
{
    struct http *h = arg;
    int64_t now = loop_now_ms();
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct link *link = &h->links[i];
        if (link->fd < 0 || !link->until_mono || now <= link->until_mono)
            continue;
        link->until_mono = 0;
        counter_add(h->slow, 1);
        shutdown(link->fd, SHUT_RDWR);
    }
    MHD_run(h->daemon);
    h->resumed = true;
    h->tick = loop_after(h->gateway->process->loop, TICK_MS, on_tick, h);
}

__attribute__((format(printf, 2, 0))) static void on_library_log(void *cls, const char *format,
                                                                 va_list args)
{
    char line[256];
    (void)cls;
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\r\n")] = 0;
    log_debug("http library", K("text", line));
}

/* An address of the listener; false: no such address. */
static bool parse_address(const char *text, unsigned port, struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (strcmp(text, "localhost") == 0)
        text = "127.0.0.1";
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof v6);
        return true;
    }
    return false;
}

bool http_is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strcmp(listen, "::1") == 0 ||
           strcmp(listen, "localhost") == 0;
}

static struct MHD_Daemon *start(struct http *h, const struct sockaddr_storage *address)
{
    const struct gateway_conf *c = &h->gateway->conf;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO | MHD_USE_ERROR_LOG |
                     (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u);
    return MHD_start_daemon(
        flags, (uint16_t)h->port, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
        on_library_log, h, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)c->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)c->per_address, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, 511u, MHD_OPTION_STRICT_FOR_CLIENT, 0,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, h, MHD_OPTION_URI_LOG_CALLBACK, on_target, h,
        MHD_OPTION_NOTIFY_COMPLETED, on_over, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
        MHD_OPTION_END);
}

/* The answer for requests beyond the table is made beforehand. */
static struct MHD_Response *response_when_full(void)
{
    struct remote_error busy = {.code = view_of(err_code(ERR_BUSY)),
                                .text = view_of(err_text(ERR_BUSY))};
    struct MHD_Response *r = NULL;
    struct buf b;
    buf_init(&b, 4096);
    if (problem_write(&busy, MHD_HTTP_SERVICE_UNAVAILABLE, "", &b) == ERR_OK)
        r = MHD_create_response_from_buffer(b.n, b.p, MHD_RESPMEM_MUST_COPY);
    buf_free(&b);
    if (!r)
        return NULL;
    headers_fixed(r);
    MHD_add_response_header(r, "Content-Security-Policy", HEADERS_NO_PAGE);
    MHD_add_response_header(r, "Content-Type", PROBLEM_MEDIA_TYPE);
    MHD_add_response_header(r, "Cache-Control", "no-store");
    MHD_add_response_header(r, "Retry-After", "1");
    MHD_add_response_header(r, "Connection", "close");
    return r;
}

enum err http_new(struct gateway *g, struct http **out)
{
    struct sockaddr_storage address = {0};
    struct http *h = calloc(1, sizeof *h);
    enum err e = ERR_CONFIG;
    if (!h)
        return ERR_NO_MEMORY;
    h->gateway = g;
    h->epoll_fd = -1;
    h->port = (unsigned)g->conf.port;
    h->knows_lines = strcmp(MHD_get_version(), "0.9.75") == 0;
    if (!h->knows_lines)
        log_warn("the lines of a head are not checked", K("library", MHD_get_version()));
    for (int i = MAX_CONNECTIONS; i-- > 0;) {
        h->links[i].fd = -1;
        h->links[i].next = h->free;
        h->free = &h->links[i];
    }
    if (!parse_address(g->conf.listen, h->port, &address)) {
        log_error("DD_LISTEN is no address", K("value", g->conf.listen));
        goto out;
    }
    h->slow = stats_counter(g->process->stats, "http_too_slow",
                            "Connections ended because a request or its answer took too long.");
    if (!refusal_open(stats_counter(g->process->stats, "http_unreadable",
                                    "Requests refused below HTTP: unreadable, or too large."))) {
        log_error("the HTTP library does not fit", K("library", MHD_get_version()));
        goto out;
    }
    h->full = response_when_full();
    h->daemon = start(h, &address);
    if (!h->daemon || !h->full) {
        log_error("cannot listen", K("address", g->conf.listen), KN("port", h->port));
        goto out;
    }
    h->epoll_fd = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    e = loop_watch_fd(g->process->loop, h->epoll_fd, LOOP_READ, on_ready, h);
    if (e)
        goto out;
    loop_before_wait(g->process->loop, before_wait, h);
    h->tick = loop_after(g->process->loop, TICK_MS, on_tick, h);
    *out = h;
    return ERR_OK;
out:
    http_free(&h);
    return e;
}

void http_quiesce(struct http *h)
{
    if (h->quiesced)
        return;
    h->quiesced = true;
    int fd = MHD_quiesce_daemon(h->daemon);
    if (fd >= 0)
        close(fd);
}

static void fail_waiting(struct exchange *ex)
{
    if (ex->stream)
        live_end(ex->gateway->live, ex);
    else if (ex->state == EXCHANGE_WAITING)
        exchange_fail_err(ex, ERR_DRAINING);
}

void http_free(struct http **h)
{
    struct http *p = *h;
    if (!p)
        return;
    if (p->daemon) {
        struct loop *loop = p->gateway->process->loop;
        exchanges_each(p->gateway->exchanges, fail_waiting);
        for (int i = 0; i < 16; i++)
            MHD_run(p->daemon);
        loop_cancel(loop, p->tick);
        if (p->epoll_fd >= 0)
            loop_unwatch_fd(loop, p->epoll_fd);
        loop_before_wait(loop, NULL, NULL);
        MHD_stop_daemon(p->daemon);
    }
    if (p->full)
        MHD_destroy_response(p->full);
    free(p);
    *h = NULL;
}
