/* SPDX-License-Identifier: ISC */
/*
 * Attack 6, weak parameters that a new key slot inherits.
 * Without COST_LIMITS: a key slot was made that costs a guesser nothing
 *
 * The parameters in the file are as weak as they may be, or weaker; what a new slot
 * gets is the program's.
 */
#include "vault.h"

static const struct argon2_cost weak = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 1};

/* The cost of slot 0 as the file has it. */
static struct argon2_cost cost_in_file(struct fixture *f)
{
    BLOB_OWNED struct blob slot = {0};
    struct slot_head head;

    must(db_get(f->v->db, TABLE_SLOT, 0, &slot, &f->err));
    must(slot_read_head(&head, slot.bytes, slot.len, &f->err));
    return head.cost;
}

static void begin_weak(struct fixture *f, struct secret **passphrase)
{
    attack_begin(f);
    must(secret_copy(passphrase, "correct horse", 13, &f->err));
    f->cred = (struct slot_credentials){.passphrase = *passphrase};
    must(vault_change_credentials(f->v, &f->cred, &weak, &f->err));
    struct argon2_cost cost = cost_in_file(f);
    assert_memory_equal(&cost, &weak, sizeof cost);
}

static void a_weak_slot_is_not_inherited(void **state)
{
    static const struct argon2_cost given = {.passes = 4, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    SECRET_OWNED struct secret *passphrase = NULL;
    struct fixture fx, *f = &fx;
    struct argon2_cost cost;
    (void)state;

    begin_weak(f, &passphrase);
    fixture_reopen(f);
    must(vault_change_credentials(f->v, &f->cred, NULL, &f->err));
    cost = cost_in_file(f);
    if (cost.lanes != argon2_default.lanes || cost.passes < argon2_default.passes)
        broken("a new key slot has the parameters of the old one");
    must(vault_change_credentials(f->v, &f->cred, &given, &f->err));
    cost = cost_in_file(f);
    assert_memory_equal(&cost, &given, sizeof cost);
    fixture_end(f);
}

/* Below the floor nothing is made, whoever asks. */
static void no_slot_is_weaker_than_the_floor(void **state)
{
    static const struct argon2_cost costs[] = {
        {.passes = 1, .memory_kib = ARGON2_MIN_KIB, .lanes = 4},
        {.passes = 3, .memory_kib = ARGON2_MIN_KIB - 1, .lanes = 4},
        {.passes = 3, .memory_kib = 8, .lanes = 1},
        {.passes = 0, .memory_kib = 0, .lanes = 0},
    };
    SECRET_OWNED struct secret *passphrase = NULL;
    struct fixture fx, *f = &fx;
    (void)state;

    begin_weak(f, &passphrase);
    for (size_t i = 0; i < COUNT(costs); i++) {
        if (vault_change_credentials(f->v, &f->cred, &costs[i], &f->err) == SV_OK)
            broken("a key slot was made that costs a guesser nothing");
        struct argon2_cost cost = cost_in_file(f);
        assert_memory_equal(&cost, &weak, sizeof cost);
    }
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(no_slot_is_weaker_than_the_floor),
            cmocka_unit_test(a_weak_slot_is_not_inherited))
