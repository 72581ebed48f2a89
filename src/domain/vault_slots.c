/* SPDX-License-Identifier: ISC */
/* Slots: made for a role, and the one that opened this session replaced. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "domain/vault_impl.h"
#include "domain/vault_members.h"

void vault_slot_clear(struct vault_slot *slot)
{
    blob_clear(&slot->bytes);
    sodium_memzero(&slot->keys, sizeof slot->keys);
}

enum sv_status vault_slot_make(struct vault_slot *slot, const struct vault *v,
                               const struct vault_slot_wish *wish, struct sv_err *err)
{
    struct slot_place place = {.epoch = v->state.epoch, .number = wish->number};
    SECRET_OWNED struct secret *bundle = NULL;
    const struct argon2_cost *cost = wish->cost;
    struct argon2_cost measured = {0};
    enum sv_status st;

    memcpy(place.vault_id, v->header.vault_id, sizeof place.vault_id);
    slot->type = vault_slot_type(wish->cred);
    if (!cost && slot_uses_argon2(slot->type) && (st = argon2_calibrate(&measured, err)))
        return st;
    if ((st = vault_bundle_make(&bundle, wish->role, place.epoch, keys_peek(v->keys),
                                wish->older_audit, err)))
        return st;
    return slot_make(&slot->bytes, &place, slot->type, wish->role, cost ? cost : &measured,
                     wish->cred, secret_peek(bundle), secret_len(bundle), &slot->keys, err);
}

enum sv_status vault_slot_row(struct vault *v, const struct directory_entry *entry,
                              struct blob *row, struct sv_err *err)
{
    struct slot_head head;
    enum sv_status st = db_get(v->db, TABLE_SLOT, entry->number, row, err);

    if (st == SV_OK)
        st = slot_read_head(&head, row->bytes, row->len, err);
    if (st == SV_MISSING || (st == SV_OK && head.role != entry->role))
        return sv_fail(err, SV_DATA,
                       "slot %" PRIu32 " is not what the directory says of it: restore a backup",
                       entry->number);
    return st;
}

/* The entry of a slot in the directory, with its new keys. */
static enum sv_status directory_update(struct vault_change *c, uint32_t number,
                                       const struct vault_slot *slot, bool cost_chosen,
                                       struct sv_err *err)
{
    struct vault *v = c->v;
    DIRECTORY_OWNED struct vault_directory dir = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st;

    if ((st = vault_directory_load(v, c->root, &dir, err)))
        return st;
    st = directory_get(dir.card, number, &entry, err);
    if (st && st != SV_MISSING)
        return st;
    if (st == SV_MISSING)
        entry.created = env_now();
    entry.number = number;
    entry.type = (uint8_t)slot->type;
    entry.role = ROLE_ADMIN;
    entry.cost_chosen = cost_chosen;
    entry.keys = slot->keys;
    if ((st = vault_directory_put(&dir, &entry, err)))
        return st;
    return vault_directory_store(c, &dir, err);
}

static enum sv_status may_change_own(const struct vault *v, struct sv_err *err)
{
    enum sv_status st = vault_need_keys(v, err);

    if (st == SV_OK && v->role != ROLE_ADMIN)
        return sv_fail(err, SV_DENIED,
                       "only an administrator can sign a change of the vault, so this way in "
                       "cannot be changed by its owner: ask an administrator to add you anew "
                       "(\"smtpvault member add\") and then to remove the old entry");
    return st ? st : vault_need_admin(v, err);
}

/* Another process may have changed the passphrase since this slot was opened. */
static enum sv_status still_the_slot(struct vault *v, const struct slot_head *opened,
                                     struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    struct slot_head now;
    enum sv_status st = db_get(v->db, TABLE_SLOT, v->slot, &row, err);

    if (st == SV_OK && (st = slot_read_head(&now, row.bytes, row.len, err)) == SV_OK &&
        memcmp(now.salt, opened->salt, sizeof now.salt) == 0)
        return SV_OK;
    return st && st != SV_MISSING
               ? st
               : sv_fail(err, SV_LOCKED, "the key slot was changed meanwhile: unlock again");
}

/* A new administrator's slot in the place of another. opened: only of that one, the
 * session's own; NULL: of whatever stands there. */
