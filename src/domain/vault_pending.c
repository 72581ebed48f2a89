/* SPDX-License-Identifier: ISC */
/*
 * The row of a secret that waits to become the current one: a version's, of a number that no
 * version reaches. Only its secret, and since when that is exposed, are its own; whoever asks for
 * it gets the card that the profile has by then, so that it goes to the server that is meant now.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/text.h"
#include "domain/rotation_record.h"
#include "domain/vault_impl.h"

/* A name of "": as it is. */
static enum sv_status set_username(struct profile *p, const char *username, struct sv_err *err)
{
    char *copy;

    if (username[0] == '\0')
        return SV_OK;
    if (!(copy = sv_strdup(username)))
        return sv_fail_nomem(err);
    sv_free(p->username);
    p->username = copy;
    return SV_OK;
}

/* The profile's card, as the pending secret's. */
static enum sv_status pending_card(struct profile *out, const struct profile *current,
                                   const char *username, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status st;

    if ((st = profile_copy(&p, current, err)) || (st = set_username(&p, username, err)))
        return st;
    blob_clear(&p.grants);
    blob_clear(&p.posture);
    blob_clear(&p.copies);
    blob_clear(&p.rotation);
    p.version = PROFILE_VERSION_PENDING;
    p.retired = 0;
    *out = p;
    memset(&p, 0, sizeof p);
    return SV_OK;
}

enum sv_status vault_pending_find(struct vault *v, const uint8_t root[32],
                                  const struct vault_row *current, struct vault_row *row,
                                  struct sv_err *err)
{
    char shown[PROFILE_NAME_MAX * 4 + 1];
    PROFILE_OWNED struct profile card = {.name = NULL};
    struct rotation_record record;
    enum sv_status st;

    if (!rotation_of_card(&record, &current->profile) || !rotation_is_pending(&record))
        return sv_fail(err, SV_MISSING, "\"%s\" has no pending version",
                       text_printable(shown, sizeof shown, current->profile.name,
                                      strlen(current->profile.name)));
    if ((st = vault_row_version(v, root, current, PROFILE_VERSION_PENDING, row, err)) ||
        (st = pending_card(&card, &current->profile, record.username, err)))
        return st;
    card.rotated = row->profile.rotated;
    card.exposed = row->profile.exposed;
    profile_clear(&row->profile);
    row->profile = card;
    memset(&card, 0, sizeof card);
    return SV_OK;
}

enum sv_status vault_pending_put(struct vault_change *c, const struct vault_row *current,
                                 const char *username, const struct secret *secret,
                                 struct sv_err *err)
{
    PROFILE_OWNED struct profile card = {.name = NULL};
    BLOB_OWNED struct blob bytes = {0};
    /* A key of its own: what it shall be is as little a token's business as what it was. */
    const uint8_t *dek = DEFENDED(TOKEN_PENDING) ? NULL : object_wrap_peek(current->wrap)->dek;
    enum sv_status st = pending_card(&card, &current->profile, username, err);
    int64_t id;

    if (st)
        return st;
    card.updated = card.rotated = env_now();
    card.exposed = card.authorized = card.login_ends = card.login_told = 0;
    if ((st = vault_row_seal(c->v, OBJECT_VERSION, &card, dek, secret, &id, &bytes, err)))
        return st;
    return vault_change_put(c, id, &bytes, err);
}

enum sv_status vault_pending_drop(struct vault_change *c, const struct vault_row *current,
                                  struct sv_err *err)
{
    struct rotation_record record;

    if (!rotation_of_card(&record, &current->profile) || !rotation_is_pending(&record))
        return SV_OK;
    return vault_change_delete(c,
                               object_version_id(keys_peek(c->v->keys)->index, current->profile.uid,
                                                 PROFILE_VERSION_PENDING),
                               err);
}
