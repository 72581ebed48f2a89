/* SPDX-License-Identifier: ISC */
/* A new epoch: what stays, what is new, who follows, and what the leaver takes along. */
#include "members.h"

#include "base/file.h"

#include "vault_attack.h"

static void remove_member(struct fixture *f, uint32_t slot, struct offboarding *out)
{
    must(vault_member_remove(f->v, slot, NULL, out, &f->err));
}

static void edit(struct fixture *f, const char *name, const char *password)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;

    must(vault_find(f->v, name, &p, &f->err));
    if (password)
        must(secret_copy(&s, password, strlen(password), &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
}

static void expect_clean(struct fixture *f)
{
    struct audit_report report;
    uint64_t findings;

    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_audit_verify(f->v, &report, &f->err));
    if (report.findings)
        fail_msg("%s", report.first);
}

static uint64_t epoch_of(struct fixture *f)
{
    struct vault_info info;

    must(vault_info(f->v, &info, &f->err));
    return info.epoch;
}

static void everything_is_carried_over(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0}, reader = {0}, auditor = {0};
    VAULT_OWNED struct vault *r = NULL, *o = NULL, *gone = NULL;
    struct audit_report report;
    uint64_t version;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "play", "other");
    edit(f, "work", "two");
    edit(f, "work", NULL);
    person_join(f, &leaver, "lena", ROLE_ADMIN);
    person_join(f, &reader, "rita", ROLE_READER);
    person_join(f, &auditor, "otto", ROLE_AUDITOR);
    remove_member(f, leaver.slot, NULL);
    /* At once: the entry that ends the removal is sealed to the new key already. */
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_equal(report.generations, 2);
    for (int reopened = 0; reopened < 2; reopened++) {
        assert_int_equal(epoch_of(f), 2);
        fixture_expect(f, "work", 1, "one");
        fixture_expect(f, "work", 2, "two");
        fixture_expect(f, "work", 0, "two");
        fixture_expect(f, "play", 0, "other");
        expect_clean(f);
        fixture_reopen(f);
    }
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    fixture_expect(f, "work", 0, "one");
    must(person_open(f, &reader, &r));
    must(person_get(f, r, "play"));
    must(person_open(f, &auditor, &o));
    must(vault_audit_verify(o, &report, &f->err));
    assert_int_equal(report.findings, 0);
    assert_int_equal(report.generations, 2);
    must_fail(SV_DENIED, person_open(f, &leaver, &gone));
    fixture_end(f);
}

/* Not one piece of the values that the query gives stands in the bytes. */
static void expect_gone(const char *path, const char *query, const struct snapshot *bytes)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    unsigned pieces = 0;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const uint8_t *row = sqlite3_column_blob(stmt, 0);
        size_t len = (size_t)sqlite3_column_bytes(stmt, 0);
        for (size_t at = 0; at + 16 <= len; at += 16, pieces++)
            if (memmem(bytes->bytes, bytes->len, row + at, 16))
                fail_msg("%s: byte %zu of a row is still there", query, at);
    }
    assert_true(pieces > 20);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void nothing_of_the_old_epoch_stays(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    (void)state;
    fixture_begin(f);
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        fixture_add(f, name, name);
    }
    person_join(f, &leaver, "lena", ROLE_READER);
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot before = snapshot_take(f->path);
    SV_AUTOFREE char *old = path_join(f->dir, "old.db");
    snapshot_put(&before, old);
    fixture_reopen(f);
    remove_member(f, leaver.slot, NULL);
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot after = snapshot_take(f->path);
    expect_gone(old, "SELECT v FROM obj", &after);
    expect_gone(old, "SELECT v FROM slot WHERE k = 1", &after);
    expect_gone(old, "SELECT substr(v, 158) FROM slot WHERE k = 0", &after);
    fixture_end(f);
}

