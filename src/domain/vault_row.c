/* SPDX-License-Identifier: ISC */
/* Rows of profiles: found, proved, opened, sealed. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "crypto/seal.h"
#include "domain/vault_impl.h"
#include "domain/vault_near.h"
#include "store/tree.h"

void vault_row_clear(struct vault_row *row)
{
    blob_clear(&row->bytes);
    secret_free(row->wrap);
    profile_clear(&row->profile);
    memset(row, 0, sizeof *row);
}

static enum sv_status row_wrong(struct vault *v, struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "%s: a row holds another thing than it should: run \"smtpvault verify\"",
                   db_shown(v->db));
}

enum sv_status vault_row_card(struct vault *v, enum object_kind kind, struct vault_row *row,
                              struct sv_err *err)
{
    const struct object_wrap *wrap = object_wrap_peek(row->wrap);
    struct object_space space = vault_space(v);
    SECRET_OWNED struct secret *card = NULL;
    enum sv_status st;

    if (wrap->kind != kind)
        return row_wrong(v, err);
    if ((st = object_open_card(&card, &space, row->id, row->wrap, row->bytes.bytes, row->bytes.len,
                               err)) ||
        (st = profile_decode(&row->profile, secret_peek(card), secret_len(card), err)))
        return st;
    return row->profile.version == wrap->version ? SV_OK : row_wrong(v, err);
}

enum sv_status vault_row_open(struct vault *v, enum object_kind kind, struct vault_row *row,
                              struct sv_err *err)
{
    struct object_space space = vault_space(v);
    enum sv_status st = object_open_wrap(&row->wrap, &space, row->id, keys_peek(v->keys)->wrap,
                                         row->bytes.bytes, row->bytes.len, err);

    return st ? st : vault_row_card(v, kind, row, err);
}

/* With a token: where the row is, and its key, stand in the bundle. */
static enum sv_status row_open_held(struct vault *v, const uint8_t root[32],
                                    const struct token_holding *held, struct vault_row *row,
                                    struct sv_err *err)
{
    enum sv_status st = object_wrap_new(&row->wrap, OBJECT_PROFILE, held->version, held->dek, err);

    if (st)
        return st;
    row->id = held->id;
    st = tree_get(v->db, root, row->id, &row->bytes, err);
    if (st == SV_MISSING)
        return row_wrong(v, err);
    return st ? st : vault_row_card(v, OBJECT_PROFILE, row, err);
}

static enum sv_status row_load(struct vault *v, const uint8_t root[32], enum object_kind kind,
                               struct vault_row *row, struct sv_err *err)
{
    enum sv_status st = tree_get(v->db, root, row->id, &row->bytes, err);

    return st ? st : vault_row_open(v, kind, row, err);
}

enum sv_status vault_row_find(struct vault *v, const uint8_t root[32], const char *name,
                              struct vault_row *row, struct sv_err *err)
{
    char shown[PROFILE_NAME_MAX * 4 + 1];
    HOLDING_OWNED struct token_holding held = {0};
    struct token_session *holder = vault_holder(v);
    enum sv_status st;

    if (holder && ((st = token_session_renew(v, holder, v->pass_caller, err)) ||
                   (st = token_session_find(holder, name, &held, err))))
        return st;
    row->id = object_id(keys_peek(v->keys)->index, OBJECT_PROFILE, name, strlen(name));
    st = v->token ? row_open_held(v, root, &held, row, err)
                  : row_load(v, root, OBJECT_PROFILE, row, err);
    if (st == SV_MISSING)
        return sv_fail(err, SV_MISSING, NEAR_NONE "%s\": \"smtpvault list\" shows the names",
                       text_printable(shown, sizeof shown, name, strlen(name)));
    if (st == SV_OK && (strcmp(row->profile.name, name) != 0 || (holder && row->id != held.id)))
        return row_wrong(v, err);
    return st;
}

enum sv_status vault_row_version(struct vault *v, const uint8_t root[32],
                                 const struct vault_row *current, uint64_t version,
                                 struct vault_row *row, struct sv_err *err)
{
    char shown[PROFILE_NAME_MAX * 4 + 1];
    enum sv_status st;

    if (vault_holder(v))
        return sv_fail(err, SV_DENIED,
                       "a token opens what a profile is, not what it was: unlock the vault as a "
                       "reader or an administrator");
    row->id = object_version_id(keys_peek(v->keys)->index, current->profile.uid, version);
    st = row_load(v, root, OBJECT_VERSION, row, err);
    if (st == SV_MISSING)
        return sv_fail(err, SV_MISSING,
                       "the profile \"%s\" has no version %" PRIu64
                       ": \"smtpvault history\" shows them",
                       text_printable(shown, sizeof shown, current->profile.name,
                                      strlen(current->profile.name)),
                       version);
    if (st == SV_OK && (memcmp(row->profile.uid, current->profile.uid, 16) != 0 ||
                        row->profile.version != version))
        return row_wrong(v, err);
    return st;
}

enum sv_status vault_row_secret(struct vault *v, const struct vault_row *row,
                                struct secret **password, struct sv_err *err)
{
    struct object_space space = vault_space(v);
    SECRET_OWNED struct secret *plain = NULL;
    enum sv_status st = object_open_secret(&plain, &space, row->id, row->wrap, row->bytes.bytes,
                                           row->bytes.len, err);

    return st ? st : object_secret_decode(password, plain, err);
}

enum sv_status vault_row_seal(struct vault *v, enum object_kind kind, const struct profile *p,
                              const uint8_t *dek, const struct secret *password, int64_t *id,
                              struct blob *bytes, struct sv_err *err)
{
    const struct key_tree *k = keys_peek(v->keys);
    struct object_space space = vault_space(v);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *plain = NULL;
    enum sv_status st;

    *id = kind == OBJECT_VERSION ? object_version_id(k->index, p->uid, p->version)
                                 : object_id(k->index, OBJECT_PROFILE, p->name, strlen(p->name));
    if ((st = object_wrap_new(&wrap, kind, p->version, dek, err)) ||
        (st = profile_encode(&card, p, err)) || (st = object_secret_encode(&plain, password, err)))
        return st;
    return object_seal(bytes, &space, *id, k->wrap, wrap, card, plain, err);
}
