/* SPDX-License-Identifier: ISC */
/*
 * The vault against somebody who can write its file: old rows, whole old files,
 * forks, slots and rows that belong elsewhere, vaults that look like ours.
 */
#include "vault_attack.h"

#include "crypto/keys.h"
#include "domain/state.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

#define TEXT_MAX_LEN 1024

static void change_password(struct fixture *f, const char *name, const char *password)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;

    must(vault_find(f->v, name, &p, &f->err));
    must(secret_copy(&s, password, strlen(password), &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
}

static void refused(struct fixture *f, const char *word)
{
    char text[TEXT_MAX_LEN];

    must_fail(SV_DATA, attack_read_all(f, text, sizeof text));
    assert_string_equal(text, "");
    if (!strstr(f->err.text, word))
        fail_msg("\"%s\" does not say \"%s\"", f->err.text, word);
}

/* ---- rows of two snapshots ---- */

/* Two snapshots of one vault that differ in every table that can change. */
static void two_snapshots(struct fixture *f, struct snapshot *older, struct snapshot *newer)
{
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred = {0};

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    *older = snapshot_take(f->path);
    change_password(f, "work", "three");
    must(vault_remove(f->v, "home", &f->err));
    fixture_add(f, "club", "four");
    /* The same key file: so that only the rows decide. */
    must(secret_copy(&key, secret_peek(f->keyfile), secret_len(f->keyfile), &f->err));
    cred.keyfile_hash = key;
    must(vault_change_credentials(f->v, &cred, NULL, &f->err));
    fixture_close(f);
    *newer = snapshot_take(f->path);
}

static void every_mix_of_two_snapshots_is_refused_or_is_one_of_them(void **state)
{
    static const char *const tables[] = {"meta", "slot", "obj", "tree", "hist"};
    struct fixture fx, *f = &fx;
    SNAPSHOT_OWNED struct snapshot older = {0}, newer = {0};
    char old_text[TEXT_MAX_LEN], new_text[TEXT_MAX_LEN], got[TEXT_MAX_LEN], other[160];
    (void)state;

    two_snapshots(f, &older, &newer);
    snprintf(other, sizeof other, "%.63s/older.db", f->dir);
    snapshot_put(&older, other);
    must(attack_read_all(f, new_text, sizeof new_text));
    attack_new_machine(f);
    snapshot_put(&older, f->path);
    must(attack_read_all(f, old_text, sizeof old_text));
    assert_string_not_equal(old_text, new_text);
    for (unsigned mix = 0; mix < 32; mix++) {
        attack_new_machine(f);
        snapshot_put(&newer, f->path);
        for (unsigned i = 0; i < 5; i++)
            if (mix & 1u << i)
                attack_take_table(f->path, other, tables[i]);
        enum sv_status st = attack_read_all(f, got, sizeof got);
        /* History alone is not needed to read: it is missed by verify. */
        if (mix % 16 == 0 || mix % 16 == 15)
            assert_int_equal(st, SV_OK);
        else
            assert_int_equal(st, SV_DATA);
        assert_true(st == SV_OK ? strcmp(got, mix & 1 ? old_text : new_text) == 0 : !got[0]);
        if (mix == 0 || mix == 31)
            assert_int_equal(attack_findings(f), 0);
        else
            assert_int_not_equal(attack_findings(f), 0);
    }
    fixture_end(f);
}

/* One row at a time, the tree's own hashes mended as far as they can be. */
static void a_row_put_elsewhere_is_refused(void **state)
{
    static const char *const edits[] = {
        "DELETE FROM obj WHERE id = (SELECT min(id) FROM obj)",
        "UPDATE obj SET v = (SELECT v FROM obj AS o WHERE o.id <> obj.id LIMIT 1)",
        "INSERT INTO obj SELECT id + 1, v FROM obj LIMIT 1",
        "UPDATE obj SET id = id / 2",
        "UPDATE obj SET id = -id",
        "DELETE FROM obj",
        "UPDATE obj SET v = substr(v, 1, length(v) - 1)",
        "UPDATE obj SET v = zeroblob(length(v))",
        "UPDATE obj SET v = x''",
    };
    struct fixture fx, *f = &fx;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        for (int mend = 0; mend < 2; mend++) {
            snapshot_put(&good, f->path);
            attack_sql(f->path, edits[i]);
            if (mend) {
                DB_OWNED struct db *db = NULL;
                uint8_t root[32];
                must(db_open(&db, f->path, DB_VAULT, false, &f->err));
                must(db_begin_write(db, &f->err));
                must(tree_rebuild(db, root, &f->err));
                must(db_commit(db, &f->err));
            }
            refused(f, "");
            assert_int_not_equal(attack_findings(f), 0);
        }
    }
    fixture_end(f);
}

