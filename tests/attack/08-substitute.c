/* SPDX-License-Identifier: ISC */
/*
 * Attack 8, a vault of somebody else in the place of ours.
 * Without OWN_KEY: a vault that another has signed was opened
 * Without SLOTS: key slots of another vault were used
 * Without EPOCH_SIGNATURE: an epoch that the vault's key did not begin was accepted
 *
 * Whole files and slots that others have made, also for our key.
 */
#include "vault.h"

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

ATTACK_MAIN(cmocka_unit_test(an_epoch_of_another_s_is_refused_locked),
            cmocka_unit_test(slots_of_another_vault_are_refused),
            cmocka_unit_test(a_foreign_vault_does_not_open),
            cmocka_unit_test(a_vault_signed_by_another_is_refused))
