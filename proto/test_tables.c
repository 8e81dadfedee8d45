/*
 * test_tables.c - holds every message table to its own rules.
 */
#include "proto/codec.h"
#include "proto/example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Calls fn for each field of each table. */
static void each_field(void (*fn)(const struct desc *, const struct field_desc *))
{
    for (const struct desc *const *d = all_descs; *d; d++)
        for (unsigned i = 0; i < (*d)->n_fields; i++)
            fn(*d, &(*d)->fields[i]);
}

static void require(bool ok, const struct desc *d, const struct field_desc *f, const char *what)
{
    if (!ok)
        fail_msg("%s.%s: %s", d->type_name, f ? f->name : "", what);
}

static bool snake_case(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && s[0] >= 'a' && s[0] <= 'z' && s[n - 1] != '_' && !strstr(s, "__") &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static bool sentence(const char *s)
{
    size_t n = strlen(s);
    return n > 1 && (s[n - 1] == '.' || s[n - 1] == '?') && s[0] != ' ' && !strchr(s, '\n');
}

static void field_is_documented(const struct desc *d, const struct field_desc *f)
{
    require(snake_case(f->name), d, f, "the name is not snake_case");
    require(f->name_bytes == strlen(f->name) && f->name_bytes < 32, d, f, "the name is too long");
    require(sentence(f->doc), d, f, "no documentation that is a sentence");
}

static void every_field_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    each_field(field_is_documented);
}

static void field_is_limited(const struct desc *d, const struct field_desc *f)
{
    bool sized = f->type != F_BOOL && f->type != F_TIME && f->type != F_REAL && f->type != F_SUB;
    require(!sized || f->max > 0, d, f, "no maximum");
    require(f->type != F_WORDS || f->item_max > 0, d, f, "no maximum of an item");
    require(f->type != F_INT || f->min <= f->max, d, f, "the range is empty");
    require(!(f->flags & NULLABLE) || (f->type == F_INT && !(f->flags & REQUIRED)), d, f,
            "only an optional number can be null");
    require((f->type == F_SUB || f->type == F_LIST) == (f->of != NULL), d, f, "no record");
    require((f->type == F_ENUM) == (f->choices != NULL), d, f, "no words to choose from");
    require(f->offset + sizeof(bool) <= d->size, d, f, "outside of its struct");
}

static void every_field_is_limited(void **state)
{
    (void)state;
    each_field(field_is_limited);
}

static void field_example_is_given(const struct desc *d, const struct field_desc *f)
{
    bool needs = f->type == F_INT || f->type == F_REAL || f->type == F_BOOL || f->type == F_TIME ||
                 f->type == F_DATE || f->type == F_UUID || f->type == F_ENUM;
    require(!needs || f->example[0], d, f, "no example");
}

static void every_example_obeys_its_field(void **state)
{
    (void)state;
    each_field(field_example_is_given);
    for (const struct desc *const *d = all_descs; *d; d++) {
        struct arena a;
        struct fault f;
        arena_init(&a, 1 << 20);
        void *record = arena_take(&a, (*d)->size);
        assert_non_null(record);
        if (example_fill(*d, EXAMPLE_ALL, &a, record, &f) != ERR_OK)
            fail_msg("%s.%s: %s", (*d)->type_name, f.field, f.text);
        arena_free(&a);
    }
}

static void names_are_unique(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        for (const struct desc *const *other = all_descs; other != d; other++) {
            require(strcmp((*d)->type_name, (*other)->type_name) != 0, *d, NULL, "doubled");
            require(strcmp((*d)->name, (*other)->name) != 0, *d, NULL, "doubled wire name");
        }
        for (unsigned i = 0; i < (*d)->n_fields; i++)
            require(desc_field(*d, view_of((*d)->fields[i].name)) == &(*d)->fields[i], *d,
                    &(*d)->fields[i], "not found by its name, or doubled");
    }
}

static void messages_and_events_are_found_by_wire_name(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++) {
        const char *dot = strchr((*d)->name, '.');
        require(sentence((*d)->doc), *d, NULL, "no documentation that is a sentence");
        require(snake_case((*d)->type_name), *d, NULL, "the name is not snake_case");
        if ((*d)->kind == DESC_RECORD) {
            assert_null(desc_by_name(view_of((*d)->name)));
            continue;
        }
        require(dot && dot > (*d)->name && snake_case(dot + 1), *d, NULL, "not owner.verb");
        assert_ptr_equal(desc_by_name(view_of((*d)->name)), *d);
        assert_true(((*d)->kind == DESC_MSG) == ((*d)->reply != NULL));
        require((*d)->kind != DESC_MSG || (*d)->reply->kind == DESC_RECORD, *d, NULL,
                "answered by something that is no record");
    }
    assert_null(desc_by_name(view_of("job.submi")));
    assert_null(desc_by_name(view_of("")));
}

/* True if the record, or one in it, has a field that may never leave the system. */
static bool has_secret(const struct desc *d)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        if ((d->fields[i].flags & SECRET) || (d->fields[i].of && has_secret(d->fields[i].of)))
            return true;
    return false;
}

static void only_leases_answer_with_secrets(void **state)
{
    (void)state;
    for (const struct desc *const *d = all_descs; *d; d++)
        if ((*d)->kind == DESC_MSG && has_secret((*d)->reply))
            assert_string_equal((*d)->name, "task.lease");
}

static void codes_of_errors_are_unique_and_found(void **state)
{
    (void)state;
    for (int e = 1; e < ERR_COUNT; e++) {
        const char *code = err_code((enum err)e);
        assert_int_equal(err_from_code(code, strlen(code)), e);
        assert_true(err_http((enum err)e) >= 400 && err_http((enum err)e) < 600);
        assert_true(sentence(err_text((enum err)e)));
        assert_non_null(strchr(code, '.'));
    }
    assert_int_equal(err_from_code("no.such", 7), ERR_INTERNAL);
    assert_int_equal(err_from_sqlstate("23505"), ERR_EXISTS);
    assert_int_equal(err_from_sqlstate("08006"), ERR_DATABASE_AWAY);
    assert_int_equal(err_from_sqlstate(""), ERR_DATABASE_AWAY);
    assert_int_equal(err_from_sqlstate("42P01"), ERR_DATABASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_has_a_name_and_a_sentence),
        cmocka_unit_test(every_field_is_limited),
        cmocka_unit_test(every_example_obeys_its_field),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(messages_and_events_are_found_by_wire_name),
        cmocka_unit_test(only_leases_answer_with_secrets),
        cmocka_unit_test(codes_of_errors_are_unique_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
