/* SPDX-License-Identifier: ISC */
/*
 * One vault file, several machines: each has its own folder of state. What one of
 * them remembers, what it sees for the first time, and several opens at once.
 */
#include "vault_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/file.h"
#include "domain/vault_impl.h"

struct machine {
    char state[128];
    struct vault_place place;
};

static struct machine *machine(struct machine *m, const struct fixture *f, const char *name)
{
    snprintf(m->state, sizeof m->state, "%.63s/%s", f->dir, name);
    m->place = (struct vault_place){.path = f->path, .state_root = m->state};
    return m;
}

static void open_on(struct fixture *f, const struct machine *m)
{
    fixture_close(f);
    must(vault_open(&f->v, &m->place, false, &f->err));
    must(vault_unlock(f->v, &f->cred, &f->err));
}

static void expect_clean_log(struct fixture *f)
{
    struct audit_report report;

    must(vault_audit_verify(f->v, &report, &f->err));
    if (report.findings != 0)
        fail_msg("%s", report.first);
}

static void machines_take_turns(void **state)
{
    struct fixture fx, *f = &fx;
    struct machine one, two;
    uint64_t findings;
    (void)state;
    fixture_begin(f);
    machine(&one, f, "one");
    machine(&two, f, "two");
    for (int i = 0; i < 3; i++) {
        char name[16];
        open_on(f, i % 2 ? &two : &one);
        snprintf(name, sizeof name, "p%d", i);
        fixture_add(f, name, name);
        /* The state was signed with the mark of whichever machine came last. */
        expect_clean_log(f);
        open_on(f, i % 2 ? &one : &two);
        fixture_expect(f, name, 0, name);
        expect_clean_log(f);
        must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
        assert_int_equal(findings, 0);
    }
    fixture_end(f);
}

static void file_copy(const char *from, const char *to)
{
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};

    assert_int_equal(file_read_blob(from, 1 << 20, &bytes, &err), SV_OK);
    assert_int_equal(file_replace(to, bytes.bytes, bytes.len, 0600, &err), SV_OK);
}

/* Signs the file's state anew, from its first commit, with a key of the forger's. */
static void forge_state(struct fixture *f)
{
    static const uint8_t no_chain[32], seed[crypto_sign_SEEDBYTES] = {1};
    uint8_t sk[crypto_sign_SECRETKEYBYTES], bytes[STATE_LEN], hist[HIST_LEN] = {0};
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob row = {0};
    struct vault_state s;

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_get(db, TABLE_META, META_STATE, &row, &f->err));
    must(state_open(&s, row.bytes, row.len, &f->err));
    crypto_sign_seed_keypair(s.verify_pk, sk, seed);
    s.seq = 1;
    state_seal(bytes, hist, &s, no_chain, sk);
    must(db_begin_write(db, &f->err));
    must(db_put(db, TABLE_META, META_STATE, bytes, sizeof bytes, &f->err));
    must(db_put(db, TABLE_HIST, 1, hist, sizeof hist, &f->err));
    must(db_commit(db, &f->err));
}

static void a_forged_file_does_not_shut_out_the_true_one(void **state)
{
    struct fixture fx, *f = &fx;
    struct machine fresh;
    struct vault_info info;
    char kept[160], anchor[300];
    enum file_kind kind;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_info(f->v, &info, &f->err));
    fixture_close(f);
    machine(&fresh, f, "fresh");
    snprintf(kept, sizeof kept, "%.127s.kept", f->path);
    snprintf(anchor, sizeof anchor, "%.127s/%s/anchor", fresh.state, info.id_hex);
    file_copy(f->path, kept);
    forge_state(f);
    must_fail(SV_DATA, vault_open(&f->v, &f->place, false, &f->err));
    must(vault_open(&f->v, &fresh.place, false, &f->err));
    must_fail(SV_DATA, vault_unlock(f->v, &f->cred, &f->err));
    assert_false(vault_is_unlocked(f->v));
    fixture_close(f);
    must(file_look(anchor, &kind, &f->err));
    assert_int_equal(kind, FILE_ABSENT);
    file_copy(kept, f->path);
    open_on(f, &fresh);
    fixture_expect(f, "work", 0, "one");
    /* From now on this machine knows the key. */
    must(file_look(anchor, &kind, &f->err));
    assert_int_equal(kind, FILE_REGULAR);
    fixture_close(f);
    forge_state(f);
    must_fail(SV_DATA, vault_open(&f->v, &fresh.place, false, &f->err));
    fixture_end(f);
}

