/* SPDX-License-Identifier: ISC */
/* Changing the way in that opened this session: a new slot under its number. */
#include <string.h>

#include "base/env.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

static enum sv_status directory_row(struct vault_change *c, struct secret **wrap,
                                    struct secret **card, struct secret **secret, int64_t *id,
                                    struct sv_err *err)
{
    struct vault *v = c->v;
    const struct key_tree *k = keys_peek(v->keys);
    struct object_space space = vault_space(v);
    BLOB_OWNED struct blob row = {0};
    enum sv_status st;

    *id = object_id(k->directory, OBJECT_DIRECTORY, DIRECTORY_NAME, strlen(DIRECTORY_NAME));
    st = tree_get(v->db, c->root, *id, &row, err);
    if (st == SV_MISSING)
        return sv_fail(err, SV_DATA,
                       "%s: the vault's directory of slots is missing: restore a backup",
                       db_shown(v->db));
    if (st || (st = object_open_wrap(wrap, &space, *id, k->directory, row.bytes, row.len, err)) ||
        (st = object_open_card(card, &space, *id, *wrap, row.bytes, row.len, err)))
        return st;
    return object_open_secret(secret, &space, *id, *wrap, row.bytes, row.len, err);
}

static enum sv_status directory_update(struct vault_change *c, enum slot_type type,
                                       const struct slot_public *keys, struct sv_err *err)
{
    struct vault *v = c->v;
    struct object_space space = vault_space(v);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *secret = NULL, *next = NULL,
                               *next_wrap = NULL;
    BLOB_OWNED struct blob row = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st;
    int64_t id;

    if ((st = directory_row(c, &wrap, &card, &secret, &id, err)))
        return st;
    st = directory_get(card, v->slot, &entry, err);
    if (st && st != SV_MISSING)
        return st;
    entry.number = v->slot;
    entry.type = (uint8_t)type;
    entry.role = (uint8_t)v->role;
    entry.keys = *keys;
    entry.created = env_now();
    if ((st = directory_put(&next, card, &entry, err)) ||
        (st = object_wrap_new(&next_wrap, OBJECT_DIRECTORY, object_wrap_peek(wrap)->version + 1,
                              object_wrap_peek(wrap)->dek, err)) ||
        (st = object_seal(&row, &space, id, keys_peek(v->keys)->directory, next_wrap, next, secret,
                          err)))
        return st;
    return vault_change_put(c, id, &row, err);
}

struct new_slot {
    struct blob bytes;
    struct slot_public keys;
    enum slot_type type;
};

static void new_slot_clear(struct new_slot *s)
{
    blob_clear(&s->bytes);
    sodium_memzero(&s->keys, sizeof s->keys);
}
#define NEW_SLOT_OWNED __attribute__((cleanup(new_slot_clear)))

static enum sv_status new_slot_make(struct new_slot *s, const struct vault *v,
                                    const struct slot_credentials *cred,
                                    const struct argon2_cost *cost, struct sv_err *err)
{
    struct slot_place place = {.epoch = v->state.epoch, .number = v->slot};
    SECRET_OWNED struct secret *bundle = NULL;
    struct argon2_cost measured = {0};
    enum sv_status st;

    memcpy(place.vault_id, v->header.vault_id, sizeof place.vault_id);
    s->type = vault_slot_type(cred);
    if (!cost && s->type != SLOT_KEYFILE && (st = argon2_calibrate(&measured, err)))
        return st;
    if ((st = vault_admin_bundle(&bundle, place.epoch, keys_peek(v->keys)->root, err)))
        return st;
    return slot_make(&s->bytes, &place, s->type, ROLE_ADMIN, cost ? cost : &measured, cred,
                     secret_peek(bundle), secret_len(bundle), &s->keys, err);
}

enum sv_status vault_change_credentials(struct vault *v, const struct slot_credentials *cred,
                                        const struct argon2_cost *cost, struct sv_err *err)
{
    NEW_SLOT_OWNED struct new_slot slot = {0};
    CHANGE_OWNED struct vault_change c = {0};
    uint64_t epoch = v->state.epoch;
    enum sv_status st;

    if ((st = vault_credentials_check(cred, err)) || (st = vault_need_admin(v, err)))
        return st;
    /* Before any lock is taken: Argon2id costs a second. */
    if ((st = new_slot_make(&slot, v, cred, cost, err)) ||
        (st = vault_change_begin(&c, v, AUDIT_PASSPHRASE, NULL, NULL, err)))
        return st;
    if (v->state.epoch != epoch)
        return sv_fail(err, SV_LOCKED, "the vault was changed meanwhile: try again");
    if ((st = db_put(v->db, TABLE_SLOT, v->slot, slot.bytes.bytes, slot.bytes.len, err)) ||
        (st = directory_update(&c, slot.type, &slot.keys, err)))
        return st;
    return vault_change_commit(&c, 0, err);
}
