/*
 * call.c - calls to upstreams: libcurl's multi interface in the loop.
 */
#include "services/fetcher/call.h"

#include "services/daemon/address.h"
#include "services/daemon/seal.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CALL_MAGIC = 0x63616c6c, MAX_EVENTS = 64 };

struct caller {
    struct loop *loop;  /* borrowed */
    CURLM *multi;       /* owned, with all connections */
    int epoll;          /* curl's sockets */
    uint64_t timer;     /* when curl wants to be called; 0 = none */
    struct call *calls; /* max_calls of them */
    unsigned max_calls;
};

struct call {
    unsigned magic;
    struct caller *caller;      /* borrowed */
    CURL *easy;                 /* made on first use, then reused */
    struct curl_slist *headers; /* of the running call */
    bool running;
    bool allow_private;
    bool refused;       /* the address is not allowed */
    enum err late;      /* which of our time-outs ended it; ERR_OK = none */
    enum err spool_err; /* why the body could not be kept */
    enum call_phase phase;
    int64_t first_byte_timeout_ms;
    int64_t body_timeout_ms;
    int64_t heard_mono;      /* RECEIVING: when the last bytes came */
    uint64_t silence_timer;  /* WAITING: first byte; RECEIVING: body; 0 = none */
    struct headers answered; /* what the answer's header lines tell */
    struct spool *spool;     /* borrowed */
    call_fn *fn;
    void *arg;
    char error[CURL_ERROR_SIZE]; /* curl's words */
};

static struct call *checked(void *arg)
{
    struct call *c = arg;
    assert(c && c->magic == CALL_MAGIC);
    return c;
}

/* ---- the end of a call ---- */

static enum err err_of(const struct call *c, CURLcode code)
{
    curl_off_t sent = 0;

    if (c->late != ERR_OK)
        return c->late;
    if (c->refused)
        return ERR_UPSTREAM_ADDRESS;
    if (c->spool_err != ERR_OK)
        return c->spool_err;
    switch ((int)code) {
    case CURLE_OK:
        return ERR_OK;
    case CURLE_OPERATION_TIMEDOUT:
        (void)curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
        return sent > 0 ? ERR_UPSTREAM_TOTAL_TIMEOUT : ERR_UPSTREAM_CONNECT_TIMEOUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return ERR_UPSTREAM_CONNECT;
    case CURLE_FILESIZE_EXCEEDED:
        return ERR_UPSTREAM_TOO_LARGE;
    case CURLE_PARTIAL_FILE:
        return ERR_UPSTREAM_TRUNCATED;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return ERR_UPSTREAM_ADDRESS;
    default:
        return ERR_UPSTREAM_NETWORK;
    }
}

static int64_t milliseconds(CURL *easy, CURLINFO what)
{
    curl_off_t us = 0;

    (void)curl_easy_getinfo(easy, what, &us);
    return (int64_t)(us + 999) / 1000;
}

/* curl tells no time of a connection whose TLS failed, but that it has a port of ours. */
static int64_t reached_ms(CURL *easy, const struct timings *t)
{
    long port = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port);
    return t->connect_ms == 0 && port > 0 ? t->dns_ms : t->connect_ms;
}

static void fill_result(struct call *c, CURLcode code, struct call_result *r)
{
    long status = 0;

    *r = (struct call_result){.err = err_of(c, code), .bytes = (int64_t)c->spool->n};
    if (r->err != ERR_OK && r->err != ERR_UPSTREAM_TOO_LARGE && c->late == ERR_OK && !c->refused)
        (void)snprintf(r->text, sizeof(r->text), "%s",
                       c->error[0] ? c->error : curl_easy_strerror(code));
    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    r->http_status = (int)status;
    r->headers = c->answered;
    r->timings.dns_ms = milliseconds(c->easy, CURLINFO_NAMELOOKUP_TIME_T);
    r->timings.connect_ms = milliseconds(c->easy, CURLINFO_CONNECT_TIME_T);
    r->timings.tcp_ms = reached_ms(c->easy, &r->timings);
    r->timings.tls_ms = milliseconds(c->easy, CURLINFO_APPCONNECT_TIME_T);
    if (r->timings.tls_ms > 0)
        r->timings.connect_ms = r->timings.tls_ms;
    r->timings.first_byte_ms = milliseconds(c->easy, CURLINFO_STARTTRANSFER_TIME_T);
    r->timings.total_ms = milliseconds(c->easy, CURLINFO_TOTAL_TIME_T);
}

/* The header lines hold the key and the token. */
static void wipe_headers(struct call *c)
{
    for (struct curl_slist *h = c->headers; h; h = h->next)
        seal_wipe(h->data, strlen(h->data));
    curl_slist_free_all(c->headers);
    c->headers = NULL;
}

static void release(struct call *c)
{
    loop_cancel(c->caller->loop, c->silence_timer);
    c->silence_timer = 0;
    (void)curl_multi_remove_handle(c->caller->multi, c->easy);
    curl_easy_reset(c->easy);
    wipe_headers(c);
    c->running = false;
}

