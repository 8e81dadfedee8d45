/*
 * test_parse.c - records of an answer: what is kept, set aside, dropped.
 */
#include "services/fetcher/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What came out, as one line a record: "id|column=value|...|unit:1 ..." and "bad:reason:field:raw".
 */
struct heard {
    char text[8192];
    size_t n;
    unsigned good;
    unsigned bad;
};

static void say(struct heard *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct heard *h, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(h->text + h->n, sizeof(h->text) - h->n, format, args);
    va_end(args);
    assert_true(n >= 0);
    h->n += (size_t)n;
    assert_true(h->n < sizeof(h->text));
}

static void say_values(struct heard *h, const struct feed_part *p, const struct value *values)
{
    for (unsigned i = 0; i < p->n_fields; i++)
        if (values[i].text.p)
            say(h, " %s%s=%.*s", p->fields[i].column, values[i].raw ? "_raw" : "",
                (int)values[i].text.n, values[i].text.p);
}

static enum err on_good(void *arg, const struct record *r)
{
    struct heard *h = arg;

    h->good++;
    say(h, "good");
    say_values(h, &r->feed->parts[0], r->parent);
    for (unsigned i = 0; i < r->n_children; i++) {
        const struct child *c = &r->children[i];
        say(h, " [%u", c->position);
        say_values(h, &r->feed->parts[c->part], c->values);
        say(h, "]");
    }
    say(h, "\n");
    return ERR_OK;
}

static enum err on_bad(void *arg, const struct bad_record *b)
{
    struct heard *h = arg;

    h->bad++;
    say(h, "bad %s '%s' %.*s\n", err_code(b->reason), b->field, (int)b->raw.n, b->raw.p);
    return ERR_OK;
}

/* Parses {"status":1,"data":<data>} for dealer 99901. */
static int64_t parse(const char *data, size_t n, struct heard *h)
{
    static char body[200000];
    struct record_sink sink = {h, on_good, on_bad, 0};
    struct envelope e;

    memset(h, 0, sizeof(*h));
    int head = snprintf(body, sizeof(body), "{\"status\":1,\"data\":");
    assert_true((size_t)head + n + 1 < sizeof(body));
    memcpy(body + head, data, n);
    body[(size_t)head + n] = '}';
    struct view v = {body, (uint32_t)((size_t)head + n + 1)};
    assert_int_equal(parse_answer(v, feed_by_name(view_of("prsp")), view_of("99901"), &sink, &e),
                     ERR_OK);
    assert_int_equal(answer_classify(200, &e), ERR_OK);
    assert_int_equal(e.elements, (int64_t)h->good + h->bad + sink.foreign);
    return sink.foreign;
}

