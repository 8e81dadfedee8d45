/*
 * store_answer.c - an answer in the store's hands: read from its spool in pieces, and judged.
 */
#include "services/fetcher/store_answer.h"

#include <stdio.h>
#include <string.h>

enum { PIECE = 64 * 1024 };

enum err answer_count_bad(int64_t *bad)
{
    return ++*bad > ANSWER_MAX_BAD ? ERR_UPSTREAM_BAD_RECORDS : ERR_OK;
}

static enum err feed_all(const struct spool *spool, struct parse *p)
{
    char piece[PIECE];
    size_t got = sizeof(piece);
    enum err err = ERR_OK;

    for (size_t at = 0; got == sizeof(piece) && err == ERR_OK; at += got) {
        err = spool_read(spool, at, piece, sizeof(piece), &got);
        if (err == ERR_OK)
            err = parse_feed(p, (struct view){piece, (uint32_t)got});
    }
    return err == ERR_OK ? parse_end(p) : err;
}

enum err answer_read(struct store_job *j, struct record_sink *sink, char text[STORE_MAX_TEXT + 1])
{
    struct envelope e;
    enum err http = answer_http(j->http_status);
    struct parse *p = parse_new(j->feed, &j->dealers, http == ERR_OK ? sink : NULL, &e);
    if (p && sink)
        parse_watch(p, j->drift, (size_t)j->max_value);
    enum err err = p ? feed_all(j->spool, p) : ERR_NO_MEMORY;

    parse_free(&p);
    if (http != ERR_OK)
        err = answer_refusal(j->http_status, &e);
    if (err == ERR_OK)
        err = answer_classify(j->http_status, &e);
    j->elements = e.elements;
    if (sink)
        j->rows_foreign = sink->foreign;
    (void)snprintf(text, STORE_MAX_TEXT + 1, "HTTP %d%s%.*s", j->http_status,
                   e.message[0] ? ": " : "", STORE_MAX_TEXT - 16, e.message);
    if (http == ERR_OK && !e.message[0] && err != ERR_OK)
        (void)snprintf(text, STORE_MAX_TEXT + 1, "HTTP %d: %s", j->http_status, err_text(err));
    if (err == ERR_UPSTREAM_BAD_RECORDS)
        (void)snprintf(text, STORE_MAX_TEXT + 1, "more than %d records cannot be stored",
                       ANSWER_MAX_BAD);
    return err;
}