/* A profile that is hidden is refused as well, not told to be missing. */
static void absence_is_proved(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    char sql[128];
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    must_fail(SV_MISSING, vault_find(f->v, "home", &p, &f->err));
    int64_t id = object_id(keys_peek(f->v->keys)->index, OBJECT_PROFILE, "work", 4);
    fixture_close(f);
    snprintf(sql, sizeof sql, "DELETE FROM obj WHERE id = %lld", (long long)id);
    attack_sql(f->path, sql);
    fixture_reopen(f);
    must_fail(SV_DATA, vault_find(f->v, "work", &p, &f->err));
    fixture_end(f);
}

/* ---- whole files ---- */

static void an_older_file_is_refused_where_a_newer_was_seen(void **state)
{
    struct fixture fx, *f = &fx;
    char text[TEXT_MAX_LEN];
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
    change_password(f, "work", "two");
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot newer = snapshot_take(f->path);
    snapshot_put(&older, f->path);
    refused(f, "older than one that this machine has seen");
    snapshot_put(&newer, f->path);
    must(attack_read_all(f, text, sizeof text));
    fixture_end(f);
}

/* A session that was open all the time is not taken in either. */
static void an_older_file_is_refused_in_an_open_session(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    const struct reveal why = {.op = AUDIT_GET};
    struct secret *s = NULL;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
    change_password(f, "work", "two");
    snapshot_put(&older, f->path);
    must_fail(SV_DATA, vault_list(f->v, &list, &f->err));
    must_fail(SV_DATA, vault_reveal(f->v, "work", &why, NULL, &s, &f->err));
    must_fail(SV_DATA, vault_remove(f->v, "work", &f->err));
    assert_null(s);
    fixture_end(f);
}

/* What another session has seen counts for this one as well. */
static void an_older_file_is_refused_when_another_session_saw_newer(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_OWNED struct vault *sleeping = NULL;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_open(&sleeping, &f->place, false, &f->err));
    must(vault_unlock(sleeping, &f->cred, &f->err));
    SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
    change_password(f, "work", "two");
    fixture_close(f);
    snapshot_put(&older, f->path);
    must_fail(SV_DATA, vault_list(sleeping, &list, &f->err));
    fixture_end(f);
}

/* The sessions of one machine advance one anchor, and never take it back. */
static void the_anchor_never_goes_back(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_OWNED struct vault *other = NULL;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct anchor before, after;
    (void)state;

    fixture_begin(f);
    must(vault_open(&other, &f->place, false, &f->err));
    fixture_add(f, "work", "one");
    must(anchor_read(f->v->anchor_path, &before, &f->err));
    assert_int_equal(before.seq, 2);
    must(vault_anchor_advance(other, &f->err)); /* it knows of change 1 only */
    must(anchor_read(f->v->anchor_path, &after, &f->err));
    assert_memory_equal(&before, &after, sizeof before);
    /* And a reader that sees what another machine wrote remembers it at once. */
    must(unlink(f->v->anchor_path) == 0 ? SV_OK : SV_IO);
    must(vault_unlock(other, &f->cred, &f->err));
    must(vault_list(other, &list, &f->err));
    must(anchor_read(f->v->anchor_path, &after, &f->err));
    assert_int_equal(after.seq, 2);
    fixture_end(f);
}

