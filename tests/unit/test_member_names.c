/* SPDX-License-Identifier: ISC */
/* The names of members who were removed: the log is read with them, whoever has their slot
 * by now. */
#include "members.h"

static void removed_members_keep_their_names(void **state)
{
    static const char *const names[] = {"lena", "tom", "eve"};
    struct fixture fx, *f = &fx;
    MEMBER_LIST_OWNED struct member_list ever = {0}, now = {0};
    uint32_t slots[3];
    (void)state;

    fixture_begin(f);
    for (size_t i = 0; i < 3; i++) {
        PERSON_OWNED struct person p = {0};
        person_join(f, &p, names[i], i == 1 ? ROLE_AUDITOR : ROLE_READER);
        slots[i] = p.slot;
    }
    for (size_t i = 0; i < 3; i++)
        must(vault_member_remove(f->v, slots[i], NULL, NULL, &f->err));
    fixture_reopen(f);
    must(vault_members(f->v, &now, &f->err));
    assert_int_equal(now.count, 1);
    assert_int_equal(now.items[0].left, 0);
    must(vault_members_ever(f->v, &ever, &f->err));
    assert_int_equal(ever.count, 4);
    for (size_t i = 0; i < 3; i++) {
        const struct member *m = &ever.items[1 + i];
        assert_int_equal(m->number, slots[i]);
        assert_string_equal(m->label, names[i]);
        assert_true(m->left > 0);
        assert_ptr_equal(member_then(&ever, slots[i], m->left), m);
    }
    assert_ptr_equal(member_then(&ever, 0, 0), &ever.items[0]);
    assert_null(member_then(&ever, 99, 0));
    fixture_end(f);
}

/* 256 slots can be given again: the time tells who it was. */
static void the_time_tells_who_had_a_slot(void **state)
{
    struct member items[] = {
        {.number = 3, .created = 300, .label = "now"},
        {.number = 4, .created = 100, .label = "other"},
        {.number = 3, .left = 100, .label = "first"},
        {.number = 3, .left = 200, .label = "second"},
    };
    struct member_list ever = {.items = items, .count = 4};
    (void)state;

    assert_string_equal(member_then(&ever, 3, 50)->label, "first");
    assert_string_equal(member_then(&ever, 3, 100)->label, "first");
    assert_string_equal(member_then(&ever, 3, 101)->label, "second");
    assert_string_equal(member_then(&ever, 3, 250)->label, "second"); /* by another clock */
    assert_string_equal(member_then(&ever, 3, 300)->label, "now");
    assert_string_equal(member_then(&ever, 4, 50)->label, "other");
    ever.count = 2;
    assert_string_equal(member_then(&ever, 3, 50)->label, "now");
}

static void a_reader_sees_nobody(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person rita = {0};
    VAULT_OWNED struct vault *v = NULL;
    MEMBER_LIST_OWNED struct member_list ever = {0};
    (void)state;

    fixture_begin(f);
    person_join(f, &rita, "rita", ROLE_READER);
    must(person_open(f, &rita, &v));
    must_fail(SV_DENIED, vault_members_ever(v, &ever, &f->err));
    assert_int_equal(ever.count, 0);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removed_members_keep_their_names),
        cmocka_unit_test(the_time_tells_who_had_a_slot),
        cmocka_unit_test(a_reader_sees_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