/* Whoever can put files beside the anchor can take it away. */
static void state_that_others_can_write_to_is_refused(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault_info info;
    char dir[300], moved[300];
    struct vault *none = NULL;
    (void)state;
    fixture_begin(f);
    must(vault_info(f->v, &info, &f->err));
    snprintf(dir, sizeof dir, "%s", info.state_dir);
    snprintf(moved, sizeof moved, "%.120s/moved", f->dir);
    fixture_close(f);
    const struct {
        const char *path;
        mode_t mode;
        enum sv_status want;
    } modes[] = {{dir, 0770, SV_DENIED},      {dir, 0702, SV_DENIED},      {dir, 0755, SV_OK},
                 {f->state, 0777, SV_DENIED}, {f->state, 0720, SV_DENIED}, {f->state, 0700, SV_OK}};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(modes[i].path, modes[i].mode), 0);
        must_fail(modes[i].want, vault_open(&f->v, &f->place, false, &f->err));
        if (modes[i].want == SV_DENIED)
            assert_non_null(strstr(f->err.text, "chmod 700"));
        assert_int_equal(chmod(modes[i].path, 0700), 0);
        fixture_close(f);
    }
    assert_int_equal(chmod(f->state, 0777), 0);
    struct vault_place second = {.path = moved, .state_root = f->state};
    must_fail(SV_DENIED, vault_create(&none, &second, &f->cred, NULL, &f->err));
    assert_int_equal(chmod(f->state, 0700), 0);
    /* A link of one's own to such a folder is as good as the folder. */
    assert_int_equal(rename(f->state, moved), 0);
    assert_int_equal(symlink("moved", f->state), 0);
    must(vault_open(&f->v, &f->place, false, &f->err));
    fixture_end(f);
}

/* The log of a machine begins anew while another process changes the vault. */
static void a_new_log_does_not_turn_the_anchor_back(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_OWNED struct vault *late = NULL;
    struct anchor before, after;
    (void)state;
    fixture_begin(f);
    must(vault_open(&late, &f->place, true, &f->err));
    fixture_add(f, "work", "one");
    must(anchor_read(late->anchor_path, &before, &f->err));
    assert_true(before.seq > late->state.seq);
    must(vault_anchor_renew(late, &f->err));
    must(anchor_read(late->anchor_path, &after, &f->err));
    assert_int_equal(after.seq, before.seq);
    assert_memory_equal(after.chain, before.chain, 32);
    fixture_end(f);
}

/* One process's first use; its secrets are its own, a child of fork() has none. */
static int first_use(const struct machine *m)
{
    static const uint8_t key[32] = FIXTURE_KEY;
    const struct reveal why = {.op = AUDIT_GET};
    struct slot_credentials cred = {0};
    SECRET_OWNED struct secret *hash = NULL, *s = NULL;
    VAULT_OWNED struct vault *v = NULL;
    struct sv_err err = {""};
    enum sv_status st = secret_copy(&hash, key, sizeof key, &err);

    cred.keyfile_hash = hash;
    if (st || (st = vault_open(&v, &m->place, true, &err)) || (st = vault_unlock(v, &cred, &err)) ||
        (st = vault_reveal(v, "work", &why, NULL, &s, &err)))
        fprintf(stderr, "%s\n", err.text);
    return (int)st;
}

static void many_processes_may_be_the_first(void **state)
{
    enum { PROCESSES = 8 };
    struct fixture fx, *f = &fx;
    struct machine fresh;
    struct vault_info info;
    pid_t pids[PROCESSES];
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    machine(&fresh, f, "fresh");
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0)
            _exit(first_use(&fresh));
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    open_on(f, &fresh);
    must(vault_info(f->v, &info, &f->err));
    assert_int_equal(info.log.size, 1 + PROCESSES);
    expect_clean_log(f);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_take_turns),
        cmocka_unit_test(state_that_others_can_write_to_is_refused),
        cmocka_unit_test(a_new_log_does_not_turn_the_anchor_back),
        cmocka_unit_test(many_processes_may_be_the_first),
        cmocka_unit_test(a_forged_file_does_not_shut_out_the_true_one),
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
