/* SPDX-License-Identifier: ISC */
/* What somebody who was removed, or who can write the file, does to a later epoch. */
#include "members.h"

#include <sodium.h>
#include <sys/wait.h>

#include "base/file.h"
#include "domain/vault_impl.h"
#include "vault_attack.h"

/* A vault of two epochs: lena, an administrator then, is gone; rita reads. */
struct story {
    struct person lena, rita;
    struct snapshot before; /* the last file of the first epoch */
    struct secret *keys;    /* all that lena ever had */
    char *copy;             /* a path for files put elsewhere */
};

static void story_begin(struct fixture *f, struct story *s)
{
    VAULT_OWNED struct vault *v = NULL;

    memset(s, 0, sizeof *s);
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "play", "two");
    person_join(f, &s->lena, "lena", ROLE_ADMIN);
    person_join(f, &s->rita, "rita", ROLE_READER);
    must(person_open(f, &s->lena, &v));
    must(secret_copy(&s->keys, secret_peek(v->keys), secret_len(v->keys), &f->err));
    fixture_close(f);
    s->before = snapshot_take(f->path);
    fixture_reopen(f);
    must(vault_member_remove(f->v, s->lena.slot, NULL, NULL, &f->err));
    fixture_close(f);
    s->copy = path_join(f->dir, "copy.db");
    snapshot_put(&s->before, s->copy);
}

static void story_end(struct fixture *f, struct story *s)
{
    person_clear(&s->lena);
    person_clear(&s->rita);
    snapshot_free(&s->before);
    secret_free(s->keys);
    sv_free(s->copy);
    fixture_end(f);
}

/* Refused for the owner, for rita and for lena, on this machine. */
static void expect_refused(struct fixture *f, const struct story *s, const char *words)
{
    const struct slot_credentials *all[] = {&f->cred, &s->rita.cred, &s->lena.cred};

    for (size_t i = 0; i < 3; i++) {
        VAULT_OWNED struct vault *v = NULL;
        enum sv_status st = vault_open(&v, &f->place, false, &f->err);
        if (st == SV_OK)
            st = vault_unlock(v, all[i], &f->err);
        assert_int_equal(st, SV_DATA);
        expect_words(f, words);
    }
}

static void put_row_back(struct fixture *f, const struct story *s, const char *table,
                         const char *where)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS old; INSERT OR REPLACE INTO main.%s SELECT * FROM old.%s WHERE %s; "
             "DETACH old",
             s->copy, table, table, where);
    attack_sql(f->path, sql);
}

struct try_rows {
    const struct key_tree *keys;
    struct vault *v;
    unsigned opened, tried;
};

static enum sv_status try_row(void *context, int64_t id, const uint8_t *bytes, size_t len,
                              struct sv_err *err)
{
    struct try_rows *t = context;
    const uint8_t *keys[] = {t->keys->wrap, t->keys->directory, t->keys->read, t->keys->root};
    struct object_space space = vault_space(t->v);

    for (space.epoch = 1; space.epoch <= 2; space.epoch++)
        for (size_t i = 0; i < 4; i++, t->tried++) {
            SECRET_OWNED struct secret *wrap = NULL;
            t->opened += object_open_wrap(&wrap, &space, id, keys[i], bytes, len, err) == SV_OK;
        }
    return SV_OK;
}

static void kept_keys_open_no_new_row(void **state)
{
    struct fixture fx, *f = &fx;
    struct story s;
    VAULT_OWNED struct vault *v = NULL;
    (void)state;
    story_begin(f, &s);
    must(vault_open(&v, &f->place, false, &f->err));
    struct try_rows t = {.keys = keys_peek(s.keys), .v = v};
    must(db_begin_read(v->db, &f->err));
    must(db_walk(v->db, TABLE_OBJ, 0, INT64_MAX, false, try_row, &t, &f->err));
    db_rollback(v->db);
    assert_int_equal(t.tried, 3 * 8);
    assert_int_equal(t.opened, 0);
    /* Nor do they pass for the session of somebody who is there. */
    assert_int_equal(vault_adopt_keys(v, &s.keys, &f->err), SV_DATA);
    expect_words(f, "not signed with this vault's key");
    must_fail(SV_DENIED, vault_unlock(v, &s.lena.cred, &f->err));
    story_end(f, &s);
}

