/* SPDX-License-Identifier: ISC */
/*
 * What a slot's bundle holds for each role:
 *
 *   administrator  u8 1 | u64 epoch | RK 32
 *   reader         u8 2 | u64 epoch | K_read 32 | verify key 32
 *   auditor        u8 3 | u64 epoch | verify key 32 | u16 count | (u64 epoch | audit sk 32) each,
 *                  newest first, the present epoch's among them
 *
 * A row of table slot holds no more than 8192 bytes, so an auditor has the keys of the
 * newest AUDITOR_KEYS_MAX epochs.
 */
#include <string.h>

#include "domain/vault_impl.h"

#define AUDITOR_KEYS_MAX 100
#define BUNDLE_MAX (1 + 8 + KEY_LEN + 2 + AUDITOR_KEYS_MAX * DIRECTORY_AUDIT_KEY_LEN)

static void put_auditor(struct buf_writer *w, uint64_t epoch, const struct key_tree *k,
                        const struct secret *older)
{
    size_t count = secret_len(older) / DIRECTORY_AUDIT_KEY_LEN;

    if (count > AUDITOR_KEYS_MAX - 1)
        count = AUDITOR_KEYS_MAX - 1;
    buf_put_bytes(w, k->verify_pk, KEY_LEN);
    buf_put_u16(w, (uint16_t)(1 + count));
    buf_put_u64(w, epoch);
    buf_put_bytes(w, k->audit_sk, KEY_LEN);
    buf_put_bytes(w, secret_peek(older), count * DIRECTORY_AUDIT_KEY_LEN);
}

enum sv_status vault_bundle_make(struct secret **out, enum role role, uint64_t epoch,
                                 const struct key_tree *k, const struct secret *older_audit,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    struct buf_writer w;
    enum sv_status st = secret_new(&s, BUNDLE_MAX, err);

    if (st)
        return st;
    secret_set_len(s, BUNDLE_MAX);
    w = buf_writer_over(secret_poke(s), BUNDLE_MAX);
    buf_put_u8(&w, (uint8_t)role);
    buf_put_u64(&w, epoch);
    if (role == ROLE_ADMIN) {
        buf_put_bytes(&w, k->root, KEY_LEN);
    } else if (role == ROLE_READER) {
        buf_put_bytes(&w, k->read, KEY_LEN);
        buf_put_bytes(&w, k->verify_pk, KEY_LEN);
    } else if (role == ROLE_AUDITOR && older_audit) {
        put_auditor(&w, epoch, k, older_audit);
    } else {
        return sv_fail(err, SV_INTERNAL, "a bundle for role %d cannot be made", (int)role);
    }
    if (w.full)
        return sv_fail(err, SV_INTERNAL, "a bundle for role %d does not fit", (int)role);
    secret_set_len(s, w.len);
    *out = s;
    s = NULL;
    return SV_OK;
}

static enum sv_status bundle_damaged(struct sv_err *err)
{
    return sv_fail(
        err, SV_DATA,
        "a key slot opened, but what is in it does not belong to this vault's epoch: the "
        "vault was altered, or this way in was removed; restore a backup");
}

/* The keys of all epochs go to *audit_keys, KEY_LEN bytes each, newest first. */
static enum sv_status open_auditor(struct secret **keys, struct secret **audit_keys, uint64_t epoch,
                                   const uint8_t *verify_pk, struct buf_reader *r,
                                   struct sv_err *err)
{
    SECRET_OWNED struct secret *list = NULL;
    uint16_t count = buf_get_u16(r);
    uint64_t before = UINT64_MAX;
    enum sv_status st;

    if (r->bad || count == 0 || r->left != count * (size_t)DIRECTORY_AUDIT_KEY_LEN)
        return bundle_damaged(err);
    if ((st = secret_new(&list, count * (size_t)KEY_LEN, err)))
        return st;
    for (uint16_t i = 0; i < count; i++) {
        uint64_t of = buf_get_u64(r);
        const uint8_t *sk = buf_get_view(r, KEY_LEN);
        if (of >= before || (i == 0 && of != epoch))
            return bundle_damaged(err);
        before = of;
        if ((st = secret_append(list, sk, KEY_LEN, err)))
            return st;
    }
    if ((st = keys_from_audit(keys, secret_peek(list), verify_pk, err)))
        return st;
    *audit_keys = list;
    list = NULL;
    return SV_OK;
}

enum sv_status vault_bundle_open(struct secret **keys, struct secret **audit_keys, enum role *role,
                                 uint64_t epoch, const struct secret *bundle, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(bundle), secret_len(bundle));
    uint8_t kind = buf_get_u8(&r);
    uint64_t of = buf_get_u64(&r);
    const uint8_t *key = buf_get_view(&r, KEY_LEN);

    if (r.bad || of != epoch)
        return bundle_damaged(err);
    *role = kind;
    if (kind == ROLE_ADMIN && r.left == 0)
        return keys_from_root(keys, key, err);
    if (kind == ROLE_READER && r.left == KEY_LEN)
        return keys_from_read(keys, key, r.at, err);
    if (kind == ROLE_AUDITOR)
        return open_auditor(keys, audit_keys, epoch, key, &r, err);
    return bundle_damaged(err);
}
