/* SPDX-License-Identifier: ISC */
/*
 * Attack 8, a vault of somebody else in the place of ours.
 * Without OWN_KEY: a vault that another has signed was opened
 * Without SLOTS: key slots of another vault were used
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
ATTACK_MAIN(cmocka_unit_test(slots_of_another_vault_are_refused),
            cmocka_unit_test(a_foreign_vault_does_not_open),
            cmocka_unit_test(a_vault_signed_by_another_is_refused))
