/* SPDX-License-Identifier: ISC */
/*
 * Attack 8, a removed member's bundle replayed, a vault substituted.
 * Without NEW_ROOT: the keys of a former member read what was written since
 * Without OWN_KEY: a vault that another has signed was opened
 * Without SLOTS: key slots of another vault were used
 * Without EPOCH_SIGNATURE: an epoch that the vault's key did not begin was accepted
 *
 * A member who has left, with everything that they could ever read: slot, bundle, keys,
 * old files. And whole files and slots that others have made, also for our key.
 */
#include "vault.h"

#include "domain/vault_members.h"

/* ---- who has left ---- */

struct leaver {
    struct secret *keyfile;
    struct slot_credentials cred;
    struct key_tree keys; /* all of them: an administrator's */
    uint32_t number;
    char kept[160]; /* the file as it was while they could open it */
};

/* Adds an administrator, who takes all keys along, and removes them. */
static void come_and_go(struct fixture *f, struct leaver *l)
{
    static const uint8_t key[KEY_LEN] = "the key file of one who left us";
    struct member_new who = {.label = "leaver", .role = ROLE_ADMIN, .cred = &l->cred};
    VAULT_OWNED struct vault *theirs = NULL;

    must(secret_copy(&l->keyfile, key, sizeof key, &f->err));
    l->cred = (struct slot_credentials){.keyfile_hash = l->keyfile};
    must(vault_member_add(f->v, &who, &l->number, &f->err));
    must(vault_open(&theirs, &f->place, true, &f->err));
    must(vault_unlock(theirs, &l->cred, &f->err));
    l->keys = *keys_peek(theirs->keys);
    SNAPSHOT_OWNED struct snapshot s = snapshot_take(f->path);
    snprintf(l->kept, sizeof l->kept, "%.63s/kept.db", f->dir);
    snapshot_put(&s, l->kept);
    must(vault_member_remove(f->v, l->number, NULL, NULL, &f->err));
}

struct trying {
    const struct key_tree *keys;
    struct object_space space;
    unsigned rows, opened;
};

static enum sv_status try_row(void *context, int64_t id, const uint8_t *row, size_t len,
                              struct sv_err *err)
{
    struct trying *t = context;
    const uint8_t *const keys[] = {t->keys->wrap, t->keys->directory, t->keys->read, t->keys->root};
    (void)err;

    t->rows++;
    for (size_t i = 0; i < COUNT(keys); i++) {
        for (uint64_t epoch = 1; epoch <= 3; epoch++) {
            SECRET_OWNED struct secret *wrap = NULL;
            t->space.epoch = epoch;
            t->opened += object_open_wrap(&wrap, &t->space, id, keys[i], row, len, NULL) == SV_OK;
        }
    }
    return SV_OK;
}

static void old_keys_read_nothing_new(void **state)
{
    struct fixture fx, *f = &fx;
    struct leaver l;
    struct trying t = {.keys = &l.keys};
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    come_and_go(f, &l);
    fixture_add(f, "home", "two");
    t.space = vault_space(f->v);
    must(db_begin_read(f->v->db, &f->err));
    must(db_walk(f->v->db, TABLE_OBJ, 0, INT64_MAX, false, try_row, &t, &f->err));
    db_rollback(f->v->db);
    if (t.opened > 0)
        broken("the keys of a former member read what was written since: %u of %u rows", t.opened,
               t.rows);
    assert_true(t.rows >= 3);
    fixture_close(f);
    must(vault_open(&f->v, &f->place, true, &f->err));
    must_fail(SV_DENIED, vault_unlock(f->v, &l.cred, &f->err));
    secret_free(l.keyfile);
    fixture_end(f);
}

