/*
 * http.c - see http.h.
 *
 * DESIGN: one thread, libmicrohttpd's epoll descriptor in our own poll (its internal loop stalls
 * when a batch of events is exactly full). A call is answered at once by sim_answer; what takes
 * time on purpose (latency, a slow body, no answer) suspends the connection and puts the call on a
 * list by due time, so hundreds of late calls wait without a thread. A suspended connection is not
 * watched, and the daemon must not be stopped while there is one: http_free resumes all first.
 *
 * A call's way: GATHERING the body -> WAITING (suspended, only with a delay) -> READY -> SENT. A
 * slow body waits again between its pieces.
 */
#include "services/dgi_sim/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/dgi_sim/log.h"

enum { REQUEST_MAGIC = 0x51A7C0DE, SLOW_PIECES = 20, CONNECTIONS_MAX = 2000, IDLE_S = 120 };

enum request_state { GATHERING, WAITING, READY, SENT };

struct request {
    unsigned magic;
    struct http *http;
    struct MHD_Connection *connection;
    enum request_state state;
    struct text body;               /* of the request, owned */
    struct answer answer;           /* its body is owned until the response is freed */
    int64_t due_mono;               /* while it is on the list */
    bool listed;                    /* suspended and on the list */
    int64_t next_piece_mono;        /* slow body: when the next piece may go */
    struct request *before, *after; /* the list, by due_mono */
};

struct http {
    struct sim *sim; /* borrowed */
    struct MHD_Daemon *daemon;
    int epoll_fd;                 /* the daemon's */
    struct request *first, *last; /* suspended calls, soonest first */
    bool stopping;                /* waiting calls end now */
};

static void list_insert(struct http *h, struct request *r, int64_t due_mono)
{
    struct request *before = h->last;

    assert(!r->listed);
    while (before != NULL && before->due_mono > due_mono)
        before = before->before;
    r->due_mono = due_mono;
    r->listed = true;
    r->before = before;
    r->after = before != NULL ? before->after : h->first;
    if (r->after != NULL)
        r->after->before = r;
    else
        h->last = r;
    if (before != NULL)
        before->after = r;
    else
        h->first = r;
}

static void list_remove(struct http *h, struct request *r)
{
    if (!r->listed)
        return;
    if (r->before != NULL)
        r->before->after = r->after;
    else
        h->first = r->after;
    if (r->after != NULL)
        r->after->before = r->before;
    else
        h->last = r->before;
    r->listed = false;
}

static void suspend_until(struct request *r, int64_t due_mono)
{
    list_insert(r->http, r, due_mono);
    MHD_suspend_connection(r->connection);
}

/* Wakes the calls that are due, or all; whether there was one. */
static bool resume_due(struct http *h, bool all)
{
    int64_t now = mono_now_ms();
    bool any = false;

    while (h->first != NULL && (all || h->first->due_mono <= now)) {
        struct request *r = h->first;

        list_remove(h, r);
        MHD_resume_connection(r->connection);
        any = true;
    }
    return any;
}

