/* SPDX-License-Identifier: ISC */
/* vault: what the attacks on the vault's file share; the tools are vault_attack.h's. */
#ifndef TESTS_ATTACK_VAULT_H
#define TESTS_ATTACK_VAULT_H

#include "attack.h"

#include "../unit/vault_attack.h"

#include "crypto/keys.h"
#include "domain/state.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

#define TEXT_MAX_LEN 1024

static inline void attack_begin(struct fixture *f)
{
    fixture_begin_at(f, attack_root());
}

static inline void change_password(struct fixture *f, const char *name, const char *password)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;

    must(vault_find(f->v, name, &p, &f->err));
    must(secret_copy(&s, password, strlen(password), &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
}

/* Everything is refused as damage, with `word` in the message, and nothing was read
 * before that; else `what` is broken. */
static inline void refused(struct fixture *f, const char *word, const char *what)
{
    char text[TEXT_MAX_LEN];
    enum sv_status st = attack_read_all(f, text, sizeof text);

    if (st == SV_OK || text[0] != '\0')
        broken("%s", what);
    if (st != SV_DATA)
        broken("%s (status %d: %s)", what, st, f->err.text);
    if (!strstr(f->err.text, word))
        fail_msg("\"%s\" does not say \"%s\"", f->err.text, word);
}

/* Signs the rows as they stand in the file with a key of the attacker's. */
static inline void sign_anew(struct fixture *f)
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
    blob_clear(&b);
    must(db_get(db, TABLE_META, META_HEADER, &b, &f->err));
    header_hash(s.header_hash, b.bytes, b.len);
    crypto_sign_seed_keypair(s.verify_pk, sk, seed);
    must(tree_rebuild(db, s.root, &f->err));
    must(state_slots_hash(db, s.slots_hash, &f->err));
    state_seal(bytes, hist, &s, nothing, sk);
    must(db_put(db, TABLE_META, META_STATE, bytes, sizeof bytes, &f->err));
    must(db_put(db, TABLE_HIST, (int64_t)s.seq, hist, sizeof hist, &f->err));
    must(db_commit(db, &f->err));
}

#endif
