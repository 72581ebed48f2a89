/* SPDX-License-Identifier: ISC */
/*
 * A session that is open while somebody else works on its files: what was proved
 * when the vault was opened is proved again before it is signed or released.
 */
#include "members.h"
#include "vault_fixture.h"

#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "store/db.h"

/* The row as another program reads or writes it, past all keys. */
static void row_get(struct fixture *f, enum db_table table, int64_t key, struct blob *out)
{
    DB_OWNED struct db *db = NULL;

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_get(db, table, key, out, &f->err));
}

static void row_put(struct fixture *f, enum db_table table, int64_t key, const struct blob *row)
{
    DB_OWNED struct db *db = NULL;

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_begin_write(db, &f->err));
    must(db_put(db, table, key, row->bytes, row->len, &f->err));
    must(db_commit(db, &f->err));
}

static void change_key(struct fixture *f, const char *text)
{
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred = {0};

    must(secret_copy(&key, text, 32, &f->err));
    cred.keyfile_hash = key;
    must(vault_change_credentials(f->v, &cred, NULL, &f->err));
}

/* The way in that was replaced must not come back with our own signature. */
static void a_change_does_not_sign_slots_that_were_put_back(void **state)
{
    struct fixture fx, *f = &fx;
    BLOB_OWNED struct blob old = {0}, now = {0};
    SECRET_OWNED struct secret *s = NULL;
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    row_get(f, TABLE_SLOT, 0, &old);
    change_key(f, "the next key file's hash, 32 by.");
    row_get(f, TABLE_SLOT, 0, &now);
    row_put(f, TABLE_SLOT, 0, &old);
    p.name = sv_strdup("next");
    must(secret_copy(&s, "two", 3, &f->err));
    must_fail(SV_DATA, vault_add(f->v, &p, s, &f->err));
    assert_non_null(strstr(f->err.text, "key slots"));
    must_fail(SV_DATA, vault_remove(f->v, "work", &f->err));
    row_put(f, TABLE_SLOT, 0, &now);
    must(vault_add(f->v, &p, s, &f->err));
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must_fail(SV_DENIED, vault_unlock(f->v, &f->cred, &f->err));
    fixture_end(f);
}

/* A synchronizer renames its copy over the file: what the open one has is history. */
static void a_file_that_was_replaced_is_neither_read_nor_written(void **state)
{
    struct fixture fx, *f = &fx;
    const struct reveal why = {.op = AUDIT_GET};
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT}, found = {0};
    SECRET_OWNED struct secret *s = NULL, *none = NULL;
    BLOB_OWNED struct blob bytes = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(file_read_blob(f->path, 1 << 20, &bytes, &f->err));
    must(file_replace(f->path, bytes.bytes, bytes.len, 0600, &f->err));
    must_fail(SV_LOCKED, vault_find(f->v, "work", &found, &f->err));
    assert_non_null(strstr(f->err.text, "open it again"));
    must_fail(SV_LOCKED, vault_reveal(f->v, "work", &why, NULL, &none, &f->err));
    assert_null(none);
    p.name = sv_strdup("next");
    must(secret_copy(&s, "two", 3, &f->err));
    must_fail(SV_LOCKED, vault_add(f->v, &p, s, &f->err));
    fixture_reopen(f);
    must(vault_add(f->v, &p, s, &f->err));
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

/* Two people edit one profile at once: neither change is undone unseen. */
static void an_edit_of_what_was_changed_meanwhile_is_refused(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile mine = {0}, theirs = {0}, now = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_find(f->v, "work", &mine, &f->err));
    must(vault_find(f->v, "work", &theirs, &f->err));
    theirs.port = 2525;
    must(vault_edit(f->v, &theirs, NULL, AUDIT_EDIT, &f->err));
    mine.rotate_days = 30;
    must_fail(SV_LOCKED, vault_edit(f->v, &mine, NULL, AUDIT_POLICY, &f->err));
    must(vault_find(f->v, "work", &now, &f->err));
    assert_int_equal(now.port, 2525);
    assert_int_equal(now.version, 2);
    /* Removed and made anew it is another profile, whatever its version. */
    must(vault_remove(f->v, "work", &f->err));
    fixture_add(f, "work", "two");
    must_fail(SV_LOCKED, vault_edit(f->v, &mine, NULL, AUDIT_POLICY, &f->err));
    fixture_expect(f, "work", 0, "two");
    fixture_end(f);
}

/* A secret does not get younger by being taken back. */
static void a_rollback_keeps_the_age_of_the_secret(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0}, now = {0};
    SECRET_OWNED struct secret *s = NULL;
    uint64_t version = 0;
    int64_t first;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_find(f->v, "work", &p, &f->err));
    first = p.rotated;
    must(secret_copy(&s, "two", 3, &f->err));
    while (time(NULL) == first)
        usleep(10000);
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
    assert_true(p.rotated > first);
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    must(vault_find(f->v, "work", &now, &f->err));
    assert_int_equal(now.rotated, first);
    assert_true(now.updated > first);
    fixture_end(f);
}

/* ---- many secrets in a session that stays open ---- */

#define MANY 3

static void many_of(struct reveal_one many[MANY], const char *name)
{
    memset(many, 0, MANY * sizeof *many);
    for (size_t i = 0; i < MANY; i++)
        many[i] = (struct reveal_one){.name = name, .why = {.op = AUDIT_GET}};
}