/* What was prepared, and then blanks. */
static ssize_t read_huge(const struct answer *a, size_t at, char *out, size_t room)
{
    size_t n = (size_t)a->huge_bytes - at;

    if (n == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    n = n < room ? n : room;
    for (size_t i = 0; i < n; i++)
        out[i] = at + i < a->body.n ? a->body.p[at + i] : ' ';
    return (ssize_t)n;
}

/* The rest of a body piece by piece, or its first half and then the end of the connection or, for a
 * while, nothing. */
static ssize_t read_piece(void *context, uint64_t position, char *out, size_t room)
{
    struct request *r = context;
    size_t total = r->answer.body.n, at = (size_t)position, n;
    int64_t now = mono_now_ms();

    assert(r->magic == REQUEST_MAGIC);
    if (r->http->stopping || (r->answer.delivery == DELIVER_CUT && at >= total / 2))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (r->answer.delivery == DELIVER_HUGE)
        return read_huge(&r->answer, at, out, room);
    if (r->answer.delivery == DELIVER_CUT) {
        n = total / 2 - at;
    } else if (r->answer.delivery == DELIVER_STALL && at < total / 2) {
        n = total / 2 - at;
        r->next_piece_mono = now + r->answer.slow_ms;
    } else if (r->answer.delivery == DELIVER_STALL) {
        if (now < r->next_piece_mono) {
            suspend_until(r, r->next_piece_mono);
            return 0;
        }
        n = total - at;
    } else {
        if (now < r->next_piece_mono) {
            suspend_until(r, r->next_piece_mono);
            return 0;
        }
        r->next_piece_mono = now + r->answer.slow_ms / SLOW_PIECES;
        n = total / SLOW_PIECES + 1;
        n = n < total - at ? n : total - at;
    }
    n = n < room ? n : room;
    memcpy(out, r->answer.body.p + at, n);
    return (ssize_t)n;
}

static struct MHD_Response *make_response(struct request *r)
{
    struct answer *a = &r->answer;
    struct MHD_Response *response;

    if (a->delivery == DELIVER_HUGE)
        return MHD_create_response_from_callback(
            a->announced ? (uint64_t)a->huge_bytes : MHD_SIZE_UNKNOWN, 65536, read_piece, r, NULL);
    if (a->body.n > 1 && a->delivery != DELIVER_PLAIN)
        return MHD_create_response_from_callback(a->body.n, 16384, read_piece, r, NULL);
    response = MHD_create_response_from_buffer(a->body.n, a->body.p, MHD_RESPMEM_MUST_FREE);
    if (response != NULL)
        a->body = (struct text){0};
    return response;
}

/* RFC 9110 date of the clock that judges requests, so that a client can see its own skew; or some
 * seconds later. */
static void write_date(const struct sim *s, int64_t later_s, char out[64])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t now = clock_request_s(&s->clock) + later_s, day = now / DAY_S;
    int year, month, of_month, left = (int)(now % DAY_S);

    wall_civil(day, &year, &month, &of_month);
    snprintf(out, 64, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[wall_weekday(day)], of_month,
             months[month - 1], year, left / 3600, left / 60 % 60, left % 60);
}

static void add_headers(const struct request *r, struct MHD_Response *response)
{
    const struct answer *a = &r->answer;
    char text[64];

    write_date(r->http->sim, 0, text);
    MHD_add_response_header(response, "Date", text);
    MHD_add_response_header(response, "Content-Type", a->type);
    if (a->allow[0] != '\0')
        MHD_add_response_header(response, "Allow", a->allow);
    if (a->retry_after_s > 0) {
        if (a->retry_date)
            write_date(r->http->sim, a->retry_after_s, text);
        else
            snprintf(text, sizeof text, "%lld", (long long)a->retry_after_s);
        MHD_add_response_header(response, "Retry-After", text);
    }
    if (a->count >= 0) {
        snprintf(text, sizeof text, "%lld", (long long)a->count);
        MHD_add_response_header(response, "X-Response-Count", text);
        MHD_add_response_header(response, "X-Response-Message", "null");
    }
}

static enum MHD_Result send_answer(struct request *r)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    r->state = SENT;
    if (r->answer.delivery == DELIVER_DROP || r->http->stopping)
        return MHD_NO; /* closes the connection without a byte */
    response = make_response(r);
    if (response == NULL)
        return MHD_NO;
    add_headers(r, response);
    result = MHD_queue_response(r->connection, (unsigned)r->answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result gather_query(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct call *c = context;

    (void)kind;
    if (c->query_count < QUERY_MAX && value != NULL)
        c->query[c->query_count++] = (struct query){name, value};
    return MHD_YES;
}

static const char *header(struct request *r, const char *name)
{
    const char *value = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);

    return value != NULL ? value : "";
}

/* The body is complete: makes the answer, and sends it now or later. */
static enum MHD_Result take_call(struct request *r, const char *method, const char *path)
{
    struct call c = {.method = method, .path = path};