static void a_fork_is_refused_both_ways(void **state)
{
    struct fixture fx, *f = &fx;
    SNAPSHOT_OWNED struct snapshot base = {0}, here = {0}, there = {0}, further = {0};
    char home_state[sizeof f->state];
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    base = snapshot_take(f->path);
    fixture_add(f, "here", "two");
    fixture_close(f);
    here = snapshot_take(f->path);

    memcpy(home_state, f->state, sizeof home_state);
    attack_new_machine(f);
    snapshot_put(&base, f->path);
    fixture_reopen(f);
    fixture_add(f, "there", "three");
    there = snapshot_take(f->path);
    fixture_add(f, "there too", "four");
    fixture_close(f);
    further = snapshot_take(f->path);

    snapshot_put(&here, f->path);
    refused(f, "older");
    memcpy(f->state, home_state, sizeof home_state);
    snapshot_put(&there, f->path); /* as many changes, other ones */
    refused(f, "forked");
    snapshot_put(&further, f->path); /* more changes, on another past */
    refused(f, "forked");
    fixture_end(f);
}

static void a_damaged_anchor_is_not_passed_over(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault_info info;
    char anchor[256], text[TEXT_MAX_LEN];
    (void)state;

    fixture_begin(f);
    must(vault_info(f->v, &info, &f->err));
    snprintf(anchor, sizeof anchor, "%s/anchor", info.state_dir);
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(anchor);
    for (size_t i = 0; i < good.len; i += 16) {
        SNAPSHOT_OWNED struct snapshot bad = snapshot_take(anchor);
        bad.bytes[i] ^= 4;
        snapshot_put(&bad, anchor);
        refused(f, "damaged");
        SNAPSHOT_OWNED struct snapshot still = snapshot_take(anchor);
        assert_memory_equal(still.bytes, bad.bytes, bad.len); /* nor quietly replaced */
        snapshot_put(&good, anchor);
    }
    must(attack_read_all(f, text, sizeof text));
    fixture_end(f);
}

/* ---- other vaults ---- */

static void slots_of_another_vault_are_refused(void **state)
{
    struct fixture fx, gx, *f = &fx;
    (void)state;

    fixture_begin(&gx);
    fixture_close(&gx);
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    attack_take_table(f->path, gx.path, "slot");
    refused(f, "slots");
    attack_new_machine(f);
    refused(f, "slots");
    fixture_end(&gx);
    fixture_end(f);
}

/* A whole vault of somebody else in our place: our key does not open it. */
static void a_foreign_vault_does_not_open(void **state)
{
    static const char other_key[32] = "a key that is not the fixture's";
    struct fixture fx, gx, *f = &fx, *g = &gx;
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred = {0};
    char text[TEXT_MAX_LEN];
    (void)state;

    fixture_begin(f);
    fixture_begin(g);
    fixture_add(g, "work", "bait");
    must(secret_copy(&key, other_key, sizeof other_key, &f->err));
    cred.keyfile_hash = key;
    must(vault_change_credentials(g->v, &cred, NULL, &g->err));
    fixture_close(f);
    fixture_close(g);
    SNAPSHOT_OWNED struct snapshot theirs = snapshot_take(g->path);
    snapshot_put(&theirs, f->path);
    must_fail(SV_DENIED, attack_read_all(f, text, sizeof text));
    fixture_end(g);
    fixture_end(f);
}