static void finish(struct call *c, CURLcode code)
{
    struct call_result r;
    call_fn *fn = c->fn;
    void *arg = c->arg;

    fill_result(c, code, &r);
    release(c);
    fn(arg, &r);
}

/* Ends what curl says is done. A callback may start new calls. */
static void reap(struct caller *c)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(c->multi, &left))) {
        char *arg = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &arg);
        finish(checked(arg), code);
    }
}

/* ---- curl in the loop ---- */

static void on_timer(void *arg)
{
    struct caller *c = arg;
    int running;

    c->timer = 0;
    (void)curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(c);
}

static int on_timer_wanted(CURLM *multi, long ms, void *arg)
{
    struct caller *c = arg;

    (void)multi;
    loop_cancel(c->loop, c->timer);
    c->timer = ms < 0 ? 0 : loop_after(c->loop, ms, on_timer, c);
    return 0;
}

static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct caller *c = arg;
    struct epoll_event e = {.data = {.fd = fd}};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        e.events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        e.events |= EPOLLOUT;
    if (known)
        return epoll_ctl(c->epoll, EPOLL_CTL_MOD, fd, &e) == 0 ? 0 : -1;
    (void)curl_multi_assign(c->multi, fd, c);
    return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &e) == 0 ? 0 : -1;
}

static void on_epoll(void *arg, int fd, int events)
{
    struct caller *c = arg;
    struct epoll_event ready[MAX_EVENTS];
    int running;

    (void)events;
    int n = epoll_wait(fd, ready, MAX_EVENTS, 0);
    for (int i = 0; i < n; i++) {
        int flags = 0;
        if (ready[i].events & EPOLLIN)
            flags |= CURL_CSELECT_IN;
        if (ready[i].events & EPOLLOUT)
            flags |= CURL_CSELECT_OUT;
        if (ready[i].events & (EPOLLERR | EPOLLHUP))
            flags |= CURL_CSELECT_ERR | CURL_CSELECT_IN;
        (void)curl_multi_socket_action(c->multi, ready[i].data.fd, flags, &running);
    }
    reap(c);
}

/* ---- what curl asks about one call ---- */

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call *c = checked(arg);

    (void)purpose;
    if (!c->allow_private && !address_public(&address->addr)) {
        c->refused = true;
        return CURL_SOCKET_BAD;
    }
    c->phase = CALL_CONNECT;
    c->refused = false; /* another address of the same name may do */
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void end_late(struct call *c, enum err err)
{
    c->late = err;
    finish(c, CURLE_OPERATION_TIMEDOUT);
}

static void on_no_answer(void *arg)
{
    struct call *c = checked(arg);

    c->silence_timer = 0;
    end_late(c, ERR_UPSTREAM_FIRST_BYTE_TIMEOUT);
}

/* One timer for the whole body: bytes only note the time, and the timer looks whether any came. */
static void on_silence(void *arg)
{
    struct call *c = checked(arg);
    int64_t left = c->heard_mono + c->body_timeout_ms - loop_now_ms();

    c->silence_timer = 0;
    if (left <= 0)
        end_late(c, ERR_UPSTREAM_BODY_TIMEOUT);
    else
        c->silence_timer = loop_after(c->caller->loop, left, on_silence, c);
}

