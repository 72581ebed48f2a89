/* SPDX-License-Identifier: ISC */
#include "domain/vault_posture.h"

#include <string.h>

#include "base/text.h"
#include "domain/vault_impl.h"

static enum sv_status put(struct vault_change *c, const char *name, const struct posture *known,
                          struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {0};
    SECRET_OWNED struct secret *secret = NULL;
    char shown[PROFILE_NAME_MAX * 4 + 1];
    struct posture now;
    enum sv_status st;

    if ((st = vault_row_find(c->v, c->root, name, &row, err)) ||
        (st = posture_encode(&row.profile.posture, known, err)))
        return st;
    if (!posture_of(&now, &row.profile))
        return sv_fail(err, SV_LOCKED, "\"%s\" was given another server meanwhile: try again",
                       text_printable(shown, sizeof shown, name, strlen(name)));
    if ((st = vault_row_secret(c->v, &row, &secret, err)) ||
        (st = vault_row_put_again(c, &row, &row.profile, secret, err)))
        return st;
    return vault_change_commit(c, row.profile.version, err);
}

enum sv_status vault_learn(struct vault *v, const char *name, const struct posture *known,
                           bool accepted, struct sv_err *err)
{
    CHANGE_OWNED struct vault_change c = {0};
    enum sv_status st;

    if (v->remote)
        return v->remote->learn(v->far, name, known, accepted, err);
    if ((st = vault_allow_changes(v, err)) ||
        (st = vault_change_begin(
             &c, v, AUDIT_TEST, name,
             accepted ? "accept what the server offers" : "learn what the server offers", err)))
        return st;
    return put(&c, name, known, err);
}