static const struct {
    const char *data;
    const char *heard;
    int64_t foreign;
} cases[] = {
    {"[]", "", 0},
    {"null", "", 0},
    /* normalising */
    {"[{\"idProspect\":\" P1 \",\"namaLengkap\":\"\",\"noKontak\":null,\"alamat\":\"  "
     "\",\"kodePos\":16110}]",
     "good id_prospect=P1 kode_pos=16110\n", 0},
    {"[{\"IDPROSPECT\":\"P1\",\"Statusprospect\":3.0,\"later\":{\"idProspect\":[1,{}]},\"x\":[[]]}"
     "]",
     "good id_prospect=P1 status_prospect=3.0\n", 0},
    {"{\"idProspect\":\"P1\"}", "good id_prospect=P1\n", 0},
    {"[{\"idProspect\":\"\\u00e9\\\"\"}]", "good id_prospect=\xc3\xa9\"\n", 0},
    /* dates */
    {"[{\"idProspect\":\"P1\",\"tanggalProspect\":\"05/03/2026\",\"tanggalAppointment\":\"besok\","
     "\"createdTime\":\"2026-03-05T09:15:00Z\",\"modifiedTime\":\"31/02/2026 10:00:00\"}]",
     "good id_prospect=P1 tanggal_prospect=2026-03-05 tanggal_appointment_raw=besok "
     "created_time=2026-03-05 09:15:00 modified_time_raw=31/02/2026 10:00:00\n",
     0},
    /* children */
    {"[{\"idProspect\":\"P1\",\"unit\":[{\"kodeTipeUnit\":\"AA1\",\"x\":{\"y\":1}},null,{"
     "\"KODETIPEUNIT\":\" \"},"
     "{\"salesProgramId\":\"S\",\"createdTime\":\"05/03/2026\"}],\"noKtp\":\"7\"}]",
     "good id_prospect=P1 no_ktp=7 [1 kode_tipe_unit=AA1] [2] [3 sales_program_id=S "
     "created_time=2026-03-05 00:00:00]\n",
     0},
    {"[{\"idProspect\":\"P1\",\"unit\":null},{\"idProspect\":\"P2\",\"unit\":\"\"},"
     "{\"idProspect\":\"P3\",\"unit\":[]},{\"idProspect\":\"P4\",\"unit\":{\"kodeTipeUnit\":\"A\"}}"
     "]",
     "good id_prospect=P1\ngood id_prospect=P2\ngood id_prospect=P3\ngood id_prospect=P4 [1 "
     "kode_tipe_unit=A]\n",
     0},
    /* set aside, and the others kept */
    {"[{\"namaLengkap\":\"x\"}, {\"idProspect\":\"P1\"} ,{\"idProspect\":\" \"}]",
     "bad row.no_key 'idProspect' {\"namaLengkap\":\"x\"}\ngood id_prospect=P1\n"
     "bad row.no_key 'idProspect' {\"idProspect\":\" \"}\n",
     0},
    {"[{\"idProspect\":{\"a\":1}},{\"idProspect\":\"P1\",\"alamat\":[\"x\"]},{\"idProspect\":"
     "\"P2\",\"noKtp\":true}]",
     "bad row.type 'idProspect' {\"idProspect\":{\"a\":1}}\n"
     "bad row.type 'alamat' {\"idProspect\":\"P1\",\"alamat\":[\"x\"]}\n"
     "bad row.type 'noKtp' {\"idProspect\":\"P2\",\"noKtp\":true}\n",
     0},
    {"[{\"idProspect\":\"P1\",\"unit\":[7]},{\"idProspect\":\"P2\",\"unit\":\"AA1\"},"
     "{\"idProspect\":\"P3\",\"unit\":[[{}]]},{\"idProspect\":\"P4\",\"unit\":[{\"kodeTipeUnit\":{}"
     "}]}]",
     "bad row.type 'unit' {\"idProspect\":\"P1\",\"unit\":[7]}\n"
     "bad row.type 'unit' {\"idProspect\":\"P2\",\"unit\":\"AA1\"}\n"
     "bad row.type 'unit' {\"idProspect\":\"P3\",\"unit\":[[{}]]}\n"
     "bad row.type 'unit.kodeTipeUnit' {\"idProspect\":\"P4\",\"unit\":[{\"kodeTipeUnit\":{}}]}\n",
     0},
    {"[7, \"x\" ,null,[{\"idProspect\":\"P9\"}],{\"idProspect\":\"P1\"}]",
     "bad row.type '' 7\nbad row.type '' \"x\"\nbad row.type '' null\n"
     "bad row.type '' [{\"idProspect\":\"P9\"}]\ngood id_prospect=P1\n",
     0},
    {"[{\"idProspect\":\"P\\u0000\"},{\"idProspect\":\"P1\",\"alamat\":\"\xff\"},{\"idProspect\":"
     "\"P2\",\"x\":\"\xff\"}]",
     "bad row.bad_text 'idProspect' {\"idProspect\":\"P\\u0000\"}\n"
     "bad row.bad_text 'alamat' {\"idProspect\":\"P1\",\"alamat\":\"?\"}\ngood id_prospect=P2\n",
     0},
    /* other dealers of the group */
    {"[{\"idProspect\":\"P1\",\"dealerId\":\"99902\"},{\"idProspect\":\"P2\",\"dealerId\":\" 99901 "
     "\"},"
     "{\"dealerId\":\"99902\",\"alamat\":{}},{\"idProspect\":\"P3\",\"dealerId\":99901},"
     "{\"idProspect\":\"P4\",\"dealerId\":\"\"}]",
     "good id_prospect=P2 dealer_id=99901\ngood id_prospect=P3 dealer_id=99901\ngood "
     "id_prospect=P4\n",
     2},
};

static void records_are_read(void **state)
{
    static struct heard h;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(parse(cases[i].data, strlen(cases[i].data), &h), cases[i].foreign);
        assert_string_equal(h.text, cases[i].heard);
    }
}

/* Reads a body in pieces of n bytes, for the dealers 99901 (ours: a) and 99902 (ours: b). */
static int64_t parse_pieces(const char *body, uint32_t n, bool group, struct heard *h)
{
    static const struct dealer_code codes[] = {{{"99901", 5}, {"a", 1}}, {{"99902", 5}, {"b", 1}}};
    const struct dealer_set dealers = {codes, group ? 2 : 1, group};
    struct record_sink sink = {h, on_good, on_bad, 0};
    struct envelope e;
    uint32_t size = (uint32_t)strlen(body);

    memset(h, 0, sizeof(*h));
    struct parse *p = parse_new(feed_by_name(view_of("prsp")), &dealers, &sink, &e);
    assert_non_null(p);
    for (uint32_t at = 0; at < size; at += n)
        assert_int_equal(parse_feed(p, (struct view){body + at, size - at < n ? size - at : n}),
                         ERR_OK);
    assert_int_equal(parse_end(p), ERR_OK);
    parse_free(&p);
    assert_int_equal(e.elements, (int64_t)h->good + h->bad + sink.foreign);
    return sink.foreign;
}

static void pieces_are_read_like_the_whole(void **state)
{
    static struct heard whole;
    static struct heard pieces;
    char body[1000];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)snprintf(body, sizeof(body), "{\"status\":1,\"data\":%s}", cases[i].data);
        (void)parse(cases[i].data, strlen(cases[i].data), &whole);
        for (uint32_t n = 1; n <= strlen(body); n++) {
            assert_int_equal(parse_pieces(body, n, false, &pieces), cases[i].foreign);
            assert_string_equal(pieces.text, whole.text);
        }
    }
}