/* Signs the rows as they stand in the file with a key of the attacker's. */
static void sign_anew(struct fixture *f)
{
    static const uint8_t seed[32] = "the attacker's", nothing[32];
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob b = {0};
    struct vault_state s;
    uint8_t bytes[STATE_LEN], hist[HIST_LEN] = {0}, sk[64];

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_begin_write(db, &f->err));
    must(db_get(db, TABLE_META, META_STATE, &b, &f->err));
    must(state_open(&s, b.bytes, b.len, &f->err));
    crypto_sign_seed_keypair(s.verify_pk, sk, seed);
    must(tree_rebuild(db, s.root, &f->err));
    must(state_slots_hash(db, s.slots_hash, &f->err));
    state_seal(bytes, hist, &s, nothing, sk);
    must(db_put(db, TABLE_META, META_STATE, bytes, sizeof bytes, &f->err));
    must(db_put(db, TABLE_HIST, (int64_t)s.seq, hist, sizeof hist, &f->err));
    must(db_commit(db, &f->err));
}

/* Our header and our slots, but another's signature: it opens for our key, and is
 * refused all the same, here and on a machine that has never seen the vault. */
static void a_vault_signed_by_another_is_refused(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    sign_anew(f);
    refused(f, "forked");
    attack_new_machine(f);
    refused(f, "not signed with this vault's key");
    fixture_end(f);
}

/* ---- key slots ---- */

static void set_cost(struct fixture *f, size_t at, uint32_t value)
{
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob slot = {0};

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_begin_write(db, &f->err));
    must(db_get(db, TABLE_SLOT, 0, &slot, &f->err));
    le32_put(slot.bytes + at, value);
    must(db_put(db, TABLE_SLOT, 0, slot.bytes, slot.len, &f->err));
    must(db_commit(db, &f->err));
}

/* Offsets of SLOT's t, m and p (crypto/slot.h). */
enum { AT_PASSES = 4, AT_KIB = 8, AT_LANES = 12 };

static void edited_costs_are_never_paid(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        enum sv_status status; /* when the attacker signs as well */
    } edits[] = {
        {AT_PASSES, 1, SV_DATA},          {AT_PASSES, 65, SV_DATA},
        {AT_PASSES, 0xffffffff, SV_DATA}, {AT_KIB, 8, SV_DATA},
        {AT_KIB, 0xffffffff, SV_DATA},    {AT_KIB, 4 * 1024 * 1024 + 1, SV_DATA},
        {AT_LANES, 0, SV_DATA},           {AT_LANES, 17, SV_DATA},
        {AT_PASSES, 4, SV_DENIED},        {AT_LANES, 1, SV_DENIED},
    };
    static const struct argon2_cost cost = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    struct fixture fx, *f = &fx;
    char text[TEXT_MAX_LEN];
    SECRET_OWNED struct secret *passphrase = NULL;
    (void)state;

    fixture_begin(f);
    must(secret_copy(&passphrase, "correct horse", 13, &f->err));
    f->cred = (struct slot_credentials){.passphrase = passphrase};
    must(vault_change_credentials(f->v, &f->cred, &cost, &f->err));
    fixture_close(f);
    must(attack_read_all(f, text, sizeof text));
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        attack_new_machine(f);
        snapshot_put(&good, f->path);
        set_cost(f, edits[i].at, edits[i].value);
        refused(f, "slots");
        attack_new_machine(f);
        sign_anew(f);
        must_fail(edits[i].status, attack_read_all(f, text, sizeof text));
    }
    fixture_end(f);
}

/* A slot that is edited between opening and unlocking is not tried. */
static void slots_are_proved_when_they_are_used(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault_ways ways;
    (void)state;

    fixture_begin(f);
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_ways(f->v, &ways, &f->err));
    assert_true(ways.keyfile && !ways.passphrase && !ways.passphrase_keyfile);
    attack_sql(f->path, "INSERT INTO slot SELECT 1, v FROM slot");
    must_fail(SV_DATA, vault_unlock(f->v, &f->cred, &f->err));
    must_fail(SV_DATA, vault_ways(f->v, &ways, &f->err));
    assert_false(vault_is_unlocked(f->v));
    fixture_end(f);
}

