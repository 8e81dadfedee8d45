/*
 * parse.c - reads a whole answer by yajl's callbacks.
 *
 * DESIGN: depth counts all open containers. At depth 1 the key says what follows: status, data, a
 * kind of message, or something to pass over. Everything inside `data` that is an object belongs
 * to the record reader. yajl does not check UTF-8 here: one wrong byte spoils its record, not the
 * answer. A record's raw text is a range of the piece at hand, after what earlier pieces held of
 * it.
 */
#include "services/fetcher/parse.h"

#include "services/fetcher/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yajl/yajl_parse.h>

enum top_key { TOP_OTHER, TOP_STATUS, TOP_GATEWAY_STATUS, TOP_DATA, TOP_MESSAGE, TOP_ERROR };

static const struct {
    const char *name;
    enum top_key key;
} top_keys[] = {
    {"status", TOP_STATUS},   {"data", TOP_DATA},
    {"message", TOP_MESSAGE}, {"http_status_code", TOP_GATEWAY_STATUS},
    {"error", TOP_ERROR},     {"error_description", TOP_MESSAGE},
    {"title", TOP_MESSAGE},   {"errors", TOP_MESSAGE},
    {"detail", TOP_MESSAGE},
};

struct parse {
    yajl_handle yajl;
    struct view piece; /* at hand */
    bool begun;        /* something but blanks was seen */
    struct envelope *envelope;
    struct record_sink *sink; /* NULL: check only */
    struct record record;     /* used with a sink */
    char *raw;                /* PARSE_MAX_RAW + 1 bytes; used with a sink */
    struct buf head;          /* of the element at hand, from earlier pieces; used with a sink */
    enum top_key key;         /* of the member of the outermost object */
    int depth;                /* open containers */
    struct quiet quiet;       /* of the member at hand */
    int data_depth;           /* depth at which elements of data stand; 0 = not in data */
    bool in_record;           /* a record's events go to the reader */
    size_t element_from;      /* in the piece: where the text after the last element begins */
    enum err err;             /* why a callback ended the parse */
};

/* Offset after the token whose callback is running. */
static size_t here(const struct parse *p)
{
    return yajl_get_bytes_consumed(p->yajl);
}

static int stop(struct parse *p, enum err err)
{
    p->err = err;
    return 0;
}

/* Keeps what the piece holds of the element at hand, up to `to`, as far as it can be told. */
static void keep_head(struct parse *p, size_t to)
{
    struct view v = {p->piece.p + p->element_from, (uint32_t)(to - p->element_from)};

    while (p->head.n == 0 && v.n > 0 && strchr(" \t\r\n,", v.p[0])) {
        v.p++;
        v.n--;
    }
    size_t room = p->head.max_bytes - p->head.n;
    (void)buf_append(&p->head, v.p, v.n < room ? v.n : room);
    p->element_from = to;
}

static void add_raw(struct parse *p, struct bad_record *bad)
{
    keep_head(p, here(p));
    size_t n = text_storable_copy(buf_view(&p->head), p->raw, PARSE_MAX_RAW + 1);
    bad->raw = (struct view){p->raw, (uint32_t)n};
    /* A full buffer may have been cut. */
    bad->whole = n < PARSE_MAX_RAW && n == p->head.n && memcmp(p->raw, p->head.p, n) == 0;
}

static void end_element(struct parse *p)
{
    buf_reset(&p->head);
    p->element_from = here(p);
}

/* An element of data that is no record at all. */
static int bad_element(struct parse *p)
{
    p->envelope->elements++;
    if (p->sink) {
        struct bad_record bad = {
            .reason = ERR_ROW_TYPE, .field = "", .dealer = record_dealer(&p->record, false)};
        add_raw(p, &bad);
        enum err err = p->sink->bad(p->sink->arg, &bad);
        if (err != ERR_OK)
            return stop(p, err);
    }
    end_element(p);
    return 1;
}

static int end_record(struct parse *p)
{
    enum err err = ERR_OK;

    p->in_record = false;
    if (p->sink) {
        switch (record_verdict(&p->record)) {
        case RECORD_GOOD:
            err = p->sink->good(p->sink->arg, &p->record);
            break;
        case RECORD_FOREIGN:
            p->sink->foreign++;
            break;
        case RECORD_BAD: {
            struct bad_record bad = {.reason = p->record.fault,
                                     .field = p->record.fault_field,
                                     .dealer = record_dealer(&p->record, true)};
            add_raw(p, &bad);
            err = p->sink->bad(p->sink->arg, &bad);
            break;
        }
        }
    }
    end_element(p);
    return err == ERR_OK ? 1 : stop(p, err);
}