static enum sv_status replace_slot(struct vault *v, const struct vault_slot_wish *wish, bool chosen,
                                   const char *note, const struct slot_head *opened,
                                   struct sv_err *err)
{
    SLOT_OWNED struct vault_slot slot = {0};
    CHANGE_OWNED struct vault_change c = {0};
    uint64_t epoch = v->state.epoch;
    enum sv_status st;

    /* Before any lock is taken: Argon2id costs a second. */
    if ((st = vault_slot_make(&slot, v, wish, err)) ||
        (st = vault_change_begin(&c, v, AUDIT_PASSPHRASE, NULL, note, err)))
        return st;
    if (v->state.epoch != epoch)
        return sv_fail(err, SV_LOCKED, "the vault was changed meanwhile: try again");
    if ((opened && (st = still_the_slot(v, opened, err))) ||
        (st = db_put(v->db, TABLE_SLOT, wish->number, slot.bytes.bytes, slot.bytes.len, err)) ||
        (st =
             directory_update(&c, wish->number, &slot, chosen && slot_uses_argon2(slot.type), err)))
        return st;
    st = vault_change_commit(&c, 0, err);
    /* Made, even where its end could not be recorded. */
    if (c.made && wish->number == v->slot)
        memcpy(v->slot_pk, slot.keys.pk, sizeof v->slot_pk);
    return st;
}

enum sv_status vault_change_credentials(struct vault *v, const struct slot_credentials *cred,
                                        const struct argon2_cost *cost, struct sv_err *err)
{
    const struct vault_slot_wish wish = {
        .number = v->slot, .role = ROLE_ADMIN, .cred = cred, .cost = cost};
    enum sv_status st;

    if ((st = vault_credentials_check(cred, err)) || (st = may_change_own(v, err)))
        return st;
    return replace_slot(v, &wish, cost != NULL, NULL, NULL, err);
}

enum sv_status vault_reset_credentials(struct vault *v, const struct member *of,
                                       const struct slot_credentials *cred,
                                       const struct argon2_cost *cost, struct sv_err *err)
{
    const struct vault_slot_wish wish = {
        .number = of->number, .role = ROLE_ADMIN, .cred = cred, .cost = cost};
    char note[AUDIT_NOTE_MAX + 1];
    enum sv_status st;

    if ((st = vault_credentials_check(cred, err)) || (st = may_change_own(v, err)))
        return st;
    if (of->role != ROLE_ADMIN || (of->type != SLOT_PASSPHRASE && of->type != SLOT_KEYFILE &&
                                   of->type != SLOT_PASSPHRASE_KEYFILE))
        return sv_fail(err, SV_DENIED,
                       "\"%s\" is no administrator with a passphrase or key file: remove that "
                       "member and add another",
                       of->label);
    (void)snprintf(note, sizeof note, "new way in for \"%.64s\"", of->label);
    return replace_slot(v, &wish, cost != NULL, note, NULL, err);
}

/* ---- a cost that has become weak ---- */

/* Whether the session's slot has its cost from its owner's hand. */
static enum sv_status own_slot(struct vault *v, bool *chosen, struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st = vault_directory_read(v, &dir, err);

    if (st == SV_OK)
        st = directory_get(dir.card, v->slot, &entry, err);
    *chosen = entry.cost_chosen;
    return st;
}

void vault_slot_raise(struct vault *v, const struct slot_credentials *cred,
                      const struct slot_head *opened, int64_t took_ms)
{
    const struct argon2_cost *cost = &opened->cost;
    struct argon2_cost better;
    const struct vault_slot_wish wish = {
        .number = v->slot, .role = ROLE_ADMIN, .cred = cred, .cost = &better};
    char note[AUDIT_NOTE_MAX + 1];
    bool chosen = true;

    if (v->role != ROLE_ADMIN || v->read_only || !argon2_is_weak(cost, took_ms, &better) ||
        own_slot(v, &chosen, NULL) != SV_OK || chosen)
        return;
    (void)snprintf(note, sizeof note,
                   "raised the cost from t=%" PRIu32 ",m=%" PRIu32 " to t=%" PRIu32 ",m=%" PRIu32,
                   cost->passes, cost->memory_kib, better.passes, better.memory_kib);
    /* The vault is open, and as safe as before, when it cannot be done now. */
    (void)!replace_slot(v, &wish, false, note, opened, NULL);
}