/* Their slot comes back, beside the others or in the place of one, or all slots do. */
static void an_old_slot_does_not_come_back(void **state)
{
    static const char *const edits[] = {
        "INSERT INTO slot SELECT k, v FROM o.slot WHERE k = 1",
        "UPDATE slot SET v = (SELECT v FROM o.slot WHERE k = 1)",
        "DELETE FROM slot; INSERT INTO slot SELECT k, v FROM o.slot",
    };
    struct fixture fx, *f = &fx;
    struct slot_credentials own;
    struct leaver l;
    char sql[512];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    come_and_go(f, &l);
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    own = f->cred;
    for (size_t i = 0; i < COUNT(edits); i++) {
        for (int signed_anew = 0; signed_anew < 2; signed_anew++) {
            snapshot_put(&good, f->path);
            snprintf(sql, sizeof sql, "ATTACH '%s' AS o; %s", l.kept, edits[i]);
            attack_sql(f->path, sql);
            attack_new_machine(f);
            f->cred = l.cred;
            if (signed_anew) { /* with another key, as theirs has ended */
                char text[TEXT_MAX_LEN];
                sign_anew(f);
                if (attack_read_all(f, text, sizeof text) == SV_OK || text[0] != '\0')
                    broken("the slot of a former member opens the vault again");
            } else {
                refused(f, "slots", "the slot of a former member opens the vault again");
            }
            f->cred = own;
        }
    }
    secret_free(l.keyfile);
    fixture_end(f);
}

/* ---- who was never here ---- */

static void slots_of_another_vault_are_refused(void **state)
{
    struct fixture fx, gx, *f = &fx;
    (void)state;

    attack_begin(&gx);
    fixture_close(&gx);
    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    attack_take_table(f->path, gx.path, "slot");
    refused(f, "slots", "key slots of another vault were used");
    attack_new_machine(f);
    refused(f, "slots", "key slots of another vault were used");
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

    attack_begin(f);
    attack_begin(g);
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

/* Our header and our slots, but another's signature: it opens for our key, and is
 * refused all the same, here and on a machine that has never seen the vault. */
static void a_vault_signed_by_another_is_refused(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    sign_anew(f);
    refused(f, "forked", "a vault that another has signed was opened");
    attack_new_machine(f);
    refused(f, "not signed with this vault's key", "a vault that another has signed was opened");
    fixture_end(f);
}
/* An epoch of the attacker's own, on top of the true history: whoever only looks, or
 * checks the file from a cron job, must see it too, and the machine's memory of the
 * true key must not be lost. */
static void an_epoch_of_another_s_is_refused_locked(void **state)
{
    static const uint8_t seed[32] = "the attacker's";
    struct fixture fx, *f = &fx;
    VAULT_OWNED struct vault *v = NULL;
    struct vault_state s;
    uint8_t bytes[STATE_LEN], hist[HIST_EPOCH_LEN] = {0}, sk[64], chain[32];
    char text[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    s = f->v->state;
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    DB_OWNED struct db *db = NULL;
    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_begin_write(db, &f->err));
    memcpy(chain, s.chain, sizeof chain);
    crypto_sign_seed_keypair(s.verify_pk, sk, seed);
    s.epoch++;
    s.seq++;
    state_seal(bytes, hist, &s, chain, sk);
    hist[32] = 1;
    memcpy(hist + 33, s.verify_pk, 32);
    sign_message(hist + 65, sk, "epoch", "not what is signed there", 24);
    must(db_put(db, TABLE_META, META_STATE, bytes, sizeof bytes, &f->err));
    must(db_put(db, TABLE_HIST, (int64_t)s.seq, hist, sizeof hist, &f->err));
    must(db_commit(db, &f->err));
    if (vault_open(&v, &f->place, true, &f->err) != SV_DATA)
        broken("an epoch that the vault's key did not begin was accepted");
    snapshot_put(&good, f->path);
    must(attack_read_all(f, text, sizeof text));
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(old_keys_read_nothing_new),
            cmocka_unit_test(an_old_slot_does_not_come_back),
            cmocka_unit_test(an_epoch_of_another_s_is_refused_locked),
            cmocka_unit_test(slots_of_another_vault_are_refused),
            cmocka_unit_test(a_foreign_vault_does_not_open),
            cmocka_unit_test(a_vault_signed_by_another_is_refused))