static void begin_record(struct parse *p)
{
    p->envelope->elements++;
    p->in_record = true;
    if (p->sink)
        record_begin(&p->record);
}

static void read_status(int64_t *out, bool *has, struct view text)
{
    char copy[24];
    char *end = NULL;

    text = text_trim(text);
    if (text.n == 0 || text.n >= sizeof(copy))
        return;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    long long n = strtoll(copy, &end, 10);
    if (*end == '\0') {
        *out = n;
        *has = true;
    }
}

/* A scalar outside records: of the outermost object, of a message, or passed over. */
static void envelope_scalar(struct parse *p, enum record_event what, struct view text)
{
    struct envelope *e = p->envelope;
    bool says = what == RECORD_NUMBER || what == RECORD_STRING;
    bool tells = says && !p->quiet.depth;
    bool has = false;

    switch (p->key) {
    case TOP_STATUS:
        if (says && p->depth == 1)
            read_status(&e->status, &e->has_status, text);
        break;
    case TOP_GATEWAY_STATUS:
        if (says && p->depth == 1)
            read_status(&e->gateway_status, &has, text);
        break;
    case TOP_DATA:
        if (p->depth == 1)
            e->data = what == RECORD_NULL ? DATA_NULL : DATA_OTHER;
        break;
    case TOP_ERROR:
        e->has_error = e->has_error || (says && text_trim(text).n > 0);
        if (tells)
            answer_message_add_text(e, text);
        break;
    case TOP_MESSAGE:
        if (tells)
            answer_message_add_text(e, text);
        break;
    case TOP_OTHER:
        break;
    }
}

static int scalar(struct parse *p, enum record_event what, struct view text)
{
    if (p->in_record) {
        if (p->sink)
            record_scalar(&p->record, what, text);
        return 1;
    }
    if (p->data_depth > 0 && p->depth == p->data_depth)
        return bad_element(p);
    if (p->depth > 0)
        envelope_scalar(p, what, text);
    return 1;
}

static int on_null(void *arg)
{
    return scalar(arg, RECORD_NULL, (struct view){NULL, 0});
}

static int on_boolean(void *arg, int value)
{
    (void)value;
    return scalar(arg, RECORD_BOOLEAN, (struct view){NULL, 0});
}

static int on_number(void *arg, const char *text, size_t n)
{
    return scalar(arg, RECORD_NUMBER, (struct view){text, (uint32_t)n});
}

static int on_string(void *arg, const unsigned char *text, size_t n)
{
    return scalar(arg, RECORD_STRING, (struct view){(const char *)text, (uint32_t)n});
}

static int on_key(void *arg, const unsigned char *text, size_t n)
{
    struct parse *p = arg;
    struct view key = {(const char *)text, (uint32_t)n};

    if (p->in_record) {
        if (p->sink)
            record_key(&p->record, key);
        return 1;
    }
    if (p->depth != 1) {
        quiet_key(&p->quiet, p->depth, key);
        return 1;
    }
    p->quiet.depth = 0;
    p->key = TOP_OTHER;
    for (size_t i = 0; i < sizeof(top_keys) / sizeof(top_keys[0]); i++)
        if (text_same(text_trim(key), top_keys[i].name))
            p->key = top_keys[i].key;
    /* A second `data` would hand out its records beside the first one's. */
    if (p->key == TOP_DATA && p->envelope->data != DATA_MISSING)
        return stop(p, ERR_UPSTREAM_ENVELOPE);
    return 1;
}

/* The container that is the value of `data`. */
static void open_data(struct parse *p, bool is_array)
{
    p->envelope->data = is_array ? DATA_ARRAY : DATA_OBJECT;
    if (is_array) {
        p->data_depth = p->depth;
        p->element_from = here(p);
    } else {
        p->element_from = here(p) - 1;
        begin_record(p);
    }
}

static int open_container(struct parse *p, bool is_array)
{
    if (++p->depth > PARSE_MAX_DEPTH)
        return stop(p, ERR_UPSTREAM_ENVELOPE);
    if (p->in_record) {
        if (p->sink)
            record_open(&p->record, is_array);
        return 1;
    }
    if (p->depth == 1) {
        p->envelope->is_object = !is_array;
        p->key = TOP_OTHER;
        return 1;
    }
    if (p->depth == 2 && p->key == TOP_DATA && p->envelope->is_object)
        open_data(p, is_array);
    else if (p->data_depth > 0 && p->depth == p->data_depth + 1 && !is_array)
        begin_record(p);
    return 1;
}

