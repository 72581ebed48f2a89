/* SPDX-License-Identifier: ISC */
/* Tokens' rows, held against the directory and the profiles that they open. */
#include <string.h>

#include "domain/vault_impl.h"

enum sv_status vault_token_rows(struct vault *v, struct blob *ids, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    enum sv_status st = vault_directory_load(v, v->state.root, &dir, err);

    if (st)
        return st;
    for (uint32_t i = 0; (st = directory_at(dir.card, i, &entry, err)) == SV_OK; i++) {
        int64_t id = vault_token_id(v, entry.keys.psk);
        if (entry.role == ROLE_TOKEN && !blob_append(ids, &id, sizeof id))
            return sv_fail_nomem(err);
    }
    return st == SV_MISSING ? SV_OK : st;
}

static enum sv_status holding_check(struct vault *v, const struct token_policy *policy,
                                    const struct token_holding *h, struct sv_err *err)
{
    static const uint8_t none[KEY_LEN];
    ROW_OWNED struct vault_row row = {0};
    enum sv_status st = vault_row_find(v, v->state.root, h->name, &row, err);

    if (st && st != SV_MISSING)
        return st;
    if (st == SV_OK && row.id == h->id && row.profile.version == h->version &&
        sodium_memcmp(policy->agent ? none : object_wrap_peek(row.wrap)->dek, h->dek, KEY_LEN) == 0)
        return SV_OK;
    return sv_fail(err, SV_DATA,
                   "the token \"%s\" was not sealed anew when a profile that it opens changed",
                   policy->label);
}

enum sv_status vault_token_check(struct vault *v, uint32_t place, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    TOKEN_OWNED struct vault_token t = {0};
    enum sv_status st;

    if ((st = vault_directory_load(v, v->state.root, &dir, err)) ||
        (st = directory_at(dir.card, place, &entry, err)) || entry.role != ROLE_TOKEN ||
        (st = vault_token_load(v, v->state.root, &entry, &t, err)))
        return st;
    if (strcmp(t.policy.label, entry.label) != 0 || t.policy.epoch != v->state.epoch ||
        t.policy.seq > v->state.seq)
        return sv_fail(err, SV_DATA, "the row of the token \"%s\" is not what the directory says",
                       entry.label);
    for (uint32_t i = 0; st == SV_OK; i++) {
        HOLDING_OWNED struct token_holding h = {0};
        if ((st = token_bundle_at(t.bundle, i, &h, err)) == SV_OK)
            st = holding_check(v, &t.policy, &h, err);
    }
    return st == SV_MISSING ? SV_OK : st;
}
