/* SPDX-License-Identifier: ISC */
/*
 * A token, revoked. Its row goes; but its holder may have kept the profiles' keys, so each
 * profile gets a new one, and the other tokens that open it are given that. Older versions have
 * keys of their own, which no token ever had; what was a version while the token lived was
 * sealed anew when it became one.
 */
#include <stdio.h>
#include <string.h>

#include "base/defence.h"
#include "base/text.h"
#include "domain/vault_impl.h"
#include "domain/vault_token.h"

static enum sv_status entry_find(const struct vault_directory *dir, const char *who,
                                 struct directory_entry *entry, struct sv_err *err)
{
    char shown[TOKEN_LABEL_MAX * 4 + 1];
    uint64_t number = 0;
    enum sv_status st;

    (void)text_parse_u64(who, TOKEN_NUMBER_FIRST, UINT32_MAX, &number);
    for (uint32_t i = 0; (st = directory_at(dir->card, i, entry, err)) == SV_OK; i++)
        if (entry->role == ROLE_TOKEN &&
            (entry->number == number || strcmp(entry->label, who) == 0))
            return SV_OK;
    if (st != SV_MISSING)
        return st;
    return sv_fail(err, SV_MISSING, "there is no token \"%s\"",
                   text_printable(shown, sizeof shown, who, strlen(who)));
}

static enum sv_status rekey(struct vault_change *c, struct token_holding *h, struct sv_err *err)
{
    SECRET_OWNED struct secret *password = NULL, *wrap = NULL;
    ROW_OWNED struct vault_row row = {0};
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status st;
    int64_t id;

    if ((st = vault_row_find(c->v, c->root, h->name, &row, err)) ||
        (st = vault_row_secret(c->v, &row, &password, err)) ||
        (st = object_wrap_new(&wrap, OBJECT_PROFILE, row.profile.version,
                              DEFENDED(TOKEN_REKEY) ? NULL : h->dek, err)))
        return st;
    memcpy(h->dek, object_wrap_peek(wrap)->dek, KEY_LEN);
    if ((st = vault_row_seal(c->v, OBJECT_PROFILE, &row.profile, h->dek, password, &id, &bytes,
                             err)) ||
        (st = vault_change_put(c, id, &bytes, err)) ||
        (st = vault_use_move(c, row.wrap, wrap, err)))
        return st;
    return vault_tokens_follow(c, id, h, err);
}

static enum sv_status rekey_all(struct vault_change *c, const struct secret *bundle,
                                struct sv_err *err)
{
    HOLDING_OWNED struct token_holding h = {0};
    enum sv_status st;

    for (uint32_t i = 0; (st = token_bundle_at(bundle, i, &h, err)) == SV_OK; i++)
        if ((st = rekey(c, &h, err)))
            return st;
    return st == SV_MISSING ? SV_OK : st;
}

enum sv_status vault_token_revoke(struct vault *v, const char *who, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    TOKEN_OWNED struct vault_token t = {0};
    CHANGE_OWNED struct vault_change c = {0};
    char note[AUDIT_NOTE_MAX + 1], shown[TOKEN_LABEL_MAX + 1];
    enum sv_status st;

    (void)snprintf(note, sizeof note, "revoked \"%s\"",
                   text_printable(shown, sizeof shown, who, strlen(who)));
    if ((st = vault_change_begin(&c, v, AUDIT_TOKEN, NULL, note, err)) ||
        (st = vault_directory_load(v, c.root, &dir, err)) ||
        (st = entry_find(&dir, who, &entry, err)) ||
        (st = vault_token_load(v, c.root, &entry, &t, err)) ||
        (st = vault_directory_drop(&dir, entry.number, err)) ||
        (st = vault_directory_store(&c, &dir, err)) ||
        (st = vault_change_delete(&c, vault_token_id(v, t.keys.psk), err)) ||
        (st = rekey_all(&c, t.bundle, err)))
        return st;
    return vault_change_commit(&c, 0, err);
}
