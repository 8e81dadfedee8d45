/*
 * test_profile.c - paths, what each profile makes of a record, and the faults of single values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "services/dgi_sim/json_in.h"
#include "services/dgi_sim/render.h"

static void paths_name_profiles(void **state)
{
    const char *rest;

    (void)state;
    assert_int_equal(profile_of_path("/dgi-api/v1.3/prsp/read", 0, &rest), PROFILE_SPEC13);
    assert_string_equal(rest, "/prsp/read");
    assert_int_equal(profile_of_path("/dgi-api/v1/x", PROFILE_COLON, &rest), PROFILE_COLON);
    assert_int_equal(profile_of_path("/legacy/dgi-api/v1/prsp/read", 0, &rest), PROFILE_LEGACY);
    assert_int_equal(profile_of_path("/gateway/dgi-api/v1.3/y", 0, &rest), PROFILE_GATEWAY);
    assert_int_equal(profile_of_path("/legacy/other", 0, &rest), -1);
    assert_int_equal(profile_of_path("/dgi-api/prsp/read", 0, &rest), -1);
    assert_int_equal(profile_of_path("/dgi-api/v1.3", 0, &rest), -1);
    assert_int_equal(profile_of_path("/", 0, &rest), -1);
}

/* A record with two units and a fixed life. */
static void sample(struct prospect *p)
{
    prospect_clear(p, "12284");
    p->created = p->when[PROSPECT_CREATED_TIME] = wall_day(2026, 3, 5) * DAY_S + 33300;
    p->modified = p->when[PROSPECT_MODIFIED_TIME] = p->created + 60;
    p->when[PROSPECT_TANGGAL_PROSPECT] = wall_day(2026, 3, 5) * DAY_S;
    snprintf(p->text[PROSPECT_ID_PROSPECT], PROSPECT_TEXT_MAX, "Z9Z/1");
    snprintf(p->text[PROSPECT_STATUS_PROSPECT], PROSPECT_TEXT_MAX, "3");
    snprintf(p->text[PROSPECT_NAMA_LENGKAP], PROSPECT_TEXT_MAX, "Contoh \"Satu\"");
    p->unit_count = 2;
    p->units[0] = (struct unit){.type = "BEA", .created = p->created, .modified = p->modified};
    p->units[1] = (struct unit){.type = "VAR", .created = p->created, .modified = WALL_NONE};
}

/* The record as a list of elements; the caller frees it. */
static yajl_val rendered(enum profile_id id, const struct fault *fault, struct render *r)
{
    struct text out = {0};
    struct prospect p;
    yajl_val tree;

    sample(&p);
    profile_shape(id, &p);
    text_add(&out, "[");
    *r = (struct render){.out = &out, .profile = id, .fault = fault};
    render_prospect(r, &p);
    text_add(&out, "]");
    tree = json_read(out.p, out.n);
    assert_true(YAJL_IS_ARRAY(tree));
    assert_int_equal(tree->u.array.len, r->rows);
    text_free(&out);
    r->out = NULL;
    return tree;
}

static void the_document_is_followed(void **state)
{
    const struct fault none = {0};
    struct render r;
    yajl_val list = rendered(PROFILE_SPEC13, &none, &r), one = list->u.array.values[0];

    (void)state;
    assert_int_equal(r.rows, 1);
    assert_int_equal(one->u.object.len, PROSPECT_FIELD_COUNT + 1);
    assert_string_equal(json_text(one, "tanggalProspect"), "05/03/2026");
    assert_string_equal(json_text(one, "createdTime"), "05/03/2026 09:15:00");
    assert_string_equal(json_text(one, "statusProspect"), "3");
    assert_string_equal(json_text(one, "namaLengkap"), "Contoh \"Satu\"");
    assert_true(YAJL_IS_STRING(json_member(one, "alamat")));
    assert_int_equal(json_member(one, "unit")->u.array.len, 2);
    yajl_tree_free(list);
}