static void old_slots_and_states_are_refused(void **state)
{
    static const struct {
        const char *table, *where, *words;
    } rows[] = {
        {"slot", "k = 1", "slots"}, /* lena's row into its old place */
        {"slot", "k = 2", "slots"}, /* rita's bundle of the old epoch */
        {"slot", "1", "slots"},     /* all of them */
        {"meta", "k = 1", "slots"}, /* the old state */
    };
    struct fixture fx, *f = &fx;
    struct story s;
    (void)state;
    story_begin(f, &s);
    SNAPSHOT_OWNED struct snapshot now = snapshot_take(f->path);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_row_back(f, &s, rows[i].table, rows[i].where);
        expect_refused(f, &s, rows[i].words);
        snapshot_put(&now, f->path);
    }
    put_row_back(f, &s, "meta", "k = 1");
    put_row_back(f, &s, "slot", "1");
    expect_refused(f, &s, "older");
    snapshot_put(&now, f->path);
    fixture_reopen(f);
    story_end(f, &s);
}

/* Where nobody has seen the new epoch: the state's own checks must do. */
static void old_parts_are_refused_at_first_sight_too(void **state)
{
    struct fixture fx, *f = &fx;
    struct story s;
    (void)state;
    story_begin(f, &s);
    SNAPSHOT_OWNED struct snapshot now = snapshot_take(f->path);
    attack_new_machine(f);
    put_row_back(f, &s, "slot", "1");
    expect_refused(f, &s, "slots");
    put_row_back(f, &s, "meta", "k = 1");
    /* Signed and fitting its slots: but its rows are gone. */
    VAULT_OWNED struct vault *v = NULL;
    must(vault_open(&v, &f->place, false, &f->err));
    must(vault_unlock(v, &s.lena.cred, &f->err));
    assert_int_equal(person_get(f, v, "work"), SV_DATA);
    snapshot_put(&now, f->path);
    story_end(f, &s);
}

static void keep_first(void *context, const char *finding)
{
    char *first = context;

    if (!first[0])
        snprintf(first, 300, "%.299s", finding);
}

static uint64_t locked_findings(struct fixture *f, char *first, size_t size)
{
    VAULT_OWNED struct vault *v = NULL;
    uint64_t findings = 0;

    assert_true(size >= 300);
    first[0] = 0;
    must(vault_open(&v, &f->place, true, &f->err));
    must(vault_verify(v, &findings, keep_first, first, &f->err));
    return findings;
}

static void put_hist(const char *path, uint64_t seq, const uint8_t *row, size_t len)
{
    char hex[2 * HIST_EPOCH_LEN + 1], sql[512];

    sodium_bin2hex(hex, sizeof hex, row, len);
    snprintf(sql, sizeof sql, "UPDATE hist SET v = x'%s' WHERE seq = %u", hex, (unsigned)seq);
    attack_sql(path, sql);
}

static void get_hist(struct fixture *f, uint64_t seq, uint8_t *row, size_t len)
{
    VAULT_OWNED struct vault *v = NULL;
    BLOB_OWNED struct blob b = {0};

    must(vault_open(&v, &f->place, true, &f->err));
    must(db_get(v->db, TABLE_HIST, (int64_t)seq, &b, &f->err));
    assert_int_equal(b.len, len);
    memcpy(row, b.bytes, len);
}

/* A machine at first sight has no anchor: the whole history is what proves it, locked. */
static void the_history_is_proved_from_its_first_commit(void **state)
{
    uint8_t first[HIST_EPOCH_LEN], forged[HIST_EPOCH_LEN], pk[32], sk[64], chain[32] = {0};
    char why[300];
    struct fixture fx, *f = &fx;
    struct story s;
    (void)state;
    story_begin(f, &s);
    attack_new_machine(f);
    assert_int_equal(locked_findings(f, why, sizeof why), 0);
    get_hist(f, 1, first, sizeof first);

    crypto_sign_keypair(pk, sk);
    state_chain(chain, first);
    state_hist_epoch(forged, first, chain, pk, sk);
    put_hist(f->path, 1, forged, sizeof forged);
    assert_int_equal(locked_findings(f, why, sizeof why), 1);
    assert_non_null(strstr(why, "was not begun by the key of the epoch before"));

    memcpy(forged, first, sizeof first);
    forged[HIST_EPOCH_LEN - 1] ^= 1;
    put_hist(f->path, 1, forged, sizeof forged);
    assert_int_equal(locked_findings(f, why, sizeof why), 1);
    assert_non_null(strstr(why, "at commit 1,"));

    memcpy(forged, first, sizeof first);
    forged[32] = 0;
    put_hist(f->path, 1, forged, HIST_LEN);
    assert_int_equal(locked_findings(f, why, sizeof why), 1);
    assert_non_null(strstr(why, "the first epoch's key is not there"));

    put_hist(f->path, 1, first, sizeof first);
    assert_int_equal(locked_findings(f, why, sizeof why), 0);
    attack_sql(f->path, "DELETE FROM hist WHERE seq = 3");
    assert_true(locked_findings(f, why, sizeof why) >= 1);
    assert_non_null(strstr(why, "a commit is missing"));
    story_end(f, &s);
}

