/*
 * test_routes.c - which route a request means, and what its parts become.
 */
#include "gateway/params.h"
#include "gateway/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int make(void **state)
{
    *state = routes_new();
    return *state ? 0 : -1;
}

static int drop(void **state)
{
    struct routes *r = *state;
    routes_free(&r);
    return 0;
}

static const struct route *find(struct routes *r, enum role role, enum method method,
                                const char *path, struct route_match *m)
{
    route_find(r, role, method, view_of(path), m);
    return m->route;
}

static void path_parameters_are_named_fields(void **state)
{
    struct routes *r = *state;
    for (unsigned i = 0; i < r->n; i++) {
        const struct route *row = &r->rows[i];
        for (const char *p = strchr(row->path, '{'); p; p = strchr(p + 1, '{')) {
            struct view name = {p + 1, (uint32_t)(strchr(p, '}') - p - 1)};
            assert_non_null(row->input);
            const struct field_desc *f = desc_field(row->input, name);
            if (!f)
                fail_msg("%s names no field of %s", row->path, row->input->type_name);
        }
    }
}

static void required_fields_of_old_inputs_can_be_given(void **state)
{
    struct routes *r = *state;
    for (unsigned i = 0; i < r->n; i++) {
        const struct desc *d = r->rows[i].input;
        for (unsigned k = 0; d && k < d->n_fields; k++)
            if ((d->fields[k].flags & REQUIRED) && !compat_field_given(&d->fields[k]))
                fail_msg("%s: a required field has no old name", r->rows[i].path);
    }
}

static void literal_and_parameter(void **state)
{
    struct route_match m;
    assert_non_null(find(*state, ROLE_API, GET, "/api/v1/dealers", &m));
    assert_int_equal(m.n_params, 0);
    assert_non_null(find(*state, ROLE_API, GET, "/api/v1/dealers/12284", &m));
    assert_int_equal(m.n_params, 1);
    assert_true(view_is(m.params[0].name, "dealer_id"));
    assert_true(view_is(m.params[0].raw, "12284"));
    assert_null(find(*state, ROLE_API, GET, "/api/v1/dealers/", &m));
    assert_null(find(*state, ROLE_API, GET, "/api/v1/dealers/a/b", &m));
    assert_null(find(*state, ROLE_API, GET, "/api/v1/dealer", &m));
}

static void each_role_knows_its_rows_alone(void **state)
{
    struct route_match m;
    assert_non_null(find(*state, ROLE_ADMIN, POST, "/api/v1/jobs", &m));
    assert_null(find(*state, ROLE_ANALYTICS, POST, "/api/v1/jobs", &m));
    assert_int_equal(m.allowed, 0);
    assert_null(find(*state, ROLE_ADMIN, GET, "/dealers/", &m));
}

static void wrong_method_tells_which_are_right(void **state)
{
    struct route_match m;
    assert_null(find(*state, ROLE_API, DELETE, "/api/v1/dealers", &m));
    assert_int_equal(m.allowed, 1u << GET | 1u << POST);
    assert_non_null(find(*state, ROLE_API, HEAD, "/api/v1/dealers", &m));
}

static void old_names_take_a_final_slash(void **state)
{
    struct route_match m;
    assert_non_null(find(*state, ROLE_API, GET, "/dealers", &m));
    assert_non_null(find(*state, ROLE_API, GET, "/dealers/", &m));
    assert_null(find(*state, ROLE_API, GET, "/dealers//", &m));
    assert_non_null(find(*state, ROLE_API, POST, "/jobs/run", &m));
    assert_non_null(find(*state, ROLE_API, GET, "/jobs/x/status/", &m));
}

/* ---- parameters ---- */

static enum err read(struct routes *r, enum method method, const char *path, const char *query,
                     const char *body, struct arena *a, void **message, struct remote_error *why)
{
    struct route_match m;
    assert_non_null(find(r, ROLE_API, method, path, &m));
    return params_read(&m, view_of(query), view_of(body), a, message, why);
}

static void query_becomes_fields(void **state)
{
    struct arena a;
    struct remote_error why;
    void *message;
    arena_init(&a, 1 << 20);
    assert_int_equal(read(*state, GET, "/api/v1/dealers", "limit=7&q=a%20b+c&active=true", "", &a,
                          &message, &why),
                     ERR_OK);
    const struct dealer_list *l = message;
    assert_int_equal(l->limit, 7);
    assert_true(view_is(l->q, "a b c"));
    assert_true(HAS(l, dealer_list, active) && l->active);
    assert_false(HAS(l, dealer_list, cursor));
    arena_free(&a);
}

static void refuse(struct routes *r, enum method method, const char *path, const char *query,
                   const char *body, enum err wanted, const char *field)
{
    struct arena a;
    struct remote_error why = {0};
    void *message;
    arena_init(&a, 1 << 20);
    enum err e = read(r, method, path, query, body, &a, &message, &why);
    if (e != wanted)
        fail_msg("%s?%s %s: %s", path, query, body, err_code(e));
    if (*field) {
        assert_true(why.n_fields > 0);
        assert_true(view_is(why.fields[0].field, field));
    }
    arena_free(&a);
}

