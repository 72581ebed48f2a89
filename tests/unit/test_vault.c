/* SPDX-License-Identifier: ISC */
/* The vault as its users see it: every operation, and what each refuses. */
#include "vault_fixture.h"

#include "base/buf.h"
#include "base/file.h"

static void a_new_vault_is_empty_and_sound(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    uint64_t findings = 99;
    struct vault_info info;
    (void)state;
    fixture_begin(f);
    fixture_reopen(f);
    must(vault_list(f->v, &list, &f->err));
    assert_int_equal(list.count, 0);
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_info(f->v, &info, &f->err));
    assert_int_equal(info.epoch, 1);
    assert_int_equal(info.seq, 1);
    assert_int_equal(info.slots, 1);
    fixture_end(f);
}

static void what_was_added_comes_back(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "s3cret \"'`$\\ \xc3\xa9");
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "s3cret \"'`$\\ \xc3\xa9");
    must(vault_find(f->v, "work", &p, &f->err));
    assert_string_equal(p.host, "mail.example.com");
    assert_int_equal(p.version, 1);
    assert_true(p.last_used > 0);
    fixture_end(f);
}

static void names_are_exact_and_unique(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {.port = 1, .tls = TLS_IMPLICIT}, found = {0};
    SECRET_OWNED struct secret *s = NULL;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    p.name = sv_strdup("work");
    must(secret_copy(&s, "two", 3, &f->err));
    must_fail(SV_EXISTS, vault_add(f->v, &p, s, &f->err));
    must_fail(SV_MISSING, vault_find(f->v, "Work", &found, &f->err));
    must_fail(SV_MISSING, vault_find(f->v, "wor", &found, &f->err));
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

static void edits_are_versions_and_can_be_rolled_back(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    PROFILE_LIST_OWNED struct profile_list history = {0};
    SECRET_OWNED struct secret *s = NULL;
    uint64_t version = 0, findings;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_find(f->v, "work", &p, &f->err));
    must(secret_copy(&s, "two", 3, &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
    p.port = 587;
    must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "two");
    fixture_expect(f, "work", 3, "two");
    fixture_expect(f, "work", 1, "one");
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    assert_int_equal(version, 4);
    fixture_expect(f, "work", 0, "one");
    must(vault_history(f->v, "work", &history, &f->err));
    assert_int_equal(history.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(history.items[i].version, i + 1);
    assert_int_equal(history.items[2].port, 587);
    assert_int_equal(history.items[3].port, 465);
    must_fail(SV_MISSING, vault_rollback(f->v, "work", 9, &version, &f->err));
    must_fail(SV_USAGE, vault_rollback(f->v, "work", 4, &version, &f->err));
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    fixture_end(f);
}

static void a_rename_keeps_the_history(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0}, gone = {0};
    SECRET_OWNED struct secret *s = NULL;
    uint64_t findings;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "old", "one");
    fixture_add(f, "other", "x");
    must(vault_find(f->v, "old", &p, &f->err));
    must(secret_copy(&s, "two", 3, &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
    must_fail(SV_EXISTS, vault_rename(f->v, "old", "other", &f->err));
    must(vault_rename(f->v, "old", "new/name", &f->err));
    fixture_reopen(f);
    must_fail(SV_MISSING, vault_find(f->v, "old", &gone, &f->err));
    fixture_expect(f, "new/name", 0, "two");
    fixture_expect(f, "new/name", 1, "one");
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    fixture_end(f);
}

static void removal_takes_every_version(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;
    uint64_t findings;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_find(f->v, "work", &p, &f->err));
    must(secret_copy(&s, "two", 3, &f->err));
    for (int i = 0; i < 5; i++)
        must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
    must(vault_remove(f->v, "work", &f->err));
    must_fail(SV_MISSING, vault_remove(f->v, "work", &f->err));
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    fixture_add(f, "work", "again");
    fixture_expect(f, "work", 0, "again");
    fixture_end(f);
}

static void two_sessions_see_each_other(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_OWNED struct vault *second = NULL;
    PROFILE_OWNED struct profile p = {0};
    (void)state;
    fixture_begin(f);
    must(vault_open(&second, &f->place, false, &f->err));
    must(vault_unlock(second, &f->cred, &f->err));
    fixture_add(f, "work", "one");
    must(vault_find(second, "work", &p, &f->err));
    must(vault_remove(second, "work", &f->err));
    fixture_add(f, "work", "two");
    fixture_expect(f, "work", 0, "two");
    fixture_end(f);
}

static void the_wrong_key_is_denied_and_recorded(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *wrong = NULL;
    struct slot_credentials cred = {0};
    struct vault_info before, after;
    (void)state;
    fixture_begin(f);
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_info(f->v, &before, &f->err));
    must(secret_copy(&wrong, "................................", 32, &f->err));
    cred.keyfile_hash = wrong;
    must_fail(SV_DENIED, vault_unlock(f->v, &cred, &f->err));
    assert_false(vault_is_unlocked(f->v));
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(after.log.size, before.log.size + 1);
    fixture_end(f);
}

