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
#include "base/env.h"
#include "base/text.h"
#include "domain/offboarding.h"
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

struct revoking {
    struct vault_change change;
    struct vault_token token;
    struct leaving leaving;
    int64_t exposed; /* since when its secrets count as that; 0: they do not */
};

static void revoking_clear(struct revoking *r)
{
    vault_change_clear(&r->change);
    vault_token_clear(&r->token);
    leaving_clear(&r->leaving);
}
#define REVOKING_OWNED __attribute__((cleanup(revoking_clear)))

static enum sv_status rekey(struct revoking *r, struct vault_row *row, struct token_holding *h,
                            struct sv_err *err)
{
    SECRET_OWNED struct secret *password = NULL, *wrap = NULL;
    BLOB_OWNED struct blob bytes = {0};
    struct vault_change *c = &r->change;
    enum sv_status st;
    int64_t id;

    if ((row->profile.authorized &&
         (st = vault_oauth_hold(c, vault_oauth_place(row->wrap, row->profile.authorized), err))) ||
        (st = vault_row_secret(c->v, row, &password, err)) ||
        (st = vault_oauth_fold(c->v, row, &password, err)) ||
        (st = object_wrap_new(&wrap, OBJECT_PROFILE, row->profile.version,
                              DEFENDED(TOKEN_REKEY) ? NULL : h->dek, err)))
        return st;
    memcpy(h->dek, object_wrap_peek(wrap)->dek, KEY_LEN);
    if ((st = vault_row_seal(c->v, OBJECT_PROFILE, &row->profile, h->dek, password, &id, &bytes,
                             err)) ||
        (st = vault_change_put(c, id, &bytes, err)) ||
        (st = vault_kept_move(c, row->wrap, wrap, err)))
        return st;
    return vault_tokens_follow(c, id, h, err);
}

static enum sv_status take_back(struct revoking *r, struct token_holding *h, struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {0};
    struct vault *v = r->change.v;
    enum sv_status st = vault_row_find(v, r->change.root, h->name, &row, err);

    if (st)
        return st;
    vault_row_times(v, &row);
    if ((st = leaving_seen(&r->leaving, &row.profile, true, err)))
        return st;
    if (r->exposed && !row.profile.exposed)
        row.profile.exposed = r->exposed;
    return rekey(r, &row, h, err);
}

static enum sv_status take_all_back(struct revoking *r, struct sv_err *err)
{
    HOLDING_OWNED struct token_holding h = {0};
    enum sv_status st;

    for (uint32_t i = 0; (st = token_bundle_at(r->token.bundle, i, &h, err)) == SV_OK; i++)
        if ((st = take_back(r, &h, err)))
            return st;
    return st == SV_MISSING ? SV_OK : st;
}

/* The directory's entry of the token, and since when it is there. */
static enum sv_status look_up(struct vault *v, const char *who, struct directory_entry *entry,
                              struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    enum sv_status st;

    if ((st = vault_need_admin(v, err)) || (st = vault_directory_read(v, &dir, err)))
        return st;
    return entry_find(&dir, who, entry, err);
}

static enum sv_status revoke(struct revoking *r, const struct directory_entry *known,
                             struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    struct vault_change *c = &r->change;
    enum sv_status st;

    if ((st = vault_directory_load(c->v, c->root, &dir, err)) ||
        (st = entry_find(&dir, known->label, &entry, err)))
        return st;
    if (memcmp(entry.keys.pk, known->keys.pk, sizeof entry.keys.pk) != 0)
        return sv_fail(err, SV_LOCKED,
                       "the token \"%s\" was changed by another administrator meanwhile: look at "
                       "the tokens again",
                       known->label);
    if ((st = vault_token_load(c->v, c->root, &entry, &r->token, err)) ||
        (st = vault_directory_drop(&dir, entry.number, err)) ||
        (st = vault_directory_store(c, &dir, err)) ||
        (st = vault_change_delete(c, vault_token_id(c->v, entry.keys.psk), err)))
        return st;
    return take_all_back(r, err);
}

enum sv_status vault_token_revoke(struct vault *v, const char *who, bool leaked,
                                  struct offboarding *out, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    OFFBOARDING_OWNED struct offboarding o = {.role = ROLE_TOKEN};
    REVOKING_OWNED struct revoking r = {.exposed = leaked ? env_now() : 0};
    char note[AUDIT_NOTE_MAX + 1];
    enum sv_status st;

    if ((st = look_up(v, who, &entry, err)))
        return st;
    o.number = entry.number;
    memcpy(o.label, entry.label, sizeof o.label);
    r.leaving.token = o.label;
    if (out)
        vault_listen(v, entry.created, &r.leaving, &o);
    (void)snprintf(note, sizeof note, "revoked \"%s\"", entry.label);
    if ((st = vault_change_begin(&r.change, v, AUDIT_TOKEN, NULL, note, err)) ||
        (st = revoke(&r, &entry, err)) || (st = leaving_report(&r.leaving, &o, err)) ||
        (st = vault_change_commit(&r.change, 0, err)))
        return st;
    o.epoch = v->state.epoch;
    o.marked = leaked ? o.marked : 0;
    if (out) {
        *out = o;
        memset(&o, 0, sizeof o);
    }
    return SV_OK;
}