static void legacy_is_exploded_and_incomplete(void **state)
{
    const struct fault none = {0};
    struct render r;
    yajl_val list = rendered(PROFILE_LEGACY, &none, &r);

    (void)state;
    assert_int_equal(r.rows, 2);
    for (size_t i = 0; i < 2; i++) {
        yajl_val row = list->u.array.values[i], units = json_member(row, "unit");

        assert_string_equal(json_text(row, "idProspect"), "Z9Z/1");
        assert_null(json_member(row, "createdTime"));
        assert_null(json_member(row, "modifiedTime"));
        assert_null(json_member(row, "dealerId"));
        assert_null(json_member(row, "kodeKelurahanKantor"));
        assert_non_null(json_member(row, "KodeKelurahanKantor"));
        assert_int_equal(units->u.array.len, 1);
        assert_string_equal(json_text(units->u.array.values[0], "kodeTipeUnit"),
                            i == 0 ? "BEA" : "VAR");
        assert_non_null(json_member(units->u.array.values[0], "createdTime"));
        assert_null(json_member(units->u.array.values[0], "modifiedTime"));
    }
    yajl_tree_free(list);
}

static void colon_sends_words(void **state)
{
    const struct fault none = {0};
    struct render r;
    yajl_val list = rendered(PROFILE_COLON, &none, &r);

    (void)state;
    assert_string_equal(json_text(list->u.array.values[0], "statusProspect"), "Hot");
    assert_true(YAJL_IS_NULL(json_member(list->u.array.values[0], "alamat")));
    yajl_tree_free(list);
}

static void faults_hit_their_field(void **state)
{
    struct fault f = {.kind = FAULT_BAD_DATE};
    struct render r;
    yajl_val list = rendered(PROFILE_SPEC13, &f, &r);

    (void)state;
    assert_string_equal(json_text(list->u.array.values[0], "tanggalProspect"), "32/13/2026");
    assert_string_equal(r.hit, "Z9Z/1");
    yajl_tree_free(list);
    f = (struct fault){.kind = FAULT_NO_KEY};
    list = rendered(PROFILE_SPEC13, &f, &r);
    assert_null(json_member(list->u.array.values[0], "idProspect"));
    yajl_tree_free(list);
    f = (struct fault){.kind = FAULT_LONG_VALUE, .value = 500};
    list = rendered(PROFILE_SPEC13, &f, &r);
    assert_int_equal(strlen(json_text(list->u.array.values[0], "alamat")), 500);
    yajl_tree_free(list);
    f = (struct fault){.kind = FAULT_RENAME_FIELD, .field = "unit.kodeTipeUnit", .to = "tipe"};
    list = rendered(PROFILE_SPEC13, &f, &r);
    assert_string_equal(
        json_text(json_member(list->u.array.values[0], "unit")->u.array.values[1], "tipe"), "VAR");
    yajl_tree_free(list);
    f = (struct fault){.kind = FAULT_NO_KEY, .record = 1};
    list = rendered(PROFILE_SPEC13, &f, &r);
    assert_non_null(json_member(list->u.array.values[0], "idProspect"));
    assert_string_equal(r.hit, "");
    yajl_tree_free(list);
    f = (struct fault){.kind = FAULT_DUPLICATE};
    list = rendered(PROFILE_LEGACY, &f, &r);
    assert_int_equal(r.rows, 4);
    yajl_tree_free(list);
}

static void refusals_have_their_shapes(void **state)
{
    for (int id = 0; id < PROFILE_COUNT; id++)
        for (int refusal = REFUSAL_BODY; refusal < REFUSAL_COUNT; refusal++) {
            struct text body = {0};
            int status = profile_refuse((enum profile_id)id, (enum refusal)refusal,
                                        &profile_defaults[id], &body);
            yajl_val tree = body.n > 0 ? json_read(body.p, body.n) : NULL;

            (void)state;
            assert_true(status == 0 || status >= 200);
            if (id == PROFILE_SPEC13 || id == PROFILE_COLON) {
                assert_int_equal(status, 200);
                assert_true(YAJL_IS_OBJECT(json_member(tree, "message")));
            }
            yajl_tree_free(tree);
            text_free(&body);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_name_profiles),
        cmocka_unit_test(the_document_is_followed),
        cmocka_unit_test(legacy_is_exploded_and_incomplete),
        cmocka_unit_test(colon_sends_words),
        cmocka_unit_test(faults_hit_their_field),
        cmocka_unit_test(refusals_have_their_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