static void old_machines_follow_over_epochs(void **state)
{
    struct fixture fx, *f = &fx;
    char first[sizeof f->state];
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    memcpy(first, f->state, sizeof first);
    for (uint64_t epoch = 2; epoch <= 4; epoch++) {
        PERSON_OWNED struct person p = {0};
        fixture_close(f);
        attack_new_machine(f);
        fixture_reopen(f);
        person_join(f, &p, "lena", ROLE_READER);
        remove_member(f, p.slot, NULL);
        edit(f, "work", "next");
        assert_int_equal(epoch_of(f), epoch);
    }
    fixture_close(f);
    memcpy(f->state, first, sizeof first);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_unlock(f->v, &f->cred, &f->err));
    expect_clean(f);
    fixture_expect(f, "work", 0, "next");
    fixture_end(f);
}

/* A machine that has seen the new epoch takes no copy of an older one. */
static void the_old_file_is_refused_afterwards(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    (void)state;
    fixture_begin(f);
    person_join(f, &leaver, "lena", ROLE_ADMIN);
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot before = snapshot_take(f->path);
    fixture_reopen(f);
    remove_member(f, leaver.slot, NULL);
    fixture_close(f);
    snapshot_put(&before, f->path);
    must_fail(SV_DATA, vault_open(&f->v, &f->place, false, &f->err));
    expect_words(f, "older");
    fixture_end(f);
}

static void an_open_session_asks_to_be_unlocked_again(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0}, reader = {0};
    VAULT_OWNED struct vault *r = NULL, *admin = NULL;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &leaver, "lena", ROLE_READER);
    person_join(f, &reader, "rita", ROLE_READER);
    must(person_open(f, &reader, &r));
    must(vault_open(&admin, &f->place, false, &f->err));
    must(vault_unlock(admin, &f->cred, &f->err));
    remove_member(f, leaver.slot, NULL);
    must_fail(SV_LOCKED, person_get(f, r, "work"));
    expect_words(f, "unlock it again");
    assert_false(vault_is_unlocked(r));
    must_fail(SV_LOCKED, vault_remove(admin, "work", &f->err));
    expect_words(f, "unlock it again");
    must(vault_unlock(r, &reader.cred, &f->err));
    must(person_get(f, r, "work"));
    must(vault_unlock(admin, &f->cred, &f->err));
    must(vault_list(admin, &list, &f->err));
    fixture_end(f);
}

/* A session that was open on another machine goes on in a log for the new key. */
static void a_log_elsewhere_gets_the_new_key(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    VAULT_OWNED struct vault *there = NULL;
    struct audit_report report;
    char here[sizeof f->state];
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &leaver, "lena", ROLE_ADMIN);
    memcpy(here, f->state, sizeof here);
    attack_new_machine(f);
    must(vault_open(&there, &f->place, false, &f->err));
    must(vault_unlock(there, &f->cred, &f->err));
    must(person_get(f, there, "work"));
    memcpy(f->state, here, sizeof here);
    remove_member(f, leaver.slot, NULL);
    must_fail(SV_LOCKED, person_get(f, there, "work"));
    must(vault_unlock(there, &f->cred, &f->err));
    must(person_get(f, there, "work"));
    must(vault_audit_verify(there, &report, &f->err));
    assert_int_equal(report.findings, 0);
    assert_int_equal(report.generations, 2);
    fixture_end(f);
}

static int64_t used(struct fixture *f, const char *name)
{
    PROFILE_OWNED struct profile p = {0};

    must(vault_find(f->v, name, &p, &f->err));
    return p.last_used;
}

static void marks_of_last_use_survive(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    int64_t when;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "never", "two");
    fixture_expect(f, "work", 0, "one");
    when = used(f, "work");
    assert_true(when > 0);
    person_join(f, &leaver, "lena", ROLE_READER);
    remove_member(f, leaver.slot, NULL);
    assert_int_equal(used(f, "work"), when);
    assert_int_equal(used(f, "never"), 0);
    fixture_reopen(f);
    assert_int_equal(used(f, "work"), when);
    fixture_end(f);
}

