/* SPDX-License-Identifier: ISC */
/* Backups and the way back, where the command line cannot reach: what a session that is
 * open meanwhile may still do, work that is given up, and lack of memory. */
#include "vault_fixture.h"

#include <dirent.h>

#include "base/file.h"
#include "domain/anchor.h"
#include "domain/vault_backup.h"
#include "domain/vault_impl.h"
#include "domain/vault_members.h"

static void path_in(const struct fixture *f, const char *name, char out[160])
{
    snprintf(out, 160, "%s/%s", f->dir, name);
}

static uint64_t seen_seq(const struct fixture *f)
{
    struct anchor a;

    assert_int_equal(anchor_read(f->v->anchor_path, &a, NULL), SV_OK);
    return a.seq;
}

static size_t names_in(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void back_up(struct fixture *f, const char *file)
{
    struct vault_backup made;

    must(vault_backup(f->v, file, NULL, &made, &f->err));
}

/* Restores `file` over the fixture's vault with the fixture's key. */
static enum sv_status restore(struct fixture *f, const char *file, bool accept)
{
    RESTORING_OWNED struct vault_restoring *r = NULL;
    struct vault *v = NULL;
    enum sv_status st;

    if ((st = vault_restore_begin(&r, &f->place, file, NULL, &f->err)) ||
        (st = vault_restore_vault(r, &v, &f->err)) || (st = vault_unlock(v, &f->cred, &f->err)))
        return st;
    return vault_restore_commit(r, accept, &f->err);
}

static enum vault_restore_kind kind_of(struct fixture *f, const char *file)
{
    RESTORING_OWNED struct vault_restoring *r = NULL;
    struct vault_restore is;

    must(vault_restore_begin(&r, &f->place, file, NULL, &f->err));
    vault_restore_look(r, &is);
    return is.kind;
}

static void test_kinds(void **state)
{
    struct fixture fixture, *f = &fixture;
    char old[160], now[160];
    (void)state;

    fixture_begin(f);
    path_in(f, "old", old);
    path_in(f, "now", now);
    fixture_add(f, "a", "one");
    back_up(f, old);
    assert_int_equal(kind_of(f, old), RESTORE_FOLLOWS);
    fixture_add(f, "b", "two");
    back_up(f, now);
    assert_int_equal(kind_of(f, old), RESTORE_OLDER);
    assert_int_equal(kind_of(f, now), RESTORE_FOLLOWS);
    must_fail(SV_DATA, restore(f, old, false));
    must(restore(f, old, true));
    fixture_reopen(f);
    fixture_add(f, "c", "three");
    assert_int_equal(kind_of(f, now), RESTORE_FORKED);
    path_in(f, "elsewhere", now);
    f->place.state_root = now; /* a machine that knows nothing, but there is a vault */
    assert_int_equal(kind_of(f, old), RESTORE_OLDER);
    f->place.state_root = f->state;
    fixture_end(f);
}

/* The session was opened before the vault was set back, and still has the newer state in
 * hand: it must not bring that back into what this machine remembers. */
static void test_stale_session(void **state)
{
    struct fixture fixture, *f = &fixture;
    PROFILE_OWNED struct profile p = {0};
    char old[160];
    (void)state;

    fixture_begin(f);
    path_in(f, "old", old);
    back_up(f, old);
    fixture_add(f, "a", "one");
    assert_int_equal(seen_seq(f), 2);
    must(restore(f, old, true));
    assert_int_equal(seen_seq(f), 1);
    must_fail(SV_LOCKED, vault_anchor_advance(f->v, &f->err));
    must_fail(SV_LOCKED, vault_find(f->v, "a", &p, &f->err));
    assert_int_equal(seen_seq(f), 1);
    fixture_reopen(f);
    must_fail(SV_MISSING, vault_find(f->v, "a", &p, &f->err));
    fixture_end(f);
}

/* Only who administers the restored vault may set this one back. */
static void test_a_reader_may_not(void **state)
{
    static const uint8_t key[32] = "a reader's key, for this test   ";
    struct fixture fixture, *f = &fixture;
    SECRET_OWNED struct secret *reader = NULL;
    struct slot_credentials owner;
    uint32_t number;
    char old[160];
    (void)state;

    fixture_begin(f);
    path_in(f, "old", old);
    must(secret_copy(&reader, key, sizeof key, &f->err));
    struct slot_credentials cred = {.keyfile_hash = reader};
    struct member_new who = {.label = "bob", .role = ROLE_READER, .cred = &cred};
    must(vault_member_add(f->v, &who, &number, &f->err));
    back_up(f, old);
    fixture_add(f, "a", "one");
    owner = f->cred;
    f->cred = cred;
    must_fail(SV_DENIED, restore(f, old, true));
    f->cred = owner;
    assert_int_equal(seen_seq(f), 3);
    fixture_expect(f, "a", 0, "one");
    fixture_end(f);
}

static enum sv_status give_up(void *context, uint64_t done, uint64_t total, struct sv_err *err)
{
    int *left = context;
    (void)done, (void)total;

    return (*left)-- > 0 ? SV_OK : sv_fail(err, SV_LOCKED, "given up");
}

/* Given up at each moment at which it is told how far it is: nothing is left. */
static void test_given_up(void **state)
{
    struct fixture fixture, *f = &fixture;
    struct vault_backup made;
    char file[160], old[160];
    enum sv_status st = SV_LOCKED;
    int moments = 0;
    (void)state;

    fixture_begin(f);
    path_in(f, "new", file);
    path_in(f, "old", old);
    back_up(f, old);
    size_t names = names_in(f->dir);
    for (; st != SV_OK; moments++) {
        int left = moments;
        const struct progress progress = {give_up, &left};
        st = vault_backup(f->v, file, &progress, &made, &f->err);
        if (st) {
            assert_int_equal(st, SV_LOCKED);
            assert_int_equal(names_in(f->dir), names);
        }
    }
    assert_true(moments > 10);
    for (st = SV_LOCKED, moments = 0; st != SV_OK; moments++) {
        RESTORING_OWNED struct vault_restoring *r = NULL;
        int left = moments;
        const struct progress progress = {give_up, &left};
        st = vault_restore_begin(&r, &f->place, old, &progress, &f->err);
    }
    assert_true(moments > 10);
    fixture_end(f);
}

/* The nth allocation fails: it is told, nothing half is there, and the vault goes on. */
static void test_lack_of_memory(void **state)
{
    struct fixture fixture, *f = &fixture;
    struct vault_backup made;
    char file[160], log[176], old[160];
    unsigned long step = getenv("SMTPVAULT_TEST_SLOW") ? 97 : 13;
    int failed = 1;
    (void)state;

    fixture_begin(f);
    path_in(f, "new", file);
    path_in(f, "old", old);
    snprintf(log, sizeof log, "%s.log", file);
    back_up(f, old);
    fixture_add(f, "a", "one");
    for (unsigned long n = 1; failed; n += step) {
        sv_alloc_fail_at(n);
        enum sv_status st = vault_backup(f->v, file, NULL, &made, &f->err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        enum file_kind kind;
        must(file_look(file, &kind, &f->err));
        if (st != SV_OK && strstr(f->err.text, "was made") == NULL)
            assert_int_equal(kind, FILE_ABSENT);
        (void)unlink(file);
        (void)unlink(log);
    }
    failed = 1;
    for (unsigned long n = 1; failed; n += step) {
        sv_alloc_fail_at(n);
        enum sv_status st = restore(f, old, true);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (st != SV_OK && st != SV_INTERNAL && st != SV_IO)
            fail_msg("allocation %lu: %d: %s", n, st, f->err.text);
        fixture_close(f);
        must(vault_open(&f->v, &f->place, false, &f->err));
        must(vault_unlock(f->v, &f->cred, &f->err));
    }
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_stale_session),
        cmocka_unit_test(test_a_reader_may_not),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