static void credentials_can_be_changed(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred = {0};
    uint64_t findings;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(secret_copy(&key, "the next key file's hash, 32 by.", 32, &f->err));
    cred.keyfile_hash = key;
    must(vault_change_credentials(f->v, &cred, NULL, &f->err));
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must_fail(SV_DENIED, vault_unlock(f->v, &f->cred, &f->err));
    must(vault_unlock(f->v, &cred, &f->err));
    fixture_expect(f, "work", 0, "one");
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    fixture_end(f);
}

static void many_are_added_at_once_or_none(void **state)
{
    enum { COUNT = 300 };
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct profile p[COUNT];
    struct secret *s[COUNT];
    uint64_t findings;
    (void)state;
    fixture_begin(f);
    memset(p, 0, sizeof p);
    for (int i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%03d", i);
        p[i].name = sv_strdup(name);
        p[i].host = sv_strdup("h");
        p[i].tls = TLS_STARTTLS;
        p[i].port = 587;
        must(secret_copy(&s[i], name, strlen(name), &f->err));
    }
    must(vault_add_many(f->v, p, s, COUNT, &f->err));
    fixture_reopen(f);
    must_fail(SV_EXISTS, vault_add_many(f->v, p, s, COUNT, &f->err));
    must(vault_list(f->v, &list, &f->err));
    assert_int_equal(list.count, COUNT);
    assert_string_equal(list.items[7].name, "p007");
    fixture_expect(f, "p299", 0, "p299");
    fixture_add(f, "one-more", "x");
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    for (int i = 0; i < COUNT; i++) {
        profile_clear(&p[i]);
        secret_free(s[i]);
    }
    fixture_end(f);
}

static void a_locked_vault_gives_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    const struct reveal why = {.op = AUDIT_GET};
    struct secret *s = NULL;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    vault_lock(f->v);
    must_fail(SV_LOCKED, vault_reveal(f->v, "work", &why, NULL, &s, &f->err));
    assert_null(s);
    fixture_end(f);
}

static void an_existing_file_is_never_replaced(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault *again = NULL;
    (void)state;
    fixture_begin(f);
    must_fail(SV_EXISTS, vault_create(&again, &f->place, &f->cred, NULL, &f->err));
    assert_null(again);
    fixture_add(f, "work", "one");
    fixture_end(f);
}

static enum sv_status collect(void *context, const struct audit_event *event, struct sv_err *err)
{
    char *line = context;
    (void)err;
    snprintf(line + strlen(line), 1024 - strlen(line), "%s %s %s %u;", audit_op_word(event->op),
             event->profile, audit_result_word(event->result), (unsigned)event->version);
    return SV_OK;
}

static void every_use_is_in_the_log(void **state)
{
    struct fixture fx, *f = &fx;
    const struct reveal why = {.op = AUDIT_GET};
    const struct audit_filter all = {0};
    struct secret *s = NULL;
    struct audit_report report;
    char log[1024] = "";
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_expect(f, "work", 0, "one");
    must_fail(SV_MISSING, vault_reveal(f->v, "nobody", &why, NULL, &s, &f->err));
    must_fail(SV_MISSING, vault_remove(f->v, "nobody", &f->err));
    fixture_reopen(f);
    must(vault_audit_read(f->v, &all, collect, log, &f->err));
    assert_string_equal(log, "log-begin  ok 0;init  ok 0;add work ok 1;get work ok 1;"
                             "get nobody failed 0;remove nobody failed 0;");
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_equal(report.findings, 0);
    fixture_end(f);
}

/* Another machine has a log of its own; the vault was signed beside ours. */
static void a_second_machine_has_a_sound_log(void **state)
{
    struct fixture fx, *f = &fx;
    struct audit_report report;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    snprintf(f->state, sizeof f->state, "%.63s/second-machine", f->dir);
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "one");
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_string_equal(report.first, "");
    assert_int_equal(report.findings, 0);
    fixture_add(f, "home", "two");
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_equal(report.findings, 0);
    fixture_end(f);
}

static void the_last_use_outlives_a_rename(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    PROFILE_OWNED struct profile p = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_expect(f, "work", 0, "one");
    must(vault_rename(f->v, "work", "office", &f->err));
    must(vault_find(f->v, "office", &p, &f->err));
    assert_true(p.last_used > 0);
    must(vault_list_used(f->v, &list, &f->err));
    assert_int_equal(list.items[0].last_used, p.last_used);
    must(vault_remove(f->v, "office", &f->err));
    fixture_add(f, "office", "another"); /* a new profile under the old name */
    profile_clear(&p);
    must(vault_find(f->v, "office", &p, &f->err));
    assert_int_equal(p.last_used, 0);
    fixture_end(f);
}

