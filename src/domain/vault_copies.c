/* SPDX-License-Identifier: ISC */
/* Copies of profiles, recorded in their cards. */
#include "domain/vault_copies.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "domain/vault_impl.h"

/* What the record said until now, to come back to when the file stays as it is. Of an older
 * writing that nobody ended the file tells which of the two it holds. */
static void remember_before(struct copy *now, const struct copy *old)
{
    bool ended = old && (!old->begun || memcmp(now->before, old->digest, sizeof old->digest) == 0);

    now->version_before = 0;
    if (!old || memcmp(now->salt, old->salt, sizeof now->salt) != 0)
        return;
    now->version_before = ended ? old->version : old->version_before;
    memcpy(now->before, ended ? old->digest : old->before, sizeof now->before);
    now->written = old->written;
}

/* One card's part of a step. */
static enum sv_status step_in(struct copies *list, enum copy_step step, const struct profile *p,
                              const struct copy *c, struct sv_err *err)
{
    struct copy *old = copies_find(list, c->machine, c->path);
    struct copy now = *c;

    if (step == COPY_FORGET || (step == COPY_UNDO && (!old || old->version_before == 0))) {
        (void)copies_drop(list, c->machine, c->path);
        return SV_OK;
    }
    if (step == COPY_UNDO) {
        old->begun = false;
        old->version = old->version_before;
        memcpy(old->digest, old->before, sizeof old->digest);
        return SV_OK;
    }
    now.begun = step == COPY_BEGIN;
    now.version = p->version;
    now.written = env_now();
    if (now.begun)
        remember_before(&now, old);
    return copies_put(list, &now, err);
}

static enum sv_status put(struct vault_change *c, enum copy_step step, const struct profile *p,
                          const struct copy *copy, struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {0};
    COPIES_OWNED struct copies list = {0};
    SECRET_OWNED struct secret *secret = NULL;
    char shown[PROFILE_NAME_MAX * 4 + 1];
    enum sv_status st;

    if ((st = vault_row_find(c->v, c->root, p->name, &row, err)))
        return st;
    if (memcmp(row.profile.uid, p->uid, sizeof p->uid) != 0)
        return sv_fail(err, SV_LOCKED, "\"%s\" is another login meanwhile: try again",
                       text_printable(shown, sizeof shown, p->name, strlen(p->name)));
    if ((st = copies_of(&list, &row.profile, err)) || (st = step_in(&list, step, p, copy, err)) ||
        (st = copies_encode(&row.profile.copies, &list, err)) ||
        (st = vault_row_secret(c->v, &row, &secret, err)))
        return st;
    return vault_row_put_again(c, &row, &row.profile, secret, err);
}

static void note_of(char dst[AUDIT_NOTE_MAX], enum copy_step step, size_t count,
                    const struct copy *c)
{
    static const char *const words[] = {[COPY_BEGIN] = "copy to",
                                        [COPY_DONE] = "copied to",
                                        [COPY_UNDO] = "not copied to",
                                        [COPY_FORGET] = "forget the copy in"};
    char all[COPY_PATH_MAX + 64];

    if (count == 1)
        (void)snprintf(all, sizeof all, "%s %s", words[step], c->path);
    else
        (void)snprintf(all, sizeof all, "%zu logins %s %s", count, words[step], c->path);
    text_printable(dst, AUDIT_NOTE_MAX, all, strlen(all));
}

enum sv_status vault_copy(struct vault *v, enum copy_step step, const struct profile *profiles,
                          size_t count, const struct copy *c, struct sv_err *err)
{
    CHANGE_OWNED struct vault_change change = {0};
    char note[AUDIT_NOTE_MAX];
    enum sv_status st = SV_OK;

    if (v->remote)
        return v->remote->copy(v->far, step, profiles, count, c, err);
    if (count == 0)
        return SV_OK;
    note_of(note, step, count, c);
    if ((st = vault_allow_changes(v, err)) ||
        (st = vault_change_begin(&change, v, AUDIT_EXPORT, count == 1 ? profiles[0].name : NULL,
                                 note, err)))
        return st;
    for (size_t i = 0; i < count && st == SV_OK; i++)
        st = put(&change, step, &profiles[i], c, err);
    return st ? st : vault_change_commit(&change, count == 1 ? profiles[0].version : 0, err);
}
