/* SPDX-License-Identifier: ISC */
/*
 * Attack 6, weak parameters that a new key slot inherits.
 * Without COST_LIMITS: a key slot was made that costs a guesser nothing
 * Without UPGRADE: a key slot stays as cheap as it once was
 *
 * The parameters in the file are as weak as they may be, or weaker; what a new slot
 * gets is the program's, and what was once enough is raised when its owner unlocks.
 */
#include "vault.h"

static const struct argon2_cost weak = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 1};

/* The head of the session's slot, as the file has it. */
static struct argon2_cost own_cost(struct fixture *f, struct slot_head *head)
{
    BLOB_OWNED struct blob row = {0};

    must(db_get(f->v->db, TABLE_SLOT, f->v->slot, &row, &f->err));
    must(slot_read_head(head, row.bytes, row.len, &f->err));
    return head->cost;
}

static struct argon2_cost cost_in_file(struct fixture *f)
{
    struct slot_head head;

    return own_cost(f, &head);
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

/* As if the code had chosen the cost, when machines were slower. */
static void forget_the_choice(struct fixture *f)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    CHANGE_OWNED struct vault_change c = {0};

    must(vault_change_begin(&c, f->v, AUDIT_MEMBER, NULL, NULL, &f->err));
    must(vault_directory_load(f->v, c.root, &dir, &f->err));
    must(directory_get(dir.card, f->v->slot, &entry, &f->err));
    assert_true(entry.cost_chosen);
    entry.cost_chosen = false;
    must(vault_directory_put(&dir, &entry, &f->err));
    must(vault_directory_store(&c, &dir, &f->err));
    must(vault_change_commit(&c, 0, &f->err));
}

static enum sv_status look_for_raise(void *context, const struct audit_event *event,
                                     struct sv_err *err)
{
    (void)err;
    *(unsigned *)context += event->result == AUDIT_OK && strstr(event->note, "raised") != NULL;
    return SV_OK;
}

static void a_weak_slot_is_raised_unless_it_was_chosen(void **state)
{
    const struct audit_filter all = {.op = AUDIT_PASSPHRASE};
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *word = NULL, *other = NULL;
    struct slot_credentials cred = {0}, changed = {0};
    struct slot_head head, before;
    unsigned raised = 0;
    (void)state;
    attack_begin(f);
    fixture_add(f, "work", "secret");
    must(secret_copy(&word, "correct horse", 13, &f->err));
    must(secret_copy(&other, "battery staple", 14, &f->err));
    cred.passphrase = word;
    changed.passphrase = other;
    must(vault_change_credentials(f->v, &cred, &weak, &f->err));
    own_cost(f, &before);
    vault_slot_raise(f->v, &cred, &before, 50);
    assert_int_equal(own_cost(f, &head).memory_kib, ARGON2_MIN_KIB);
    forget_the_choice(f);
    vault_slot_raise(f->v, &cred, &before, 60000); /* a machine so slow: nothing is weak */
    assert_int_equal(own_cost(f, &head).memory_kib, ARGON2_MIN_KIB);
    vault_slot_raise(f->v, &cred, &before, 50);
    if (own_cost(f, &head).memory_kib < 2 * ARGON2_MIN_KIB)
        broken("a key slot stays as cheap as it once was");
    must(vault_audit_read(f->v, &all, look_for_raise, &raised, &f->err));
    assert_int_equal(raised, 1);
    /* The slot that was opened is no more there: somebody changed the passphrase. */
    must(vault_change_credentials(f->v, &changed, &weak, &f->err));
    forget_the_choice(f);
    vault_slot_raise(f->v, &cred, &before, 50);
    fixture_close(f);
    must(vault_open(&f->v, &f->place, true, &f->err));
    must_fail(SV_DENIED, vault_unlock(f->v, &cred, &f->err));
    must(vault_unlock(f->v, &changed, &f->err));
    fixture_expect(f, "work", 0, "secret");
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(a_weak_slot_is_raised_unless_it_was_chosen),
            cmocka_unit_test(no_slot_is_weaker_than_the_floor),
            cmocka_unit_test(a_weak_slot_is_not_inherited))
