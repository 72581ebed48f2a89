/* SPDX-License-Identifier: ISC */
/*
 * A removal that is killed at the door of every call that changes a file: the epoch is
 * the old one, with its member, or the new one without, and nothing between.
 */
#include "doors.h"

#include "members.h"

static enum sv_status open_as(struct vault **v, const struct vault_place *place, const char *name)
{
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred = {0};
    uint8_t bytes[32] = {0};
    enum sv_status st;

    memcpy(bytes, name, strlen(name));
    if ((st = secret_copy(&key, bytes, sizeof bytes, NULL)))
        return st;
    cred.keyfile_hash = key;
    if ((st = vault_open(v, place, false, NULL)))
        return st;
    return vault_unlock(*v, &cred, NULL);
}

static int do_remove(const struct vault_place *place)
{
    VAULT_OWNED struct vault *v = NULL;
    struct sv_err err;
    enum sv_status st = open_as(&v, place, "anna");

    return (int)(st ? st : vault_member_remove(v, 1, NULL, NULL, &err));
}

static void begin(struct fixture *f, int64_t *used)
{
    PERSON_OWNED struct person lena = {0}, anna = {0};
    PROFILE_OWNED struct profile p = {0}, now = {0};
    SECRET_OWNED struct secret *two = NULL;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "play", "other");
    must(vault_find(f->v, "work", &p, &f->err));
    must(secret_copy(&two, "two", 3, &f->err));
    must(vault_edit(f->v, &p, two, AUDIT_EDIT, &f->err));
    person_join(f, &lena, "lena", ROLE_READER);
    person_join(f, &anna, "anna", ROLE_ADMIN);
    fixture_expect(f, "work", 0, "two");
    must(vault_find(f->v, "work", &now, &f->err));
    *used = now.last_used;
    fixture_close(f);
    run(f, "mkdir saved && cp -a data state saved/");
}

/* Returns the epoch. */
static uint64_t expect_whole(struct fixture *f, int64_t used)
{
    VAULT_OWNED struct vault *lena = NULL;
    PROFILE_OWNED struct profile p = {0};
    struct audit_report report;
    struct vault_info info;
    uint64_t findings;

    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_unlock(f->v, &f->cred, &f->err));
    must(vault_info(f->v, &info, &f->err));
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_audit_verify(f->v, &report, &f->err));
    if (report.findings)
        fail_msg("%s", report.first);
    must(vault_find(f->v, "work", &p, &f->err));
    assert_int_equal(p.last_used, used);
    assert_int_equal(p.exposed != 0, info.epoch == 2);
    fixture_expect(f, "work", 1, "one");
    fixture_expect(f, "work", 0, "two");
    fixture_expect(f, "play", 0, "other");
    fixture_add(f, "after", "after");
    must_fail(info.epoch == 1 ? SV_OK : SV_DENIED, open_as(&lena, &f->place, "lena"));
    return info.epoch;
}

static void a_removal_is_made_or_not(void **state)
{
    struct fixture fx, *f = &fx;
    unsigned n = 1, made = 0;
    int64_t used;
    (void)state;
    begin(f, &used);
    for (; killed_at(do_remove, &f->place, n); n += pace()) {
        made += expect_whole(f, used) == 2;
        fixture_close(f);
        run(f, "rm -rf data state && cp -a saved/data saved/state .");
    }
    assert_int_equal(expect_whole(f, used), 2);
    assert_true(n > 60);
    assert_in_range(made, pace() > 1 ? 0 : 5, n - 20);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_removal_is_made_or_not)};
    struct sv_err err;
    int failed;

    if (secret_process_harden(&err) != SV_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
