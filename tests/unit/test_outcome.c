/* SPDX-License-Identifier: ISC */
/* Remembered outcomes: which time is kept, for how long, and what must not be. */
#include "members.h"

#include "domain/rotation.h"

static struct profile card(struct fixture *f, const char *name)
{
    struct profile p = {0};
    must(vault_find(f->v, name, &p, &f->err));
    return p;
}

static enum sv_status report(struct fixture *f, const char *name, uint64_t version,
                             enum outcome outcome)
{
    struct audit_event event = {.op = AUDIT_EXEC, .result = AUDIT_OK, .version = version};
    snprintf(event.profile, sizeof event.profile, "%s", name);
    snprintf(event.note, sizeof event.note, "an outcome");
    return vault_outcome(f->v, &event, outcome, &f->err);
}

/* worked and rejected: is a time kept? */
static void expect(struct fixture *f, const char *name, bool worked, bool rejected)
{
    PROFILE_OWNED struct profile p = card(f, name);
    assert_int_equal(p.last_worked != 0, worked);
    assert_int_equal(p.last_rejected != 0, rejected);
}

static enum sv_status count_one(void *context, const struct audit_event *event, struct sv_err *err)
{
    (void)err;
    *(size_t *)context += strcmp(event->note, "an outcome") == 0;
    return SV_OK;
}

static size_t entries(struct fixture *f)
{
    const struct audit_filter all = {.op = AUDIT_EXEC};
    size_t count = 0;
    must(vault_audit_read(f->v, &all, count_one, &count, &f->err));
    return count;
}

static void each_outcome_has_its_time(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "other", "two");
    expect(f, "work", false, false);
    must(report(f, "work", 1, OUTCOME_UNKNOWN));
    expect(f, "work", false, false);
    must(report(f, "work", 1, OUTCOME_WORKED));
    expect(f, "work", true, false);
    must(report(f, "work", 1, OUTCOME_REJECTED));
    expect(f, "work", true, true);
    expect(f, "other", false, false);
    assert_int_equal(entries(f), 3);
    PROFILE_LIST_OWNED struct profile_list list = {0};
    must(vault_list_used(f->v, &list, &f->err));
    assert_int_equal(list.items[0].last_worked, 0);
    assert_true(list.items[1].last_worked > 0 && list.items[1].last_rejected > 0);
    assert_int_equal(list.items[1].last_used, 0);
    fixture_end(f);
}

/* What an older secret met says nothing of this one; it is in the log all the same. */
static void another_version_keeps_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *two = NULL;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    {
        PROFILE_OWNED struct profile p = card(f, "work");
        must(secret_copy(&two, "two", 3, &f->err));
        must(vault_edit(f->v, &p, two, AUDIT_EDIT, &f->err));
    }
    must(report(f, "work", 1, OUTCOME_REJECTED));
    expect(f, "work", false, false);
    must(report(f, "nobody", 1, OUTCOME_WORKED));
    assert_int_equal(entries(f), 2);
    must(report(f, "work", 2, OUTCOME_REJECTED));
    expect(f, "work", false, true);
    fixture_end(f);
}

static void times_outlive_changes(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(report(f, "work", 1, OUTCOME_WORKED));
    must(report(f, "work", 1, OUTCOME_REJECTED));
    must(vault_rename(f->v, "work", "office", &f->err));
    expect(f, "office", true, true);
    {
        PROFILE_OWNED struct profile p = card(f, "office");
        must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
    }
    expect(f, "office", true, true);
    person_join(f, &leaver, "lena", ROLE_READER);
    must(vault_member_remove(f->v, leaver.slot, NULL, NULL, &f->err));
    expect(f, "office", true, true);
    fixture_reopen(f);
    expect(f, "office", true, true);
    must(vault_remove(f->v, "office", &f->err));
    fixture_add(f, "office", "another");
    expect(f, "office", false, false);
    fixture_end(f);
}

/* What exec does: the keys are gone by the time the program ends. */
static void a_locked_vault_takes_an_outcome(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_OUTCOME_PLACE_OWNED struct vault_outcome_place place;
    struct audit_event event = {.op = AUDIT_EXEC, .result = AUDIT_FAILED, .version = 1};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_outcome_find(f->v, "work", &place, &f->err));
    must_fail(SV_MISSING, vault_outcome_find(f->v, "nobody",
                                             &(struct vault_outcome_place){.version = 0}, &f->err));
    fixture_close(f);
    must(vault_open(&f->v, &f->place, true, &f->err));
    snprintf(event.profile, sizeof event.profile, "work");
    snprintf(event.note, sizeof event.note, "an outcome");
    must(vault_outcome_at(f->v, &place, &event, OUTCOME_REJECTED, &f->err));
    must_fail(SV_LOCKED, vault_outcome_find(f->v, "work",
                                            &(struct vault_outcome_place){.version = 0}, &f->err));
    must(report(f, "work", 1, OUTCOME_WORKED)); /* without a place: the entry only */
    must(vault_unlock(f->v, &f->cred, &f->err));
    expect(f, "work", false, true);
    assert_int_equal(entries(f), 2);
    fixture_end(f);
}

static void rejected_is_what_did_not_work_since(void **state)
{
    static const struct {
        int64_t rotated, worked, rejected;
        bool is;
    } cases[] = {
        {10, 0, 0, false},   {10, 20, 0, false},  {10, 0, 20, true},   {10, 20, 30, true},
        {10, 30, 20, false}, {10, 20, 20, false}, {50, 20, 30, false}, {30, 20, 30, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct profile p = {.rotated = cases[i].rotated,
                            .last_worked = cases[i].worked,
                            .last_rejected = cases[i].rejected};
        assert_int_equal(rotation_is_rejected(&p), cases[i].is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_outcome_has_its_time),
        cmocka_unit_test(another_version_keeps_nothing),
        cmocka_unit_test(times_outlive_changes),
        cmocka_unit_test(a_locked_vault_takes_an_outcome),
        cmocka_unit_test(rejected_is_what_did_not_work_since),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
