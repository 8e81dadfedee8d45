/*
 * test_principals.c - what was checked is found until it changes or gives way.
 */
#include "gateway/principals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void hash_of(unsigned n, unsigned char out[PRINCIPAL_HASH])
{
    memset(out, 0, PRINCIPAL_HASH);
    out[0] = 7;
    memcpy(out + 8, &n, sizeof n);
}

static struct identity user(const char *owner, const char *session)
{
    struct identity i = {.principal = view_of("ann"),
                         .kind = view_of("user"),
                         .role = view_of("viewer"),
                         .owner_id = view_of(owner)};
    PUT(&i, identity, session_id, view_of(session));
    return i;
}

static void what_was_kept_is_found(void **state)
{
    struct principals *p = principals_new();
    unsigned char hash[PRINCIPAL_HASH], other[PRINCIPAL_HASH];
    struct view codes[] = {{"12284", 5}, {"1", 1}};
    struct identity i = user("u1", "s1");
    (void)state;
    hash_of(1, hash);
    hash_of(2, other);
    PUT(&i, identity, dealers, ((struct list){codes, 2}));
    PUT(&i, identity, expires_at, 99);
    assert_non_null(principals_keep(p, hash, &i, 5));
    memset(codes, 0, sizeof codes);
    const struct principal *row = principals_find(p, hash);
    assert_non_null(row);
    assert_string_equal(row->name, "ann");
    assert_true(row->limited && row->dealers.n == 2 && row->until == 99 && row->checked == 5);
    assert_true(view_is(*LIST_AT(struct view, &row->dealers, 0), "12284"));
    assert_null(principals_find(p, other));
    principals_free(&p);
}

static void who_may_see_no_dealer_is_limited(void **state)
{
    struct principals *p = principals_new();
    unsigned char hash[PRINCIPAL_HASH];
    struct identity i = user("u1", "s1");
    (void)state;
    hash_of(1, hash);
    PUT(&i, identity, dealers, ((struct list){NULL, 0}));
    const struct principal *row = principals_keep(p, hash, &i, 0);
    assert_true(row->limited && row->dealers.n == 0);
    principals_free(&p);
}

static void changes_take_out_what_they_name(void **state)
{
    struct principals *p = principals_new();
    unsigned char one[PRINCIPAL_HASH], two[PRINCIPAL_HASH], three[PRINCIPAL_HASH];
    struct identity first = user("u1", "s1"), second = user("u1", "s2"), other = user("u2", "s3");
    (void)state;
    hash_of(1, one);
    hash_of(2, two);
    hash_of(3, three);
    principals_keep(p, one, &first, 0);
    principals_keep(p, two, &second, 0);
    principals_keep(p, three, &other, 0);
    principals_forget_changed(p, view_of("session"), view_of("s1"));
    assert_true(!principals_find(p, one) && principals_find(p, two) && principals_find(p, three));
    principals_forget_changed(p, view_of("session"), view_of("u1"));
    assert_non_null(principals_find(p, two));
    principals_forget_changed(p, view_of("user"), view_of("u1"));
    assert_true(!principals_find(p, two) && principals_find(p, three));
    principals_forget_all(p);
    assert_null(principals_find(p, three));
    principals_free(&p);
}

static void the_oldest_gives_way(void **state)
{
    struct principals *p = principals_new();
    unsigned char hash[PRINCIPAL_HASH];
    struct identity i = user("u1", "s1");
    (void)state;
    for (unsigned n = 0; n <= PRINCIPAL_WAYS; n++) {
        hash_of(n, hash);
        principals_keep(p, hash, &i, n == 0 ? 100 : n);
    }
    hash_of(0, hash);
    assert_non_null(principals_find(p, hash));
    hash_of(1, hash);
    assert_null(principals_find(p, hash));
    principals_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_found),
        cmocka_unit_test(who_may_see_no_dealer_is_limited),
        cmocka_unit_test(changes_take_out_what_they_name),
        cmocka_unit_test(the_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
