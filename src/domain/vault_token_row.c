/* SPDX-License-Identifier: ISC */
/* A token's row as an administrator reads and writes it: without the token. */
#include <string.h>

#include "base/defence.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

#define ROW_VERSION 1 /* which one is the newest is the tree's to say */

void vault_token_clear(struct vault_token *t)
{
    secret_free(t->bundle);
    sodium_memzero(t, sizeof *t);
}

int64_t vault_token_id(const struct vault *v, const uint8_t psk[KEY_LEN])
{
    uint8_t epoch[8];

    le64_put(epoch, v->state.epoch);
    return object_id(psk, OBJECT_TOKEN, epoch, sizeof epoch);
}

/* The wrap as it is: its key comes from K_dir, so nobody has to open it. */
static enum sv_status wrap_of(struct secret **wrap, const struct vault *v, int64_t id,
                              struct sv_err *err)
{
    uint8_t where[8], dek[KEY_LEN];
    enum sv_status st;

    le64_put(where, (uint64_t)id);
    kdf(dek, keys_peek(v->keys)->directory, "token", where, sizeof where);
    st = object_wrap_new(wrap, OBJECT_TOKEN, ROW_VERSION, dek, err);
    sodium_memzero(dek, sizeof dek);
    return st;
}

enum sv_status vault_token_read(struct vault *v, const struct directory_entry *entry,
                                const struct blob *row, struct vault_token *t, struct sv_err *err)
{
    int64_t id = vault_token_id(v, entry->keys.psk);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL;
    struct object_space space = vault_space(v);
    struct token_trust trust;
    enum sv_status st;

    if ((st = wrap_of(&wrap, v, id, err)) ||
        (st = object_open_card(&card, &space, id, wrap, row->bytes, row->len, err)) ||
        (st = token_policy_decode(&t->policy, card, err)) ||
        (st = object_open_secret(&t->bundle, &space, id, wrap, row->bytes, row->len, err)))
        return st;
    t->number = entry->number;
    t->keys = entry->keys;
    return token_bundle_check(t->bundle, &trust, NULL, err);
}

enum sv_status vault_token_seal(struct vault *v, const struct vault_token *t, struct blob *row,
                                struct sv_err *err)
{
    const struct object_reader reader = {.pk = t->keys.pk, .psk = t->keys.psk};
    int64_t id = vault_token_id(v, t->keys.psk);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *keyless = NULL;
    struct object_space space = vault_space(v);
    enum sv_status st;

    if ((st = wrap_of(&wrap, v, id, err)) || (st = token_policy_encode(&card, &t->policy, err)))
        return st;
    /* Here and nowhere else, so that no way of changing a bundle can forget it. */
    if (t->policy.agent && DEFENDED(TOKEN_KEYLESS) &&
        (st = token_bundle_keyless(&keyless, t->bundle, err)))
        return st;
    return object_seal_to(row, &space, id, &reader, wrap, card, keyless ? keyless : t->bundle, err);
}

enum sv_status vault_token_load(struct vault *v, const uint8_t root[32],
                                const struct directory_entry *entry, struct vault_token *t,
                                struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = tree_get(v->db, root, vault_token_id(v, entry->keys.psk), &row, err);

    if (st == SV_MISSING)
        return sv_fail(err, SV_DATA,
                       "%s: the directory lists the token \"%s\", and its row is not there: "
                       "restore a backup",
                       db_shown(v->db), entry->label);
    return st ? st : vault_token_read(v, entry, &row, t, err);
}

enum sv_status vault_token_store(struct vault_change *c, struct vault_token *t, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st;

    t->policy.epoch = c->v->state.epoch;
    t->policy.seq = c->v->state.seq + 1;
    if ((st = vault_token_seal(c->v, t, &row, err)))
        return st;
    return vault_change_put(c, vault_token_id(c->v, t->keys.psk), &row, err);
}
