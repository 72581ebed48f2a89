/* SPDX-License-Identifier: ISC */
/*
 * Attack 22, what is left of a passphrase that failed.
 * Without WIPE: a secret is in memory (a wrong passphrase
 *
 * Mostly it is the right one with a letter wrong, or that of another place: after it
 * has failed its bytes are nowhere in the process.
 */
#include "vault.h"

#include "memory.h"

static const struct argon2_cost cost = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};

static void fails(struct fixture *f, const char *when)
{
    struct secret *wrong = random_text("a wrong passphrase", 64);
    struct slot_credentials cred = {.passphrase = wrong};

    must_fail(SV_DENIED, vault_unlock(f->v, &cred, &f->err));
    secret_free(wrong);
    expect_nowhere(true, when);
}

static void a_failed_passphrase_is_nowhere(void **state)
{
    struct fixture fx, *f = &fx;
    struct slot_credentials cred = {0};
    struct secret *right;
    (void)state;

    forget_needles();
    attack_begin(f);
    right = random_text("the right passphrase", 64);
    cred.passphrase = right;
    must(vault_change_credentials(f->v, &cred, &cost, &f->err));
    secret_free(right);
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    fails(f, "once");
    fails(f, "twice");
    fixture_close(f);
    expect_nowhere(true, "closed");
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(a_failed_passphrase_is_nowhere))