static enum err tell_owner(void *arg, const struct record *r)
{
    struct heard *h = arg;
    struct view owner = record_dealer(r, true);

    say(h, "%.*s ", (int)owner.n, owner.p);
    return ERR_OK;
}

static enum err tell_bad(void *arg, const struct bad_record *b)
{
    struct heard *h = arg;

    say(h, "%.*s:%s ", (int)b->dealer.n, b->dealer.p, err_code(b->reason));
    return ERR_OK;
}

static void a_group_call_tells_records_apart_by_their_dealer(void **state)
{
    static const struct dealer_code codes[] = {{{"99901", 5}, {"a", 1}}, {{"99902", 5}, {"b", 1}}};
    const struct dealer_set dealers = {codes, 2, true};
    static struct heard h;
    struct record_sink sink = {&h, tell_owner, tell_bad, 0};
    struct envelope e;

    (void)state;
    struct parse *p = parse_new(feed_by_name(view_of("prsp")), &dealers, &sink, &e);
    assert_non_null(p);
    assert_int_equal(
        parse_feed(p, view_of("{\"status\":1,\"data\":[{\"idProspect\":\"P1\",\"dealerId\":"
                              "\"99902\"},{\"idProspect\":\"P1\",\"dealerId\":99901},"
                              "{\"idProspect\":\"P1\"},{\"dealerId\":\"99902\"},7,"
                              "{\"idProspect\":\"P1\",\"dealerId\":\"99903\"},"
                              "{\"idProspect\":\"P1\",\"dealerId\":{}}]}")),
        ERR_OK);
    assert_int_equal(parse_end(p), ERR_OK);
    parse_free(&p);
    assert_string_equal(h.text, "b a *:row.no_dealer b:row.no_key *:row.type *:row.type ");
    assert_int_equal(sink.foreign, 1);
}

static void long_values_are_set_aside_with_a_bounded_raw_text(void **state)
{
    static char data[40000];
    static struct heard h;
    struct record_sink sink = {&h, on_good, NULL, 0};

    (void)state;
    (void)sink;
    int n = snprintf(data, sizeof(data),
                     "[{\"idProspect\":\"%02000d\"},{\"idProspect\":\"%02001d\"}]", 1, 2);
    (void)parse(data, (size_t)n, &h);
    assert_int_equal(h.good, 1);
    assert_int_equal(h.bad, 1);
    assert_non_null(strstr(h.text, "bad row.too_long 'idProspect' {\"idProspect\":\"000"));
}

struct raw_seen {
    uint32_t n;
};

static enum err raw_of(void *arg, const struct bad_record *b)
{
    struct raw_seen *seen = arg;
    seen->n = b->raw.n;
    return ERR_OK;
}

static void raw_text_is_bounded(void **state)
{
    static char body[40000];
    struct raw_seen seen = {0};
    struct record_sink sink = {&seen, NULL, raw_of, 0};
    struct envelope e;

    (void)state;
    int n = snprintf(body, sizeof(body), "{\"status\":1,\"data\":[{\"alamat\":\"%030000d\"}]}", 1);
    assert_int_equal(parse_answer((struct view){body, (uint32_t)n}, feed_by_name(view_of("prsp")),
                                  view_of("1"), &sink, &e),
                     ERR_OK);
    assert_int_equal(seen.n, PARSE_MAX_RAW);
}

static void too_many_children_are_set_aside(void **state)
{
    static char data[100000];
    static struct heard h;
    size_t n = (size_t)snprintf(data, sizeof(data), "[{\"idProspect\":\"P1\",\"unit\":[{}");

    (void)state;
    for (unsigned i = 0; i < RECORD_MAX_CHILDREN; i++)
        n += (size_t)snprintf(data + n, sizeof(data) - n, ",{}");
    n += (size_t)snprintf(data + n, sizeof(data) - n, "]},{\"idProspect\":\"P2\",\"unit\":[{}]}]");
    (void)parse(data, n, &h);
    assert_int_equal(h.good, 1);
    assert_int_equal(h.bad, 1);
}

static enum err refuse(void *arg, const struct record *r)
{
    (void)arg;
    (void)r;
    return ERR_DATABASE;
}

static void error_of_the_sink_ends_the_parse(void **state)
{
    struct record_sink sink = {NULL, refuse, NULL, 0};
    struct envelope e;

    (void)state;
    assert_int_equal(parse_answer(view_of("{\"status\":1,\"data\":[{\"idProspect\":\"P1\"}]}"),
                                  feed_by_name(view_of("prsp")), view_of("1"), &sink, &e),
                     ERR_DATABASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read),
        cmocka_unit_test(pieces_are_read_like_the_whole),
        cmocka_unit_test(a_group_call_tells_records_apart_by_their_dealer),
        cmocka_unit_test(long_values_are_set_aside_with_a_bounded_raw_text),
        cmocka_unit_test(raw_text_is_bounded),
        cmocka_unit_test(too_many_children_are_set_aside),
        cmocka_unit_test(error_of_the_sink_ends_the_parse),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