static void bad_parameters_are_named(void **state)
{
    refuse(*state, GET, "/api/v1/dealers", "nothing=1", "", ERR_UNKNOWN_FIELD, "nothing");
    refuse(*state, GET, "/api/v1/dealers", "limit=x", "", ERR_TYPE, "limit");
    refuse(*state, GET, "/api/v1/dealers", "limit=0", "", ERR_RANGE, "limit");
    refuse(*state, GET, "/api/v1/dealers", "limit=1&limit=1", "", ERR_DUPLICATE_FIELD, "limit");
    refuse(*state, GET, "/api/v1/dealers", "q=%00", "", ERR_FORMAT, "q");
    refuse(*state, GET, "/api/v1/dealers", "q=%4", "", ERR_FORMAT, "q");
    refuse(*state, GET, "/api/v1/dealers", "q=%ff", "", ERR_UTF8, "q");
    refuse(*state, GET, "/api/v1/dealers", "", "{}", ERR_UNKNOWN_FIELD, "");
    refuse(*state, POST, "/api/v1/dealers", "dealer_id=1", "{}", ERR_UNKNOWN_FIELD, "dealer_id");
    refuse(*state, POST, "/api/v1/dealers", "", "{\"dealer_id\":\"1\"}", ERR_MISSING,
           "dealer_name");
    refuse(*state, POST, "/api/v1/dealers", "", "{\"dealer_id\":", ERR_MALFORMED, "");
    refuse(*state, GET, "/api/v1/jobs/x", "", "", ERR_FORMAT, "id");
    refuse(*state, PATCH, "/api/v1/dealers/1", "", "{\"dealer_id\":\"2\"}", ERR_DUPLICATE_FIELD,
           "dealer_id");
}

static void old_words_become_new_fields(void **state)
{
    struct arena a;
    struct remote_error why;
    void *message;
    arena_init(&a, 1 << 20);
    assert_int_equal(read(*state, POST, "/jobs/run", "",
                          "{\"dealer_id\":\"12284\",\"from_time\":\"2026-03-01 00:00:00\"}", &a,
                          &message, &why),
                     ERR_OK);
    const struct job_submit *s = message;
    assert_int_equal(s->dealer_ids.n, 1);
    assert_true(view_is(*LIST_AT(struct view, &s->dealer_ids, 0), "12284"));
    assert_true(view_is(s->from, "2026-03-01 00:00:00"));
    assert_false(HAS(s, job_submit, to));
    assert_int_equal(read(*state, GET, "/fetch-logs/", "", "", &a, &message, &why), ERR_OK);
    assert_int_equal(((struct report_fetches *)message)->limit, 100);
    assert_int_equal(read(*state, GET, "/prospect-data/", "from_date=2026-03-01&limit=5", "", &a,
                          &message, &why),
                     ERR_OK);
    assert_true(view_is(((struct prospect_list *)message)->from, "2026-03-01"));
    assert_int_equal(((struct prospect_list *)message)->limit, 5);
    arena_free(&a);
    refuse(*state, POST, "/jobs/run", "", "{}", ERR_MISSING, "dealer_id");
    refuse(*state, POST, "/jobs/run", "", "{\"dealer_ids\":[\"1\"]}", ERR_UNKNOWN_FIELD,
           "dealer_ids");
    refuse(*state, GET, "/prospect-data", "from=2026-03-01", "", ERR_UNKNOWN_FIELD, "from");
    refuse(*state, GET, "/prospect-data", "%ff=1", "", ERR_UNKNOWN_FIELD, "?");
}

static void location_is_filled_from_the_record(void **state)
{
    struct dealer d = {.dealer_id = view_of("a/b c")};
    struct buf b;
    (void)state;
    buf_init(&b, 200);
    assert_int_equal(template_fill("/api/v1/dealers/{dealer_id}", &DEALER, &d, &b), ERR_OK);
    assert_true(view_is(buf_view(&b), "/api/v1/dealers/a%2Fb%20c"));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(path_parameters_are_named_fields, make, drop),
        cmocka_unit_test_setup_teardown(required_fields_of_old_inputs_can_be_given, make, drop),
        cmocka_unit_test_setup_teardown(literal_and_parameter, make, drop),
        cmocka_unit_test_setup_teardown(each_role_knows_its_rows_alone, make, drop),
        cmocka_unit_test_setup_teardown(wrong_method_tells_which_are_right, make, drop),
        cmocka_unit_test_setup_teardown(old_names_take_a_final_slash, make, drop),
        cmocka_unit_test_setup_teardown(query_becomes_fields, make, drop),
        cmocka_unit_test_setup_teardown(bad_parameters_are_named, make, drop),
        cmocka_unit_test_setup_teardown(old_words_become_new_fields, make, drop),
        cmocka_unit_test_setup_teardown(location_is_filled_from_the_record, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
