/*
 * test_access.c - who may send what, and about which dealers.
 */
#include "proto/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct view own_codes[] = {{"12284", 5}, {"10234", 5}};

static struct context principal(const char *role, bool limited)
{
    struct context ctx = {0};
    if (role)
        PUT(&ctx, context, role, view_of(role));
    if (limited)
        PUT(&ctx, context, dealers, ((struct list){own_codes, 2}));
    return ctx;
}

static enum err check(const char *role, bool limited, const struct desc *msg, const void *body,
                      struct fault *f)
{
    struct context ctx = principal(role, limited);
    *f = (struct fault){0};
    return access_check(&ctx, msg, body, f);
}

static void nobody_does_what_needs_a_role(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        union {
            uint64_t has;
            char bytes[2048];
        } body = {0};
        struct fault f;
        if ((*d)->kind == DESC_MSG)
            assert_int_equal(check(NULL, false, *d, &body, &f),
                             (*d)->who == WHO_ANYBODY ? ERR_OK : ERR_FORBIDDEN);
    }
}

static void a_role_does_what_lesser_roles_do(void **state)
{
    struct dealer_get get = {.dealer_id = view_of("1")};
    struct upstream_set set = {.name = view_of("x")};
    struct task_beat beat = {0};
    struct fault f;
    (void)state;
    assert_int_equal(check("viewer", false, &DEALER_GET, &get, &f), ERR_OK);
    assert_int_equal(check("service", false, &DEALER_GET, &get, &f), ERR_OK);
    assert_int_equal(check("operator", false, &UPSTREAM_SET, &set, &f), ERR_FORBIDDEN);
    assert_string_equal(f.text, "This needs the role admin.");
    assert_int_equal(check("admin", false, &UPSTREAM_SET, &set, &f), ERR_OK);
    assert_int_equal(check("admin", false, &TASK_BEAT, &beat, &f), ERR_FORBIDDEN);
    assert_int_equal(check("emperor", false, &DEALER_GET, &get, &f), ERR_FORBIDDEN);
}

static void another_dealer_is_like_none(void **state)
{
    struct dealer_get own = {.dealer_id = view_of("12284")}, other = {.dealer_id = view_of("1228")};
    struct fault f;
    (void)state;
    assert_int_equal(check("viewer", true, &DEALER_GET, &own, &f), ERR_OK);
    assert_int_equal(check("viewer", true, &DEALER_GET, &other, &f), ERR_NOT_FOUND);
    assert_string_equal(f.field, "dealer_id");
    assert_int_equal(check("viewer", false, &DEALER_GET, &other, &f), ERR_OK);
}

static void every_named_dealer_is_looked_at(void **state)
{
    struct view named[] = {{"12284", 5}, {"99999", 5}};
    struct job_submit m = {0};
    struct fault f;
    (void)state;
    assert_int_equal(check("operator", true, &JOB_SUBMIT, &m, &f), ERR_FORBIDDEN);
    assert_string_equal(f.field, "dealer_ids");
    PUT(&m, job_submit, all_dealers, true);
    assert_int_equal(check("operator", true, &JOB_SUBMIT, &m, &f), ERR_FORBIDDEN);
    PUT(&m, job_submit, dealer_ids, ((struct list){named, 2}));
    assert_int_equal(check("operator", true, &JOB_SUBMIT, &m, &f), ERR_NOT_FOUND);
    assert_string_equal(f.field, "dealer_ids[1]");
    m.dealer_ids.n = 1;
    assert_int_equal(check("operator", true, &JOB_SUBMIT, &m, &f), ERR_OK);
}

static void what_concerns_all_dealers_is_for_those_who_may_see_all(void **state)
{
    struct drift_list m = {0};
    struct error_list errors = {0};
    struct fault f;
    (void)state;
    assert_int_equal(check("operator", true, &DRIFT_LIST, &m, &f), ERR_FORBIDDEN);
    assert_int_equal(check("operator", false, &DRIFT_LIST, &m, &f), ERR_OK);
    assert_int_equal(check("viewer", true, &ERROR_LIST, &errors, &f), ERR_OK);
}

static void no_dealers_is_not_all_dealers(void **state)
{
    struct context ctx = principal("viewer", true);
    struct dealer_get m = {.dealer_id = view_of("12284")};
    struct fault f;
    (void)state;
    ctx.dealers.n = 0;
    assert_int_equal(access_check(&ctx, &DEALER_GET, &m, &f), ERR_NOT_FOUND);
}

/* Otherwise the check would have nothing to look at. */
static void a_message_about_named_dealers_has_a_field_that_names_them(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++)
        if ((*d)->kind == DESC_MSG && (*d)->scope == SCOPE_NAMED &&
            !desc_field(*d, view_of("dealer_id")) && !desc_field(*d, view_of("dealer_ids")))
            fail_msg("%s names no dealer", (*d)->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_does_what_needs_a_role),
        cmocka_unit_test(a_role_does_what_lesser_roles_do),
        cmocka_unit_test(another_dealer_is_like_none),
        cmocka_unit_test(every_named_dealer_is_looked_at),
        cmocka_unit_test(what_concerns_all_dealers_is_for_those_who_may_see_all),
        cmocka_unit_test(no_dealers_is_not_all_dealers),
        cmocka_unit_test(a_message_about_named_dealers_has_a_field_that_names_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
