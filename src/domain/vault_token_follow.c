/* SPDX-License-Identifier: ISC */
/* Tokens go along with the profiles that they open, and into a new epoch. */
#include <string.h>

#include "domain/vault_impl.h"

static void bundle_replace(struct vault_token *t, struct secret *next)
{
    secret_free(t->bundle);
    t->bundle = next;
}

/* ---- within an epoch ---- */

static enum sv_status follow(struct vault_change *c, const struct directory_entry *entry,
                             int64_t id, const struct token_holding *now, struct sv_err *err)
{
    TOKEN_OWNED struct vault_token t = {0};
    HOLDING_OWNED struct token_holding held = {0};
    struct secret *next = NULL;
    enum sv_status st;

    if ((st = vault_token_load(c->v, c->root, entry, &t, err)))
        return st;
    st = token_bundle_find_id(t.bundle, id, &held, err);
    if (st)
        return st == SV_MISSING ? SV_OK : st;
    st = now ? token_bundle_put(&next, t.bundle, id, now, err)
             : token_bundle_without(&next, t.bundle, id, err);
    if (st)
        return st;
    bundle_replace(&t, next);
    return vault_token_store(c, &t, err);
}

enum sv_status vault_tokens_follow(struct vault_change *c, int64_t id,
                                   const struct token_holding *now, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    enum sv_status st = vault_directory_load(c->v, c->root, &dir, err);

    if (st)
        return st;
    for (uint32_t i = 0; (st = directory_at(dir.card, i, &entry, err)) == SV_OK; i++)
        if (entry.role == ROLE_TOKEN && (st = follow(c, &entry, id, now, err)))
            return st;
    return st == SV_MISSING ? SV_OK : st;
}

/* ---- into a new epoch ---- */

/* Where the profile stands in the new epoch, and its new key. */
static enum sv_status holding_renew(struct vault *after, struct token_holding *h,
                                    struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {
        .id = object_id(keys_peek(after->keys)->index, OBJECT_PROFILE, h->name, strlen(h->name))};
    enum sv_status st = db_get(after->db, TABLE_OBJ, row.id, &row.bytes, err);

    if (st == SV_MISSING)
        return sv_fail(err, SV_DATA,
                       "%s: a token opens a profile that is not there: "
                       "run \"smtpvault verify\"",
                       db_shown(after->db));
    if (st || (st = vault_row_open(after, OBJECT_PROFILE, &row, err)))
        return st;
    h->id = row.id;
    h->version = row.profile.version;
    memcpy(h->dek, object_wrap_peek(row.wrap)->dek, KEY_LEN);
    return SV_OK;
}

static enum sv_status bundle_renew(struct vault *after, struct vault_token *t, struct sv_err *err)
{
    const struct key_tree *k = keys_peek(after->keys);
    SECRET_OWNED struct secret *bundle = NULL;
    struct token_trust trust;
    enum sv_status st;

    memcpy(trust.verify_pk, k->verify_pk, KEY_LEN);
    memcpy(trust.audit_pk, k->audit_pk, KEY_LEN);
    st = token_bundle_new(&bundle, &trust, err);
    for (uint32_t i = 0; st == SV_OK; i++) {
        HOLDING_OWNED struct token_holding h = {0};
        struct secret *next = NULL;
        if ((st = token_bundle_at(t->bundle, i, &h, err)) || (st = holding_renew(after, &h, err)) ||
            (st = token_bundle_put(&next, bundle, 0, &h, err)))
            break;
        secret_free(bundle);
        bundle = next;
    }
    if (st != SV_MISSING)
        return st;
    bundle_replace(t, bundle);
    bundle = NULL;
    return SV_OK;
}

static enum sv_status renew(struct vault *before, struct vault *after,
                            const struct directory_entry *entry, struct sv_err *err)
{
    int64_t old_id = vault_token_id(before, entry->keys.psk);
    BLOB_OWNED struct blob old = {0}, row = {0};
    TOKEN_OWNED struct vault_token t = {0};
    enum sv_status st = db_get(before->db, TABLE_OBJ, old_id, &old, err);

    if (st == SV_MISSING)
        return sv_fail(err, SV_DATA,
                       "%s: the row of the token \"%s\" is not there: "
                       "restore a backup",
                       db_shown(before->db), entry->label);
    if (st || (st = vault_token_read(before, entry, &old, &t, err)) ||
        (st = bundle_renew(after, &t, err)))
        return st;
    t.policy.epoch = after->state.epoch;
    t.policy.seq = after->state.seq;
    if ((st = vault_token_seal(after, &t, &row, err)) ||
        (st = db_delete(before->db, TABLE_OBJ, old_id, NULL, err)))
        return st;
    return db_put(after->db, TABLE_OBJ, vault_token_id(after, entry->keys.psk), row.bytes, row.len,
                  err);
}

enum sv_status vault_tokens_renew(struct vault *before, struct vault *after,
                                  const struct vault_directory *dir, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st;

    for (uint32_t i = 0; (st = directory_at(dir->card, i, &entry, err)) == SV_OK; i++)
        if (entry.role == ROLE_TOKEN && (st = renew(before, after, &entry, err)))
            return st;
    return st == SV_MISSING ? SV_OK : st;
}