static enum sv_status note_card(void *context, const struct profile *card, struct sv_err *err)
{
    unsigned *seen = context;
    if (strcmp(card->name, "stop") == 0)
        return sv_fail(err, SV_IO, "enough");
    *seen |= 1u << (card->name[0] - 'a');
    return SV_OK;
}

static void cards_go_by_one_at_a_time(void **state)
{
    struct fixture fx, *f = &fx;
    uint64_t before, seq = 77, after;
    unsigned seen = 0;
    (void)state;
    fixture_begin(f);
    must(vault_each(f->v, note_card, &seen, &seq, &f->err));
    assert_int_equal(seen, 0);
    fixture_add(f, "a", "one");
    fixture_add(f, "c", "two");
    must(vault_seq(f->v, &before, &f->err));
    must(vault_each(f->v, note_card, &seen, &seq, &f->err));
    assert_int_equal(seen, 1u | 4u);
    assert_int_equal(seq, before);
    must(vault_rename(f->v, "c", "b", &f->err));
    must(vault_seq(f->v, &after, &f->err));
    assert_true(after > before);
    seen = 0;
    must(vault_each(f->v, note_card, &seen, &seq, &f->err));
    assert_int_equal(seen, 1u | 2u);
    /* A reading counts as no change, and a visitor may end it. */
    must(vault_seq(f->v, &seq, &f->err));
    assert_int_equal(seq, after);
    fixture_add(f, "stop", "x");
    must_fail(SV_IO, vault_each(f->v, note_card, &seen, &seq, &f->err));
    assert_int_equal(seq, after);
    vault_lock(f->v);
    must_fail(SV_LOCKED, vault_each(f->v, note_card, &seen, &seq, &f->err));
    must_fail(SV_LOCKED, vault_seq(f->v, &seq, &f->err));
    fixture_end(f);
}

static void nothing_to_add_is_no_change(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault_info before, after;
    (void)state;
    fixture_begin(f);
    must(vault_info(f->v, &before, &f->err));
    must(vault_add_many(f->v, NULL, NULL, 0, &f->err));
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(before.seq, after.seq);
    assert_int_equal(before.log.size, after.log.size);
    fixture_end(f);
}

static void credentials_are_never_empty(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *empty = NULL;
    struct slot_credentials cred = {0};
    struct vault_place place;
    struct vault *v = NULL;
    char path[160];
    (void)state;
    fixture_begin(f);
    snprintf(path, sizeof path, "%.63s/other.db", f->dir);
    place = (struct vault_place){.path = path, .state_root = f->state};
    must(secret_new(&empty, 1, &f->err));
    for (int i = 0; i < 2; i++) {
        must_fail(SV_USAGE, vault_create(&v, &place, &cred, NULL, &f->err));
        assert_null(v);
        assert_int_not_equal(access(path, F_OK), 0);
        must_fail(SV_USAGE, vault_change_credentials(f->v, &cred, NULL, &f->err));
        cred.passphrase = empty;
    }
    fixture_reopen(f);
    fixture_end(f);
}

static void a_session_for_reading_changes_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    must(vault_open(&f->v, &f->place, true, &f->err));
    must(vault_unlock(f->v, &f->cred, &f->err));
    must_fail(SV_IO, vault_remove(f->v, "work", &f->err));
    must_fail(SV_IO, vault_change_credentials(f->v, &f->cred, NULL, &f->err));
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_vault_is_empty_and_sound),
        cmocka_unit_test(what_was_added_comes_back),
        cmocka_unit_test(names_are_exact_and_unique),
        cmocka_unit_test(edits_are_versions_and_can_be_rolled_back),
        cmocka_unit_test(a_rename_keeps_the_history),
        cmocka_unit_test(removal_takes_every_version),
        cmocka_unit_test(two_sessions_see_each_other),
        cmocka_unit_test(the_wrong_key_is_denied_and_recorded),
        cmocka_unit_test(credentials_can_be_changed),
        cmocka_unit_test(many_are_added_at_once_or_none),
        cmocka_unit_test(a_locked_vault_gives_nothing),
        cmocka_unit_test(an_existing_file_is_never_replaced),
        cmocka_unit_test(every_use_is_in_the_log),
        cmocka_unit_test(a_second_machine_has_a_sound_log),
        cmocka_unit_test(the_last_use_outlives_a_rename),
        cmocka_unit_test(cards_go_by_one_at_a_time),
        cmocka_unit_test(nothing_to_add_is_no_change),
        cmocka_unit_test(credentials_are_never_empty),
        cmocka_unit_test(a_session_for_reading_changes_nothing),
    };
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