static int64_t exposed(struct fixture *f, const char *name)
{
    PROFILE_OWNED struct profile p = {0};

    must(vault_find(f->v, name, &p, &f->err));
    return p.exposed;
}

static void exposed_until_a_new_secret(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0}, auditor = {0};
    uint64_t version;
    int64_t since;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &auditor, "otto", ROLE_AUDITOR);
    person_join(f, &leaver, "lena", ROLE_READER);
    remove_member(f, auditor.slot, NULL);
    assert_int_equal(exposed(f, "work"), 0);
    remove_member(f, leaver.slot, NULL);
    since = exposed(f, "work");
    assert_true(since > 1600000000);
    edit(f, "work", NULL);
    assert_int_equal(exposed(f, "work"), since);
    edit(f, "work", "two");
    assert_int_equal(exposed(f, "work"), 0);
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    assert_int_equal(exposed(f, "work"), since);
    fixture_end(f);
}

static void the_list_is_sorted_by_risk(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    VAULT_OWNED struct vault *l = NULL;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "unused", "a");
    fixture_add(f, "used-by-me", "b");
    fixture_add(f, "old-was-read", "c");
    fixture_add(f, "renamed-later", "d");
    fixture_add(f, "reborn", "e");
    person_join(f, &leaver, "lena", ROLE_READER);
    fixture_expect(f, "used-by-me", 0, "b");
    must(person_open(f, &leaver, &l));
    must(person_get(f, l, "old-was-read"));
    must(person_get(f, l, "renamed-later"));
    must(person_get(f, l, "renamed-later"));
    must(person_get(f, l, "reborn"));
    must_fail(SV_MISSING, person_get(f, l, "nothing"));
    next_second();
    edit(f, "old-was-read", "new");
    must(vault_rename(f->v, "renamed-later", "new-name", &f->err));
    edit(f, "new-name", NULL); /* version 2 has the secret that was read as version 1 */
    must(vault_remove(f->v, "reborn", &f->err));
    fixture_add(f, "reborn", "another");
    must(vault_member_remove(f->v, leaver.slot, NULL, &o, &f->err));
    static const struct {
        const char *name;
        uint64_t version;
        bool current, read;
        uint64_t reads;
    } want[] = {
        {"new-name", 2, true, true, 2},    {"old-was-read", 2, true, false, 0},
        {"used-by-me", 1, true, false, 0}, {"reborn", 1, true, false, 0},
        {"unused", 1, true, false, 0},
    };
    assert_string_equal(o.label, "lena");
    assert_true(o.log_read);
    assert_int_equal(o.epoch, 2);
    assert_int_equal(o.marked, 5);
    assert_int_equal(o.count, 7);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(o.items[i].name, want[i].name);
        assert_int_equal(o.items[i].version, want[i].version);
        assert_int_equal(o.items[i].current, want[i].current);
        assert_int_equal(o.items[i].read != 0, want[i].read);
        assert_int_equal(o.items[i].reads, want[i].reads);
    }
    /* Both older versions were read within one second or two: either order. */
    for (size_t i = 5; i < 7; i++) {
        assert_false(o.items[i].current);
        assert_true(o.items[i].read > 0);
        assert_int_equal(o.items[i].version, 1);
    }
    assert_string_equal(o.items[0].username, "ann@example.com");
    fixture_end(f);
}

