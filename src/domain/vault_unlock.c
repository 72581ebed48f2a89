/* SPDX-License-Identifier: ISC */
/* Unlocking: from credentials, through a slot, to the key tree. */
#include <string.h>

#include "base/defence.h"
#include "base/env.h"
#include "domain/vault_impl.h"
#include "domain/vault_token.h"

static enum sv_status slots_damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "a key slot of the vault is damaged: restore a backup");
}

enum sv_status vault_adopt_keys(struct vault *v, struct secret **keys, struct sv_err *err)
{
    const struct key_tree *k = keys_peek(*keys);
    static const uint8_t none[KEY_LEN];
    enum sv_status st;

    if (DEFENDED(OWN_KEY) &&
        (memcmp(k->verify_pk, v->state.verify_pk, 32) != 0 ||
         (memcmp(k->audit_pk, none, 32) != 0 && memcmp(k->audit_pk, v->state.audit_pk, 32) != 0)))
        return sv_fail(
            err, SV_DATA,
            "the vault's state was not signed with this vault's key, so the file was replaced by "
            "another: restore a backup");
    secret_free(v->keys);
    token_session_free(v->token);
    v->token = NULL;
    v->keys = *keys;
    *keys = NULL;
    st = vault_anchor_advance(v, err);
    if (st)
        vault_lock(v);
    return st;
}

/* ---- the slots are copied out first: nobody shall wait for our Argon2id ---- */

static enum sv_status copy_slot(void *context, int64_t number, const uint8_t *bytes, size_t len,
                                struct sv_err *err)
{
    struct blob *slots = context;
    uint8_t head[8];

    le32_put(head, (uint32_t)number);
    le32_put(head + 4, (uint32_t)len);
    return blob_append(slots, head, sizeof head) && blob_append(slots, bytes, len)
               ? SV_OK
               : sv_fail_nomem(err);
}

/* Proved in the snapshot in which they are copied: no edited cost is ever paid. */
static enum sv_status copy_slots(struct vault *v, struct blob *slots, struct sv_err *err)
{
    enum sv_status st;

    if (v->remote)
        return vault_need_keys(v, err);
    if ((st = db_begin_read(v->db, err)))
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK &&
        (st = vault_slots_prove(v, &v->state, err)) == SV_OK)
        st = db_walk(v->db, TABLE_SLOT, 0, SLOT_COUNT_MAX - 1, false, copy_slot, slots, err);
    db_rollback(v->db);
    return st;
}

enum sv_status vault_ways(struct vault *v, struct vault_ways *ways, struct sv_err *err)
{
    BLOB_OWNED struct blob slots = {0};
    struct vault_ways found = {0};
    enum sv_status st = copy_slots(v, &slots, err);
    struct buf_reader r = buf_reader_over(slots.bytes, slots.len);

    while (st == SV_OK && r.left) {
        struct slot_head head;
        size_t len;
        (void)buf_get_u32(&r);
        const uint8_t *bytes = buf_get_block(&r, SLOT_MAX_LEN, &len);
        if (!bytes || (st = slot_read_head(&head, bytes, len, err)))
            return st ? st : slots_damaged(err);
        found.passphrase |= head.type == SLOT_PASSPHRASE;
        found.keyfile |= head.type == SLOT_KEYFILE;
        found.passphrase_keyfile |= head.type == SLOT_PASSPHRASE_KEYFILE;
        found.identity |= head.type == SLOT_IDENTITY;
        found.recovery |= head.type == SLOT_RECOVERY;
    }
    if (st == SV_OK)
        *ways = found;
    return st;
}

struct attempt {
    struct vault *v;
    const struct slot_credentials *cred;
    bool tried;
    struct slot_head head; /* of the slot tried last: the one that opened */
    int64_t took_ms;
};

static enum audit_via via_of(const struct slot_credentials *cred)
{
    return cred->identity     ? VIA_IDENTITY
           : cred->recovery   ? VIA_RECOVERY
           : cred->passphrase ? VIA_PASSPHRASE
                              : VIA_KEYFILE;
}

/* SV_FINDINGS: it opened. */
static enum sv_status try_slot(struct attempt *a, uint32_t number, const uint8_t *bytes, size_t len,
                               struct sv_err *err)
{
    struct vault *v = a->v;
    struct slot_place place = {.epoch = v->state.epoch, .number = number};
    SECRET_OWNED struct secret *bundle = NULL, *seed = NULL, *keys = NULL, *audit_keys = NULL;
    struct slot_head head;
    enum role role = 0;
    enum sv_status st;

    if ((st = slot_read_head(&head, bytes, len, err)))
        return st;
    if (!slot_accepts(&head, a->cred))
        return SV_OK;
    a->tried = true;
    memcpy(place.vault_id, v->header.vault_id, sizeof place.vault_id);
    a->head = head;
    a->took_ms = env_monotonic_ms();
    st = slot_open(&bundle, &seed, bytes, len, &place, a->cred, err);
    a->took_ms = env_monotonic_ms() - a->took_ms;
    if (st == SV_DENIED)
        return SV_OK;
    if (st || (st = vault_bundle_open(&keys, &audit_keys, &role, v->state.epoch, bundle, err)) ||
        (st = vault_adopt_keys(v, &keys, err)))
        return st;
    secret_free(v->audit_keys);
    v->audit_keys = audit_keys;
    audit_keys = NULL;
    v->slot = number;
    keys_public(v->slot_pk, secret_peek(seed));
    v->role = role;
    v->via = via_of(a->cred);
    return SV_FINDINGS;
}

static enum sv_status denied(struct vault *v, const struct attempt *a, struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_UNLOCK, .result = AUDIT_DENIED, .via = via_of(a->cred)};
    enum sv_status st = v->inspecting ? SV_OK : audit_append(v->audit, &event, NULL, NULL, err);

    if (st)
        return st;
    if (!a->tried)
        return sv_fail(
            err, SV_DENIED,
            "no key slot of this vault takes what was given: \"smtpvault status\" tells what "
            "opens it");
    if (a->cred->identity)
        return sv_fail(err, SV_DENIED,
                       "this identity is no member of this vault: ask an administrator to add its "
                       "public line (\"smtpvault member add\")");
    if (a->cred->recovery)
        return sv_fail(err, SV_DENIED,
                       "the shares fit together, but do not open this vault: they are of another "
                       "vault, or were removed from this one");
    if (!a->cred->passphrase)
        return sv_fail(err, SV_DENIED,
                       "that is not the key file of this vault: name the one it was made with");
    return sv_fail(err, SV_DENIED,
                   a->cred->keyfile_hash ? "wrong passphrase or key file: try again"
                                         : "wrong passphrase: try again");
}

enum sv_status vault_unlock(struct vault *v, const struct slot_credentials *cred,
                            struct sv_err *err)
{
    struct attempt a = {.v = v, .cred = cred};
    BLOB_OWNED struct blob slots = {0};
    enum sv_status st = copy_slots(v, &slots, err);
    struct buf_reader r = buf_reader_over(slots.bytes, slots.len);

    while (st == SV_OK && r.left) {
        uint32_t number = buf_get_u32(&r);
        size_t len;
        const uint8_t *bytes = buf_get_block(&r, SLOT_MAX_LEN, &len);
        st = bytes ? try_slot(&a, number, bytes, len, err) : slots_damaged(err);
    }
    if (st != SV_FINDINGS)
        return st ? st : denied(v, &a, err);
    /* Of the slots that did not open nothing is left to be said. */
    sv_err_clear(err);
    if (a.head.cost.passes)
        vault_slot_raise(v, cred, &a.head, a.took_ms);
    return SV_OK;
}