static int close_container(struct parse *p)
{
    int closed = p->depth--;
    quiet_close(&p->quiet, p->depth);
    int element = p->data_depth > 0 ? p->data_depth + 1 : 2;

    if (p->in_record) {
        if (p->sink && closed != element)
            (void)record_close(&p->record);
        return closed == element ? end_record(p) : 1;
    }
    if (p->data_depth > 0 && closed == p->data_depth + 1)
        return bad_element(p); /* an array where a record should be */
    if (p->data_depth > 0 && closed == p->data_depth)
        p->data_depth = 0;
    return 1;
}

static int on_start_map(void *arg)
{
    return open_container(arg, false);
}

static int on_start_array(void *arg)
{
    return open_container(arg, true);
}

static int on_end(void *arg)
{
    return close_container(arg);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

void parse_free(struct parse **parse)
{
    struct parse *p = *parse;

    if (!p)
        return;
    if (p->yajl)
        yajl_free(p->yajl);
    record_free(&p->record);
    buf_free(&p->head);
    free(p->raw);
    free(p);
    *parse = NULL;
}

struct parse *parse_new(const struct feed *feed, const struct dealer_set *dealers,
                        struct record_sink *sink, struct envelope *out)
{
    struct parse *p = calloc(1, sizeof(*p));
    bool made = p != NULL;

    memset(out, 0, sizeof(*out));
    if (!made)
        return NULL;
    p->envelope = out;
    p->sink = sink;
    buf_init(&p->head, PARSE_MAX_RAW);
    if (sink) {
        sink->foreign = 0;
        p->raw = malloc(PARSE_MAX_RAW + 1);
        made = p->raw && record_init(&p->record, feed, dealers) == ERR_OK;
    }
    p->yajl = yajl_alloc(&callbacks, NULL, p);
    if (!made || !p->yajl || !yajl_config(p->yajl, yajl_dont_validate_strings, 1))
        parse_free(&p);
    return p;
}

void parse_watch(struct parse *p, struct drift_answer *drift, size_t max_value)
{
    p->record.drift = drift;
    if (drift)
        drift_begin(drift);
    if (max_value > 0)
        p->record.max_value = max_value < RECORD_MAX_LONG ? max_value : RECORD_MAX_LONG;
}

enum err parse_feed(struct parse *p, struct view piece)
{
    /* A byte order mark is no JSON, and Windows servers send one. */
    if (!p->begun && piece.n >= 3 && memcmp(piece.p, "\xef\xbb\xbf", 3) == 0)
        piece = (struct view){piece.p + 3, piece.n - 3};
    if (!p->begun && text_trim(piece).n == 0)
        return ERR_OK;
    p->begun = true;
    p->piece = piece;
    p->element_from = 0;
    switch (yajl_parse(p->yajl, (const unsigned char *)piece.p, piece.n)) {
    case yajl_status_ok:
        break;
    case yajl_status_client_canceled:
        return p->err;
    case yajl_status_error:
    default:
        return ERR_UPSTREAM_NOT_JSON;
    }
    if (p->sink && (p->in_record || p->data_depth > 0))
        keep_head(p, piece.n);
    return ERR_OK;
}

enum err parse_end(struct parse *p)
{
    if (!p->begun)
        return ERR_UPSTREAM_NOT_JSON;
    /* A number may end here, and be an element. */
    p->piece = (struct view){"", 0};
    p->element_from = 0;
    switch (yajl_complete_parse(p->yajl)) {
    case yajl_status_ok:
        return ERR_OK;
    case yajl_status_client_canceled:
        return p->err;
    case yajl_status_error:
    default:
        return ERR_UPSTREAM_TRUNCATED;
    }
}

enum err parse_answer(struct view body, const struct feed *feed, struct view dealer,
                      struct record_sink *sink, struct envelope *out)
{
    const struct dealer_code one = {dealer, dealer};
    const struct dealer_set dealers = {&one, 1, false};
    struct parse *p = parse_new(feed, &dealers, sink, out);
    enum err err = p ? parse_feed(p, body) : ERR_NO_MEMORY;

    if (err == ERR_OK)
        err = parse_end(p);
    parse_free(&p);
    return err;
}