/* The connection stands, the request goes out next: the wait for the first byte begins. */
static int on_request(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct call *c = checked(arg);

    (void)local;
    (void)remote_port;
    (void)local_port;
    if (!c->allow_private && !address_public_text(remote)) {
        c->refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    c->phase = CALL_WAITING;
    loop_cancel(c->caller->loop, c->silence_timer);
    c->silence_timer = loop_after(c->caller->loop, c->first_byte_timeout_ms, on_no_answer, c);
    return CURL_PREREQFUNC_OK;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct call *c = checked(arg);

    c->heard_mono = loop_now_ms();
    headers_line(&c->answered, p, size * n, loop_wall_ms());
    if (c->phase != CALL_RECEIVING) {
        c->phase = CALL_RECEIVING;
        loop_cancel(c->caller->loop, c->silence_timer);
        c->silence_timer = 0;
        if (c->body_timeout_ms > 0)
            c->silence_timer = loop_after(c->caller->loop, c->body_timeout_ms, on_silence, c);
    }
    return size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct call *c = checked(arg);

    c->heard_mono = loop_now_ms();
    c->spool_err = spool_write(c->spool, p, size * n);
    return c->spool_err == ERR_OK ? size * n : 0;
}

/* ---- calls ---- */

static bool set_headers(struct call *c, const struct request_headers *headers)
{
    /* Without the empty one curl would ask for permission to send larger bodies first. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (unsigned i = 0; list && i < REQUEST_HEADERS; i++) {
        struct curl_slist *longer = curl_slist_append(list, headers->lines[i]);
        if (!longer) {
            curl_slist_free_all(list);
            list = NULL;
        } else {
            list = longer;
        }
    }
    c->headers = list;
    return list != NULL;
}

static bool set_options(struct call *c, const struct call_request *r)
{
    CURL *e = c->easy;
    CURLcode bad = CURLE_OK;

#define OPTION(name, value) bad = bad != CURLE_OK ? bad : curl_easy_setopt(e, CURLOPT_##name, value)
    OPTION(PRIVATE, c);
    OPTION(ERRORBUFFER, c->error);
    OPTION(URL, r->url);
    OPTION(HTTPHEADER, c->headers);
    OPTION(POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
    OPTION(COPYPOSTFIELDS, r->body.p);
    OPTION(NOSIGNAL, 1L);
    OPTION(QUICK_EXIT, 1L); /* else ending a call waits for a name server that is silent */
    OPTION(FOLLOWLOCATION, 0L);
    OPTION(PROXY, "");
    OPTION(PROTOCOLS_STR, "http,https");
    OPTION(CONNECTTIMEOUT_MS, (long)r->connect_timeout_ms);
    OPTION(TIMEOUT_MS, (long)r->total_timeout_ms);
    OPTION(MAXFILESIZE_LARGE, (curl_off_t)r->spool->max_bytes); /* as announced; see on_body() */
    OPTION(OPENSOCKETFUNCTION, on_open);
    OPTION(OPENSOCKETDATA, c);
    OPTION(PREREQFUNCTION, on_request);
    OPTION(PREREQDATA, c);
    OPTION(HEADERFUNCTION, on_header);
    OPTION(HEADERDATA, c);
    OPTION(WRITEFUNCTION, on_body);
    OPTION(WRITEDATA, c);
    OPTION(TCP_NODELAY, 1L);
    if (r->fresh) {
        OPTION(DNS_CACHE_TIMEOUT, 0L);
        OPTION(FRESH_CONNECT, 1L);
        OPTION(FORBID_REUSE, 1L);
    }
    OPTION(USERAGENT, "dealer-dashboard/" DD_VERSION);
#undef OPTION
    return bad == CURLE_OK;
}

static struct call *free_call(struct caller *c)
{
    for (unsigned i = 0; i < c->max_calls; i++)
        if (!c->calls[i].running)
            return &c->calls[i];
    return NULL;
}

enum err call_start(struct caller *caller, const struct call_request *r, call_fn *fn, void *arg,
                    struct call **out)
{
    struct call *c = free_call(caller);

    *out = NULL;
    assert(c); /* more calls than slots */
    if (!c->easy)
        c->easy = curl_easy_init();
    if (!c->easy)
        return ERR_NO_MEMORY;
    CURL *easy = c->easy;
    *c = (struct call){.magic = CALL_MAGIC, .caller = caller, .easy = easy, .fn = fn, .arg = arg};
    c->allow_private = r->allow_private;
    c->first_byte_timeout_ms = r->first_byte_timeout_ms;
    c->body_timeout_ms = r->body_timeout_ms;
    c->spool = r->spool;
    if (!set_headers(c, r->headers) || !set_options(c, r) ||
        curl_multi_add_handle(caller->multi, easy) != CURLM_OK) {
        curl_easy_reset(easy);
        wipe_headers(c);
        return ERR_NO_MEMORY;
    }
    c->running = true;
    *out = c;
    return ERR_OK;
}

enum call_phase call_phase(const struct call *call)
{
    return call->phase;
}

void call_abort(struct call **call)
{
    if (!*call)
        return;
    release(checked(*call));
    *call = NULL;
}

enum err caller_new(struct loop *l, unsigned max_calls, struct caller **out)
{
    struct caller *c = calloc(1, sizeof(*c));
    enum err err = ERR_NO_MEMORY;

    *out = NULL;
    if (!c)
        return ERR_NO_MEMORY;
    c->loop = l;
    c->max_calls = max_calls;
    c->epoll = epoll_create1(EPOLL_CLOEXEC);
    c->calls = calloc(max_calls, sizeof(*c->calls));
    if (c->epoll < 0 || !c->calls || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        goto out;
    c->multi = curl_multi_init();
    if (!c->multi ||
        curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted) != CURLM_OK ||
        curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c) != CURLM_OK ||
        curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted) != CURLM_OK ||
        curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c) != CURLM_OK ||
        curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)(2 * max_calls)) != CURLM_OK)
        goto out;
    err = loop_watch_fd(l, c->epoll, LOOP_READ, on_epoll, c);
out:
    if (err != ERR_OK)
        caller_free(&c);
    *out = c;
    return err;
}

void caller_free(struct caller **c)
{
    struct caller *it = *c;

    if (!it)
        return;
    for (unsigned i = 0; it->calls && i < it->max_calls; i++) {
        if (it->calls[i].running)
            release(&it->calls[i]);
        curl_easy_cleanup(it->calls[i].easy);
    }
    (void)curl_multi_cleanup(it->multi);
    if (it->epoll >= 0) {
        loop_unwatch_fd(it->loop, it->epoll);
        (void)close(it->epoll);
    }
    loop_cancel(it->loop, it->timer);
    free(it->calls);
    free(it);
    *c = NULL;
}
