/* SPDX-License-Identifier: ISC */
/*
 * Attack 5, Argon2id made cheap, or a bomb.
 * Without COST_LIMITS: a cost out of bounds was paid
 * Without SLOTS: an edited key slot was tried
 *
 * Every parameter of a key slot is edited. As it stands the edit is seen before the
 * slot is tried; and where the attacker signs the file anew, for a machine that has
 * never seen it, what is out of bounds is refused before memory is taken, and what is
 * within gives a key that opens nothing.
 */
#include "vault.h"

/* Offsets of a slot's head (crypto/slot.h). */
enum {
    AT_VERSION = 0,
    AT_SUITE,
    AT_TYPE,
    AT_ROLE,
    AT_PASSES = 4,
    AT_KIB = 8,
    AT_LANES = 12,
    AT_SALT = 16
};

#define FLAT_KIB 16384 /* what a refusal may take: far below the least of Argon2id */

static void set_bytes(struct fixture *f, size_t at, uint32_t value, size_t len)
{
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob slot = {0};
    uint8_t bytes[4];

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_begin_write(db, &f->err));
    must(db_get(db, TABLE_SLOT, 0, &slot, &f->err));
    le32_put(bytes, value);
    if (memcmp(slot.bytes + at, bytes, len) == 0) /* a salt may have that byte there */
        bytes[0] ^= 1;
    memcpy(slot.bytes + at, bytes, len);
    must(db_put(db, TABLE_SLOT, 0, slot.bytes, slot.len, &f->err));
    must(db_commit(db, &f->err));
}

static void make_passphrase_vault(struct fixture *f, struct secret **passphrase)
{
    static const struct argon2_cost cost = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    char text[TEXT_MAX_LEN];

    attack_begin(f);
    must(secret_copy(passphrase, "correct horse", 13, &f->err));
    f->cred = (struct slot_credentials){.passphrase = *passphrase};
    must(vault_change_credentials(f->v, &f->cred, &cost, &f->err));
    fixture_close(f);
    must(attack_read_all(f, text, sizeof text));
}

struct edit {
    size_t at;
    uint32_t value;
    size_t len;
    enum sv_status status; /* when the attacker signs as well */
};

static void try_edit(struct fixture *f, const struct snapshot *good, const struct edit *e)
{
    char text[TEXT_MAX_LEN];

    attack_new_machine(f);
    snapshot_put(good, f->path);
    set_bytes(f, e->at, e->value, e->len);
    refused(f, "slots", "an edited key slot was tried");
    attack_new_machine(f);
    sign_anew(f);
    long before = memory_mark();
    enum sv_status st = attack_read_all(f, text, sizeof text);
    long took = memory_kib("VmHWM:") - before;
    if (e->status == SV_DATA && (st != SV_DATA || took > FLAT_KIB))
        broken("a cost out of bounds was paid: byte %zu as %u took %ld KiB (status %d)", e->at,
               e->value, took, st);
    if (st != e->status)
        broken("an edited parameter, byte %zu as %u, gives status %d: %s", e->at, e->value, st,
               f->err.text);
}

static void edited_parameters_are_refused_or_open_nothing(void **state)
{
    static const struct edit edits[] = {
        {AT_SALT, 1, 1, SV_DENIED},
        {AT_PASSES, 1, 4, SV_DATA},
        {AT_PASSES, 2, 4, SV_DATA},
        {AT_PASSES, 0, 4, SV_DATA},
        {AT_PASSES, 65, 4, SV_DATA},
        {AT_PASSES, 0xffffffff, 4, SV_DATA},
        {AT_KIB, 0, 4, SV_DATA},
        {AT_KIB, 8, 4, SV_DATA},
        {AT_KIB, ARGON2_MIN_KIB - 1, 4, SV_DATA},
        {AT_KIB, 0xffffffff, 4, SV_DATA},
        {AT_KIB, 4 * 1024 * 1024 + 1, 4, SV_DATA},
        {AT_LANES, 0, 4, SV_DATA},
        {AT_LANES, 17, 4, SV_DATA},
        {AT_LANES, 0xffffffff, 4, SV_DATA},
        {AT_VERSION, 2, 1, SV_DATA},
        {AT_SUITE, 2, 1, SV_DATA},
        {AT_TYPE, 0, 1, SV_DATA},
        {AT_TYPE, 6, 1, SV_DATA},
        {AT_ROLE, 0, 1, SV_DATA},
        {AT_ROLE, 5, 1, SV_DATA},
        {AT_TYPE, SLOT_PASSPHRASE_KEYFILE, 1, SV_DENIED},
        {AT_ROLE, ROLE_READER, 1, SV_DENIED},
        {AT_PASSES, 4, 4, SV_DENIED},
        {AT_LANES, 1, 4, SV_DENIED},
        {AT_KIB, ARGON2_MIN_KIB + 8, 4, SV_DENIED},

        {AT_SALT + 31, 1, 1, SV_DENIED},
    };
    SECRET_OWNED struct secret *passphrase = NULL;
    struct fixture fx, *f = &fx;
    (void)state;

    make_passphrase_vault(f, &passphrase);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < COUNT(edits); i++)
        try_edit(f, &good, &edits[i]);
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(edited_parameters_are_refused_or_open_nothing))