/* How a use ended has an entry too, and is none; unless nothing else tells of it. */
static void ends_of_uses_are_no_fetches(void **state)
{
    static const struct {
        const char *name, *note;
        enum audit_op op;
        bool fetched;
        uint64_t reads;
    } rows[] = {{"run", "mail ended with 0", AUDIT_EXEC, true, 1},
                {"tried", "ok 235 2.7.0", AUDIT_TEST, true, 1},
                {"pushed", "git store", AUDIT_HELPER, true, 1},
                {"changed", "dovecot set: ok", AUDIT_ROTATE, true, 1},
                {"named-so", "x ended with 0", AUDIT_EXEC, false, 1},
                {"twice", "true", AUDIT_EXEC, true, 2}};
    enum { ROWS = sizeof rows / sizeof rows[0] };
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    VAULT_OWNED struct vault *l = NULL;
    (void)state;
    fixture_begin(f);
    for (size_t i = 0; i < ROWS; i++)
        fixture_add(f, rows[i].name, rows[i].name);
    person_join(f, &leaver, "lena", ROLE_READER);
    must(person_open(f, &leaver, &l));
    for (size_t i = 0; i < ROWS; i++) {
        const struct reveal why = {.op = rows[i].op, .note = rows[i].fetched ? "it" : rows[i].note};
        struct audit_event end = {.op = rows[i].op, .version = 1, .result = AUDIT_OK};
        SECRET_OWNED struct secret *s = NULL;
        must(vault_reveal(l, rows[i].name, &why, NULL, &s, &f->err));
        snprintf(end.profile, sizeof end.profile, "%s", rows[i].name);
        snprintf(end.note, sizeof end.note, "%s", rows[i].note);
        if (rows[i].fetched)
            must(vault_record(l, &end, &f->err));
    }
    remove_member(f, leaver.slot, &o);
    assert_int_equal(o.count, ROWS);
    for (size_t i = 0; i < o.count; i++)
        for (size_t k = 0; k < ROWS; k++)
            if (strcmp(o.items[i].name, rows[k].name) == 0 && o.items[i].reads != rows[k].reads)
                fail_msg("%s: %d fetches", rows[k].name, (int)o.items[i].reads);
    fixture_end(f);
}

static void an_auditor_takes_no_secret_along(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person auditor = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &auditor, "otto", ROLE_AUDITOR);
    remove_member(f, auditor.slot, &o);
    assert_int_equal(o.count, 0);
    assert_int_equal(o.marked, 0);
    assert_int_equal(o.role, ROLE_AUDITOR);
    fixture_end(f);
}

static void the_last_administrator_stays(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person reader = {0}, admin = {0};
    VAULT_OWNED struct vault *a = NULL;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &reader, "rita", ROLE_READER);
    must_fail(SV_DENIED, vault_member_remove(f->v, 0, NULL, NULL, &f->err));
    expect_words(f, "last administrator");
    must_fail(SV_MISSING, vault_member_remove(f->v, 7, NULL, NULL, &f->err));
    must_fail(SV_MISSING, vault_member_remove(f->v, 70000, NULL, NULL, &f->err));
    person_join(f, &admin, "anna", ROLE_ADMIN);
    remove_member(f, 0, NULL);
    assert_false(vault_is_unlocked(f->v));
    must_fail(SV_DENIED, vault_unlock(f->v, &f->cred, &f->err));
    must(person_open(f, &admin, &a));
    must(person_get(f, a, "work"));
    fixture_end(f);
}

/* One administrator gives another a new way in and goes on in the same session. */
static void another_slot_is_not_taken_for_ones_own(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person anna = {0}, again = {0}, leaver = {0};
    MEMBER_LIST_OWNED struct member_list list = {0};
    VAULT_OWNED struct vault *a = NULL;
    const struct member *m = NULL;
    (void)state;
    fixture_begin(f);
    person_join(f, &anna, "anna", ROLE_ADMIN);
    person_join(f, &leaver, "lena", ROLE_READER);
    person_make(f, &again, "again");
    must(vault_members(f->v, &list, &f->err));
    must(member_find(&list, "anna", &m, &f->err));
    must(vault_reset_credentials(f->v, m, &again.cred, NULL, &f->err));
    remove_member(f, leaver.slot, NULL);
    must(person_open(f, &again, &a));
    fixture_reopen(f);
    fixture_end(f);
}

static void slot_numbers_are_not_given_again(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    fixture_begin(f);
    for (uint32_t i = 1; i <= 3; i++) {
        PERSON_OWNED struct person p = {0};
        person_join(f, &p, "lena", ROLE_READER);
        assert_int_equal(p.slot, i);
        remove_member(f, p.slot, NULL);
    }
    fixture_end(f);
}

