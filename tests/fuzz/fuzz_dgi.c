/*
 * fuzz_dgi.c - any bytes as the answer of an upstream: classified, or read into records.
 *
 * The first byte picks the HTTP status. Whatever comes in, the message is one printable line, every
 * record that is handed out has its key and only values that PostgreSQL can store, and the records
 * handed out, set aside and dropped are as many as the elements of the answer.
 */
#include "proto/check.h"
#include "services/fetcher/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
    int64_t good;
    int64_t bad;
};

static void require(bool held)
{
    if (!held)
        abort();
}

static void check_values(const struct feed_part *p, const struct value *values)
{
    for (unsigned i = 0; i < p->n_fields; i++) {
        enum field_kind kind = p->fields[i].kind;
        struct view v = values[i].text;
        if (!v.p)
            continue;
        require(v.n > 0 && v.n <= RECORD_MAX_VALUE && text_valid(v));
        if (kind == KIND_DATE && !values[i].raw)
            require(v.n == 10);
        if (kind == KIND_DATETIME && !values[i].raw)
            require(v.n == 19);
    }
}

static enum err on_good(void *arg, const struct record *r)
{
    struct tally *t = arg;

    require(r->parent[feed_key(r->feed)].text.p != NULL);
    check_values(&r->feed->parts[0], r->parent);
    for (unsigned i = 0; i < r->n_children; i++) {
        require(r->children[i].position >= 1 && r->children[i].part >= 1);
        check_values(&r->feed->parts[r->children[i].part], r->children[i].values);
    }
    t->good++;
    return ERR_OK;
}

static enum err on_bad(void *arg, const struct bad_record *b)
{
    struct tally *t = arg;

    require(b->reason != ERR_OK && b->raw.n <= PARSE_MAX_RAW && text_valid(b->raw));
    t->bad++;
    return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 400, 200, 500};
    const struct feed *feed = feed_by_name(view_of("prsp"));
    struct tally t = {0, 0};
    struct record_sink sink = {&t, on_good, on_bad, 0};
    struct envelope e;

    if (size == 0)
        return 0;
    int http = statuses[data[0] % 4];
    struct view body = {(const char *)data + 1, (uint32_t)(size - 1)};
    enum err err = parse_answer(body, feed, view_of("99901"), NULL, &e);
    require(memchr(e.message, '\0', sizeof(e.message)) && text_valid(view_of(e.message)));
    if (err != ERR_OK || answer_classify(http, &e) != ERR_OK)
        return 0;
    int64_t elements = e.elements;
    require(parse_answer(body, feed, view_of("99901"), &sink, &e) == ERR_OK);
    require(e.elements == elements && t.good + t.bad + sink.foreign == elements);
    return 0;
}
