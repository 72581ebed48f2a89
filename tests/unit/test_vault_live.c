/* SPDX-License-Identifier: ISC */
/*
 * A session that is open while somebody else works on its files: what was proved
 * when the vault was opened is proved again before it is signed or released.
 */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_does_not_sign_slots_that_were_put_back),
        cmocka_unit_test(a_file_that_was_replaced_is_neither_read_nor_written),
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