struct counting {
    uint64_t last, stop_at;
};

static enum sv_status count_progress(void *context, uint64_t done, uint64_t total,
                                     struct sv_err *err)
{
    struct counting *c = context;

    assert_true(done >= c->last && done <= total);
    c->last = done;
    return c->stop_at && done >= c->stop_at ? sv_fail(err, SV_LOCKED, "stopped") : SV_OK;
}

enum { MANY = 1000, LONG_NOTE = 4000, LONG_SECRET = 8000 }; /* more than fits one window */

/* The secret of the nth: its number, and much behind that. */
static const char *long_secret(int n)
{
    static char word[LONG_SECRET + 1];

    memset(word, 'x', LONG_SECRET);
    word[snprintf(word, sizeof word, "%d", n)] = ' ';
    return word;
}

/* Found again and proved one by one. */
static void many_rows_move_in_windows(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person leaver = {0};
    struct profile *profiles = sv_alloc_array(MANY, sizeof *profiles);
    struct secret **secrets = sv_alloc_array(MANY, sizeof(struct secret *));
    char word[16];
    struct counting counting = {.stop_at = 2 * MANY / 3};
    const struct progress progress = {count_progress, &counting};
    (void)state;
    fixture_begin(f);
    for (int i = 0; i < MANY; i++) {
        snprintf(word, sizeof word, "%d", i);
        profiles[i] = (struct profile){.port = 465, .tls = TLS_IMPLICIT};
        profiles[i].name = sv_strdup(word);
        profiles[i].host = sv_strdup("mail.example.com");
        profiles[i].note = sv_alloc(LONG_NOTE);
        memset(profiles[i].note, 'n', LONG_NOTE - 1);
        must(secret_copy(&secrets[i], long_secret(i), LONG_SECRET, &f->err));
    }
    must(vault_add_many(f->v, profiles, secrets, MANY, &f->err));
    for (int i = 0; i < MANY; i++) {
        profile_clear(&profiles[i]);
        secret_free(secrets[i]);
    }
    sv_free(profiles);
    sv_free(secrets);
    person_join(f, &leaver, "lena", ROLE_READER);
    /* Whoever is watching may stop it on the way, and nothing has happened. */
    for (; counting.stop_at < 2 * MANY;
         counting = (struct counting){.stop_at = counting.stop_at + MANY}) {
        must_fail(SV_LOCKED, vault_member_remove(f->v, leaver.slot, &progress, NULL, &f->err));
        assert_int_equal(epoch_of(f), 1);
        expect_clean(f);
    }
    counting = (struct counting){0};
    must(vault_member_remove(f->v, leaver.slot, &progress, NULL, &f->err));
    assert_int_equal(counting.last, 2 * MANY);
    for (int i = 0; i < MANY; i += 100) {
        snprintf(word, sizeof word, "%d", i);
        fixture_expect(f, word, 0, long_secret(i));
    }
    expect_clean(f);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_carried_over),
        cmocka_unit_test(nothing_of_the_old_epoch_stays),
        cmocka_unit_test(old_machines_follow_over_epochs),
        cmocka_unit_test(the_old_file_is_refused_afterwards),
        cmocka_unit_test(an_open_session_asks_to_be_unlocked_again),
        cmocka_unit_test(a_log_elsewhere_gets_the_new_key),
        cmocka_unit_test(marks_of_last_use_survive),
        cmocka_unit_test(exposed_until_a_new_secret),
        cmocka_unit_test(the_list_is_sorted_by_risk),
        cmocka_unit_test(ends_of_uses_are_no_fetches),
        cmocka_unit_test(an_auditor_takes_no_secret_along),
        cmocka_unit_test(the_last_administrator_stays),
        cmocka_unit_test(another_slot_is_not_taken_for_ones_own),
        cmocka_unit_test(slot_numbers_are_not_given_again),
        cmocka_unit_test(many_rows_move_in_windows),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