    c.key = header(r, "DGI-API-Key");
    c.token = header(r, "DGI-API-Token");
    c.time = header(r, "X-Request-Time");
    c.body = r->body.p;
    c.body_bytes = r->body.n;
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, gather_query, &c);
    if (r->body.full) {
        r->answer = (struct answer){.status = 413, .type = "application/json", .count = -1};
        text_add(&r->answer.body, "{\"status\":413,\"title\":\"Payload Too Large\"}");
    } else {
        sim_answer(r->http->sim, &c, &r->answer);
    }
    text_free(&r->body);
    log_line(LOG_DEBUG, "call", "path", path);
    if (r->answer.delay_ms <= 0)
        return send_answer(r);
    r->state = WAITING;
    suspend_until(r, mono_now_ms() + r->answer.delay_ms);
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_bytes, void **state)
{
    struct http *h = context;
    struct request *r = *state;

    (void)version;
    if (r == NULL) {
        r = calloc(1, sizeof *r);
        if (r == NULL)
            return MHD_NO;
        r->magic = REQUEST_MAGIC;
        r->http = h;
        r->connection = connection;
        *state = r;
        return MHD_YES;
    }
    assert(r->magic == REQUEST_MAGIC);
    if (r->state == GATHERING && *upload_bytes > 0) {
        if (r->body.n + *upload_bytes > BODY_MAX_BYTES)
            r->body.full = true;
        text_put(&r->body, upload, *upload_bytes);
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (r->state == GATHERING) {
        r->state = READY;
        return take_call(r, method, path);
    }
    return r->state == WAITING ? send_answer(r) : MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct request *r = *state;

    (void)context, (void)connection, (void)code;
    if (r == NULL)
        return;
    assert(r->magic == REQUEST_MAGIC);
    list_remove(r->http, r);
    text_free(&r->body);
    text_free(&r->answer.body);
    r->magic = 0;
    free(r);
    *state = NULL;
}

struct http *http_new(struct sim *sim, const char *address, uint16_t port)
{
    struct http *h = calloc(1, sizeof *h);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    const union MHD_DaemonInfo *info;

    if (h == NULL || inet_pton(AF_INET, address, &at.sin_addr) != 1) {
        log_line(LOG_ERROR, "no IPv4 address to listen on", "address", address);
        free(h);
        return NULL;
    }
    h->sim = sim;
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK, port, NULL, NULL,
        on_request, h, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_S, MHD_OPTION_LISTEN_BACKLOG_SIZE, 512u, MHD_OPTION_END);
    if (h->daemon == NULL) {
        log_line(LOG_ERROR, "cannot listen", "error", strerror(errno));
        free(h);
        return NULL;
    }
    info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    h->epoll_fd = info->epoll_fd;
    return h;
}

/* How long poll may sleep: until the server's or our own next work, -1 = until something comes. */
static int next_wait(const struct http *h)
{
    MHD_UNSIGNED_LONG_LONG server;
    int64_t wait = -1, own;

    if (MHD_get_timeout(h->daemon, &server) == MHD_YES)
        wait = server > 60000 ? 60000 : (int64_t)server;
    if (h->first != NULL) {
        own = h->first->due_mono - mono_now_ms();
        own = own < 0 ? 0 : own;
        if (wait < 0 || own < wait)
            wait = own;
    }
    return (int)(wait > 60000 ? 60000 : wait);
}

bool http_run(struct http *h, int stop_fd)
{
    struct pollfd fds[2] = {{.fd = h->epoll_fd, .events = POLLIN},
                            {.fd = stop_fd, .events = POLLIN}};

    for (;;) {
        if (poll(fds, 2, next_wait(h)) < 0 && errno != EINTR) {
            log_line(LOG_ERROR, "poll failed", "error", strerror(errno));
            return false;
        }
        if (fds[1].revents != 0)
            return true;
        resume_due(h, false);
        if (MHD_run(h->daemon) != MHD_YES) {
            log_line(LOG_ERROR, "the server failed", NULL, NULL);
            return false;
        }
    }
}

void http_free(struct http **hp)
{
    struct http *h = *hp;

    if (h == NULL)
        return;
    h->stopping = true;
    /* A resumed call may have to run once more before it ends. */
    for (int i = 0; i < 10 && resume_due(h, true); i++)
        MHD_run(h->daemon);
    MHD_run(h->daemon);
    MHD_stop_daemon(h->daemon);
    free(h);
    *hp = NULL;
}