/* All had the same outcome: this secret, or (NULL) none and this status. */
static void many_expect(struct reveal_one many[MANY], enum sv_status status, const char *want)
{
    for (size_t i = 0; i < MANY; i++) {
        if (many[i].status != status)
            fail_msg("status %d: %s", many[i].status, many[i].err.text);
        assert_true((many[i].secret != NULL) == (want != NULL));
        if (want)
            assert_memory_equal(secret_peek(many[i].secret), want, strlen(want));
        profile_clear(&many[i].profile);
        secret_free(many[i].secret);
    }
}

static uint64_t entries(struct fixture *f, struct vault *v)
{
    struct vault_info info;

    must(vault_info(v, &info, &f->err));
    return info.log.size;
}

/* What another session has changed is what the next batch gives. */
static void a_batch_sees_what_others_changed(void **state)
{
    struct fixture fx, *f = &fx;
    struct reveal_one many[MANY];
    VAULT_OWNED struct vault *open = NULL;
    struct person same = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    same.cred = f->cred;
    must(person_open(f, &same, &open));
    many_of(many, "work");
    vault_reveal_many(open, many, MANY);
    many_expect(many, SV_OK, "one");
    must(vault_remove(f->v, "work", &f->err));
    vault_reveal_many(open, many, MANY);
    many_expect(many, SV_MISSING, NULL);
    fixture_add(f, "work", "two");
    vault_reveal_many(open, many, MANY);
    many_expect(many, SV_OK, "two");
    fixture_end(f);
}

/* Somebody else begins an epoch: the keys are dropped, nobody gets anything, and that
 * somebody asked is in the log for today's audit key. */
static void a_new_epoch_ends_the_session(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person eve = {0};
    struct person same = {0};
    struct reveal_one many[MANY];
    VAULT_OWNED struct vault *open = NULL;
    struct audit_report report;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &eve, "eve", ROLE_READER);
    same.cred = f->cred;
    must(person_open(f, &same, &open));
    assert_true(vault_prepare(open, 4));
    must(vault_member_remove(f->v, eve.slot, NULL, NULL, &f->err));
    uint64_t before = entries(f, f->v);
    many_of(many, "work");
    vault_reveal_many(open, many, MANY);
    many_expect(many, SV_LOCKED, NULL);
    assert_false(vault_is_unlocked(open));
    assert_false(vault_prepare(open, 4));
    vault_reveal_many(open, many, MANY);
    many_expect(many, SV_LOCKED, NULL);
    assert_int_equal(entries(f, f->v), before + MANY);
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_equal(report.findings, 0);
    must(vault_unlock(open, &f->cred, &f->err));
    vault_reveal_many(open, many, MANY);
    many_expect(many, SV_OK, "one");
    fixture_end(f);
}

static void a_batch_from_a_file_that_was_replaced(void **state)
{
    struct fixture fx, *f = &fx;
    BLOB_OWNED struct blob bytes = {0};
    struct reveal_one many[MANY];
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    uint64_t before = entries(f, f->v);
    must(file_read_blob(f->path, 1 << 20, &bytes, &f->err));
    assert_int_equal(unlink(f->path), 0);
    many_of(many, "work");
    vault_reveal_many(f->v, many, MANY);
    many_expect(many, SV_LOCKED, NULL);
    must(file_replace(f->path, bytes.bytes, bytes.len, 0600, &f->err));
    vault_reveal_many(f->v, many, MANY);
    many_expect(many, SV_LOCKED, NULL);
    fixture_reopen(f);
    assert_int_equal(entries(f, f->v), before + 2 * MANY);
    vault_reveal_many(f->v, many, MANY);
    many_expect(many, SV_OK, "one");
    fixture_end(f);
}

/* An older vault is written over the file itself, and the machine's memory of it deleted:
 * the session has one of its own. */
static void a_batch_from_an_older_vault(void **state)
{
    struct fixture fx, *f = &fx;
    BLOB_OWNED struct blob early = {0};
    struct reveal_one many[MANY];
    char command[256];
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(file_read_blob(f->path, 1 << 20, &early, &f->err));
    fixture_add(f, "home", "two");
    FILE *file = fopen(f->path, "r+");
    assert_non_null(file);
    assert_int_equal(fwrite(early.bytes, 1, early.len, file), early.len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(f->path, (off_t)early.len), 0);
    snprintf(command, sizeof command, "rm '%.63s'/*/anchor", f->state);
    assert_int_equal(system(command), 0);
    many_of(many, "work");
    vault_reveal_many(f->v, many, MANY);
    many_expect(many, SV_DATA, NULL);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_does_not_sign_slots_that_were_put_back),
        cmocka_unit_test(a_file_that_was_replaced_is_neither_read_nor_written),
        cmocka_unit_test(a_batch_sees_what_others_changed),
        cmocka_unit_test(a_new_epoch_ends_the_session),
        cmocka_unit_test(a_batch_from_a_file_that_was_replaced),
        cmocka_unit_test(a_batch_from_an_older_vault),
        cmocka_unit_test(an_edit_of_what_was_changed_meanwhile_is_refused),
        cmocka_unit_test(a_rollback_keeps_the_age_of_the_secret),
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