/* Nor signed: what stands in the table when we sign becomes a way into the vault. */
static void an_edited_slot_is_never_signed(void **state)
{
    static const char *const edits[] = {"INSERT INTO slot SELECT 1, v FROM slot",
                                        "UPDATE slot SET v = zeroblob(length(v))",
                                        "DELETE FROM slot"};
    struct fixture fx, *f = &fx;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        attack_sql(f->path, edits[i]);
        must_fail(SV_DATA, vault_rename(f->v, "work", "home", &f->err));
        must_fail(SV_DATA, vault_change_credentials(f->v, &f->cred, NULL, &f->err));
        fixture_close(f);
        snapshot_put(&good, f->path);
        fixture_reopen(f);
    }
    fixture_end(f);
}

/* A new slot takes its cost from the program, whatever the file says. */
static void a_weak_slot_is_not_inherited(void **state)
{
    static const struct argon2_cost weak = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 1};
    static const struct argon2_cost cost = {.passes = 4, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    SECRET_OWNED struct secret *passphrase = NULL;
    struct fixture fx, *f = &fx;
    BLOB_OWNED struct blob slot = {0};
    struct slot_head head;
    (void)state;

    fixture_begin(f);
    must(secret_copy(&passphrase, "correct horse", 13, &f->err));
    f->cred = (struct slot_credentials){.passphrase = passphrase};
    must(vault_change_credentials(f->v, &f->cred, &weak, &f->err));
    fixture_reopen(f);
    must(vault_change_credentials(f->v, &f->cred, &cost, &f->err));
    must(db_get(f->v->db, TABLE_SLOT, 0, &slot, &f->err));
    must(slot_read_head(&head, slot.bytes, slot.len, &f->err));
    assert_memory_equal(&head.cost, &cost, sizeof cost);
    fixture_end(f);
}

/* ---- rows that nothing speaks of ---- */

static void stray_rows_are_findings(void **state)
{
    static const char *const strays[] = {
        "INSERT INTO meta VALUES (2, x'00')",
        "INSERT INTO hist VALUES (0, zeroblob(33))",
        "INSERT INTO hist VALUES (99, zeroblob(33))",
        "INSERT INTO tree VALUES (65, zeroblob(2048))",
        "DELETE FROM hist WHERE seq = 1",
    };
    struct fixture fx, *f = &fx;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    assert_int_equal(attack_findings(f), 0);
    for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++) {
        snapshot_put(&good, f->path);
        attack_sql(f->path, strays[i]);
        if (attack_findings(f) == 0)
            fail_msg("not found: %s", strays[i]);
    }
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mix_of_two_snapshots_is_refused_or_is_one_of_them),
        cmocka_unit_test(a_row_put_elsewhere_is_refused),
        cmocka_unit_test(absence_is_proved),
        cmocka_unit_test(an_older_file_is_refused_where_a_newer_was_seen),
        cmocka_unit_test(an_older_file_is_refused_in_an_open_session),
        cmocka_unit_test(an_older_file_is_refused_when_another_session_saw_newer),
        cmocka_unit_test(the_anchor_never_goes_back),
        cmocka_unit_test(a_fork_is_refused_both_ways),
        cmocka_unit_test(a_damaged_anchor_is_not_passed_over),
        cmocka_unit_test(slots_of_another_vault_are_refused),
        cmocka_unit_test(a_foreign_vault_does_not_open),
        cmocka_unit_test(a_vault_signed_by_another_is_refused),
        cmocka_unit_test(edited_costs_are_never_paid),
        cmocka_unit_test(slots_are_proved_when_they_are_used),
        cmocka_unit_test(an_edited_slot_is_never_signed),
        cmocka_unit_test(a_weak_slot_is_not_inherited),
        cmocka_unit_test(stray_rows_are_findings),
    };
    struct sv_err err;

    return secret_process_harden(&err) != SV_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0 ||
           secret_live() != 0;
}