/* A machine that last saw the first epoch follows the old key's signature only. */
static void a_forged_epoch_is_refused_by_older_machines(void **state)
{
    uint8_t row[HIST_EPOCH_LEN], pk[32], sk[64];
    struct fixture fx, *f = &fx;
    struct vault_info info;
    struct story s;
    (void)state;
    story_begin(f, &s);
    SNAPSHOT_OWNED struct snapshot now = snapshot_take(f->path);
    attack_new_machine(f);
    snapshot_put(&s.before, f->path);
    fixture_reopen(f);
    fixture_close(f);
    snapshot_put(&now, f->path);
    must(vault_open(&f->v, &f->place, true, &f->err));
    must(vault_info(f->v, &info, &f->err));
    fixture_close(f);
    get_hist(f, info.seq, row, sizeof row);
    crypto_sign_keypair(pk, sk);
    state_hist_epoch(row, row, row, row + HIST_LEN, sk);
    put_hist(f->path, info.seq, row, sizeof row);
    /* The anchor of this machine has moved on by now: one that has not is refused. */
    attack_new_machine(f);
    snapshot_put(&s.before, f->path);
    fixture_reopen(f);
    fixture_close(f);
    snapshot_put(&now, f->path);
    put_hist(f->path, info.seq, row, sizeof row);
    expect_refused(f, &s, "history");
    story_end(f, &s);
}

/* With a copy from before, lena removes the owner in turn: two second epochs. */
static void who_has_seen_the_removal_takes_no_other_epoch(void **state)
{
    struct fixture fx, *f = &fx;
    struct story s;
    (void)state;
    story_begin(f, &s);
    char ours[sizeof f->state];
    memcpy(ours, f->state, sizeof ours);
    SNAPSHOT_OWNED struct snapshot now = snapshot_take(f->path);
    attack_new_machine(f);
    snapshot_put(&s.before, f->path);
    must(person_open(f, &s.lena, &f->v));
    must(vault_member_remove(f->v, 0, NULL, NULL, &f->err));
    fixture_add(f, "bait", "three");
    fixture_close(f);
    memcpy(f->state, ours, sizeof ours);
    expect_refused(f, &s, "history");
    snapshot_put(&now, f->path);
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "one");
    story_end(f, &s);
}

/* An administrator who expects to be removed puts a key of their own beside the owner's
 * slot, so that the next epoch's bundle would be sealed to it. */
static void an_exchanged_key_in_the_directory_is_found(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person lena = {0};
    VAULT_OWNED struct vault *v = NULL;
    (void)state;
    fixture_begin(f);
    person_join(f, &lena, "lena", ROLE_ADMIN);
    must(person_open(f, &lena, &v));
    {
        DIRECTORY_ENTRY_OWNED struct directory_entry own = {0}, owner = {0};
        DIRECTORY_OWNED struct vault_directory dir = {0};
        CHANGE_OWNED struct vault_change c = {0};
        must(vault_change_begin(&c, v, AUDIT_EDIT, "nothing to see", NULL, &f->err));
        must(vault_directory_load(v, c.root, &dir, &f->err));
        must(directory_get(dir.card, 0, &owner, &f->err));
        must(directory_get(dir.card, lena.slot, &own, &f->err));
        owner.keys = own.keys;
        must(vault_directory_put(&dir, &owner, &f->err));
        must(vault_directory_store(&c, &dir, &f->err));
        must(vault_change_commit(&c, 0, &f->err));
    }
    must_fail(SV_DATA, vault_member_remove(f->v, lena.slot, NULL, NULL, &f->err));
    expect_words(f, "another key for your own slot");
    must(vault_change_credentials(f->v, &f->cred, NULL, &f->err));
    must(vault_member_remove(f->v, lena.slot, NULL, NULL, &f->err));
    fixture_reopen(f);
    fixture_end(f);
}

/* ---- without memory ---- */

static void add_or_remove(struct fixture *f, bool add, unsigned long at, enum sv_status *st)
{
    PERSON_OWNED struct person p = {0};
    struct member_new who = {.label = "next", .role = ROLE_AUDITOR, .cred = &p.cred};
    uint32_t number;

    person_make(f, &p, "next");
    sv_alloc_fail_at(at);
    *st = add ? vault_member_add(f->v, &who, &number, &f->err)
              : vault_member_remove(f->v, 2, NULL, NULL, &f->err);
}

/* Every allocation fails once. What is left is looked at closely now and then: the next
 * round would notice as well. */
