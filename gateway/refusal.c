/*
 * refusal.c - the library's own refusals as problem documents.
 *
 * THREADS: the loop's thread.
 */
#include "gateway/refusal.h"
#include "gateway/headers.h"
#include "gateway/problem.h"

#include <dlfcn.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { MAX_DISCARDS = 32 };

typedef enum MHD_Result queue_fn(struct MHD_Connection *connection, unsigned status,
                                 struct MHD_Response *response);

typedef enum MHD_Result lookup_fn(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                  const char *key, size_t key_size, const char **value,
                                  size_t *value_size);

/* The library calls with nothing of ours in hand; set once, at the start. */
static queue_fn *library_queue;
static lookup_fn *library_lookup;
static struct counter_cell *refusals;

bool refusal_open(struct counter_cell *count)
{
    refusals = count;
    /* The next definition after ours, which is the library's. */
    *(void **)&library_queue = dlsym(RTLD_NEXT, "MHD_queue_response");
    *(void **)&library_lookup = dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
    return library_queue && library_lookup;
}

const char *refusal_header(struct MHD_Connection *connection, const char *name)
{
    const char *value = NULL;
    library_lookup(connection, MHD_HEADER_KIND, name, strlen(name), &value, NULL);
    return value;
}

enum MHD_Result refusal_pass(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response)
{
    return library_queue(connection, status, response);
}

/* What the library says by a status alone. */
static const struct {
    unsigned status;
    enum err err;
} meanings[] = {
    {MHD_HTTP_URI_TOO_LONG, ERR_TARGET_TOO_LONG},
    {MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, ERR_HEAD_TOO_LARGE},
    {MHD_HTTP_CONTENT_TOO_LARGE, ERR_BODY_TOO_LARGE},
    {MHD_HTTP_INTERNAL_SERVER_ERROR, ERR_HEAD_TOO_LARGE}, /* no place left for its fields */
};

static enum err meaning(unsigned status)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].status == status)
            return meanings[i].err;
    return ERR_BAD_REQUEST;
}

static enum err write_answer(enum err why, struct buf *out)
{
    struct buf body;
    struct remote_error error = {.code = view_of(err_code(why)), .text = view_of(err_text(why))};
    buf_init(&body, 4096);
    enum err e = problem_write(&error, err_http(why), "", &body);
    buf_printf(out, "HTTP/1.1 %d %s\r\n", err_http(why),
               MHD_get_reason_phrase_for((unsigned)err_http(why)));
    for (const struct fixed_header *h = fixed_headers; h->name; h++)
        buf_printf(out, "%s: %s\r\n", h->name, h->value);
    buf_printf(out,
               "Content-Security-Policy: " HEADERS_NO_PAGE "\r\nContent-Type: " PROBLEM_MEDIA_TYPE
               "\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
               body.n);
    buf_append(out, body.p, body.n);
    buf_free(&body);
    return e ? e : out->failed ? ERR_TOO_LARGE : ERR_OK;
}

/* Bytes that nobody read would turn the end of the connection into a reset, which may overtake the
 * answer. */
static void discard(int fd)
{
    char away[4096];
    for (int i = 0; i < MAX_DISCARDS; i++)
        if (recv(fd, away, sizeof away, MSG_DONTWAIT) <= 0)
            return;
}

void refusal_send(struct MHD_Connection *connection, enum err why)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct buf text;
    ssize_t sent = -1;
    buf_init(&text, 8192);
    if (info && write_answer(why, &text) == ERR_OK)
        sent = send(info->connect_fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    counter_add(refusals, 1);
    if (sent > 0)
        discard(info->connect_fd);
    log_debug("refused below HTTP", K("error", err_code(why)), KN("sent", sent));
    buf_free(&text);
}

/* For the calls from within the library: it asks for Cookie to take it apart. */
enum MHD_Result MHD_lookup_connection_value_n(struct MHD_Connection *connection,
                                              enum MHD_ValueKind kind, const char *key,
                                              size_t key_size, const char **value,
                                              size_t *value_size)
{
    static const char cookie[] = "Cookie";
    if (key && key_size == sizeof cookie - 1 && strncasecmp(key, cookie, key_size) == 0)
        return MHD_NO;
    return library_lookup(connection, kind, key, key_size, value, value_size);
}

/* Takes the place of the library's for the calls from within itself. */
enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                                   struct MHD_Response *response)
{
    (void)response;
    refusal_send(connection, meaning(status));
    return MHD_NO;
}