static void without_memory(bool add)
{
    struct fixture fx, *f = &fx;
    struct story s;
    uint64_t findings;
    enum sv_status st;
    unsigned long n;

    story_begin(f, &s);
    SNAPSHOT_OWNED struct snapshot now = snapshot_take(f->path);
    fixture_reopen(f);
    for (n = 1;; n += getenv("SMTPVAULT_TEST_SLOW") ? 97 : 1) {
        size_t live = secret_live();
        add_or_remove(f, add, n, &st);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed)
            break;
        /* Some are needed for nothing, the last ones come after the commit. And a removal
         * reads the log, so this starts with a fresh one from time to time. */
        if (st == SV_OK || strstr(f->err.text, "the change was made") || n % 64 == 0) {
            fixture_close(f);
            snapshot_put(&now, f->path);
            attack_new_machine(f);
            fixture_reopen(f);
            continue;
        }
        assert_int_equal(secret_live(), live);
        if (n % 32 == 0) {
            must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
            assert_int_equal(findings, 0);
            fixture_expect(f, "work", 0, "one");
        }
    }
    assert_true(n > (getenv("SMTPVAULT_TEST_SLOW") ? 1 : 50));
    fixture_reopen(f);
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    fixture_expect(f, "work", 0, "one");
    story_end(f, &s);
}

static void a_member_is_added_or_not_without_memory(void **state)
{
    (void)state;
    without_memory(true);
}

static void a_member_is_removed_or_not_without_memory(void **state)
{
    (void)state;
    without_memory(false);
}

/* ---- two administrators at once ---- */

#define ROUNDS 4

static enum sv_status one_round(const struct vault_place *place,
                                const struct slot_credentials *cred, const char *label)
{
    VAULT_OWNED struct vault *v = NULL;
    struct member_new who = {.label = label, .role = ROLE_READER, .cred = cred};
    struct sv_err err;
    uint32_t number;
    enum sv_status st;

    if ((st = vault_open(&v, place, false, &err)) || (st = vault_unlock(v, cred, &err)))
        return st;
    while ((st = vault_member_add(v, &who, &number, &err)) == SV_LOCKED)
        if (!vault_is_unlocked(v) && (st = vault_unlock(v, cred, &err)))
            return st;
    if (st)
        return st;
    while ((st = vault_member_remove(v, number, NULL, NULL, &err)) == SV_LOCKED)
        if (!vault_is_unlocked(v) && (st = vault_unlock(v, cred, &err)))
            return st;
    return st;
}

static int administrator(struct fixture *f, int which)
{
    const char *name = which ? "anna" : "owner";
    uint8_t key[32] = FIXTURE_KEY;
    struct slot_credentials cred = {0};
    SECRET_OWNED struct secret *s = NULL;
    char label[32];

    if (which) {
        memset(key, 0, sizeof key);
        memcpy(key, name, strlen(name));
    }
    if (secret_copy(&s, key, sizeof key, NULL))
        return 1;
    cred.keyfile_hash = s;
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(label, sizeof label, "by %s %d", name, i);
        enum sv_status st = one_round(&f->place, &cred, label);
        if (st)
            return (int)st;
    }
    return 0;
}

static void two_administrators_at_once(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person anna = {0};
    MEMBER_LIST_OWNED struct member_list list = {0};
    struct vault_info info;
    struct audit_report report;
    uint64_t findings;
    pid_t pids[2];
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &anna, "anna", ROLE_ADMIN);
    fixture_close(f);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0)
            _exit(administrator(f, i));
    }
    for (int i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    fixture_reopen(f);
    must(vault_info(f->v, &info, &f->err));
    assert_int_equal(info.epoch, 1 + 2 * ROUNDS);
    must(vault_members(f->v, &list, &f->err));
    assert_int_equal(list.count, 2);
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_audit_verify(f->v, &report, &f->err));
    if (report.findings)
        fail_msg("%s", report.first);
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_keys_open_no_new_row),
        cmocka_unit_test(old_slots_and_states_are_refused),
        cmocka_unit_test(old_parts_are_refused_at_first_sight_too),
        cmocka_unit_test(the_history_is_proved_from_its_first_commit),
        cmocka_unit_test(a_forged_epoch_is_refused_by_older_machines),
        cmocka_unit_test(who_has_seen_the_removal_takes_no_other_epoch),
        cmocka_unit_test(an_exchanged_key_in_the_directory_is_found),
        cmocka_unit_test(a_member_is_added_or_not_without_memory),
        cmocka_unit_test(a_member_is_removed_or_not_without_memory),
        cmocka_unit_test(two_administrators_at_once),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
